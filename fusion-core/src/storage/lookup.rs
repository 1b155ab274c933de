//! How queries find their records: an index for each.

use super::{Query, Record};
use crate::{
    canonical::{self, Hash},
    clock::Timestamp,
    error::Result,
    model::{
        BundleId, ConnectionId, GrantId, JobId, ListingId, LocationId, ProductId, ProductStatus, Question,
        Ref, RequestId, StockItemId, StoreId, Walk,
    },
};
use serde::Serialize;

/// What a record is found by: a question with the value that it is asked about.
///
/// A storage keeps the lookups of a record beside it, under one index. A query without a lookup is answered by
/// its [range](Query::range) of keys; one with [a beginning](Query::since) leaves out what is older.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// Stores of an authorisation.
    StoresOf(ConnectionId),
    /// Products that the merchant is so far with.
    ProductsIn(ProductStatus),
    /// Products with a variant of this SKU.
    ProductsWithSku(String),
    /// Products with a variant that takes from this item.
    ProductsConsuming(StockItemId),
    /// Levels at a place.
    LevelsAt(LocationId),
    /// Changes of an item's levels.
    MovesOf(StockItemId),
    /// What one cause has changed.
    MovesBecause(String),
    /// Listings of a product.
    ListingsOf(ProductId),
    /// Listings in a store.
    ListingsIn(StoreId),
    /// Listings in a store that know this id.
    ListingsKnowing(StoreId, Ref),
    /// Orders in a store.
    OrdersIn(StoreId),
    /// Open orders in a store.
    OpenOrders(StoreId),
    /// Orders in a store that know this id.
    OrdersKnowing(StoreId, Ref),
    /// Deliveries of an authorisation.
    DeliveriesOf(ConnectionId),
    /// Open doubts.
    OpenDoubts,
    /// Doubts in a store on a question.
    DoubtsOn(StoreId, Question),
    /// Unread records in a store.
    UnreadIn(StoreId, Walk),
    /// Requests of a bundle.
    RequestsOf(BundleId),
    /// Open requests.
    OpenRequests,
    /// Requests on a store.
    RequestsIn(StoreId),
    /// Requests on a listing.
    RequestsOn(ListingId),
    /// Requests with a key of the caller's.
    RequestWithKey(String),
    /// Votes on a request.
    VotesOn(RequestId),
    /// Grants of a request.
    GrantsOf(RequestId),
    /// Steps under a grant.
    StepsUnder(GrantId),
    /// Steps of a job.
    StepsOf(JobId),
}

impl Lookup {
    /// Every lookup that finds `record`.
    pub fn of(record: &Record) -> Vec<Self> {
        match record {
            Record::Store(store) => vec![Self::StoresOf(store.connection)],
            Record::Product(product) => {
                let skus = product.variants.iter().filter_map(|variant| variant.sku.clone());
                let items = product.variants.iter().flat_map(|variant| &variant.consumes);
                let consuming = items.map(|one| Self::ProductsConsuming(one.item));
                let own = [Self::ProductsIn(product.status)];
                once_each(skus.map(Self::ProductsWithSku).chain(consuming).chain(own))
            }
            Record::Level(level) => vec![Self::LevelsAt(level.location)],
            Record::Move(step) => vec![Self::MovesOf(step.item), Self::MovesBecause(step.cause.clone())],
            Record::Listing(listing) => {
                let variants = listing.variants.iter().map(|variant| &variant.refs);
                let refs = std::iter::once(&listing.refs).chain(variants);
                let known = refs.flat_map(|refs| refs.current().iter().chain(refs.retired()));
                let knowing = known.map(|one| Self::ListingsKnowing(listing.store, one.clone()));
                once_each(knowing.chain([Self::ListingsOf(listing.product), Self::ListingsIn(listing.store)]))
            }
            Record::Order(order) => {
                let refs = &order.facts.refs;
                let known = refs.current().iter().chain(refs.retired());
                let knowing = known.map(|one| Self::OrdersKnowing(order.store, one.clone()));
                let open = order.is_open().then_some(Self::OpenOrders(order.store));
                once_each(knowing.chain(open).chain([Self::OrdersIn(order.store)]))
            }
            Record::WebhookDelivery(delivery) => vec![Self::DeliveriesOf(delivery.connection)],
            Record::Doubt(doubt) => {
                let open = doubt.is_open().then_some(Self::OpenDoubts);
                open.into_iter().chain([Self::DoubtsOn(doubt.store, doubt.question.clone())]).collect()
            }
            Record::Unread(unread) => vec![Self::UnreadIn(unread.store, unread.walk)],
            Record::Request(request) => {
                let key = request.caller_key.clone().map(Self::RequestWithKey);
                let listing = request.listing.map(Self::RequestsOn);
                let store = request.store.map(Self::RequestsIn);
                let open = (!request.phase.is_closed()).then_some(Self::OpenRequests);
                let bundle = [Self::RequestsOf(request.bundle)];
                key.into_iter().chain(listing).chain(store).chain(open).chain(bundle).collect()
            }
            Record::Vote(vote) => vec![Self::VotesOn(vote.request)],
            Record::Grant(grant) => vec![Self::GrantsOf(grant.request())],
            Record::Step(step) => {
                let grant = step.grant().map(Self::StepsUnder);
                grant.into_iter().chain([Self::StepsOf(step.job())]).collect()
            }
            Record::Connection(_)
            | Record::Secret(_)
            | Record::StockItem(_)
            | Record::Location(_)
            | Record::PushMark(_)
            | Record::Watermark(_)
            | Record::Import(_)
            | Record::Personal(_)
            | Record::Revision(_)
            | Record::Note(_)
            | Record::People(_)
            | Record::Policy(_) => Vec::new(),
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
}

impl Query {
    /// What its records are found by; `None`: its range of keys holds nothing else.
    pub fn lookup(&self) -> Option<Lookup> {
        Some(match self {
            Self::Connections
            | Self::Stores
            | Self::Products
            | Self::ProductsChangedSince(_)
            | Self::Locations
            | Self::LevelsOf(_)
            | Self::RevisionsOf(_)
            | Self::NotesOn(_) => return None,
            Self::StoresOf(connection) => Lookup::StoresOf(*connection),
            Self::ProductsIn(status) => Lookup::ProductsIn(*status),
            Self::ProductsWithSku(sku) => Lookup::ProductsWithSku(sku.clone()),
            Self::ProductsConsuming(item) => Lookup::ProductsConsuming(*item),
            Self::LevelsAt(location) => Lookup::LevelsAt(*location),
            Self::MovesOf(item) => Lookup::MovesOf(*item),
            Self::MovesBecause(cause) => Lookup::MovesBecause(cause.clone()),
            Self::ListingsOf(product) => Lookup::ListingsOf(*product),
            Self::ListingsIn(store) => Lookup::ListingsIn(*store),
            Self::ListingsKnowing(store, wanted) => Lookup::ListingsKnowing(*store, wanted.clone()),
            Self::OrdersIn(store) | Self::OrdersChangedSince(store, _) => Lookup::OrdersIn(*store),
            Self::OpenOrders(store) => Lookup::OpenOrders(*store),
            Self::OrdersKnowing(store, wanted) => Lookup::OrdersKnowing(*store, wanted.clone()),
            Self::DeliveriesOf(connection) => Lookup::DeliveriesOf(*connection),
            Self::OpenDoubts => Lookup::OpenDoubts,
            Self::DoubtsOn(store, question) => Lookup::DoubtsOn(*store, question.clone()),
            Self::UnreadIn(store, walk) => Lookup::UnreadIn(*store, *walk),
            Self::RequestsOf(bundle) => Lookup::RequestsOf(*bundle),
            Self::OpenRequests => Lookup::OpenRequests,
            Self::RequestsIn(store) => Lookup::RequestsIn(*store),
            Self::RequestsOn(listing) => Lookup::RequestsOn(*listing),
            Self::RequestWithKey(key) => Lookup::RequestWithKey(key.clone()),
            Self::VotesOn(request) => Lookup::VotesOn(*request),
            Self::GrantsOf(request) => Lookup::GrantsOf(*request),
            Self::StepsUnder(grant) => Lookup::StepsUnder(*grant),
            Self::StepsOf(job) => Lookup::StepsOf(*job),
        })
    }

    /// Only records that [changed](Record::changed) then or later; `None`: of any age.
    pub const fn since(&self) -> Option<Timestamp> {
        match self {
            Self::ProductsChangedSince(since) | Self::OrdersChangedSince(_, since) => Some(*since),
            _ => None,
        }
    }
}

impl Record {
    /// When it changed last, of records that are listed by their changes.
    pub fn changed(&self) -> Option<Timestamp> {
        match self {
            Self::Product(product) => Some(product.changed),
            Self::Order(order) => Some(order.changed()),
            _ => None,
        }
    }
}

/// A record may have a value twice, and stands under it once.
fn once_each(lookups: impl Iterator<Item = Lookup>) -> Vec<Lookup> {
    let mut all: Vec<Lookup> = lookups.collect();
    all.sort_unstable();
    all.dedup();
    all
}
