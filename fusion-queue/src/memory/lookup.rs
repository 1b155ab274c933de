//! Queries that are asked once for each of thousands of things, and so have to know their answer.

use fusion_core::{
    model::{BundleId, GrantId, JobId, ListingId, ProductId, Question, Ref, RequestId, StockItemId, StoreId},
    storage::{Query, Record},
};

/// A question with the values it is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lookup {
    ProductsWithSku(String),
    ProductsConsuming(StockItemId),
    ListingsOf(ProductId),
    ListingsKnowing(StoreId, Ref),
    OrdersKnowing(StoreId, Ref),
    DoubtsOn(StoreId, Question),
    RequestsOf(BundleId),
    RequestsOn(ListingId),
    RequestWithKey(String),
    VotesOn(RequestId),
    GrantsOf(RequestId),
    StepsUnder(GrantId),
    StepsOf(JobId),
    MovesBecause(String),
}

impl Lookup {
    /// `query` as a lookup; `None`: it is asked rarely, or its range of keys is its answer.
    pub(super) fn of(query: &Query) -> Option<Self> {
        Some(match query {
            Query::ProductsWithSku(sku) => Self::ProductsWithSku(sku.clone()),
            Query::ProductsConsuming(item) => Self::ProductsConsuming(*item),
            Query::ListingsOf(product) => Self::ListingsOf(*product),
            Query::ListingsKnowing(store, wanted) => Self::ListingsKnowing(*store, wanted.clone()),
            Query::OrdersKnowing(store, wanted) => Self::OrdersKnowing(*store, wanted.clone()),
            Query::DoubtsOn(store, question) => Self::DoubtsOn(*store, question.clone()),
            Query::RequestsOf(bundle) => Self::RequestsOf(*bundle),
            Query::RequestsOn(listing) => Self::RequestsOn(*listing),
            Query::RequestWithKey(key) => Self::RequestWithKey(key.clone()),
            Query::VotesOn(request) => Self::VotesOn(*request),
            Query::GrantsOf(request) => Self::GrantsOf(*request),
            Query::StepsUnder(grant) => Self::StepsUnder(*grant),
            Query::StepsOf(job) => Self::StepsOf(*job),
            Query::MovesBecause(cause) => Self::MovesBecause(cause.clone()),
            _ => return None,
        })
    }

    /// Every lookup that finds `record`.
    pub(super) fn finding(record: &Record) -> Vec<Self> {
        match record {
            Record::Product(product) => {
                let skus = product.variants.iter().filter_map(|variant| variant.sku.clone());
                let items = product.variants.iter().flat_map(|variant| &variant.consumes);
                let consuming = items.map(|one| Self::ProductsConsuming(one.item));
                skus.map(Self::ProductsWithSku).chain(consuming).collect()
            }
            Record::Listing(listing) => {
                let variants = listing.variants.iter().map(|variant| &variant.refs);
                let refs = std::iter::once(&listing.refs).chain(variants);
                let known = refs.flat_map(|refs| refs.current().iter().chain(refs.retired()));
                let knowing = known.map(|one| Self::ListingsKnowing(listing.store, one.clone()));
                knowing.chain([Self::ListingsOf(listing.product)]).collect()
            }
            Record::Request(request) => {
                let key = request.caller_key.clone().map(Self::RequestWithKey);
                let listing = request.listing.map(Self::RequestsOn);
                key.into_iter().chain(listing).chain([Self::RequestsOf(request.bundle)]).collect()
            }
            Record::Order(order) => {
                let refs = &order.facts.refs;
                let known = refs.current().iter().chain(refs.retired());
                known.map(|one| Self::OrdersKnowing(order.store, one.clone())).collect()
            }
            Record::Doubt(doubt) => vec![Self::DoubtsOn(doubt.store, doubt.question.clone())],
            Record::Vote(vote) => vec![Self::VotesOn(vote.request)],
            Record::Grant(grant) => vec![Self::GrantsOf(grant.request())],
            Record::Step(step) => {
                let grant = step.grant().map(Self::StepsUnder);
                grant.into_iter().chain([Self::StepsOf(step.job())]).collect()
            }
            Record::Move(step) => vec![Self::MovesBecause(step.cause.clone())],
            _ => Vec::new(),
        }
    }
}
