//! What was bought, and what becomes of it.

mod action;
mod ledger;
mod matching;
mod oversold;
mod stored;
mod takings;

pub use action::OrderAction;
pub(crate) use ledger::is_before;
pub use ledger::{LineLedger, Take, Tally};
pub use matching::{Meant, RowKnown, match_line};
pub use oversold::{Oversold, oversold};
pub use stored::{Order, RemoteOrder};
pub use takings::Takings;

use super::{
    Extensions, ListingVariantId, Locale, Nature, OptionValues, OrderId, Paired, Private, Ref, Refs, Seen,
    ShippedBy,
};
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

/// Who collects a tax or charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collector {
    /// The merchant.
    Merchant,
    /// The platform.
    Platform,
    /// Not told.
    Unknown,
}

/// What a charge is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// The things themselves.
    Items,
    /// Their way.
    Shipping,
    /// Tax.
    Tax,
    /// A reduction; its amount is negative.
    Discount,
    /// Customs.
    Duty,
    /// The platform's fee.
    Fee,
    /// A present to the merchant.
    Tip,
    /// Wrapping.
    GiftWrap,
    /// What goes back to the buyer.
    Refund,
    /// A word that this version doesn't know.
    Other(String),
}

/// An amount with its reason and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What it is for.
    pub kind: ChargeKind,
    /// How much.
    pub amount: Paired,
    /// Who collects it.
    pub collector: Collector,
    /// Whether the price of the line holds it already.
    pub included: bool,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The platform's id, or one derived from the order and the line's place.
    pub key: String,
    /// What the platform calls the things it names.
    pub refs: Refs,
    /// Our row, once it is matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<ListingVariantId>,
    /// The SKU as the platform has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The name as the buyer saw it.
    pub title: String,
    /// What the buyer chose.
    #[serde(default, skip_serializing_if = "OptionValues::is_empty")]
    pub options: OptionValues,
    /// What was ordered first.
    pub ordered: i64,
    /// What is still wanted.
    pub current: i64,
    /// Whether the buyer has asked for the line's cancellation: it mustn't be shipped before that is decided.
    #[serde(default)]
    pub cancel_wanted: bool,
    /// Price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Paired>,
    /// Charges of this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// What the merchant pays a supplier for this line; never revenue, and often in another currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Charge>,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// Who ships it.
    #[serde(default)]
    pub shipped_by: ShippedBy,
    /// From where, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Ref>,
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

/// A postal address in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Who gets it.
    pub name: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Street, house, floor: what stands on the label between names and town.
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal: Option<String>,
    /// Country, two letters of ISO 3166 where the platform tells.
    pub country: Option<String>,
    /// How a carrier reaches them.
    pub phone: Option<String>,
}

/// What a platform tells about a buyer: in memory only, sealed before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Where it goes.
    pub ship_to: Seen<Private<Address>>,
    /// Who pays.
    pub bill_to: Seen<Private<Address>>,
    /// How to write to them.
    pub email: Seen<Private<String>>,
    /// Personalisation, gift text, note: by field name.
    pub texts: Vec<(String, Private<String>)>,
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
