//! Keys as a database orders them.

use crate::canonical::Hash;
use crate::model::{
    ConnectionId, DoubtId, GrantId, ListingId, LocationId, MoveId, NoteId, OrderId, PersonalId, ProductId,
    RequestId, StepId, StockItemId, StoreId, UnreadId, VoteId, Walk, WebhookDeliveryId,
};

/// A part of a key, as bytes that sort as the part does.
pub(super) trait Part {
    fn put(&self, bytes: &mut Vec<u8>);
}

macro_rules! ids {
    ($($id:ident),* $(,)?) => {
        $(impl Part for $id {
            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(self.as_uuid().as_bytes());
            }
        })*
    };
}

ids!(
    ConnectionId,
    DoubtId,
    GrantId,
    ListingId,
    LocationId,
    MoveId,
    NoteId,
    OrderId,
    PersonalId,
    ProductId,
    RequestId,
    StepId,
    StockItemId,
    StoreId,
    UnreadId,
    VoteId,
    WebhookDeliveryId,
);

impl Part for Hash {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
    }
}

impl Part for u32 {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_be_bytes());
    }
}

impl Part for Walk {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(match self {
            Self::Products => 1,
            Self::Orders => 2,
        });
    }
}

impl Part for () {
    fn put(&self, _bytes: &mut Vec<u8>) {}
}

impl<A: Part, B: Part> Part for (A, B) {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
    }
}

pub(super) fn bytes(id: &impl Part) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    id.put(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;
    use uuid::Uuid;

    #[test]
    fn keys_of_one_kind_sort_as_their_bytes_do() {
        let mut keys = Vec::new();
        for request in [u128::MAX, 1 << 120, 0x0100, 0x00ff, 0].map(Uuid::from_u128) {
            let request = RequestId::from_uuid(request);
            keys.extend([0, 1, 255, 256, u32::MAX].map(|revision| Key::Revision((request, revision))));
        }
        let mut by_bytes = keys.clone();
        keys.sort();
        by_bytes.sort_by_key(Key::id_bytes);
        assert_eq!(keys, by_bytes);
        let store = StoreId::from_uuid(Uuid::nil());
        let walks = [Key::Watermark((store, Walk::Products)), Key::Watermark((store, Walk::Orders))];
        assert!(walks[0] < walks[1] && walks[0].id_bytes() < walks[1].id_bytes());
    }

    #[test]
    fn a_kind_is_called_as_it_is_stored() {
        let key = Key::WebhookDelivery(WebhookDeliveryId::from_uuid(Uuid::nil()));
        let stored = serde_json::to_value(&key).unwrap();
        assert_eq!(stored.as_object().unwrap().keys().next().map(String::as_str), Some(key.kind()));
    }
}
