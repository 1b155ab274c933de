use super::*;
use serde_json::json;

fn row(item: &str, location: Option<&str>, available: u32, sequence: u64) -> StockRow {
    let location = location.map(|id| json!({"kind": "location", "id": id}));
    serde_json::from_value(json!({
        "variant": "01920000-0000-7000-8000-000000000100", "listing_refs": {},
        "refs": {"current": [{"kind": "inventory_item", "id": item}]}, "location": location,
        "available": available, "expected": 3, "sequence": sequence,
    }))
    .unwrap()
}

#[test]
fn a_call_holds_at_most_250_rows_and_no_pair_twice() {
    let mut rows: Vec<StockRow> = (0..300).map(|nth| row(&format!("i{nth}"), Some("l"), nth, 1)).collect();
    rows.push(row("i7", Some("l"), 99, 2));
    rows.push(row("i7", Some("l"), 98, 1));
    let plan = plan(&rows, None);
    assert_eq!(plan.calls.iter().map(Vec::len).collect::<Vec<_>>(), [250, 50]);
    let seventh = &plan.calls[0][7];
    assert_eq!((seventh.rows.as_slice(), seventh.sent.quantity), ([7, 300, 301].as_slice(), 99));
    assert_eq!(seventh.sent.change_from_quantity, Some(3));
}

#[test]
fn a_row_without_a_place_goes_to_the_only_one_or_is_refused() {
    let rows = [row("i", None, 5, 1)];
    assert_eq!(plan(&rows, Some("l")).calls[0][0].sent.location_id, "l");
    let refused = plan(&rows, None).refused;
    assert_eq!(refused[&0].problems[0].path, "rows[0].location");
}

#[test]
fn a_number_that_would_fail_the_whole_call_is_taken_out_before() {
    let mut rows =
        [row("i", Some("l"), 1_000_000_001, 1), row("j", Some("l"), 1, 1), row("k", Some("l"), 1, 1)];
    rows[1].expected = Some(i64::from(i32::MAX) + 1);
    let plan = plan(&rows, None);
    assert_eq!(plan.refused.keys().copied().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(plan.calls[0].len(), 1);
}
