//! Identities: UUIDv7 made from the clock that was passed in, one type each.

use crate::clock::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; one made in a later millisecond sorts after earlier ones.
            pub fn new(clock: &(impl Clock + ?Sized)) -> Self {
                Self(next(clock))
            }

            /// An id that another system keeps.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// When it was made, to the millisecond; `None` for one that another system made in a form of its own.
            pub fn made(self) -> Option<Timestamp> {
                made(self.0)
            }

            /// The plain form.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

fn next(clock: &(impl Clock + ?Sized)) -> Uuid {
    let millis = u64::try_from(clock.now().as_micros() / 1_000).unwrap_or(0);
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ..] = clock.entropy();
    uuid::Builder::from_unix_timestamp_millis(millis, &[b0, b1, b2, b3, b4, b5, b6, b7, b8, b9]).into_uuid()
}

fn made(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Timestamp::from_micros(micros.checked_add(i64::from(nanos / 1_000))?))
}

id! {
    /// Names a product of the catalogue.
    ProductId,
    /// Names a variant of a product.
    VariantId,
    /// Names something that is counted.
    StockItemId,
    /// Names a place where stock lies.
    LocationId,
    /// Names one change of a stock level.
    MoveId,
    /// Names one authorisation at a platform.
    ConnectionId,
    /// Names one storefront.
    StoreId,
    /// Names a product in one store.
    ListingId,
    /// Names a variant of a listing.
    ListingVariantId,
    /// Names an order.
    OrderId,
    /// Names a picture or file.
    MediaId,
    /// Names a sealed personal value.
    PersonalId,
    /// Names commands that are reviewed together.
    BundleId,
    /// Names a command on its way through approval.
    RequestId,
    /// Names one vote.
    VoteId,
    /// Names the words that somebody left on a request.
    NoteId,
    /// Names a single-use permit.
    GrantId,
    /// Names one row of the step journal.
    StepId,
    /// Names a piece of work in the queue.
    JobId,
    /// Names a question that data can't answer.
    DoubtId,
    /// Names a webhook delivery that was taken.
    WebhookDeliveryId,
    /// Names a record of a store that could not be read.
    UnreadId,
    /// Names an audit entry before it has a number.
    AuditId,
}
