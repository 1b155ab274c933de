//! What can be done to an order.

use super::Restock;
use crate::{
    model::{LocationId, Paired},
    verb::Operation,
};
use serde::{Deserialize, Serialize};

/// What can be done to an order; each has its own [`Operation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAction {
    /// Tells the platform that it was seen.
    Acknowledge,
    /// Ships it, whole (no lines) or in part.
    Ship {
        /// Line and count.
        lines: Vec<(String, i64)>,
        /// Who carries it.
        carrier: Option<String>,
        /// Number for following it.
        tracking: Option<String>,
        /// From where.
        location: Option<LocationId>,
        /// Whether the buyer gets a message.
        notify: bool,
    },
    /// Corrects the tracking of a fulfilment.
    AmendTracking {
        /// Which one.
        fulfilment: String,
        /// Who carries it.
        carrier: Option<String>,
        /// Number for following it.
        tracking: String,
    },
    /// Cancels it, whole (no lines) or in part.
    Cancel {
        /// Line and count.
        lines: Vec<(String, i64)>,
        /// Why, in the platform's list of words.
        reason: String,
        /// Whether the pieces go back on the platform's shelf.
        #[serde(default)]
        restock: Restock,
        /// Whether what was paid for them goes back to the buyer.
        #[serde(default)]
        refund: bool,
        /// Whether the buyer gets a message.
        #[serde(default)]
        notify: bool,
    },
    /// Gives money back.
    Refund {
        /// How much.
        total: Paired,
        /// Line, count and whether it goes back on the shelf.
        lines: Vec<(String, i64, Restock)>,
    },
    /// Places it with the supplier.
    Submit,
    /// Starts its production.
    Produce,
}

impl OrderAction {
    /// Whether its pieces mustn't be sold again.
    pub(crate) const fn writes_off(&self) -> bool {
        matches!(self, Self::Cancel { restock: Restock::No, .. })
    }

    /// The operation that a capability table and a policy know it by.
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Acknowledge => Operation::AcknowledgeOrder,
            Self::Ship { .. } => Operation::ShipOrder,
            Self::AmendTracking { .. } => Operation::AmendTracking,
            Self::Cancel { .. } => Operation::CancelOrder,
            Self::Refund { .. } => Operation::RefundOrder,
            Self::Submit => Operation::SubmitOrder,
            Self::Produce => Operation::ProduceOrder,
        }
    }
}
