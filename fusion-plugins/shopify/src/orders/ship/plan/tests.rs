use super::*;
use serde_json::{Value, json};

const HERE: &str = "gid://shopify/Location/1";
const THERE: &str = "gid://shopify/Location/2";

/// A part with rows of id, line and count.
fn part(id: &str, status: &str, location: Option<&str>, rows: &[(&str, &str, i64)]) -> FulfillmentOrder {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, line, count)| json!({ "id": id, "remainingQuantity": count, "lineItem": { "id": line } }))
        .collect();
    let actions: &[&str] = if status == "OPEN" { &["CREATE_FULFILLMENT"] } else { &[] };
    serde_json::from_value(json!({
        "id": id, "status": status,
        "supportedActions": actions.iter().map(|action| json!({ "action": action })).collect::<Vec<_>>(),
        "assignedLocation": { "location": location.map(|id| json!({ "id": id, "isFulfillmentService": false })) },
        "lineItems": { "nodes": rows, "pageInfo": { "hasNextPage": false } },
    }))
    .unwrap()
}

fn wanted(lines: &[(&str, i64)]) -> Vec<(String, i64)> {
    lines.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect()
}

/// Rows and counts, part by part.
fn taken(plan: &Plan) -> Vec<(String, Vec<(String, i64)>)> {
    let rows = |one: &FulfillmentOrderInput| {
        one.fulfillment_order_line_items.iter().map(|row| (row.id.clone(), row.quantity)).collect()
    };
    plan.input.iter().map(|one| (one.fulfillment_order_id.clone(), rows(one))).collect()
}

fn told(result: Result<Plan>) -> (ErrorKind, Vec<String>) {
    let error = result.unwrap_err();
    (error.kind(), error.problems().iter().map(|problem| problem.code.clone()).collect())
}

#[test]
fn a_line_that_is_split_over_parts_is_taken_from_one_after_the_other() {
    let parts = [
        part("A", "OPEN", Some(HERE), &[("a1", "mug", 2), ("a2", "cup", 1)]),
        part("B", "OPEN", Some(HERE), &[("b1", "mug", 2)]),
        part("C", "CLOSED", Some(HERE), &[("c1", "mug", 0)]),
    ];
    let plan = plan(&parts, &wanted(&[("mug", 2), ("mug", 1)]), None).unwrap();
    let row = |id: &str, count| (id.to_owned(), count);
    assert_eq!(taken(&plan), [("A".to_owned(), vec![row("a1", 2)]), ("B".to_owned(), vec![row("b1", 1)])]);
    assert_eq!(plan.lines, BTreeMap::from([("mug".to_owned(), 3)]));
}

#[test]
fn everything_that_is_open_leaves_when_no_line_is_named() {
    let parts = [
        part("A", "OPEN", Some(HERE), &[("a1", "mug", 2), ("a2", "cup", 0)]),
        part("B", "OPEN", Some(HERE), &[("b1", "lamp", 1)]),
    ];
    let all = plan(&parts, &[], None).unwrap();
    assert_eq!(all.lines, BTreeMap::from([("mug".to_owned(), 2), ("lamp".to_owned(), 1)]));
    assert_eq!(
        all.input[0].fulfillment_order_line_items.len(),
        1,
        "rows of which nothing is left aren't named"
    );
}

#[test]
fn one_place_ships_and_the_only_one_that_has_all_is_found() {
    let parts = [
        part("A", "OPEN", Some(HERE), &[("a1", "mug", 1)]),
        part("B", "OPEN", Some(THERE), &[("b1", "mug", 2), ("b2", "cup", 1)]),
    ];
    assert_eq!(taken(&plan(&parts, &wanted(&[("mug", 2)]), None).unwrap())[0].0, "B");
    assert_eq!(taken(&plan(&parts, &[], Some(HERE)).unwrap())[0].0, "A");
    assert_eq!(told(plan(&parts, &[], None)), (ErrorKind::InvalidInput, vec!["ambiguous".to_owned()]));
    assert_eq!(
        told(plan(&parts, &wanted(&[("mug", 1)]), None)),
        (ErrorKind::InvalidInput, vec!["ambiguous".to_owned()])
    );
    // Three are there, but not at one place.
    assert_eq!(
        told(plan(&parts, &wanted(&[("mug", 3)]), None)),
        (ErrorKind::InvalidInput, vec!["ambiguous".to_owned()])
    );
    let deleted = [part("A", "OPEN", None, &[("a1", "mug", 1)])];
    assert_eq!(plan(&deleted, &[], None).unwrap().lines.len(), 1);
}

#[test]
fn what_is_not_there_yet_is_waited_for_and_what_is_gone_is_not() {
    let error = plan(&[], &[], None).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::When(When::In(LATER))));
    let gone = [part("A", "CLOSED", Some(HERE), &[("a1", "mug", 0)])];
    let error = plan(&gone, &[], None).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::Never));
    let few = [part("A", "OPEN", Some(HERE), &[("a1", "mug", 1)])];
    assert_eq!(
        told(plan(&few, &wanted(&[("mug", 2)]), None)),
        (ErrorKind::Conflict, vec!["too_many".to_owned()])
    );
}

#[test]
fn what_is_held_back_stops_a_whole_shipment_and_no_part_of_others() {
    let parts = [
        part("A", "OPEN", Some(HERE), &[("a1", "mug", 1)]),
        part("B", "ON_HOLD", Some(HERE), &[("b1", "cup", 1)]),
    ];
    assert_eq!(told(plan(&parts, &[], None)).0, ErrorKind::PlatformRefused);
    assert_eq!(plan(&parts, &wanted(&[("mug", 1)]), None).unwrap().lines.len(), 1);
    assert_eq!(told(plan(&parts, &wanted(&[("cup", 1)]), None)).0, ErrorKind::PlatformRefused);
    // A word of tomorrow isn't open.
    let strange = [part("A", "PAUSED", Some(HERE), &[("a1", "mug", 1)])];
    assert_eq!(told(plan(&strange, &[], None)).0, ErrorKind::PlatformRefused);
}

#[test]
fn counts_that_nobody_can_ship_never_overflow() {
    let parts = [part("A", "OPEN", Some(HERE), &[("a1", "mug", i64::MAX), ("a2", "mug", i64::MAX)])];
    assert!(plan(&parts, &wanted(&[("mug", i64::MAX), ("mug", i64::MAX)]), None).is_ok());
    assert_eq!(told(plan(&parts, &wanted(&[("mug", 0)]), None)).0, ErrorKind::InvalidInput);
}
