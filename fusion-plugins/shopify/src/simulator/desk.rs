//! What the platform does of its own: cancellations under way, subscriptions, and notifications on their way.

use super::{gid, order::Order};
use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How long a cancellation waits before it is carried out.
const CANCEL_DELAY: Duration = Duration::from_secs(2);

/// A cancellation that was taken in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) order: u64,
    pub(super) reason: String,
    pub(super) restock: bool,
    pub(super) refund: bool,
    pub(super) accepted_at: Timestamp,
    pub(super) done: bool,
}

impl Job {
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.done && now.since(self.accepted_at) >= CANCEL_DELAY
    }
}

/// Whom to tell about a topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) topic: String,
    pub(super) uri: String,
    pub(super) format: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Deliveries in a row that were not taken.
    pub(super) failures: u32,
}

/// A notification on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Parcel {
    pub(super) subscription: u64,
    pub(super) event: u64,
    pub(super) topic: String,
    pub(super) body: String,
    pub(super) triggered_at: Timestamp,
    pub(super) due: Timestamp,
    pub(super) tries: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Desk {
    pub(super) jobs: BTreeMap<u64, Job>,
    pub(super) subscriptions: BTreeMap<u64, Subscription>,
    pub(super) parcels: BTreeMap<u64, Parcel>,
}

/// `ORDERS_CREATE` as headers have it: `orders/create`.
pub(super) fn topic_text(topic: &str) -> String {
    let lower = topic.to_lowercase();
    // The longest first word that the platform's topics begin with.
    let heads = ["fulfillment_orders", "inventory_levels"];
    for head in heads {
        if let Some(rest) = lower.strip_prefix(head).and_then(|rest| rest.strip_prefix('_')) {
            return format!("{head}/{rest}");
        }
    }
    lower.replacen('_', "/", 1)
}

/// An order as notifications hold it: REST names, numbers as ids, amounts as texts.
pub(super) fn order_body(order: &Order) -> Value {
    let time = super::slot::time;
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({
                "id": line.id, "admin_graphql_api_id": gid::of("LineItem", line.id), "title": line.title,
                "sku": line.sku, "quantity": line.quantity, "current_quantity": line.current,
                "variant_id": line.variant, "product_id": line.product,
            })
        })
        .collect();
    json!({
        "id": order.id, "admin_graphql_api_id": gid::of("Order", order.id), "name": format!("#{}", order.number),
        "created_at": time(order.created_at), "updated_at": time(order.updated_at),
        "cancelled_at": order.cancelled_at.map(time), "test": order.test, "email": order.email,
        "note": order.note, "line_items": lines,
    })
}
