//! What was bought, and what becomes of it.

use super::{
    Extensions, ListingVariantId, Locale, LocationId, Nature, OptionValues, OrderId, Paired, PersonalRef,
    Private, Ref, Refs, Seen, ShippedBy, StoreId,
};
use crate::{clock::Timestamp, verb::Operation};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restock {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not told.
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
    /// Name, company, street and so on, as the label shows them.
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal: Option<String>,
    /// Country, two letters of ISO 3166 where the platform tells.
    pub country: Option<String>,
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
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// Charges of the whole.
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
    /// The sealed values of the buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<PersonalRef>,
}

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
