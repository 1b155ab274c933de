//! Every document about orders with variables in which everything that can be sent is sent.

use crate::wire::{
    order_variables as variables,
    order_write::{
        FulfillmentInput, FulfillmentOrderInput, FulfillmentOrderLineInput, RefundInput, RefundLineInput,
        RefundMethod, SubscriptionInput, TrackingInput, TransactionInput,
    },
    variables::{Variables, body, noted, noted_body},
};
use bytes::Bytes;
use serde_json::{Value, json};

fn request<V: Variables>(variables: V) -> (&'static str, Bytes) {
    (V::DOCUMENT, body(&variables))
}

fn fulfillment() -> FulfillmentInput {
    let row =
        FulfillmentOrderLineInput { id: "gid://shopify/FulfillmentOrderLineItem/1".into(), quantity: 2 };
    let part = FulfillmentOrderInput {
        fulfillment_order_id: "gid://shopify/FulfillmentOrder/1".into(),
        fulfillment_order_line_items: vec![row],
    };
    FulfillmentInput {
        line_items_by_fulfillment_order: vec![part],
        tracking_info: Some(tracking()),
        notify_customer: true,
    }
}

fn tracking() -> TrackingInput {
    TrackingInput { company: Some("DHL".into()), number: Some("T1".into()) }
}

fn refund() -> RefundInput {
    let id = || "gid://shopify/Order/1".to_owned();
    RefundInput {
        order_id: id(),
        currency: Some("CAD".into()),
        notify: false,
        refund_line_items: vec![RefundLineInput {
            line_item_id: id(),
            quantity: 1,
            restock_type: "CANCEL",
            location_id: Some(id()),
        }],
        transactions: vec![TransactionInput {
            order_id: id(),
            parent_id: id(),
            gateway: "bogus".into(),
            kind: "REFUND",
            amount: "12.50".into(),
        }],
    }
}

pub(super) fn requests() -> Vec<(&'static str, Bytes)> {
    let id = || "gid://shopify/Order/1".to_owned();
    let after = || "cursor".to_owned();
    let address = || SubscriptionInput {
        uri: "https://hooks.example/shopify".into(),
        format: "JSON",
        name: "fusion-1".into(),
    };
    vec![
        request(variables::Orders {
            first: 20,
            after: Some(after()),
            query: Some("updated_at:>='x'".into()),
        }),
        request(variables::Order { id: id() }),
        request(variables::OrderLines { id: id(), after: after() }),
        request(variables::FulfillmentOrders { id: id(), after: Some(after()) }),
        request(variables::Returns { id: id(), after: after() }),
        request(variables::FulfillmentOrderLines { id: id(), after: after() }),
        request(variables::FulfillmentLines { id: id(), after: after() }),
        request(variables::RefundLines { id: id(), after: after() }),
        request(variables::ExchangeLines { id: id(), after: after() }),
        request(variables::Payments { id: id() }),
        request(variables::Cancellation { job: "gid://shopify/Job/1".into(), order: id() }),
        request(variables::Fulfill { fulfillment: fulfillment() }),
        request(variables::Tracking { fulfillment_id: id(), tracking_info_input: tracking() }),
        request(variables::Cancel {
            order_id: id(),
            reason: "OTHER".into(),
            restock: true,
            refund_method: Some(RefundMethod { original_payment_methods_refund: true }),
            notify_customer: false,
        }),
        request(variables::Refund { input: refund(), key: "k".into() }),
        request(variables::Subscriptions { after: Some(after()) }),
        request(variables::Subscribe { topic: "ORDERS_CREATE", webhook_subscription: address() }),
        request(variables::Resubscribe { id: id(), webhook_subscription: address() }),
    ]
}

#[test]
fn a_note_is_a_comment_that_only_this_plugin_reads() {
    let variables = variables::Fulfill { fulfillment: fulfillment() };
    let note = json!({ "order": "gid\n\"1\" # x", "known": ["a"] });
    let sent = noted_body(&variables, &note);
    assert_eq!(noted::<Value>(&sent), Some(note));
    let (query, plain): (Value, Value) =
        (serde_json::from_slice(&sent).unwrap(), serde_json::from_slice(&body(&variables)).unwrap());
    assert_eq!(query["variables"], plain["variables"]);
    let document = query["query"].as_str().unwrap();
    let comment = document.strip_prefix(plain["query"].as_str().unwrap()).unwrap();
    assert!(comment.starts_with('#') && comment.trim_end().lines().count() == 1);
    assert_eq!(noted::<Value>(&body(&variables)), None);
}

#[test]
fn a_refund_is_never_sent_without_its_key() {
    assert!(crate::wire::order_documents::REFUND.contains("@idempotent(key: $key)"));
}
