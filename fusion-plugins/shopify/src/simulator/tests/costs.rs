//! Estimated costs against recorded ones.

use crate::simulator::{contract::Version, cost::Estimate, document, input};
use fusion_plugin_sdk::testkit::specs;
use serde_json::{Map, Value};

/// Documents with variables and the cost that was recorded for them.
fn recorded(value: &Value, found: &mut Vec<(String, Value, u64)>) {
    let text =
        ["query", "document", "mutation"].iter().find_map(|name| value.get(*name).and_then(Value::as_str));
    let cost = [
        "/response/extensions",
        "/result/payload/extensions",
        "/response/payload/extensions",
        "/result/extensions",
    ]
    .iter()
    .find_map(|path| value.pointer(path)?.pointer("/cost/requestedQueryCost")?.as_u64());
    if let (Some(text), Some(cost)) = (text, cost) {
        found.push((text.to_owned(), value.get("variables").cloned().unwrap_or_default(), cost));
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|inner| recorded(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| recorded(inner, found)),
        _ => {}
    }
}

#[test]
fn estimates_are_those_that_were_recorded() {
    let Some(folder) = specs("shopify") else { return };
    let version = Version::October2026;
    let schema = version.schema();
    let (mut exact, mut near, mut all) = (0, 0, 0);
    for file in std::fs::read_dir(folder.join("fixtures")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut found = Vec::new();
        recorded(&serde_json::from_str(&text).unwrap(), &mut found);
        for (text, variables, cost) in found {
            let Ok(document) = document::read(&text, version) else { continue };
            let Some(operation) = document.operations.iter().next() else { continue };
            let empty = Map::new();
            let given = variables.as_object().unwrap_or(&empty);
            let Ok(values) = input::variables(schema, &document.sources, operation, given) else { continue };
            let mut estimate =
                Estimate { schema, document: &document, values: &values, problems: Vec::new() };
            let estimated = estimate.of(operation);
            all += 1;
            exact += u64::from(estimated == cost);
            near += u64::from(estimated.abs_diff(cost) <= 2);
            if estimated != cost {
                eprintln!("{estimated} for {cost}: {text} {variables}");
            }
        }
    }
    eprintln!("{exact} exact, {near} within two points, of {all}");
    assert!(all >= 10 && near * 20 >= all * 19, "{exact} exact, {near} near, of {all}");
}

/// What the plugin plans for its documents about orders is no less than what they are charged.
#[test]
fn plans_for_orders_cover_what_is_charged() {
    use crate::{cost as plan, wire::order_documents as documents};
    let schema = Version::October2026.schema();
    for (text, planned) in [
        (documents::ORDERS, plan::orders(20)),
        (documents::ORDER, plan::ORDER),
        (documents::ORDER_LINES, plan::ORDER_LINES),
        (documents::FULFILLMENT_ORDERS, plan::FULFILLMENT_ORDERS),
        (documents::RETURNS, plan::RETURNS),
        (documents::EXCHANGE_LINES, plan::EXCHANGE_LINES),
        (documents::FULFILLMENT_ORDER_LINES, plan::PART_LINES),
        (documents::FULFILLMENT_LINES, plan::PART_LINES),
        (documents::REFUND_LINES, plan::PART_LINES),
        (documents::PAYMENTS, plan::PAYMENTS),
        (documents::CANCELLATION, plan::CANCELLATION),
        (documents::FULFILL, plan::MUTATION),
        (documents::TRACKING, plan::TRACKING),
        (documents::CANCEL, plan::MUTATION),
        (documents::REFUND, plan::REFUND),
        (documents::SUBSCRIPTIONS, plan::SUBSCRIPTIONS),
        (documents::SUBSCRIBE, plan::MUTATION),
        (documents::RESUBSCRIBE, plan::MUTATION),
    ] {
        let document = document::read(text, Version::October2026).unwrap();
        let operation = document.operations.iter().next().unwrap();
        let values = Map::from_iter([("first".to_owned(), serde_json::json!(20))]);
        let mut estimate = Estimate { schema, document: &document, values: &values, problems: Vec::new() };
        let charged = estimate.of(operation);
        assert!(estimate.problems.is_empty() && charged <= 1_000, "{charged}: {text}");
        assert!(charged <= u64::from(planned) && planned <= 950, "{charged} of {planned}: {text}");
    }
}
