//! An order as the platform tells it, with the buyer in it: the types show nothing but ids when they are printed.

use super::{Money, Number, PropertyValue, list};
use serde::Deserialize;
use std::fmt;

/// `ShopReceipt`.
#[derive(Clone, Deserialize)]
pub struct Receipt {
    pub(crate) receipt_id: i64,
    pub(crate) status: Option<String>,
    pub(crate) is_paid: Option<bool>,
    pub(crate) is_shipped: Option<bool>,
    pub(crate) is_gift: Option<bool>,
    pub(crate) created_timestamp: Option<i64>,
    pub(crate) create_timestamp: Option<i64>,
    pub(crate) updated_timestamp: Option<i64>,
    pub(crate) buyer_email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) first_line: Option<String>,
    pub(crate) second_line: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) country_iso: Option<String>,
    pub(crate) formatted_address: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) message_from_buyer: Option<String>,
    pub(crate) message_from_seller: Option<String>,
    pub(crate) gift_message: Option<String>,
    pub(crate) gift_sender: Option<String>,
    pub(crate) grandtotal: Option<Money>,
    pub(crate) total_shipping_cost: Option<Money>,
    pub(crate) total_tax_cost: Option<Money>,
    pub(crate) total_vat_cost: Option<Money>,
    pub(crate) discount_amt: Option<Money>,
    pub(crate) gift_wrap_price: Option<Money>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) shipments: Vec<Shipment>,
    pub(crate) transactions: Vec<Transaction>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) refunds: Vec<Refund>,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({})", self.receipt_id)
    }
}

/// One line of a receipt.
#[derive(Clone, Deserialize)]
pub struct Transaction {
    pub(crate) transaction_id: i64,
    pub(crate) title: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) is_digital: Option<bool>,
    pub(crate) listing_id: Option<i64>,
    pub(crate) product_id: Option<i64>,
    pub(crate) sku: Option<String>,
    pub(crate) price: Option<Money>,
    pub(crate) shipping_cost: Option<Money>,
    pub(crate) buyer_coupon: Option<Number>,
    pub(crate) shop_coupon: Option<Number>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) variations: Vec<Variation>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) product_data: Vec<PropertyValue>,
    pub(crate) shipping_upgrade: Option<String>,
    pub(crate) expected_ship_date: Option<i64>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({})", self.transaction_id)
    }
}

/// What the buyer chose, or wrote to have it personalised.
#[derive(Clone, Deserialize)]
pub struct Variation {
    pub(crate) property_id: Option<i64>,
    pub(crate) value_id: Option<i64>,
    pub(crate) formatted_name: Option<String>,
    pub(crate) formatted_value: Option<String>,
    pub(crate) question_id: Option<i64>,
}

impl fmt::Debug for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variation({:?})", self.property_id)
    }
}

/// A parcel.
#[derive(Clone, Debug, Deserialize)]
pub struct Shipment {
    pub(crate) receipt_shipping_id: Option<i64>,
    pub(crate) shipment_notification_timestamp: Option<i64>,
    pub(crate) carrier_name: Option<String>,
    pub(crate) tracking_code: Option<String>,
}

/// Money that went back; the platform tells neither an id nor lines.
#[derive(Clone, Deserialize)]
pub struct Refund {
    pub(crate) amount: Money,
    pub(crate) created_timestamp: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) note_from_issuer: Option<String>,
    pub(crate) status: Option<String>,
}

impl fmt::Debug for Refund {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refund({:?})", self.amount)
    }
}

/// What the platform kept of a receipt's money.
#[derive(Clone, Debug, Deserialize)]
pub struct Payment {
    pub(crate) receipt_id: i64,
    pub(crate) amount_fees: Money,
    pub(crate) adjusted_fees: Option<Money>,
}
