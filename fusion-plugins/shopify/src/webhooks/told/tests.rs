use super::*;
use fusion_core::error::ErrorKind;
use serde_json::json;

fn parse_under(topic: &str, body: &Value) -> Vec<(String, Option<String>)> {
    let body = body.to_string();
    let headers = [("x-shopify-topic", topic)];
    let hints = parse(Delivery { headers: &headers, body: body.as_bytes() }).unwrap();
    hints.into_iter().map(|hint| (hint.topic, hint.about.map(|about| about.to_string()))).collect()
}

fn hint(topic: &str, about: &str) -> (String, Option<String>) {
    (topic.to_owned(), Some(about.to_owned()))
}

#[test]
fn every_topic_names_what_to_look_at() {
    let order = "order:gid://shopify/Order/5";
    for (topic, body, about) in [
        ("orders/updated", json!({"id": 5, "admin_graphql_api_id": "gid://shopify/Order/5"}), order),
        (
            "refunds/create",
            json!({"id": 7, "order_id": 5, "admin_graphql_api_id": "gid://shopify/Refund/7"}),
            order,
        ),
        ("fulfillments/create", json!({"id": 7, "order_id": "5"}), order),
        (
            "products/update",
            json!({"id": 9, "admin_graphql_api_id": "gid://shopify/Product/9"}),
            "product:gid://shopify/Product/9",
        ),
        ("products/delete", json!({"id": 9}), "product:gid://shopify/Product/9"),
        (
            "inventory_levels/update",
            json!({"inventory_item_id": 3, "location_id": 1, "available": 2}),
            "inventory_item:gid://shopify/InventoryItem/3",
        ),
        (
            "app/uninstalled",
            json!({"id": 1, "domain": "x.example", "myshopify_domain": "x.myshopify.com"}),
            "shop:x.myshopify.com",
        ),
    ] {
        assert_eq!(parse_under(topic, &body), [hint(topic, about)], "{topic}");
    }
    let routed = json!({"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1", "status": "open"}});
    let topic = "fulfillment_orders/order_routing_complete";
    assert_eq!(parse_under(topic, &routed), [(topic.to_owned(), None)]);
}

#[test]
fn the_body_says_what_has_changed_and_else_the_topics_first_word() {
    let asks = |topic: &str, body: Value| {
        let (body, headers) = (body.to_string(), [("X-Shopify-Topic", topic)]);
        parse(Delivery { headers: &headers, body: body.as_bytes() }).unwrap().remove(0).asks
    };
    let order = json!({"admin_graphql_api_id": "gid://shopify/Order/5"});
    assert_eq!(asks("products/update", order), Asks::Look(Matter::Orders), "a forged topic hides no order");
    assert_eq!(asks("orders/create", json!({"inventory_item_id": 3})), Asks::Look(Matter::Stock));
    let product = json!({"admin_graphql_api_id": "gid://shopify/Product/9"});
    assert_eq!(asks("shop/update", product), Asks::Look(Matter::Products));
    assert_eq!(asks("products/delete", json!({"id": 9})), Asks::Look(Matter::Products));
    for (topic, matter) in [
        ("fulfillment_orders/order_routing_complete", Matter::Orders),
        ("products/create", Matter::Products),
        ("inventory_levels/update", Matter::Stock),
        ("app/uninstalled", Matter::Store),
        ("carts/update", Matter::Unknown),
        ("", Matter::Unknown),
    ] {
        assert_eq!(asks(topic, json!({})), Asks::Look(matter), "{topic}");
    }
}

#[test]
fn what_is_erased_follows_from_the_signed_body_and_not_from_the_header() {
    let redact = json!({"shop_id": 1, "shop_domain": "x.myshopify.com",
        "customer": {"id": 2, "email": "ada@example.test"}, "orders_to_redact": [5, 6]});
    for header in ["customers/redact", "shop/redact", "orders/create"] {
        let found = parse_under(header, &redact);
        let about = |id: u8| hint("customers/redact", &format!("order:gid://shopify/Order/{id}"));
        assert_eq!(found, [about(5), about(6)], "{header}");
    }
    let shop = json!({"shop_id": 1, "shop_domain": "x.myshopify.com"});
    assert_eq!(parse_under("customers/redact", &shop), [hint("shop/redact", "shop:x.myshopify.com")]);
    let request = json!({"shop_domain": "x.myshopify.com", "orders_requested": [5], "customer": {"id": 2}, "data_request": {"id": 9}});
    assert_eq!(
        parse_under("shop/redact", &request),
        [hint("customers/data_request", "shop:x.myshopify.com")]
    );
    let nobody = json!({"shop_domain": "x.myshopify.com", "customer": {"id": 2}, "orders_to_redact": []});
    assert_eq!(parse_under("shop/redact", &nobody), [hint("customers/redact", "shop:x.myshopify.com")]);
}

#[test]
fn a_strange_body_is_a_hint_about_nothing_or_a_typed_error() {
    for body in
        [json!({}), json!({"order_id": -1, "admin_graphql_api_id": 7}), json!({"order_id": {"id": 5}})]
    {
        assert_eq!(parse_under("orders/updated", &body), [("orders/updated".to_owned(), None)]);
    }
    let similar = json!({"admin_graphql_api_id": "gid://shopify/OrderThing/5"});
    assert_eq!(parse_under("x", &similar), [("x".to_owned(), None)]);
    for body in ["", "{", "[]", "7", "\"ada@example.test\""] {
        let error = parse(Delivery { headers: &[], body: body.as_bytes() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
        assert!(!format!("{error:?} {error}").contains("ada"));
    }
}

#[test]
fn recorded_and_documented_bodies_are_read() {
    let Some(folder) = fusion_plugin_sdk::testkit::specs("shopify") else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let documented: Value =
        serde_json::from_str(&read("documented/webhook-headers-and-compliance.json")).unwrap();
    for topic in ["shop/redact", "customers/redact", "customers/data_request"] {
        let found = parse_under("x", &documented[topic]);
        assert!(found.iter().all(|(named, about)| named == topic && about.is_some()), "{found:?}");
    }
    for name in ["order", "product", "inventory_level", "fulfillment", "fulfillment_order"] {
        let body: Value = serde_json::from_str(&read(&format!("fixtures/rest.{name}.json"))).unwrap();
        let body = body.as_object().unwrap().values().next().unwrap();
        assert_eq!(parse_under("x", body).len(), 1, "{name}");
    }
    for name in ["webhook.carts-update.json", "webhook.carts-update.with-line-properties.json"] {
        let body: Value = serde_json::from_str(&read(&format!("fixtures/{name}"))).unwrap();
        assert_eq!(parse_under("carts/update", &body), [("carts/update".to_owned(), None)]);
    }
}
