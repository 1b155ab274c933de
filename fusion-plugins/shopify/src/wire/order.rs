//! Orders as answers hold them. What the platform never leaves out is read as it is, so that an answer without it
//! is found out; what it may hide or not have is [`Told`] or optional. `Option::deserialize` stands where null says
//! something and a missing field would say the same by mistake.

use super::{
    product::{Amount, Id, Nodes, RawPage, SelectedOption},
    told::Told,
};
use serde::Deserialize;

/// An amount in the shop's books and as the buyer saw it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bag {
    pub(crate) shop_money: Amount,
    pub(crate) presentment_money: Amount,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) processed_at: String,
    pub(crate) updated_at: String,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) cancelled_at: Option<String>,
    pub(crate) cancel_reason: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) closed_at: Option<String>,
    pub(crate) edited: bool,
    pub(crate) test: bool,
    pub(crate) customer_locale: Option<String>,
    pub(crate) requires_shipping: bool,
    pub(crate) taxes_included: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) display_financial_status: Option<String>,
    pub(crate) display_fulfillment_status: String,
    #[serde(default)]
    pub(crate) email: Told<String>,
    #[serde(default)]
    pub(crate) phone: Told<String>,
    #[serde(default)]
    pub(crate) note: Told<String>,
    pub(crate) custom_attributes: Vec<Attribute>,
    #[serde(default)]
    pub(crate) shipping_address: Told<Address>,
    #[serde(default)]
    pub(crate) billing_address: Told<Address>,
    pub(crate) current_total_price_set: Bag,
    pub(crate) total_received_set: Bag,
    pub(crate) current_shipping_price_set: Bag,
    pub(crate) total_tip_received_set: Bag,
    pub(crate) current_total_duties_set: Option<Bag>,
    pub(crate) current_total_additional_fees_set: Option<Bag>,
    pub(crate) current_tax_lines: Vec<TaxLine>,
    pub(crate) line_items: Nodes<Line>,
    pub(crate) fulfillment_orders: Nodes<FulfillmentOrder>,
    pub(crate) fulfillments: Vec<Fulfillment>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) returns: Nodes<Return>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

/// A postal address; an app without permission gets it with holes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) address1: Option<String>,
    pub(crate) address2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) province: Option<String>,
    pub(crate) province_code: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) country_code_v2: Option<String>,
    pub(crate) phone: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaxLine {
    /// Whether the channel pays it to the state; null where nobody knows.
    pub(crate) channel_liable: Option<bool>,
    pub(crate) price_set: Bag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) id: String,
    /// Title and variant as the buyer saw them.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) sku: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) current_quantity: i64,
    pub(crate) requires_shipping: bool,
    pub(crate) is_gift_card: bool,
    pub(crate) custom_attributes: Vec<Attribute>,
    /// Null once it is deleted, and for what was never in the catalogue.
    pub(crate) product: Option<Id>,
    pub(crate) variant: Option<Variant>,
    pub(crate) original_unit_price_set: Bag,
    pub(crate) discounted_unit_price_after_all_discounts_set: Bag,
    pub(crate) price_after_all_discounts_before_taxes_set: Bag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variant {
    pub(crate) id: String,
    pub(crate) selected_options: Vec<SelectedOption>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrder {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) supported_actions: Vec<SupportedAction>,
    pub(crate) assigned_location: AssignedLocation,
    pub(crate) line_items: Nodes<FulfillmentOrderLine>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SupportedAction {
    pub(crate) action: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AssignedLocation {
    /// Null once it is deleted.
    pub(crate) location: Option<Location>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    pub(crate) id: String,
    pub(crate) is_fulfillment_service: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrderLine {
    pub(crate) id: String,
    pub(crate) remaining_quantity: i64,
    pub(crate) line_item: Id,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fulfillment {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) created_at: String,
    pub(crate) delivered_at: Option<String>,
    pub(crate) tracking_info: Vec<Tracking>,
    pub(crate) fulfillment_line_items: Nodes<FulfillmentLine>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tracking {
    pub(crate) company: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentLine {
    pub(crate) quantity: Option<i64>,
    pub(crate) line_item: Id,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created_at: Option<String>,
    pub(crate) total_refunded_set: Bag,
    pub(crate) refund_line_items: Nodes<RefundLine>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundLine {
    pub(crate) quantity: i64,
    pub(crate) restock_type: String,
    pub(crate) line_item: Id,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Return {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) exchange_line_items: Nodes<ExchangeLine>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeLine {
    pub(crate) unprocessed_quantity: i64,
    /// Null until it is processed.
    pub(crate) line_items: Option<Vec<Line>>,
}

/// `orders`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrdersData {
    pub(crate) orders: RawPage,
}

/// `order(id:)`, whatever was selected of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrderData<T> {
    pub(crate) order: Option<T>,
}

/// `order(id:) { lineItems }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinesOf {
    pub(crate) line_items: Nodes<Line>,
}

/// `order(id:) { fulfillmentOrders }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrdersOf {
    pub(crate) fulfillments: Vec<Id>,
    pub(crate) fulfillment_orders: Nodes<FulfillmentOrder>,
}

/// `order(id:) { returns }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ReturnsOf {
    pub(crate) returns: Nodes<Return>,
}

/// `fulfillmentOrder(id:) { lineItems }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrderLinesData {
    pub(crate) fulfillment_order: Option<FulfillmentOrderLinesOf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrderLinesOf {
    pub(crate) line_items: Nodes<FulfillmentOrderLine>,
}

/// `fulfillment(id:) { fulfillmentLineItems }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FulfillmentLinesData {
    pub(crate) fulfillment: Option<FulfillmentLinesOf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentLinesOf {
    pub(crate) fulfillment_line_items: Nodes<FulfillmentLine>,
}

/// `refund(id:) { refundLineItems }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RefundLinesData {
    pub(crate) refund: Option<RefundLinesOf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundLinesOf {
    pub(crate) refund_line_items: Nodes<RefundLine>,
}

/// `return(id:) { exchangeLineItems }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ExchangeLinesData {
    pub(crate) r#return: Option<ExchangeLinesOf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeLinesOf {
    pub(crate) exchange_line_items: Nodes<ExchangeLine>,
}
