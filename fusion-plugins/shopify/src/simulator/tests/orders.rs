//! Orders and their parts against the platform's schema, and refusals word for word.

use super::{
    contract::official,
    shapes::{ask, everything, shop},
};
use crate::simulator::{NewOrder, contract::Version};
use apollo_compiler::validation::Valid;
use serde_json::{Value, json};
use std::time::Duration;

const VERSIONS: [Version; 2] = [Version::July2026, Version::October2026];

#[test]
fn orders_and_their_parts_have_the_platforms_shape_in_both_versions() {
    for version in VERSIONS {
        let Some(official) = official(version) else { continue };
        let official = Valid::assume_valid(official);
        let ours = version.schema();
        let app = shop(version);
        let product = app.product("Shirt", &["s"]);
        let variant = product["variants"]["nodes"][0]["id"].as_str().unwrap();
        let order = NewOrder::of([(variant, 3)]).custom("Lamp", "9.00", 1).engraved("for", "Ada");
        let order =
            order.tax("VAT", 1900, Some(true)).shipping("4.90").shown_in("CAD", "1.50").attribute("a", "b");
        let gid = app.sim.place_order(order).unwrap();
        app.sim.refund_order(&gid, "1.00", &[(0, 1, "CANCEL")]).unwrap();
        app.sim.fulfil_order(&gid).unwrap();
        app.sim.exchange(&gid, 0, 1, variant).unwrap();
        app.sim.open_return(&gid, 1).unwrap();
        let subscribe = "mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE,
            webhookSubscription: { uri: \"https://hooks.example/\" }) { webhookSubscription { id uri format topic }
            userErrors { field message } } }";
        ask(&app, &official, subscribe, json!({}));
        let kept = app.sim.order(&gid).unwrap();
        let id = |list: &str| kept[list][0]["id"].to_string();
        for (field, arguments) in [
            ("orders", "(first: 2)".to_owned()),
            ("order", format!("(id: \"{gid}\")")),
            ("fulfillmentOrder", format!("(id: \"gid://shopify/FulfillmentOrder/{}\")", id("parts"))),
            ("fulfillment", format!("(id: \"gid://shopify/Fulfillment/{}\")", id("fulfillments"))),
            ("refund", format!("(id: \"gid://shopify/Refund/{}\")", id("refunds"))),
            ("return", format!("(id: \"gid://shopify/Return/{}\")", id("returns"))),
            ("webhookSubscriptions", "(first: 2)".to_owned()),
        ] {
            let ty = ours.type_field("QueryRoot", field).unwrap().ty.inner_named_type().as_str().to_owned();
            for depth in [1, 2] {
                let inner = everything(ours, &ty, depth);
                let data =
                    ask(&app, &official, &format!("{{ {field}{arguments} {{ {inner} }} }}"), json!({}));
                assert!(!data[field].is_null(), "{field}");
                app.clock.advance(Duration::from_secs(60));
            }
        }
    }
}

/// What each mutation of orders answers to what can't be done, with the recorded words where there are some.
#[test]
fn refusals_of_orders_have_the_platforms_shape_and_words() {
    for version in VERSIONS {
        let Some(official) = official(version) else { continue };
        let official = Valid::assume_valid(official);
        let app = shop(version);
        let gid =
            app.sim.place_order(NewOrder::of([] as [(&str, u32); 0]).custom("Lamp", "9.00", 1)).unwrap();
        let kept = app.sim.order(&gid).unwrap();
        let (part, row) = (&kept["parts"][0]["id"], &kept["parts"][0]["lines"][0]["id"]);
        let fulfil = |part: &Value, row: &Value, count: i64| {
            format!(
                "mutation {{ fulfillmentCreate(fulfillment: {{ lineItemsByFulfillmentOrder: [{{
                fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/{part}\", fulfillmentOrderLineItems: [{{
                id: \"gid://shopify/FulfillmentOrderLineItem/{row}\", quantity: {count} }}] }}] }}) {{
                fulfillment {{ id }} userErrors {{ field message }} }} }}"
            )
        };
        let cancel = |arguments: &str| {
            format!(
                "mutation {{ orderCancel(orderId: \"{gid}\", reason: OTHER, restock: true{arguments}) {{ job {{ id done }}
                orderCancelUserErrors {{ field message code }} userErrors {{ field message }} }} }}"
            )
        };
        let refund = |transaction: &str| {
            format!(
                "mutation {{ refundCreate(input: {{ orderId: \"{gid}\", transactions: [{{ {transaction},
                gateway: \"bogus\", orderId: \"{gid}\" }}] }}) @idempotent(key: \"k{}\") {{ refund {{ id }}
                order {{ id name }} userErrors {{ field message }} }} }}",
                transaction.len()
            )
        };
        let hook = |uri: &str| {
            format!(
                "mutation {{ webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {{ uri: \"{uri}\" }}) {{
                webhookSubscription {{ id }} userErrors {{ field message }} }} }}"
            )
        };
        let note = "x".repeat(256);
        for (text, words) in [
            (fulfil(&json!(1), row, 1), "Fulfillment order does not exist."),
            (fulfil(part, row, 0), "Quantity must be greater than 0"),
            (fulfil(part, row, 2), "Invalid fulfillment order line item quantity requested."),
            (
                cancel(&format!(", staffNote: \"{note}\"")),
                "Staff note is too long. Maximum length is 255 characters.",
            ),
            (
                cancel(", refund: true, refundMethod: { originalPaymentMethodsRefund: true }"),
                "Only one of the arguments `refund` or `refund_method` is allowed.",
            ),
            (
                refund("kind: AUTHORIZATION, amount: \"1.00\""),
                "Kind authorization is not a valid transaction",
            ),
            (
                refund("kind: REFUND, amount: \"1.00\", parentId: \"gid://shopify/OrderTransaction/1\""),
                "Transactions require a parent_id associated with the order",
            ),
            (hook(""), "Address can't be blank"),
            (hook("http://hooks.example/"), "Address protocol http:// is not supported"),
            (hook("https://x.myshopify.com/"), "Address cannot be a Shopify or an internal domain"),
            (
                hook("pubsub://project"),
                "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic",
            ),
        ] {
            let data = ask(&app, &official, &text, json!({}));
            let payload = data.as_object().unwrap().values().next().unwrap();
            assert_eq!(payload["userErrors"][0]["message"], words, "{text}");
        }
        assert!(app.sim.ledger().is_empty());
        app.sim.set_parts(&gid, "CLOSED").unwrap();
        let data = ask(&app, &official, &fulfil(part, row, 1), json!({}));
        let words = data["fulfillmentCreate"]["userErrors"][0]["message"].as_str().unwrap();
        assert_eq!(words, format!("Fulfillment order {part} has an unfulfillable status= closed."));
        ask(&app, &official, &cancel(""), json!({}));
        app.clock.advance(Duration::from_secs(2));
        let data = ask(&app, &official, &cancel(""), json!({}));
        let words = &data["orderCancel"]["orderCancelUserErrors"][0];
        assert_eq!(words["message"], "Cannot cancel an order that has already been canceled");
    }
}
