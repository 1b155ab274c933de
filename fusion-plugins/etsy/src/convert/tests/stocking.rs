//! Stock on its way to the platform.

use super::{contract, inventory, named, read, shown, stock_row};
use crate::{
    convert::{StockChange, stock},
    wire,
};
use fusion_core::{
    error::{ErrorKind, Result},
    model::{Loss, LossSubject, StockRow},
};
use serde_json::{Value, json};

fn by_choice(choice: &str) -> Value {
    json!({ "current": [{ "kind": "choice", "id": format!("9/{choice}") }] })
}

fn by_id(id: i64) -> Value {
    json!({ "current": [{ "kind": "product", "id": id.to_string() }] })
}

fn change(rows: &[StockRow], live: &Value) -> Result<(StockChange, Vec<Loss>)> {
    let live: wire::Inventory = read(live);
    stock(rows, &live).map(|change| named(LossSubject::Stock, change))
}

fn put(rows: &[StockRow], live: &Value) -> (Value, Vec<String>) {
    let (change, losses) = change(rows, live).unwrap_or_else(|error| panic!("{error:?}"));
    let StockChange::Put(body) = change else { panic!("{change:?}") };
    let body = serde_json::to_value(&body).unwrap();
    contract::takes("updateListingInventory", &body);
    (body, losses.into_iter().map(|loss| loss.path).collect())
}

fn quantities(body: &Value) -> Vec<i64> {
    let rows = body["products"].as_array().unwrap();
    rows.iter().map(|row| row["offerings"][0]["quantity"].as_i64().unwrap()).collect()
}

fn sizes(quantity_on: &[i64]) -> Value {
    let mut live = inventory(
        &[
            shown(1, &[(514, "Size", "S")], "A", 5, 900, true),
            shown(3, &[(514, "Size", "M")], "B", 5, 1100, true),
            shown(5, &[(514, "Size", "L")], "", 5, 900, false),
        ],
        quantity_on,
    );
    live["price_on_property"] = json!([514]);
    live
}

#[test]
fn a_stock_write_carries_everything_else() {
    let rows = [stock_row(1, &by_choice("514=S"), 7, None), stock_row(2, &by_id(3), 2, None)];
    let mut live = sizes(&[514]);
    live["products"][0]["sku"] = json!("A &amp; B");
    let (body, losses) = put(&rows, &live);
    assert_eq!((quantities(&body), losses), (vec![7, 2, 5], vec![]));
    let first = &body["products"][0];
    assert_eq!((&first["sku"], &first["offerings"][0]["price"]), (&json!("A & B"), &json!(9)));
    assert_eq!(first["property_values"][0]["value_ids"], json!([5141]));
    assert_eq!(first["offerings"][0]["readiness_state_id"], json!(55));
    assert_eq!((&body["price_on_property"], &body["quantity_on_property"]), (&json!([514]), &json!([514])));
}

#[test]
fn a_pool_stays_one_and_its_rows_follow_together() {
    let rows =
        [stock_row(1, &by_choice("514=S"), 7, Some(800)), stock_row(2, &by_choice("514=M"), 7, Some(800))];
    let (body, losses) = put(&rows, &sizes(&[]));
    assert_eq!(
        (quantities(&body), &body["quantity_on_property"], losses),
        (vec![7, 7, 7], &json!([]), vec![])
    );
    // One of our rows is enough: the others show the same stock.
    assert_eq!(quantities(&put(&rows[..1], &sizes(&[])).0), [7, 7, 7]);
}

#[test]
fn two_stocks_of_ours_that_were_one_there_are_counted_apart_and_that_is_told() {
    let rows = |second, pool| {
        [
            stock_row(1, &by_choice("514=S"), 7, Some(800)),
            stock_row(2, &by_choice("514=M"), second, Some(pool)),
        ]
    };
    for (second, pool) in [(2, 801), (7, 801)] {
        let (body, losses) = put(&rows(second, pool), &sizes(&[]));
        assert_eq!(
            (quantities(&body), losses),
            (vec![7, i64::from(second), 0], vec!["rows[].pool".to_owned()])
        );
        assert_eq!(body["quantity_on_property"], json!([514]));
    }
}

#[test]
fn the_last_piece_takes_the_listing_out_of_sight_and_leaves_its_numbers() {
    let rows = [stock_row(1, &by_choice("514=S"), 0, None), stock_row(2, &by_choice("514=M"), 0, None)];
    let (change, losses) = change(&rows, &sizes(&[514])).unwrap();
    let StockChange::Off(form) = change else { panic!("{change:?}") };
    contract::takes_form("updateListing", &form);
    assert_eq!(form.fields(), [("state", "inactive".to_owned())]);
    assert_eq!(losses[0].path, "rows");
}

#[test]
fn numbers_that_stand_there_already_are_not_sent() {
    let rows = [stock_row(1, &by_choice("514=S"), 5, None), stock_row(2, &by_choice("514=M"), 5, None)];
    assert_eq!(change(&rows, &sizes(&[514])).unwrap().0, StockChange::Same);
}

#[test]
fn a_choice_counts_more_than_an_id_that_another_combination_has_by_now() {
    let refs = json!({ "current": [
        { "kind": "choice", "id": "9/514=M" }, { "kind": "product", "id": "1" },
    ] });
    assert_eq!(quantities(&put(&[stock_row(1, &refs, 9, None)], &sizes(&[514])).0), [5, 9, 5]);
}

#[test]
fn a_variant_that_is_gone_is_a_conflict_and_nothing_is_sent() {
    let rows = [stock_row(1, &by_choice("514=XL"), 7, None), stock_row(2, &by_choice("514=M"), 2, None)];
    let error = change(&rows, &sizes(&[514])).unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::Conflict, "rows[0]"));
}

#[test]
fn the_newest_of_two_rows_wins_and_a_thousand_pieces_are_cut() {
    let mut older = stock_row(1, &by_choice("514=S"), 3, None);
    let newer = StockRow { available: 1_000, sequence: 9, ..older.clone() };
    older.sequence = 4;
    for rows in [[newer.clone(), older.clone()], [older, newer]] {
        let (body, losses) = put(&rows, &sizes(&[514]));
        assert_eq!((quantities(&body), losses.len()), (vec![999, 5, 5], 1));
    }
}

#[test]
fn lists_that_name_properties_of_no_combination_are_sent_empty() {
    let live = inventory(&[shown(1, &[], "A", 1, 2200, true)], &[1]);
    let (body, _) = put(&[stock_row(1, &by_choice(""), 4, None)], &live);
    assert_eq!((quantities(&body), &body["quantity_on_property"]), (vec![4], &json!([])));
}

#[test]
fn parentheses_of_an_old_listing_are_refused_here_and_not_by_the_platform() {
    let live = inventory(&[shown(1, &[(514, "Size", "Loose (as pictured)")], "A", 5, 900, true)], &[]);
    let error = change(&[stock_row(1, &by_id(1), 4, None)], &live).unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].code.as_str()), (ErrorKind::InvalidInput, "parentheses"));
}
