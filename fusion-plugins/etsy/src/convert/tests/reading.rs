//! Listings and inventories as the platform tells them.

use super::{facts, inventory, named, read, shown};
use crate::{
    ListingExtras,
    convert::{Beside, product},
    kinds::{CHOICE, IMAGE, PRODUCT},
    wire,
};
use fusion_core::model::{
    Lifecycle, Loss, LossKind, LossSubject, Nature, Quantity, RemoteProduct, RemoteVariant, Seen,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn of_listing(listing: &Value) -> (RemoteProduct, Vec<Loss>) {
    named(LossSubject::Product, product(&read(listing), Beside::default(), &facts()).unwrap())
}

fn of_inventory(inventory: &Value) -> (Vec<RemoteVariant>, Vec<Loss>) {
    let (product, losses) = of_listing(&json!({ "listing_id": 9, "inventory": inventory }));
    (product.variants.value().unwrap().clone(), losses)
}

/// What can be sold: a pool that is shown twice counts once.
fn sellable(variants: &[RemoteVariant]) -> i64 {
    let mut pools = BTreeMap::new();
    for (nth, variant) in variants.iter().enumerate() {
        for level in variant.levels.value().unwrap() {
            let Quantity::Counted(count) = level.quantity else { panic!("{level:?}") };
            pools.insert(level.pool.clone().unwrap_or_else(|| nth.to_string()), count);
        }
    }
    pools.values().sum()
}

#[test]
fn a_pool_of_two_variants_is_counted_once_and_others_apart() {
    let check = |quantity_on: &[i64], expected: i64| {
        let products = [
            shown(1, &[(513, "Colour", "Red"), (514, "Size", "S")], "A", 5, 900, true),
            shown(3, &[(513, "Colour", "Red"), (514, "Size", "M")], "B", 5, 900, true),
            shown(5, &[(513, "Colour", "Blue"), (514, "Size", "S")], "C", 5, 900, true),
            shown(7, &[(513, "Colour", "Blue"), (514, "Size", "M")], "D", 5, 900, true),
        ];
        let (variants, losses) = of_inventory(&inventory(&products, quantity_on));
        assert_eq!((sellable(&variants), losses), (expected, vec![]), "{quantity_on:?}");
    };
    check(&[], 5);
    check(&[513], 10);
    check(&[513, 514], 20);
}

#[test]
fn a_variant_alone_in_its_pool_shares_nothing() {
    let (variants, _) = of_inventory(&inventory(&[shown(1, &[], "A", 5, 900, true)], &[]));
    assert_eq!(variants[0].levels.value().unwrap()[0].pool, None);
}

#[test]
fn three_variants_under_one_sku_stay_three() {
    let of = |id, size| shown(id, &[(514, "Size", size)], "MUG", 5, 900, true);
    let (variants, _) = of_inventory(&inventory(&[of(1, "S"), of(3, "M"), of(5, "L")], &[]));
    let skus: Vec<_> = variants.iter().filter_map(|variant| variant.sku.value()).collect();
    assert_eq!(skus, ["MUG"; 3]);
    let ids: std::collections::BTreeSet<_> =
        variants.iter().filter_map(|variant| variant.refs.get(&PRODUCT)).collect();
    let choices: std::collections::BTreeSet<_> =
        variants.iter().filter_map(|variant| variant.refs.get(&CHOICE)).collect();
    assert_eq!((ids.len(), choices.len()), (3, 3));
}

#[test]
fn a_combination_keeps_its_choice_when_its_ids_are_replaced() {
    let red = |id| shown(id, &[(513, "Colour", "Red &amp; \\; blue"), (514, "Size", "S")], "A", 5, 900, true);
    let mut turned = red(77);
    turned["property_values"].as_array_mut().unwrap().reverse();
    let refs = |product: Value| of_inventory(&inventory(&[product], &[])).0[0].refs.clone();
    let (before, after) = (refs(red(1)), refs(turned));
    assert_ne!(before.get(&PRODUCT), after.get(&PRODUCT));
    assert_eq!(before.get(&CHOICE), after.get(&CHOICE));
    assert_eq!(before.get(&CHOICE), Some("9/513=Red & \\\\\\; blue;514=S"));
}

#[test]
fn rows_that_fill_the_table_are_no_variants_and_a_hidden_variant_is_one() {
    let products = [
        shown(1, &[(513, "Colour", "Red")], "A", 5, 900, true),
        shown(3, &[(513, "Colour", "Blue")], "", 0, 900, false),
        shown(5, &[(513, "Colour", "Green")], "G", 0, 900, false),
        shown(7, &[(513, "Colour", "Grey")], "", 2, 900, false),
    ];
    let (variants, losses) = of_inventory(&inventory(&products, &[513]));
    let shown: Vec<_> =
        variants.iter().map(|variant| (variant.options.get("Colour").unwrap(), variant.offered)).collect();
    assert_eq!(shown, [("Red", true), ("Green", false), ("Grey", false)]);
    assert_eq!(
        losses.iter().map(|loss| (loss.path.as_str(), loss.kind)).collect::<Vec<_>>(),
        [("products[1]", LossKind::Guessed)]
    );
}

#[test]
fn deleted_combinations_and_offerings_are_none() {
    let mut gone = shown(1, &[(513, "Colour", "Red")], "A", 5, 900, true);
    gone["is_deleted"] = json!(true);
    let mut empty = shown(3, &[(513, "Colour", "Blue")], "B", 5, 900, true);
    empty["offerings"][0]["is_deleted"] = json!(true);
    let left = shown(5, &[(513, "Colour", "Grey")], "C", 5, 900, true);
    let (variants, _) = of_inventory(&inventory(&[gone, empty, left], &[]));
    assert_eq!(
        variants.iter().map(|variant| variant.sku.value().unwrap().as_str()).collect::<Vec<_>>(),
        ["C"]
    );
}

#[test]
fn an_amount_is_divided_exactly_by_whatever_divisor_is_told() {
    let check = |amount: i64, divisor: i64, currency: &str, expected: Option<&str>| {
        let told = json!({ "amount": amount, "divisor": divisor, "currency_code": currency });
        let found = super::super::money::money(&read::<wire::Money>(&told), "price")
            .ok()
            .map(|money| money.to_string());
        assert_eq!(found.as_deref(), expected, "{amount}/{divisor} {currency}");
    };
    check(2200, 100, "EUR", Some("22.00 EUR"));
    check(4420, 1, "VND", Some("4420 VND"));
    check(1210, 1000, "EUR", Some("1.21 EUR"));
    check(3, 4, "EUR", Some("0.75 EUR"));
    check(i64::MAX, 100, "EUR", Some("92233720368547758.07 EUR"));
    check(1, 3, "EUR", None);
    check(1, 0, "EUR", None);
    check(1, -100, "EUR", None);
    check(1, 100, "EURO", None);
}

#[test]
fn every_word_for_a_state_has_its_place_and_a_new_one_is_kept() {
    let check = |word: &str, lifecycle: Lifecycle, buyable: Option<bool>| {
        let (product, _) = of_listing(&json!({ "listing_id": 9, "state": word }));
        assert_eq!((product.state.lifecycle, product.state.buyable), (lifecycle, buyable), "{word}");
    };
    check("active", Lifecycle::Live, Some(true));
    check("Active", Lifecycle::Live, Some(true));
    check("sold_out", Lifecycle::Live, Some(false));
    check("inactive", Lifecycle::Hidden, Some(false));
    check("edit", Lifecycle::Hidden, Some(false));
    check("draft", Lifecycle::Draft, Some(false));
    check("expired", Lifecycle::Ended, Some(false));
    check("removed", Lifecycle::Blocked, Some(false));
    check("frozen", Lifecycle::Unknown("frozen".to_owned()), None);
}

#[test]
fn a_file_is_digital_and_a_new_word_is_told() {
    let check = |word: &str, nature: Seen<Nature>| {
        let (product, losses) = of_listing(&json!({ "listing_id": 9, "listing_type": word }));
        assert_eq!(
            (product.nature.clone(), losses.len()),
            (nature.clone(), usize::from(!nature.is_read())),
            "{word}"
        );
    };
    check("physical", Seen::Value(Nature::Physical));
    check("download", Seen::Value(Nature::Digital));
    check("both", Seen::Value(Nature::Both));
    check("hologram", Seen::NotRead);
}

#[test]
fn what_was_not_asked_for_is_not_empty() {
    let (product, _) = of_listing(&json!({ "listing_id": 9 }));
    assert_eq!(product.variants, Seen::NotRead);
    assert_eq!(product.media, Seen::NotRead);
    assert_eq!((product.tags, product.categories), (Seen::NotRead, Seen::NotRead));
    let (product, _) = of_listing(&json!({ "listing_id": 9, "tags": [], "taxonomy_id": null, "images": [] }));
    assert_eq!((product.tags, product.categories, product.media), (Seen::Empty, Seen::Empty, Seen::Empty));
}

#[test]
fn a_listing_without_an_inventory_has_one_variant_with_the_numbers_above() {
    let listing = json!({
        "listing_id": 9, "quantity": 3, "has_variations": false, "skus": ["MUG"],
        "price": { "amount": 900, "divisor": 100, "currency_code": "EUR" },
    });
    let beside = Beside { has_none: true, ..Beside::default() };
    let (product, _) = named(LossSubject::Product, product(&read(&listing), beside, &facts()).unwrap());
    let variants = product.variants.value().unwrap();
    assert_eq!((variants.len(), sellable(variants)), (1, 3));
    assert_eq!(variants[0].offer.value().unwrap().price.to_string(), "9.00 EUR");
}

#[test]
fn texts_are_decoded_once() {
    let (product, _) = of_listing(&json!({
        "listing_id": 9, "title": "A &amp;lt; B &#39;x&#x27; &quot;&eacute; &", "tags": ["a &amp; b"],
    }));
    assert_eq!(product.title.value().unwrap(), "A &lt; B 'x' \"&eacute; &");
    assert_eq!(product.tags.value().unwrap(), &["a & b"]);
}

#[test]
fn pictures_stand_in_the_order_of_their_ranks_and_belong_to_values() {
    let listing = json!({
        "listing_id": 9,
        "images": [
            { "listing_image_id": 2, "rank": 2, "url_fullxfull": "https://i/2", "alt_text": "" },
            { "listing_image_id": 3, "rank": null, "url_fullxfull": null, "alt_text": null },
            { "listing_image_id": 1, "rank": 1, "url_fullxfull": "https://i/1", "alt_text": "Tea &amp; mug" },
        ],
        "inventory": inventory(&[
            shown(1, &[(513, "Colour", "Red")], "A", 5, 900, true),
            shown(3, &[(513, "Colour", "Blue")], "B", 5, 900, true),
        ], &[]),
    });
    let images =
        read::<Vec<wire::VariationImage>>(&json!([{ "property_id": 513, "value_id": 5133, "image_id": 2 }]));
    let beside = Beside { variation_images: Some(&images), ..Beside::default() };
    let (product, _) = named(LossSubject::Product, product(&read(&listing), beside, &facts()).unwrap());
    let shown: Vec<_> =
        product.media.value().unwrap().iter().map(|one| one.refs.get(&IMAGE).unwrap()).collect();
    assert_eq!(shown, ["1", "2", "3"]);
    assert_eq!(product.media.value().unwrap()[0].alt, Seen::Value("Tea & mug".to_owned()));
    let own: Vec<_> = product
        .variants
        .value()
        .unwrap()
        .iter()
        .map(|one| one.media.value().map(|id| id.id.as_str()))
        .collect();
    assert_eq!(own, [Some("2"), None]);
}

#[test]
fn what_only_this_platform_has_is_kept() {
    let (product, _) = of_listing(&json!({
        "listing_id": 9, "who_made": "i_did", "when_made": "2020_2026", "materials": ["clay"], "item_length": 4.5,
        "item_width": 3, "item_height": 12.1, "item_dimensions_unit": "cm", "return_policy_id": 88,
        "production_partners": [{ "production_partner_id": 5 }],
        "inventory": inventory(&[shown(1, &[(100, "Size", "S")], "A", 5, 900, true)], &[]),
    }));
    let extras: ListingExtras = product.extensions.get().unwrap().unwrap();
    assert_eq!(extras.dimensions, Some(["4.5", "3", "12.1", "cm"].map(str::to_owned)));
    assert_eq!((extras.return_policy_id, extras.production_partner_ids), (Some(88), vec![5]));
    assert_eq!(extras.properties["Size"].id, 100);
}

#[test]
fn a_foreign_price_makes_a_listing_unreadable_rather_than_cheap() {
    let mut foreign = shown(1, &[], "A", 5, 900, true);
    foreign["offerings"][0]["price"]["currency_code"] = json!("USD");
    let listing = json!({ "listing_id": 9, "inventory": inventory(&[foreign], &[]) });
    let error = product(&read(&listing), Beside::default(), &facts()).unwrap_err();
    assert_eq!(error.problems()[0].path, "products[0].price");
}
