//! What a delivery is about, as its body tells it.

use crate::kinds::{INVENTORY_ITEM, ORDER, PRODUCT, SHOP};
use fusion_core::{
    error::Result,
    model::{Ref, RefKind},
    plugin::{Asks, Delivery, Hint, Matter},
};
use serde::Deserialize;
use serde_json::Value;

const TOPIC: &str = "X-Shopify-Topic";

/// What bodies of all topics say about themselves; each has a few of these.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    id: Value,
    admin_graphql_api_id: Value,
    order_id: Value,
    inventory_item_id: Value,
    myshopify_domain: Value,
    shop_domain: Value,
    customer: Value,
    data_request: Value,
    orders_to_redact: Option<Vec<Value>>,
}

pub(super) fn parse(delivery: Delivery<'_>) -> Result<Vec<Hint>> {
    let body: Body = fusion_plugin_sdk::parse(delivery.body, "")?;
    let mut headers = delivery.headers.iter();
    let named = headers.find(|(name, _)| name.eq_ignore_ascii_case(TOPIC)).map(|(_, topic)| *topic);
    let named = named.unwrap_or_default();
    let about = about(&body, named);
    Ok(match text(&body.shop_domain) {
        Some(shop) => compliance(&body, shop),
        None => vec![Hint {
            topic: named.to_owned(),
            about: about.clone(),
            asks: Asks::Look(matter(about.as_ref(), named)),
        }],
    })
}

/// The law's three topics. Which one it is follows from the body, since it decides what is erased.
fn compliance(body: &Body, shop: &str) -> Vec<Hint> {
    let hint = |topic: &str, about, asks| Hint { topic: topic.to_owned(), about: Some(about), asks };
    let of_shop = |topic, asks| hint(topic, Ref::new(SHOP, shop), asks);
    if !body.data_request.is_null() {
        return vec![of_shop("customers/data_request", Asks::Answer)];
    }
    match &body.orders_to_redact {
        Some(orders) if !orders.is_empty() => {
            let erase = |id: &Value| match gid(ORDER, "Order", id) {
                Some(order) => hint("customers/redact", order, Asks::EraseBuyer),
                // What can't be read is erased by a person.
                None => of_shop("customers/redact", Asks::Answer),
            };
            orders.iter().map(erase).collect()
        }
        Some(_) => vec![of_shop("customers/redact", Asks::Answer)],
        None if !body.customer.is_null() => vec![of_shop("customers/redact", Asks::Answer)],
        None => vec![of_shop("shop/redact", Asks::EraseStore)],
    }
}

fn about(body: &Body, topic: &str) -> Option<Ref> {
    if let Some(order) = gid(ORDER, "Order", &body.order_id) {
        return Some(order);
    }
    if let Some(item) = gid(INVENTORY_ITEM, "InventoryItem", &body.inventory_item_id) {
        return Some(item);
    }
    if let Some(shop) = text(&body.myshopify_domain) {
        return Some(Ref::new(SHOP, shop));
    }
    let named = text(&body.admin_graphql_api_id).unwrap_or_default();
    for (kind, name) in [(ORDER, "Order"), (PRODUCT, "Product")] {
        let rest = named.strip_prefix("gid://shopify/").and_then(|rest| rest.strip_prefix(name));
        if rest.is_some_and(|rest| rest.starts_with('/')) {
            return Some(Ref::new(kind, named));
        }
    }
    // What is gone is told by its number alone.
    match topic {
        "products/delete" => gid(PRODUCT, "Product", &body.id),
        "orders/delete" => gid(ORDER, "Order", &body.id),
        _ => None,
    }
}

/// What has changed: as the body tells it, since the topic isn't signed; else as the topic's first word says.
fn matter(about: Option<&Ref>, topic: &str) -> Matter {
    match about {
        Some(about) if about.kind == ORDER => Matter::Orders,
        Some(about) if about.kind == PRODUCT => Matter::Products,
        Some(about) if about.kind == INVENTORY_ITEM => Matter::Stock,
        Some(about) if about.kind == SHOP => Matter::Store,
        _ => match topic.split('/').next().unwrap_or_default() {
            "orders" | "refunds" | "fulfillments" | "fulfillment_orders" => Matter::Orders,
            "products" => Matter::Products,
            "inventory_levels" | "inventory_items" => Matter::Stock,
            "shop" | "app" => Matter::Store,
            _ => Matter::Unknown,
        },
    }
}

/// What the platform calls the event: the same for each of its deliveries and for every subscription to it. Only
/// where that is missing, what it calls the delivery.
pub(super) fn event(delivery: Delivery<'_>) -> Option<String> {
    let header = |wanted: &str| {
        let mut headers = delivery.headers.iter();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| (*value).to_owned())
    };
    header("X-Shopify-Event-Id").or_else(|| header("X-Shopify-Webhook-Id"))
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// The global id of a number, which some topics write as a text.
fn gid(kind: RefKind, name: &str, number: &Value) -> Option<Ref> {
    let number = number.as_u64().or_else(|| number.as_str()?.parse().ok())?;
    Some(Ref::new(kind, format!("gid://shopify/{name}/{number}")))
}

#[cfg(test)]
mod tests;
