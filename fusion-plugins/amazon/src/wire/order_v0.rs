//! Orders v0: an order, its items, its address and its buyer are four answers. Nothing here has a `Debug` form.

use super::{
    envelope::Records,
    order::{Address, Collection},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Older answers spell the members of an amount with a capital.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Amount {
    #[serde(default)]
    pub(crate) amount: Option<String>,
    #[serde(default)]
    pub(crate) currency_code: Option<String>,
}

/// `getOrders`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Found {
    pub(crate) orders: Records,
    #[serde(default)]
    pub(crate) next_token: Option<String>,
    #[serde(default)]
    pub(crate) last_updated_before: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Order {
    pub(crate) amazon_order_id: String,
    pub(crate) purchase_date: String,
    pub(crate) last_update_date: String,
    pub(crate) order_status: String,
    #[serde(default)]
    pub(crate) marketplace_id: Option<String>,
    #[serde(default)]
    pub(crate) seller_order_id: Option<String>,
    #[serde(default)]
    pub(crate) fulfillment_channel: Option<String>,
    #[serde(default)]
    pub(crate) ship_service_level: Option<String>,
    #[serde(default)]
    pub(crate) order_total: Option<Amount>,
    #[serde(default)]
    pub(crate) latest_ship_date: Option<String>,
    #[serde(default)]
    pub(crate) latest_delivery_date: Option<String>,
    /// Truth as a word or as a text, by answer.
    #[serde(default)]
    pub(crate) is_replacement_order: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) replaced_order_id: Option<String>,
    #[serde(default)]
    pub(crate) shipping_address: Option<Address>,
    #[serde(default)]
    pub(crate) buyer_info: Option<BuyerInfo>,
}

/// `getOrderAddress`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddressOf {
    pub(crate) amazon_order_id: String,
    #[serde(default)]
    pub(crate) shipping_address: Option<Address>,
}

/// `getOrderBuyerInfo`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BuyerOf {
    pub(crate) amazon_order_id: String,
    #[serde(flatten)]
    pub(crate) info: BuyerInfo,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct BuyerInfo {
    pub(crate) buyer_email: Option<String>,
    pub(crate) buyer_name: Option<String>,
    pub(crate) purchase_order_number: Option<String>,
}

/// `getOrderItems`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ItemsOf {
    pub(crate) amazon_order_id: String,
    pub(crate) order_items: Vec<Item>,
    #[serde(default)]
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Item {
    pub(crate) order_item_id: String,
    #[serde(default, rename = "ASIN")]
    pub(crate) asin: Option<String>,
    #[serde(default, rename = "SellerSKU")]
    pub(crate) seller_sku: Option<String>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    pub(crate) quantity_ordered: i64,
    #[serde(default)]
    pub(crate) quantity_shipped: Option<i64>,
    #[serde(default)]
    pub(crate) item_price: Option<Amount>,
    #[serde(default)]
    pub(crate) item_tax: Option<Amount>,
    #[serde(default)]
    pub(crate) shipping_price: Option<Amount>,
    #[serde(default)]
    pub(crate) shipping_tax: Option<Amount>,
    #[serde(default)]
    pub(crate) shipping_discount: Option<Amount>,
    #[serde(default)]
    pub(crate) shipping_discount_tax: Option<Amount>,
    #[serde(default)]
    pub(crate) promotion_discount: Option<Amount>,
    #[serde(default)]
    pub(crate) promotion_discount_tax: Option<Amount>,
    #[serde(default, rename = "CODFee")]
    pub(crate) cod_fee: Option<Amount>,
    #[serde(default, rename = "CODFeeDiscount")]
    pub(crate) cod_fee_discount: Option<Amount>,
    #[serde(default)]
    pub(crate) tax_collection: Option<Collection>,
    #[serde(default)]
    pub(crate) buyer_info: Option<ItemBuyer>,
    #[serde(default)]
    pub(crate) buyer_requested_cancel: Option<CancelWish>,
}

/// A line of `getOrderItemsBuyerInfo`, or the same inside an item.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ItemBuyer {
    pub(crate) order_item_id: Option<String>,
    pub(crate) buyer_customized_info: Option<Customized>,
    pub(crate) gift_message_text: Option<String>,
    pub(crate) gift_wrap_price: Option<Amount>,
    pub(crate) gift_wrap_tax: Option<Amount>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Customized {
    #[serde(default, rename = "CustomizedURL")]
    pub(crate) url: Option<String>,
}

/// `getOrderItemsBuyerInfo`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ItemBuyersOf {
    pub(crate) order_items: Vec<ItemBuyer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CancelWish {
    #[serde(default)]
    pub(crate) is_buyer_requested_cancel: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) buyer_cancel_reason: Option<String>,
}
