//! What is to be erased, and isn't to be kept when it is read later.

use super::{Order, Ref, StoreId};
use crate::{
    canonical::{Hash, Hasher},
    clock::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A demand to erase buyers that outlasts its delivery: until what is stored has been gone through, and beyond that for
/// whatever is read later.
///
/// A store has one for each order, and one for all of them. The commit that seals a buyer relies on there being none
/// that [covers](Self::covers) the order. That of an order goes in the commit that erases or stores it; that of all
/// stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// In which store.
    pub store: StoreId,
    /// The order whose buyer is meant, as the platform calls it; `None`: all whose orders were placed by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Ref>,
    /// When it was demanded. Buyers of a store who came later aren't meant.
    pub demanded: Timestamp,
    /// When nothing was left of what was stored by then; `None`: a job is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Timestamp>,
}

impl Erasure {
    /// One that nothing was done about.
    pub const fn new(store: StoreId, order: Option<Ref>, demanded: Timestamp) -> Self {
        Self { store, order, demanded, met: None }
    }

    /// What tells the demands on one store apart.
    pub fn name_of(order: Option<&Ref>) -> Hash {
        let hasher = Hasher::new("fusion.erasure.v1");
        match order {
            Some(Ref { kind, id }) => hasher.part(String::from(kind.clone())).part(id).finish(),
            None => hasher.finish(),
        }
    }

    /// Whether the buyer of `order`, of the same store, is meant. Where a platform dates to the second, all orders of
    /// the second of a demand are.
    pub fn covers(&self, order: &Order) -> bool {
        match &self.order {
            Some(named) => order.facts.refs.knows(named),
            // A platform's clock may be ahead of ours: what was stored before the demand was bought before it.
            None => {
                order.facts.placed <= self.demanded
                    || order.id.made().is_some_and(|stored| stored <= self.demanded)
            }
        }
    }
}
