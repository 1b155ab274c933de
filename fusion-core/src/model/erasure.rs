//! What is to be erased, and isn't to be kept when it is read later.

use super::{ConnectionId, Order, Ref, Store};
use crate::{
    canonical::{Hash, Hasher},
    clock::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A demand to erase buyers that outlasts its delivery: until what is stored has been gone through, and beyond that for
/// whatever is read later.
///
/// It is the authorisation's that it was told on, so it holds for the stores that hang on it, those that are registered
/// after it among them. The commit that seals a buyer relies on there being none that [covers](Self::covers) the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Where it was told.
    pub connection: ConnectionId,
    /// Who is meant.
    pub buyers: BuyersOf,
    /// When it was demanded. Buyers of a storefront who came later aren't meant.
    pub demanded: Timestamp,
    /// When nothing was left of what was stored by then; `None`: a job is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Timestamp>,
}

/// Whose data a demand is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyersOf {
    /// The buyer of the order that the platform calls so.
    Order(Ref),
    /// All buyers of the storefront with this [`remote_id`](super::StoreFacts::remote_id).
    Storefront(String),
}

impl BuyersOf {
    /// What tells the demands on one authorisation apart.
    pub fn name(&self) -> Hash {
        let hasher = Hasher::new("fusion.erasure.v2");
        match self {
            Self::Order(Ref { kind, id }) => {
                hasher.part("order").part(String::from(kind.clone())).part(id).finish()
            }
            Self::Storefront(id) => hasher.part("storefront").part(id).finish(),
        }
    }
}

impl Erasure {
    /// One that nothing was done about.
    pub const fn new(connection: ConnectionId, buyers: BuyersOf, demanded: Timestamp) -> Self {
        Self { connection, buyers, demanded, met: None }
    }

    /// Whether the buyer of `order`, an order of `store`, is meant. Where a platform dates to the second, all orders of
    /// the second of a storefront's demand are.
    pub fn covers(&self, store: &Store, order: &Order) -> bool {
        store.connection == self.connection
            && match &self.buyers {
                BuyersOf::Order(named) => order.facts.refs.knows(named),
                // A platform's clock may be ahead of ours: what was stored before the demand was bought before it.
                BuyersOf::Storefront(id) => {
                    let is_stored = order.id.made().is_some_and(|stored| stored <= self.demanded);
                    *id == store.facts.remote_id && (order.facts.placed <= self.demanded || is_stored)
                }
            }
    }
}
