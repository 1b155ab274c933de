//! Orders 2026-01-01. Nothing here has a `Debug` form: a buyer stands in it.

use super::envelope::{Amount, Pagination, Records};
use serde::Deserialize;
use serde_json::value::RawValue;

/// `searchOrders`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    pub(crate) orders: Records,
    #[serde(default)]
    pub(crate) pagination: Option<Pagination>,
    #[serde(default)]
    pub(crate) last_updated_before: Option<String>,
}

/// `getOrder`.
#[derive(Deserialize)]
pub(crate) struct One {
    pub(crate) order: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) created_time: String,
    pub(crate) last_updated_time: String,
    #[serde(default)]
    pub(crate) order_aliases: Vec<Alias>,
    #[serde(default)]
    pub(crate) programs: Vec<String>,
    #[serde(default)]
    pub(crate) associated_orders: Vec<Associated>,
    pub(crate) sales_channel: Channel,
    #[serde(default)]
    pub(crate) buyer: Option<Buyer>,
    #[serde(default)]
    pub(crate) recipient: Option<Recipient>,
    #[serde(default)]
    pub(crate) proceeds: Option<Proceeds>,
    #[serde(default)]
    pub(crate) fulfillment: Option<Fulfillment>,
    pub(crate) order_items: Vec<Item>,
    #[serde(default)]
    pub(crate) packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alias {
    pub(crate) alias_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Associated {
    #[serde(default)]
    pub(crate) order_id: Option<String>,
    #[serde(default)]
    pub(crate) association_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Channel {
    #[serde(default)]
    pub(crate) marketplace_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Buyer {
    pub(crate) buyer_name: Option<String>,
    pub(crate) buyer_email: Option<String>,
    pub(crate) buyer_company_name: Option<String>,
    pub(crate) buyer_purchase_order_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    #[serde(default)]
    pub(crate) delivery_address: Option<Address>,
    #[serde(default)]
    pub(crate) delivery_preference: Option<Preference>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Preference {
    pub(crate) drop_off_location: Option<String>,
    pub(crate) address_instruction: Option<String>,
}

/// A postal address; the older API spells the same members with a capital.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    #[serde(alias = "Name")]
    pub(crate) name: Option<String>,
    #[serde(alias = "CompanyName")]
    pub(crate) company_name: Option<String>,
    #[serde(alias = "AddressLine1")]
    pub(crate) address_line1: Option<String>,
    #[serde(alias = "AddressLine2")]
    pub(crate) address_line2: Option<String>,
    #[serde(alias = "AddressLine3")]
    pub(crate) address_line3: Option<String>,
    #[serde(alias = "City")]
    pub(crate) city: Option<String>,
    #[serde(alias = "District")]
    pub(crate) district_or_county: Option<String>,
    #[serde(alias = "County")]
    pub(crate) county: Option<String>,
    #[serde(alias = "StateOrRegion")]
    pub(crate) state_or_region: Option<String>,
    #[serde(alias = "Municipality")]
    pub(crate) municipality: Option<String>,
    #[serde(alias = "PostalCode")]
    pub(crate) postal_code: Option<String>,
    #[serde(alias = "CountryCode")]
    pub(crate) country_code: Option<String>,
    #[serde(alias = "Phone")]
    pub(crate) phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proceeds {
    #[serde(default, alias = "proceedsTotal")]
    pub(crate) grand_total: Option<Amount>,
    #[serde(default)]
    pub(crate) breakdowns: Vec<Breakdown>,
}

#[derive(Deserialize)]
pub(crate) struct Breakdown {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) subtotal: Amount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fulfillment {
    pub(crate) fulfillment_status: String,
    #[serde(default)]
    pub(crate) fulfilled_by: Option<String>,
    #[serde(default)]
    pub(crate) fulfillment_service_level: Option<String>,
    #[serde(default)]
    pub(crate) ship_by_window: Option<Window>,
    #[serde(default)]
    pub(crate) deliver_by_window: Option<Window>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Window {
    #[serde(default)]
    pub(crate) latest_date_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) order_item_id: String,
    pub(crate) quantity_ordered: i64,
    pub(crate) product: Product,
    #[serde(default)]
    pub(crate) proceeds: Option<Proceeds>,
    #[serde(default)]
    pub(crate) cancellation: Option<Cancellation>,
    #[serde(default)]
    pub(crate) fulfillment: Option<ItemFulfillment>,
    #[serde(default)]
    pub(crate) tax: Option<Tax>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Product {
    #[serde(default)]
    pub(crate) asin: Option<String>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) seller_sku: Option<String>,
    #[serde(default)]
    pub(crate) price: Option<Price>,
    #[serde(default)]
    pub(crate) customization: Option<Customization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    #[serde(default)]
    pub(crate) unit_price: Option<Amount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customization {
    #[serde(default)]
    pub(crate) customized_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cancellation {
    #[serde(default)]
    pub(crate) cancellation_request: Option<Asked>,
    #[serde(default)]
    pub(crate) cancellation_execution: Option<Done>,
}

/// The buyer's wish.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) cancel_reason: Option<String>,
}

/// What became of it; only that it is there is of interest.
#[derive(Deserialize)]
pub(crate) struct Done {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemFulfillment {
    #[serde(default)]
    pub(crate) quantity_fulfilled: Option<i64>,
    #[serde(default)]
    pub(crate) quantity_unfulfilled: Option<i64>,
    #[serde(default)]
    pub(crate) packing: Option<Packing>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Packing {
    #[serde(default)]
    pub(crate) gift_option: Option<Gift>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gift {
    #[serde(default)]
    pub(crate) gift_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tax {
    #[serde(default)]
    pub(crate) tax_collections: Vec<Collection>,
}

#[derive(Deserialize)]
pub(crate) struct Collection {
    #[serde(default, alias = "Model")]
    pub(crate) model: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package {
    pub(crate) package_reference_id: String,
    #[serde(default)]
    pub(crate) package_status: Option<PackageStatus>,
    #[serde(default)]
    pub(crate) carrier: Option<String>,
    #[serde(default)]
    pub(crate) ship_time: Option<String>,
    #[serde(default)]
    pub(crate) tracking_number: Option<String>,
    #[serde(default)]
    pub(crate) package_items: Vec<Packed>,
}

#[derive(Deserialize)]
pub(crate) struct PackageStatus {
    pub(crate) status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Packed {
    pub(crate) order_item_id: String,
    pub(crate) quantity: i64,
}
