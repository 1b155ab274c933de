//! How queries find their records: an index for each.
//!
//! A storage keeps a record's [lookups](Record::found_by) beside it, under one index. A query [without
//! one](Query::lookup) is answered by its [range](Query::range) of keys; one with [a beginning](Query::since) leaves
//! out what is older.

use super::{Query, Record};
use crate::{
    canonical::{self, Hash},
    clock::Timestamp,
    error::Result,
};

impl Record {
    /// Its lookups: the queries that an index has to find it by, each once.
    pub fn found_by(&self) -> Vec<Query> {
        match self {
            Self::Store(store) => vec![Query::StoresOf(store.connection)],
            Self::Product(product) => {
                let skus = product.variants.iter().filter_map(|variant| variant.sku.clone());
                let items = product.variants.iter().flat_map(|variant| &variant.consumes);
                let consuming = items.map(|one| Query::ProductsConsuming(one.item));
                let own = [Query::ProductsIn(product.status)];
                once_each(skus.map(Query::ProductsWithSku).chain(consuming).chain(own))
            }
            Self::Level(level) => vec![Query::LevelsAt(level.location)],
            Self::Move(step) => vec![Query::MovesOf(step.item), Query::MovesBecause(step.cause.clone())],
            Self::Listing(listing) => {
                let variants = listing.variants.iter().map(|variant| &variant.refs);
                let refs = std::iter::once(&listing.refs).chain(variants);
                let known = refs.flat_map(|refs| refs.current().iter().chain(refs.retired()));
                let knowing = known.map(|one| Query::ListingsKnowing(listing.store, one.clone()));
                once_each(
                    knowing.chain([Query::ListingsOf(listing.product), Query::ListingsIn(listing.store)]),
                )
            }
            Self::Order(order) => {
                let refs = &order.facts.refs;
                let known = refs.current().iter().chain(refs.retired());
                let knowing = known.map(|one| Query::OrdersKnowing(order.store, one.clone()));
                let open = order.is_open().then_some(Query::OpenOrders(order.store));
                let ledgers = order.ledger.iter().filter(|_| order.is_open());
                let left_out = ledgers.flat_map(|ledger| &ledger.left_out);
                let left_out = left_out.map(|take| Query::OrdersLeftOut(take.item));
                let made_for = order.facts.role.made_for().map(Query::OrdersFor);
                let own = made_for.into_iter().chain([Query::OrdersIn(order.store)]);
                once_each(knowing.chain(open).chain(left_out).chain(own))
            }
            Self::WebhookDelivery(delivery) => vec![Query::DeliveriesOf(delivery.connection)],
            Self::Doubt(doubt) => {
                let question = || doubt.question.clone();
                let open = doubt.is_open().then(|| [Query::OpenDoubts, Query::OpenDoubtsOn(question())]);
                open.into_iter()
                    .flatten()
                    .chain([Query::DoubtsOn(doubt.store, doubt.question.clone())])
                    .collect()
            }
            Self::Unread(unread) => vec![Query::UnreadIn(unread.store, unread.walk)],
            Self::Erasure(erasure) => {
                erasure.met.is_none().then_some(Query::OpenErasures).into_iter().collect()
            }
            Self::Request(request) => {
                let key = request.caller_key.clone().map(Query::RequestWithKey);
                let listing = request.listing.map(Query::RequestsOn);
                let store = request.store.map(Query::RequestsIn);
                let open = (!request.phase.is_closed()).then_some(Query::OpenRequests);
                let bundle = [Query::RequestsOf(request.bundle)];
                key.into_iter().chain(listing).chain(store).chain(open).chain(bundle).collect()
            }
            Self::Vote(vote) => vec![Query::VotesOn(vote.request)],
            Self::Grant(grant) => vec![Query::GrantsOf(grant.request())],
            Self::Step(step) => {
                let grant = step.grant().map(Query::StepsUnder);
                grant.into_iter().chain([Query::StepsOf(step.job())]).collect()
            }
            Self::Connection(_)
            | Self::Secret(_)
            | Self::StockItem(_)
            | Self::Location(_)
            | Self::PushMark(_)
            | Self::Watermark(_)
            | Self::Import(_)
            | Self::Personal(_)
            | Self::Revision(_)
            | Self::Note(_)
            | Self::People(_)
            | Self::Policy(_)
            | Self::Incarnation(_) => Vec::new(),
        }
    }

    /// When it changed last, of records that are listed by their changes.
    pub fn changed(&self) -> Option<Timestamp> {
        match self {
            Self::Product(product) => Some(product.changed),
            Self::Order(order) => Some(order.changed()),
            _ => None,
        }
    }
}

impl Query {
    /// The query that its records are [found by](Record::found_by); `None`: its range of keys holds nothing else.
    pub fn lookup(&self) -> Option<Self> {
        match self {
            Self::Connections
            | Self::Stores
            | Self::Products
            | Self::ProductsChangedSince(_)
            | Self::Locations
            | Self::PersonalValues
            | Self::Steps
            | Self::LevelsOf(_)
            | Self::RevisionsOf(_)
            | Self::NotesOn(_) => None,
            Self::OrdersChangedSince(store, _) => Some(Self::OrdersIn(*store)),
            Self::StoresOf(_)
            | Self::ProductsIn(_)
            | Self::ProductsWithSku(_)
            | Self::ProductsConsuming(_)
            | Self::LevelsAt(_)
            | Self::MovesOf(_)
            | Self::MovesBecause(_)
            | Self::ListingsOf(_)
            | Self::ListingsIn(_)
            | Self::ListingsKnowing(..)
            | Self::OrdersIn(_)
            | Self::OpenOrders(_)
            | Self::OrdersLeftOut(_)
            | Self::OrdersKnowing(..)
            | Self::OrdersFor(_)
            | Self::DeliveriesOf(_)
            | Self::OpenDoubts
            | Self::OpenDoubtsOn(_)
            | Self::DoubtsOn(..)
            | Self::UnreadIn(..)
            | Self::OpenErasures
            | Self::RequestsOf(_)
            | Self::OpenRequests
            | Self::RequestsIn(_)
            | Self::RequestsOn(_)
            | Self::RequestWithKey(_)
            | Self::VotesOn(_)
            | Self::GrantsOf(_)
            | Self::StepsUnder(_)
            | Self::StepsOf(_) => Some(self.clone()),
        }
    }

    /// A short form of one length, the same in every release: what a database puts into its index.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): it has no canonical form; no record that a
    /// hub makes has such a lookup.
    pub fn hash(&self) -> Result<Hash> {
        canonical::hash(self)
    }

    /// Only records that [changed](Record::changed) then or later; `None`: of any age.
    pub const fn since(&self) -> Option<Timestamp> {
        match self {
            Self::ProductsChangedSince(since) | Self::OrdersChangedSince(_, since) => Some(*since),
            _ => None,
        }
    }
}

/// A record may have a value twice, and stands under it once.
fn once_each(queries: impl Iterator<Item = Query>) -> Vec<Query> {
    let mut all: Vec<Query> = queries.collect();
    all.sort_unstable();
    all.dedup();
    all
}
