//! What was bought, and what becomes of it.

mod action;
mod buyer;
mod ledger;
mod line;
mod matching;
mod oversold;
mod stood;
mod stored;
mod takings;
mod write_off;

pub use action::OrderAction;
pub use buyer::{Address, Buyer};
pub use ledger::{LineLedger, Take, Tally};
pub(crate) use ledger::{LineMove, Reason, Since};
pub use line::{Charge, ChargeKind, Collector, OrderLine};
pub use matching::{Meant, RowKnown, match_line};
pub use oversold::{Oversold, oversold};
pub(crate) use stood::{Stood, is_before};
pub use stored::{Order, RemoteOrder};
pub use takings::Takings;
pub(crate) use write_off::WrittenOff;
pub use write_off::{Happened, WriteOff};

use super::{Extensions, Locale, OrderId, Paired, Refs};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose order it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRole {
    /// A buyer's.
    Sale,
    /// Ours, at a supplier.
    Supply {
        /// The sale it is for.
        sale: Option<OrderId>,
    },
    /// A second delivery for an earlier order.
    Replacement {
        /// The earlier one.
        of: Option<OrderId>,
    },
}

impl OrderRole {
    /// The order that this one was made for, where that is known: its buyer is the same.
    pub const fn made_for(&self) -> Option<OrderId> {
        match self {
            Self::Sale => None,
            Self::Supply { sale } => *sale,
            Self::Replacement { of } => *of,
        }
    }
}

/// One axis of an order's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis<T> {
    /// This.
    Known(T),
    /// A word that this version doesn't know.
    Unknown(String),
    /// The platform doesn't tell.
    NotTold,
}

/// Whether the sale stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// Reserves stock, not final.
    Pending,
    /// Stands.
    Open,
    /// Stands, and must wait.
    OnHold,
    /// Doesn't stand.
    Cancelled,
    /// Done.
    Closed,
}

/// What was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Nothing yet.
    Pending,
    /// Promised by the bank.
    Authorised,
    /// All.
    Paid,
    /// Some.
    PartlyPaid,
    /// Some went back.
    PartlyRefunded,
    /// All went back.
    Refunded,
    /// The promise was given up.
    Voided,
    /// The payment failed.
    Failed,
}

/// What was shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shipment {
    /// Nothing.
    None,
    /// Being made.
    InProduction,
    /// Some.
    Part,
    /// All.
    All,
    /// Nothing has to be.
    NotNeeded,
    /// Mustn't be.
    Blocked,
}

/// Something that was shipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfilment {
    /// The platform's id, or a derived one.
    pub key: String,
    /// What the platform calls it.
    pub refs: Refs,
    /// Line and count; empty where the platform doesn't tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<(String, i64)>,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Number and address for following it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<(String, Option<String>)>,
    /// When it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped: Option<Timestamp>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Timestamp>,
}

/// Whether a returned piece goes back on the shelf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restock {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not told.
    #[default]
    Unknown,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The platform's id, or a derived one.
    pub key: String,
    /// How much.
    pub total: Paired,
    /// Line, count and whether it goes back on the shelf.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<(String, i64, Restock)>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What a platform tells about an order, without the buyer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// What the platform calls it.
    pub refs: Refs,
    /// The number that people say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Whose order it is.
    pub role: OrderRole,
    /// The buyer's language, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// When it was placed.
    pub placed: Timestamp,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    /// When it was cancelled, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Timestamp>,
    /// Whether lines or pieces may have come to it since it was placed, where the platform tells: an order that was
    /// edited, or in which something was exchanged, may hold more than was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<bool>,
    /// Whether the sale stands.
    pub life: Axis<Life>,
    /// What was paid.
    pub payment: Axis<Payment>,
    /// What was shipped.
    pub shipment: Axis<Shipment>,
    /// What was bought. The piece that an exchange sends out is a line of its own.
    pub lines: Vec<OrderLine>,
    /// What the buyer owes for all of it: kept as the platform tells it, even if lines and charges make another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Paired>,
    /// What the buyer has paid so far, refunds not taken off. The platform converts it at another moment than
    /// the total, so the amounts that the buyer saw may differ when all is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paired>,
    /// Charges of the whole; those of a line stand with the line and not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// What was shipped, piece by piece.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfilments: Vec<Fulfilment>,
    /// What went back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
    /// Typed platform extras.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}
