use super::*;
use crate::{
    model::{Edit, ListingEdit, ListingId, StoreId, VariantEdit},
    plugin::{Change, FieldChange},
    testkit::TestClock,
};
use serde_json::json;

struct Told {
    command: Command,
    path: String,
}

/// A command that sets the price of one variant to 12 EUR.
fn repriced() -> Told {
    let clock = TestClock::at(crate::clock::Timestamp::EPOCH);
    let variant = ListingVariantId::new(&clock);
    let price = Edit::Set("12.00 EUR".parse().unwrap());
    let edit = ListingEdit {
        variants: vec![(variant, VariantEdit { price, ..VariantEdit::default() })],
        ..ListingEdit::default()
    };
    let change = Change::UpdateProduct { listing: ListingId::new(&clock), edit: Box::new(edit) };
    let command = Command::on(StoreId::new(&clock), change);
    Told { command, path: format!("variants.{variant}.price") }
}

fn largest(told: &Told, there: Option<&str>, row: Option<(&str, &str)>) -> Option<Decimal> {
    let mut snapshot = Snapshot::default();
    snapshot.fields.insert("title".to_owned(), json!("Mug"));
    snapshot.fields.extend(there.map(|price| (told.path.clone(), json!(price))));
    let changes = row.map(|(path, to)| FieldChange {
        path: path.to_owned(),
        from: there.map(|price| json!(price)),
        to: Some(json!(to)),
    });
    let preview = Preview { changes: changes.into_iter().collect(), ..Preview::default() };
    price_change(&told.command, &Target::default(), &snapshot, &preview)
}

#[test]
fn a_price_that_is_set_and_not_shown_is_not_known() {
    let told = repriced();
    let other = repriced().path;
    assert_eq!(largest(&told, None, None), None, "nobody says what it was");
    assert_eq!(largest(&told, Some("10.00 EUR"), Some((&told.path, "12.00 EUR"))), Some(Decimal::from(20)));
    assert_eq!(largest(&told, Some("12.00 EUR"), None), Some(Decimal::ZERO), "it is that price already");
    assert_eq!(largest(&told, None, Some((&other, "12.00 EUR"))), None, "another variant's says nothing");
}
