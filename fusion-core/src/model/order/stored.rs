//! An order as it is read, and as it is kept.

use super::{Axis, Buyer, Life, LineLedger, OrderFacts, WriteOff};
use crate::{
    clock::Timestamp,
    model::{Loss, OrderId, PersonalRef, StockItemId, StoreId},
};
use serde::{Deserialize, Serialize};

/// An order as a platform shows it: in memory only, because of the buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteOrder {
    /// What is told about the order.
    pub facts: OrderFacts,
    /// What is told about the buyer.
    pub buyer: Buyer,
}

/// An order as it is stored: the buyer's data lies sealed beside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which one.
    pub id: OrderId,
    /// Where.
    pub store: StoreId,
    /// What the platform tells.
    pub facts: OrderFacts,
    /// The sealed values of the buyer; it stays when they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<PersonalRef>,
    /// When the buyer's values were erased: whatever is told about them later isn't kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Timestamp>,
    /// What reading it could not carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What was counted of each line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LineLedger>,
    /// What cancellations of ours take off sale for good, from the moment on at which they are sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_offs: Vec<WriteOff>,
    /// When the read that brought these facts began: of two states that the platform dates alike, the one that
    /// was read later counts.
    pub seen: Timestamp,
    /// When we last did something to it ourselves: a read that began before may not show it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted: Option<Timestamp>,
}

impl Order {
    /// An order of which nothing is counted yet.
    pub const fn new(id: OrderId, store: StoreId, facts: OrderFacts, seen: Timestamp) -> Self {
        Self {
            id,
            store,
            facts,
            buyer: None,
            erased: None,
            losses: Vec::new(),
            ledger: Vec::new(),
            write_offs: Vec::new(),
            seen,
            acted: None,
        }
    }

    /// Whether `facts`, from a read that began at `read`, take the place of what is stored. Messages arrive in any
    /// order, and an older state never takes the place of a newer one.
    pub fn gives_way_to(&self, facts: &OrderFacts, read: Timestamp) -> bool {
        if self.acted.is_some_and(|acted| read < acted) {
            return false;
        }
        match (self.facts.updated, facts.updated) {
            (Some(known), Some(told)) if known != told => known < told,
            // Some platforms date to the second, and a refund at Etsy changes no date at all.
            _ => self.seen <= read,
        }
    }

    /// Whether something may still come of it: all but a cancelled or closed one, and one of which nobody tells.
    pub const fn is_open(&self) -> bool {
        !matches!(self.facts.life, Axis::Known(Life::Cancelled | Life::Closed))
    }

    /// Whether a line of it is left out of a level of `item`.
    pub fn leaves_out(&self, item: StockItemId) -> bool {
        self.ledger.iter().flat_map(|ledger| &ledger.left_out).any(|take| take.item == item)
    }

    /// When the platform last changed it; where it doesn't tell, when it was placed.
    pub fn changed(&self) -> Timestamp {
        self.facts.updated.unwrap_or(self.facts.placed)
    }
}
