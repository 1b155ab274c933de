//! What may be there only once in a tenant.

use super::Record;
use crate::{
    approval::GrantState,
    canonical::{self, Hash},
    error::Result,
    model::{ConnectionId, LocationId, MoveKind, ProductId, Question, Ref, RequestId, StockItemId, StoreId},
    tenant::PersonId,
    verb::PlatformSlug,
};
use serde::Serialize;

/// A key that at most one record of a tenant has.
///
/// A storage keeps them beside the records under a unique index; that one index holds every rule of the domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UniqueKey {
    /// What a store calls a listing or one of its variants.
    Ref(StoreId, Ref),
    /// A product in a store.
    Listing(StoreId, ProductId),
    /// What a store calls an order.
    Order(StoreId, Ref),
    /// An event that a webhook delivery tells of: connection, topic, hash of its name and of the body. A name may
    /// stand beside what is signed, so that it alone proves nothing.
    Delivery(ConnectionId, String, Hash, Hash),
    /// An open doubt.
    Doubt(StoreId, Question),
    /// A storefront, by the platform's id.
    Storefront(PlatformSlug, String),
    /// The caller's own key of a request.
    CallerKey(String),
    /// One change of a level for one cause.
    Move(String, MoveKind, StockItemId, LocationId),
    /// The live grant of a revision.
    Grant(RequestId, u32),
    /// A person's vote that counts for a revision.
    Vote(RequestId, u32, PersonId),
}

impl UniqueKey {
    /// Every key that `record` has.
    pub fn of(record: &Record) -> Vec<Self> {
        match record {
            Record::Listing(listing) => {
                let own = listing.refs.current().iter();
                let variants = listing.variants.iter().flat_map(|variant| variant.refs.current());
                let unique = own.chain(variants).filter(|one| one.kind.is_unique());
                let refs = unique.map(|one| Self::Ref(listing.store, one.clone()));
                refs.chain([Self::Listing(listing.store, listing.product)]).collect()
            }
            Record::Order(order) => {
                let unique = order.facts.refs.current().iter().filter(|one| one.kind.is_unique());
                unique.map(|one| Self::Order(order.store, one.clone())).collect()
            }
            Record::WebhookDelivery(delivery) => {
                let key =
                    |event| Self::Delivery(delivery.connection, delivery.topic.clone(), event, delivery.body);
                delivery.event.map(key).into_iter().collect()
            }
            Record::Doubt(doubt) if doubt.is_open() => {
                vec![Self::Doubt(doubt.store, doubt.question.clone())]
            }
            Record::Store(store) => {
                vec![Self::Storefront(store.platform.clone(), store.facts.remote_id.clone())]
            }
            Record::Request(request) => request.caller_key.clone().map(Self::CallerKey).into_iter().collect(),
            Record::Move(step) => {
                vec![Self::Move(step.cause.clone(), step.kind, step.item, step.location)]
            }
            Record::Grant(grant) if matches!(grant.state, GrantState::Unspent | GrantState::Claimed(_)) => {
                vec![Self::Grant(grant.request(), grant.revision())]
            }
            Record::Vote(vote) if !vote.void => {
                vec![Self::Vote(vote.request, vote.revision, vote.person.clone())]
            }
            Record::Connection(_)
            | Record::Secret(_)
            | Record::Product(_)
            | Record::StockItem(_)
            | Record::Location(_)
            | Record::Level(_)
            | Record::PushMark(_)
            | Record::Watermark(_)
            | Record::Import(_)
            | Record::Unread(_)
            | Record::Doubt(_)
            | Record::Personal(_)
            | Record::Erasure(_)
            | Record::Revision(_)
            | Record::Grant(_)
            | Record::Vote(_)
            | Record::Note(_)
            | Record::Step(_)
            | Record::People(_)
            | Record::Policy(_)
            | Record::Incarnation(_) => Vec::new(),
        }
    }

    /// A short form of one length, the same in every release: what a database puts into its index.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): it has no canonical form; no record that a
    /// hub makes has such a key.
    pub fn hash(&self) -> Result<Hash> {
        canonical::hash(self)
    }

    /// What a second one is told.
    pub const fn refusal(&self) -> &'static str {
        match self {
            Self::Ref(..) => "another listing of the store has this id of the platform's",
            Self::Listing(..) => "the store has another listing of this product",
            Self::Order(..) => "another order of the store has this id of the platform's",
            Self::Delivery(..) => "the delivery was taken before",
            Self::Doubt(..) => "the question waits for a person already",
            Self::Storefront(..) => "the storefront is registered already",
            Self::CallerKey(_) => "another request has this key of the caller's",
            Self::Move(..) => "this cause has changed this level already",
            Self::Grant(..) => "this revision has a live grant already",
            Self::Vote(..) => "this person's vote on this revision counts already",
        }
    }
}
