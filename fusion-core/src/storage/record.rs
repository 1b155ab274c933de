//! Records and their keys, erased so that storage stays one object; [`Entity`] is the typed side.

use crate::{
    approval::{GrantRecord, Note, PeopleRecord, PolicyRecord, Request, Revision, Vote},
    audit::Incarnation,
    canonical::Hash,
    model::{
        Connection, ConnectionId, Doubt, DoubtId, Erasure, GrantId, Import, Listing, ListingId, Location,
        LocationId, MoveId, NoteId, Order, OrderId, PersonalId, Product, ProductId, PushMark, RequestId,
        Sealed, SecretRecord, Step, StepId, StockItem, StockItemId, StockLevel, StockMove, Store, StoreId,
        Unread, UnreadId, VoteId, Walk, Watermark, WebhookDelivery, WebhookDeliveryId,
    },
};
use serde::{Deserialize, Serialize};

/// How often a record was written. 0: it isn't there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of what isn't there yet.
    pub const NEW: Self = Self(0);

    /// The version after one more write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A value with its version.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// How often it was written.
    pub version: Version,
}

/// One row of an entity's table: its key, its record, and how to get from one to the other.
pub trait Entity: Sized {
    /// What names it within a tenant.
    type Id: Clone;

    /// Its key.
    fn key(id: Self::Id) -> Key;

    /// What names this one.
    fn id(&self) -> Self::Id;

    /// The record's value, if it is of this type.
    fn open(record: Record) -> Option<Self>;

    /// The record of it.
    fn wrap(self) -> Record;
}

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident $stored:literal: $value:ty, $id:ty, |$this:ident| $own:expr;)*) => {
        /// Names a record within a tenant.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Key {
            $($(#[$doc])* #[serde(rename = $stored)] $name($id),)*
        }

        impl Key {
            /// Every kind there is.
            pub const KINDS: &[&'static str] = &[$($stored),*];

            /// What kind of record it names; the same in every release.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $stored,)*
                }
            }

            /// Its bytes within its kind: they sort as the keys do, and are the same in every release.
            pub fn id_bytes(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(id) => super::key::bytes(id),)*
                }
            }
        }

        /// A record of any kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Record {
            $($(#[$doc])* #[serde(rename = $stored)] $name(Box<$value>),)*
        }

        $(impl Entity for $value {
            type Id = $id;

            fn key(id: Self::Id) -> Key {
                Key::$name(id)
            }

            fn id(&self) -> Self::Id {
                let $this = self;
                $own
            }

            fn open(record: Record) -> Option<Self> {
                match record {
                    Record::$name(value) => Some(*value),
                    _ => None,
                }
            }

            fn wrap(self) -> Record {
                Record::$name(Box::new(self))
            }
        })*

        impl Record {
            /// The key it belongs under.
            pub fn key(&self) -> Key {
                match self {
                    $(Self::$name(value) => Key::$name(value.id()),)*
                }
            }
        }
    };
}

entities! {
    /// One authorisation.
    Connection "connection": Connection, ConnectionId, |this| this.id;
    /// Its credentials.
    Secret "secret": SecretRecord, ConnectionId, |this| this.connection;
    /// One storefront.
    Store "store": Store, StoreId, |this| this.id;
    /// A product.
    Product "product": Product, ProductId, |this| this.id;
    /// Something counted.
    StockItem "stock_item": StockItem, StockItemId, |this| this.id;
    /// A place of stock.
    Location "location": Location, LocationId, |this| this.id;
    /// How much of an item lies at a place.
    Level "level": StockLevel, (StockItemId, LocationId), |this| (this.item, this.location);
    /// One change of a level.
    Move "move": StockMove, MoveId, |this| this.id;
    /// A product in one store.
    Listing "listing": Listing, ListingId, |this| this.id;
    /// What a store was last told about a listing's stock.
    PushMark "push_mark": PushMark, ListingId, |this| this.listing;
    /// An order.
    Order "order": Order, OrderId, |this| this.id;
    /// A question that a person has to answer.
    Doubt "doubt": Doubt, DoubtId, |this| this.id;
    /// A webhook delivery that was taken.
    WebhookDelivery "webhook_delivery": WebhookDelivery, WebhookDeliveryId, |this| this.id;
    /// How far records of a store have been read.
    Watermark "watermark": Watermark, (StoreId, Walk), |this| (this.store, this.walk);
    /// The newest import of a store's products.
    Import "import": Import, StoreId, |this| this.store;
    /// A record of a store that could not be read.
    Unread "unread": Unread, UnreadId, |this| this.id;
    /// A sealed personal value.
    Personal "personal": PersonalValue, PersonalId, |this| this.id;
    /// A demand to erase buyers.
    Erasure "erasure": Erasure, (ConnectionId, Hash), |this| (this.connection, this.buyers.name());
    /// A command on its way through approval.
    Request "request": Request, RequestId, |this| this.id;
    /// What was shown.
    Revision "revision": Revision, (RequestId, u32), |this| (this.request, this.number);
    /// What a person said.
    Vote "vote": Vote, VoteId, |this| this.id;
    /// What a person left in words on a request.
    Note "note": Note, (RequestId, NoteId), |this| (this.request, this.id);
    /// A permit.
    Grant "grant": GrantRecord, GrantId, |this| this.id;
    /// One row of the step journal.
    Step "step": Step, StepId, |this| this.id();
    /// The tenant's people.
    People "people": PeopleRecord, (), |_this| ();
    /// The tenant's policy.
    Policy "policy": PolicyRecord, (), |_this| ();
    /// Which life of its database the tenant is in.
    Incarnation "incarnation": Incarnation, (), |_this| ();
}

/// A sealed personal value; erasing it deletes the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalValue {
    /// Which one.
    pub id: PersonalId,
    /// The value.
    pub sealed: Sealed,
}
