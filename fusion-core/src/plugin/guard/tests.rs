use super::*;
use crate::model::ListingEdit;
use serde_json::json;

fn uuid(n: u32) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

/// Path and code of everything that is wrong with `edit`.
fn problems(rules: &[(&'static str, Rule)], edit: Value) -> Vec<(String, String)> {
    let rules: Vec<FieldRule> =
        rules.iter().map(|(path, rule)| FieldRule { path, rule: *rule, link: "" }).collect();
    let edit: ListingEdit = serde_json::from_value(edit).unwrap();
    let store: Store = serde_json::from_value(json!({
        "id": uuid(1), "connection": uuid(2), "platform": "any", "name": "Any", "status": "active",
        "facts_version": 1,
        "facts": {"account": "a", "remote_id": "r", "name": "A", "currency": "EUR", "tax_basis": "gross",
            "locale": "en"},
    }))
    .unwrap();
    let mut problems = Vec::new();
    check_edit(&rules, &edit, &store, &mut problems).unwrap();
    problems.into_iter().map(|problem| (problem.path, problem.code)).collect()
}

#[test]
fn what_an_edit_sets_of_a_variant_is_held_against_the_field_table() {
    let rules = [
        ("title", Rule::Required),
        ("variants", Rule::Required),
        ("variants[].sku", Rule::MaxChars(3)),
        ("variants[].codes[].value", Rule::MaxChars(3)),
        ("variants[].cost", Rule::Refused),
        ("variants[].shipping.hs_code", Rule::MaxChars(3)),
        ("variants[].shipping.origin", Rule::OneOf(&["PT"])),
        ("variants[].media", Rule::Refused),
        ("variants[].offered", Rule::Required),
    ];
    for (set, found) in [
        (json!({"sku": {"set": "MUG-1"}}), Some(("variants[1].sku", "too_long"))),
        (
            json!({"codes": {"set": [{"kind": "mpn", "value": "MUG-1"}]}}),
            Some(("variants[1].codes[0].value", "too_long")),
        ),
        (json!({"cost": {"set": "3 EUR"}}), Some(("variants[1].cost", "refused"))),
        (json!({"hs_code": {"set": "691200"}}), Some(("variants[1].hs_code", "too_long"))),
        (json!({"origin": {"set": "XX"}}), Some(("variants[1].origin", "not_allowed"))),
        (json!({"media": {"set": uuid(5)}}), Some(("variants[1].media", "refused"))),
        (json!({"sku": {"set": "MUG"}, "origin": {"set": "PT"}}), None),
        // What goes is no value, and what stays needs none.
        (json!({"cost": "clear", "media": "clear", "hs_code": "clear"}), None),
    ] {
        let edit = json!({"variants": [[uuid(10), {}], [uuid(11), set]]});
        let found: Vec<(String, String)> =
            found.into_iter().map(|(path, code)| (path.to_owned(), code.to_owned())).collect();
        assert_eq!(problems(&rules, edit), found, "{set}");
    }
}

#[test]
fn a_variant_that_is_added_is_told_by_its_place_among_those() {
    let row = json!({"id": uuid(10), "sku": "MUG-1", "offered": true, "counted": true,
        "offer": {"price": "-1 USD"}, "cost": "-1 EUR",
        "shipping": {"hs_code": "691200", "weight": {"value": "-5", "unit": "gram"}}});
    let rules = [
        ("variants", Rule::MaxCount(1)),
        ("variants[].sku", Rule::MaxChars(3)),
        ("variants[].shipping.hs_code", Rule::MaxChars(3)),
        ("variants[].shipping.origin", Rule::Required),
    ];
    let found = problems(&rules, json!({"add": [row]}));
    let found: Vec<(&str, &str)> = found.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
    assert_eq!(
        found,
        [
            ("add[0].sku", "too_long"),
            ("add[0].shipping.hs_code", "too_long"),
            ("add[0].shipping.origin", "required"),
            ("add[0].offer.price", "foreign_currency"),
            ("add[0].offer.price", "negative"),
            ("add[0].cost", "negative"),
            ("add[0].shipping.weight", "negative"),
        ]
    );
}

#[test]
fn every_price_that_an_edit_sets_is_the_stores_kind_of_money() {
    for field in ["price", "compare_at"] {
        let edit = json!({"variants": [[uuid(10), {field: {"set": "3 USD"}}]]});
        let path = format!("variants[0].{field}");
        assert_eq!(problems(&[], edit), [(path, "foreign_currency".to_owned())]);
    }
    let edit = json!({"variants": [[uuid(10), {"sale": {"set": {"price": "3.001 EUR"}}}]]});
    assert_eq!(problems(&[], edit), [("variants[0].sale.price".to_owned(), "too_precise".to_owned())]);
}

#[test]
fn a_cost_and_a_weight_that_an_edit_sets_can_be_meant() {
    for (field, value, code) in [
        ("cost", json!("-1 EUR"), "negative"),
        ("cost", json!("12.505 EUR"), "too_precise"),
        ("weight", json!({"value": "-5", "unit": "gram"}), "negative"),
    ] {
        let edit = json!({"variants": [[uuid(10), {}], [uuid(11), {field: {"set": value}}]]});
        assert_eq!(problems(&[], edit), [(format!("variants[1].{field}"), code.to_owned())]);
    }
    let fair = json!({"cost": {"set": "0.00 EUR"}, "weight": {"set": {"value": "0", "unit": "gram"}}});
    assert_eq!(problems(&[], json!({"variants": [[uuid(10), fair]]})), []);
}
