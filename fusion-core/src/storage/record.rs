//! Records and their keys, erased so that storage stays one object; [`Entity`] is the typed side.

use crate::{
    approval::{GrantRecord, Note, PolicyRecord, Request, Revision, Vote},
    model::{
        Connection, ConnectionId, Doubt, DoubtId, GrantId, Listing, ListingId, Location, LocationId, MoveId,
        NoteId, Order, OrderId, PersonalId, Product, ProductId, PushMark, RequestId, Sealed, SecretRecord,
        Step, StepId, StockItem, StockItemId, StockLevel, StockMove, Store, StoreId, Unread, UnreadId,
        VoteId, Walk, Watermark, WebhookDelivery, WebhookDeliveryId,
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
    ($($(#[$doc:meta])* $name:ident: $value:ty, $id:ty, |$this:ident| $own:expr;)*) => {
        /// Names a record within a tenant.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Key {
            $($(#[$doc])* $name($id),)*
        }

        /// A record of any kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Record {
            $($(#[$doc])* $name(Box<$value>),)*
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
    Connection: Connection, ConnectionId, |this| this.id;
    /// Its credentials.
    Secret: SecretRecord, ConnectionId, |this| this.connection;
    /// One storefront.
    Store: Store, StoreId, |this| this.id;
    /// A product.
    Product: Product, ProductId, |this| this.id;
    /// Something counted.
    StockItem: StockItem, StockItemId, |this| this.id;
    /// A place of stock.
    Location: Location, LocationId, |this| this.id;
    /// How much of an item lies at a place.
    Level: StockLevel, (StockItemId, LocationId), |this| (this.item, this.location);
    /// One change of a level.
    Move: StockMove, MoveId, |this| this.id;
    /// A product in one store.
    Listing: Listing, ListingId, |this| this.id;
    /// What a store was last told about a listing's stock.
    PushMark: PushMark, ListingId, |this| this.listing;
    /// An order.
    Order: Order, OrderId, |this| this.id;
    /// A question that a person has to answer.
    Doubt: Doubt, DoubtId, |this| this.id;
    /// A webhook delivery that was taken.
    WebhookDelivery: WebhookDelivery, WebhookDeliveryId, |this| this.id;
    /// How far records of a store have been read.
    Watermark: Watermark, (StoreId, Walk), |this| (this.store, this.walk);
    /// A record of a store that could not be read.
    Unread: Unread, UnreadId, |this| this.id;
    /// A sealed personal value.
    Personal: PersonalValue, PersonalId, |this| this.id;
    /// A command on its way through approval.
    Request: Request, RequestId, |this| this.id;
    /// What was shown.
    Revision: Revision, (RequestId, u32), |this| (this.request, this.number);
    /// What a person said.
    Vote: Vote, VoteId, |this| this.id;
    /// What a person left in words on a request.
    Note: Note, (RequestId, NoteId), |this| (this.request, this.id);
    /// A permit.
    Grant: GrantRecord, GrantId, |this| this.id;
    /// One row of the step journal.
    Step: Step, StepId, |this| this.id();
    /// The tenant's policy.
    Policy: PolicyRecord, (), |_this| ();
}

/// A sealed personal value; erasing it deletes the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalValue {
    /// Which one.
    pub id: PersonalId,
    /// The value.
    pub sealed: Sealed,
}
