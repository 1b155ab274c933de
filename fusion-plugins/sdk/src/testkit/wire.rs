//! What travels between the scripted plugin and its platform.

use fusion_core::{
    clock::Timestamp,
    error::Problem,
    model::{
        Code, Currency, Issue, Lifecycle, ListingVariantId, MediaId, Money, OptionValues, OrderRole, Paired,
        ProductOption, Restock, RichText, Shipping,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The host that the plugin calls; no such host exists.
pub(super) const HOST: &str = "api.scripted.test";

/// A write: what to do, and how to find it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Write {
    /// The step's key. Look-ups find the write by it.
    pub(super) reference: String,
    /// Whether a second one under the same reference is answered like the first.
    pub(super) keyed: bool,
    /// Whether this is the last call of its work, after which it may be accepted instead of done.
    pub(super) closing: bool,
    pub(super) body: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) store: String,
    pub(super) title: String,
    pub(super) description: RichText,
    pub(super) brand: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) options: Vec<ProductOption>,
    pub(super) lifecycle: Lifecycle,
    pub(super) variants: Vec<Variant>,
    pub(super) media: Vec<Picture>,
    /// Addresses of films: what the model has no place for.
    #[serde(default)]
    pub(super) films: Vec<String>,
    pub(super) issues: Vec<Issue>,
    pub(super) updated: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Variant {
    pub(super) id: String,
    /// The merchant's mark on it.
    pub(super) row: Option<ListingVariantId>,
    pub(super) options: OptionValues,
    pub(super) sku: Option<String>,
    pub(super) offered: bool,
    pub(super) price: Money,
    pub(super) compare_at: Option<Money>,
    #[serde(default)]
    pub(super) cost: Option<Money>,
    #[serde(default)]
    pub(super) codes: Vec<Code>,
    #[serde(default)]
    pub(super) shipping: Shipping,
    /// The merchant's mark on its own picture.
    #[serde(default)]
    pub(super) picture: Option<MediaId>,
    pub(super) counted: bool,
    pub(super) pool: String,
    /// Filled in when it is shown.
    pub(super) available: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Picture {
    pub(super) id: String,
    pub(super) row: Option<MediaId>,
    pub(super) url: String,
    pub(super) alt: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoreRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) currency: Currency,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) account: String,
    pub(super) stores: Vec<StoreRow>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StockLine {
    pub(super) variant: String,
    pub(super) available: u32,
    pub(super) expected: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StockAnswer {
    pub(super) refused: Vec<(usize, Problem)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrderState {
    Pending,
    Open,
    Closed,
    Cancelled,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) store: String,
    pub(super) state: OrderState,
    pub(super) role: OrderRole,
    pub(super) acknowledged: bool,
    pub(super) lines: Vec<OrderLine>,
    pub(super) shipments: Vec<Shipment>,
    pub(super) refunds: Vec<Refund>,
    pub(super) total: Paired,
    pub(super) paid: Paired,
    /// Whether it says in a word what was paid.
    pub(super) tells_payment: bool,
    pub(super) placed: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) cancelled: Option<Timestamp>,
    /// Whether it was changed otherwise than by a refund or its cancellation.
    pub(super) edited: bool,
    /// Whether it says so, and when it was cancelled.
    pub(super) tells_history: bool,
    pub(super) email: Option<String>,
    pub(super) receipt: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OrderLine {
    pub(super) id: String,
    pub(super) variant: String,
    pub(super) sku: Option<String>,
    pub(super) title: String,
    pub(super) ordered: i64,
    pub(super) current: i64,
    pub(super) price: Money,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shipment {
    pub(super) id: String,
    pub(super) lines: Vec<(String, i64)>,
    pub(super) carrier: Option<String>,
    pub(super) tracking: Option<String>,
    pub(super) at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) total: Paired,
    pub(super) lines: Vec<(String, i64, Restock)>,
    pub(super) at: Timestamp,
}

/// An answer to a write that takes effect later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) operation: String,
    pub(super) product: Product,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Operation {
    Pending,
    Done { product: Box<Product> },
    Refused { code: String },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Each as it is, so that one that can't be read doesn't spoil the others.
    pub(super) items: Vec<Value>,
    pub(super) next: Option<String>,
    /// Up to when changes are covered.
    pub(super) until: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub(super) enum Reference {
    Applied { status: u16, answer: Value },
    Partial { status: u16, answer: Value },
    Nothing { settled: bool },
    Doubtful { candidates: Vec<String> },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) access: String,
    pub(super) refresh: String,
    /// For how many milliseconds.
    pub(super) lasts_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Complaint {
    pub(super) code: String,
    #[serde(default)]
    pub(super) path: Option<String>,
}
