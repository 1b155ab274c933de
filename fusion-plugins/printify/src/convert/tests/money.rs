//! Whole numbers of a smallest unit: nothing is rounded, converted or guessed.

use super::{
    super::*,
    support::{answered, facts, facts_of, listing, money, settings},
};
use crate::Settings;
use fusion_core::{error::ErrorKind, model::*};
use serde_json::json;

fn sent(price: &str, settings: &Settings) -> Result<i64, (ErrorKind, String)> {
    let mut listing = listing();
    listing.variants.truncate(1);
    listing.variants[0].offer.price = money(price);
    match created(&listing, &facts_of(settings)) {
        Ok(body) => Ok(body.value["variants"][0]["price"].as_i64().unwrap()),
        Err(error) => {
            let path = error.problems()[0].path.clone();
            Err((error.kind(), path))
        }
    }
}

#[test]
fn prices_are_whole_numbers_of_the_smallest_unit() {
    let euros = settings("EUR");
    for (price, units) in [("39.99 EUR", 3999), ("12.5 EUR", 1250), ("3361 EUR", 336_100), ("0 EUR", 0)] {
        assert_eq!(sent(price, &euros), Ok(units), "{price}");
    }
    let refused = Err((ErrorKind::InvalidInput, "variants[0].offer.price".to_owned()));
    for price in ["12.505 EUR", "12.50 USD", "-1 EUR", "999999999999999999999999 EUR"] {
        assert_eq!(sent(price, &euros), refused, "{price}");
    }
}

#[test]
fn a_unit_that_nobody_has_named_is_asked_for() {
    let asked = Err((ErrorKind::InvalidConfig, "settings.price_digits".to_owned()));
    for price in ["10000 JPY", "1.234 KWD"] {
        let currency = price.split(' ').nth(1).unwrap();
        assert_eq!(sent(price, &settings(currency)), asked, "{price}");
    }
    for (digits, units) in [(0, 10_000), (2, 1_000_000)] {
        let yen = Settings { price_digits: Some(digits), ..settings("JPY") };
        assert_eq!(sent("10000 JPY", &yen), Ok(units));
    }
    assert_eq!(sent("990 HUF", &settings("HUF")), Ok(99_000));
}

#[test]
fn a_price_comes_back_as_it_was_sent() {
    for price in ["39.99 EUR", "3361 EUR", "0.01 EUR"] {
        let mut listing = listing();
        listing.variants[0].offer.price = money(price);
        let body = created(&listing, &facts()).unwrap().value;
        let read = product(&answered(&body), &facts()).unwrap().value;
        assert_eq!(read.variants.value().unwrap()[0].offer.value().unwrap().price, money(price));
    }
}

#[test]
fn a_cost_without_a_currency_is_not_read_as_one_of_the_shop() {
    let unset = facts_of(&Settings::of(Currency::new("EUR").unwrap()));
    let answer = answered(&created(&listing(), &facts()).unwrap().value);
    let read = product(&answer, &unset).unwrap();
    assert_eq!(read.value.variants.value().unwrap()[0].cost, Seen::NotRead);
    assert_eq!(read.losses.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["variants[].cost"]);
    let told = product(&answer, &facts()).unwrap();
    assert_eq!(told.value.variants.value().unwrap()[0].cost, Seen::Value(money("5.16 USD")));
    assert_eq!(told.losses, []);
    let order = json!({
        "id": "1", "status": "on-hold", "created_at": "2026-09-05 15:00:00+00:00",
        "line_items": [{ "quantity": 2, "cost": 1050 }],
    });
    let read = super::super::order(&order, &unset).unwrap();
    assert!(read.value.facts.lines[0].costs.is_empty());
    assert_eq!(read.losses[0].path, "line_items[0].cost");
}
