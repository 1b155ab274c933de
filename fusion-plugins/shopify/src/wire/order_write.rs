//! What is sent about orders, and what comes back.

use super::{
    order::{Bag, OrderData},
    product::{Id, Nodes},
};
use serde::{Deserialize, Serialize};

/// One shipment, from one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentInput {
    pub(crate) line_items_by_fulfillment_order: Vec<FulfillmentOrderInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_info: Option<TrackingInput>,
    pub(crate) notify_customer: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfillmentOrderInput {
    pub(crate) fulfillment_order_id: String,
    /// Always said: left out it means all that is there by then.
    pub(crate) fulfillment_order_line_items: Vec<FulfillmentOrderLineInput>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FulfillmentOrderLineInput {
    pub(crate) id: String,
    pub(crate) quantity: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrackingInput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
}

/// How what was paid goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundMethod {
    pub(crate) original_payment_methods_refund: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundInput {
    pub(crate) order_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<String>,
    pub(crate) notify: bool,
    pub(crate) refund_line_items: Vec<RefundLineInput>,
    pub(crate) transactions: Vec<TransactionInput>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundLineInput {
    pub(crate) line_item_id: String,
    pub(crate) quantity: i64,
    pub(crate) restock_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location_id: Option<String>,
}

/// One call to the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionInput {
    pub(crate) order_id: String,
    pub(crate) parent_id: String,
    pub(crate) gateway: String,
    pub(crate) kind: &'static str,
    pub(crate) amount: String,
}

/// A topic's notifications: where to, and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SubscriptionInput {
    pub(crate) uri: String,
    pub(crate) format: &'static str,
    pub(crate) name: String,
}

/// `fulfillmentCreate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FulfilledData {
    pub(crate) fulfillment_create: Fulfilled,
}

/// `fulfillmentTrackingInfoUpdate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrackedData {
    pub(crate) fulfillment_tracking_info_update: Fulfilled,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Fulfilled {
    pub(crate) fulfillment: Option<Id>,
}

/// `orderCancel`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelledData {
    pub(crate) order_cancel: Cancelled,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cancelled {
    pub(crate) job: Option<Id>,
}

/// `job` and `order(id:) { cancelledAt }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CancellationData {
    pub(crate) job: Option<Job>,
    pub(crate) order: Option<CancelledAt>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) done: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelledAt {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) cancelled_at: Option<String>,
}

/// `refundCreate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundedData {
    pub(crate) refund_create: Refunded,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refunded {
    pub(crate) refund: Option<MadeRefund>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MadeRefund {
    pub(crate) id: String,
    pub(crate) transactions: Nodes<MadeTransaction>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MadeTransaction {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
}

/// `order(id:) { transactions }`.
pub(crate) type PaymentsData = OrderData<Payments>;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payments {
    pub(crate) currency_code: String,
    pub(crate) presentment_currency_code: String,
    pub(crate) transactions: Vec<Transaction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) gateway: Option<String>,
    pub(crate) parent_transaction: Option<Id>,
    pub(crate) amount_set: Bag,
}

/// `webhookSubscriptions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionsData {
    pub(crate) webhook_subscriptions: Nodes<Subscription>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) uri: String,
    pub(crate) format: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
}
