//! An order as it is read. Not `Debug`: it holds the buyer's address.

use super::{Id, Told};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    pub(crate) id: Told<String>,
    pub(crate) app_order_id: Told<Id>,
    pub(crate) external_id: Told<Id>,
    pub(crate) address_to: Told<Address>,
    pub(crate) line_items: Told<Vec<Told<Line>>>,
    pub(crate) metadata: Told<Metadata>,
    pub(crate) total_price: Told<i64>,
    pub(crate) total_shipping: Told<i64>,
    pub(crate) total_tax: Told<i64>,
    pub(crate) status: Told<String>,
    pub(crate) shipping_method: Told<i64>,
    pub(crate) shipments: Told<Vec<Told<Shipment>>>,
    pub(crate) created_at: Told<String>,
    pub(crate) sent_to_production_at: Told<String>,
    pub(crate) fulfilled_at: Told<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Address {
    pub(crate) first_name: Told<String>,
    pub(crate) last_name: Told<String>,
    pub(crate) company: Told<String>,
    pub(crate) address1: Told<String>,
    pub(crate) address2: Told<String>,
    pub(crate) city: Told<String>,
    pub(crate) region: Told<String>,
    pub(crate) zip: Told<Id>,
    pub(crate) country: Told<String>,
    pub(crate) phone: Told<Id>,
    pub(crate) email: Told<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) order_type: Told<String>,
    pub(crate) shop_order_id: Told<Id>,
    pub(crate) shop_order_label: Told<Id>,
    pub(crate) is_reprint: Told<bool>,
    pub(crate) reprinted_order_ids: Told<Vec<Id>>,
    pub(crate) child_reprinted_order_ids: Told<Vec<Id>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    pub(crate) id: Told<Id>,
    pub(crate) product_id: Told<String>,
    pub(crate) variant_id: Told<i64>,
    pub(crate) print_provider_id: Told<i64>,
    pub(crate) quantity: Told<i64>,
    pub(crate) cost: Told<i64>,
    pub(crate) shipping_cost: Told<i64>,
    pub(crate) status: Told<String>,
    pub(crate) metadata: Told<LineMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LineMetadata {
    pub(crate) title: Told<String>,
    pub(crate) price: Told<i64>,
    pub(crate) variant_label: Told<String>,
    pub(crate) sku: Told<Id>,
    pub(crate) external_id: Told<Id>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shipment {
    pub(crate) carrier: Told<String>,
    pub(crate) number: Told<Id>,
    pub(crate) url: Told<String>,
    pub(crate) delivered_at: Told<String>,
}

/// What a submission answers: the id alone, the whole order, a list of them, or the order that is there already.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Submitted {
    pub(crate) id: Told<String>,
    pub(crate) order: Told<Named>,
    pub(crate) data: Told<Vec<Told<Named>>>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
}

/// Postage by the method's name.
pub(crate) type Quote = std::collections::BTreeMap<String, Told<i64>>;
