//! The variables of each document about orders. A test holds every struct against its document's declarations.

use super::{
    order_documents as documents,
    order_write::{FulfillmentInput, RefundInput, RefundMethod, SubscriptionInput, TrackingInput},
    variables::{Variables, variables},
};
use serde::Serialize;

variables! {
    /// Which page of which orders.
    Orders = ORDERS { first: u32, after: Option<String>, query: Option<String> }
    /// Which order.
    Order = ORDER { id: String }
    /// Which page of whose lines.
    OrderLines = ORDER_LINES { id: String, after: String }
    /// Which page of what is to be shipped of which order.
    FulfillmentOrders = FULFILLMENT_ORDERS { id: String, after: Option<String> }
    /// Which page of whose returns.
    Returns = RETURNS { id: String, after: String }
    /// Which page of whose lines.
    FulfillmentOrderLines = FULFILLMENT_ORDER_LINES { id: String, after: String }
    /// Which page of whose lines.
    FulfillmentLines = FULFILLMENT_LINES { id: String, after: String }
    /// Which page of whose lines.
    RefundLines = REFUND_LINES { id: String, after: String }
    /// Which page of whose lines.
    ExchangeLines = EXCHANGE_LINES { id: String, after: String }
    /// Which order's.
    Payments = PAYMENTS { id: String }
    /// Which order, cancelled by which job.
    Cancellation = CANCELLATION { job: String, order: String }
    /// What is shipped.
    Fulfill = FULFILL { fulfillment: FulfillmentInput }
    /// Which fulfilment is followed how.
    Tracking = TRACKING { fulfillment_id: String, tracking_info_input: TrackingInput }
    /// Which order, and what becomes of pieces, money and buyer.
    Cancel = CANCEL {
        order_id: String, reason: String, restock: bool, refund_method: Option<RefundMethod>,
        notify_customer: bool,
    }
    /// What goes back, under which key.
    Refund = REFUND { input: RefundInput, key: String }
    /// Which page.
    Subscriptions = SUBSCRIPTIONS { after: Option<String> }
    /// Which topic, and where to.
    Subscribe = SUBSCRIBE { topic: &'static str, webhook_subscription: SubscriptionInput }
    /// Which one, and where to.
    Resubscribe = RESUBSCRIBE { id: String, webhook_subscription: SubscriptionInput }
}
