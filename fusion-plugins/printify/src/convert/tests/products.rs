//! Products: what is on offer, what can be made, what is published, and what is refused.

use super::{
    super::*,
    support::{answered, catalogue, facts, id, listing, live, made, money, row, target, variant},
};
use crate::{Made, MadeVariant, kinds};
use fusion_core::{
    error::{ErrorKind, Retry},
    model::*,
    plugin::TargetVariant,
};
use serde_json::{Value, json};

fn answer() -> Value {
    answered(&created(&listing(), &facts()).unwrap().value)
}

fn state(changes: Value) -> ListingState {
    let mut answer = answer();
    for (member, value) in changes.as_object().unwrap() {
        answer[member] = value.clone();
    }
    product(&answer, &facts()).unwrap().value.state
}

#[test]
fn the_state_follows_lock_channel_and_sight() {
    let of = |lifecycle| ListingState::of(lifecycle);
    let locked = |lifecycle| ListingState { locked: true, ..ListingState::of(lifecycle) };
    let external = json!({ "id": "900", "handle": "https://example.com/900", "type": 1 });
    let check =
        |changes: Value, expected: ListingState| assert_eq!(state(changes.clone()), expected, "{changes}");
    check(json!({}), of(Lifecycle::Draft));
    check(json!({ "is_locked": true }), locked(Lifecycle::Submitted));
    check(json!({ "external": external }), of(Lifecycle::Live));
    check(json!({ "external": external, "is_locked": true }), locked(Lifecycle::Live));
    check(json!({ "external": external, "visible": false }), of(Lifecycle::Hidden));
    check(json!({ "external": external, "is_deleted": true }), of(Lifecycle::Gone));
    // Older answers have a list, and an empty one before the first publication.
    check(json!({ "external": [external] }), of(Lifecycle::Live));
    check(json!({ "external": [] }), of(Lifecycle::Draft));
    check(json!({ "external": null }), of(Lifecycle::Draft));
}

#[test]
fn a_published_product_names_its_listing_in_the_channel() {
    let mut answer = answer();
    answer["external"] = json!({ "id": 900, "handle": "https://example.com/900" });
    let read = product(&answer, &facts()).unwrap().value;
    assert_eq!(read.refs.get(&kinds::CHANNEL_LISTING), Some("900"));
    assert_eq!(read.url.as_deref(), Some("https://example.com/900"));
}

#[test]
fn every_variant_of_the_blank_comes_back_with_what_is_on_offer_and_what_can_be_made() {
    let read = live();
    let seen: Vec<_> = read
        .variants
        .value()
        .unwrap()
        .iter()
        .map(|one| {
            (one.refs.get(&kinds::VARIANT).unwrap(), one.offered, one.levels.value().unwrap()[0].clone())
        })
        .collect();
    let level = |available| RemoteLevel {
        location: Some(Ref::new(kinds::PRINT_PROVIDER, "9")),
        pool: None,
        quantity: Quantity::OnDemand { available },
    };
    assert_eq!(seen, [("100", true, level(true)), ("101", true, level(false)), ("102", false, level(true))]);
    assert_eq!(read.nature, Seen::Value(Nature::Physical));
}

#[test]
fn what_was_not_told_is_not_empty() {
    let told = json!({ "id": "5d39b159e7c48c000728c89f", "title": "Mug", "description": null });
    let read = product(&told, &facts()).unwrap().value;
    assert_eq!((read.description, read.tags, read.variants), (Seen::Empty, Seen::NotRead, Seen::NotRead));
    assert!(read.extensions.is_empty());
    let error =
        edited(&ListingEdit::default(), &target(), &product(&told, &facts()).unwrap().value, &facts());
    assert_eq!(error.unwrap_err().problems()[0].code, "not_read");
}

#[test]
fn a_list_is_no_record_by_the_places_of_its_members() {
    let check = |member: &str, value: Value| {
        let mut answer = answer();
        answer[member] = value;
        let error = product(&answer, &facts()).unwrap_err();
        assert_eq!((error.kind(), error.problems()[0].code.as_str()), (ErrorKind::Protocol, "unreadable"));
    };
    check("variants", json!([[1, "MUG", 516, 860, 460, true]]));
    check("options", json!([["Size", [[1100, "11oz"]]]]));
    check("external", json!(["900"]));
    let error = product(&json!(["5d39b159e7c48c000728c89f", "Mug"]), &facts()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn a_variant_has_its_own_picture() {
    let mut answer = answer();
    answer["images"] = json!([
        { "src": "https://a.example/all.png", "variant_ids": [100, 101, 102] },
        { "src": "https://a.example/100.png", "variant_ids": [100], "is_default": true },
        { "src": "https://a.example/101.png", "variant_ids": [101] },
    ]);
    let read = product(&answer, &facts()).unwrap();
    let own = |nth: usize| read.value.variants.value().unwrap()[nth].media.value().map(|one| one.id.clone());
    assert_eq!(own(0).as_deref(), Some("https://a.example/100.png"));
    assert_eq!(own(1).as_deref(), Some("https://a.example/all.png"));
    let losses: Vec<_> = read.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(losses, ["images[2].variant_ids"]);
}

#[test]
fn a_locked_product_takes_no_change() {
    let mut live = live();
    live.state.locked = true;
    let edit = ListingEdit { title: Edit::Set("Cup".into()), ..Default::default() };
    for error in
        [edited(&edit, &target(), &live, &facts()).unwrap_err(), switched(&[], &live, &facts()).unwrap_err()]
    {
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::Backoff));
    }
}

#[test]
fn a_change_that_changes_nothing_sends_nothing() {
    let check = |edit: ListingEdit| {
        let body = edited(&edit, &target(), &live(), &facts()).unwrap();
        assert_eq!(body.value, None, "{edit:?}");
    };
    check(ListingEdit::default());
    check(ListingEdit { remove: vec![row(12)], ..Default::default() });
    let on = VariantEdit { offered: Edit::Set(true), ..Default::default() };
    check(ListingEdit { variants: vec![(row(10), on)], ..Default::default() });
}

#[test]
fn switching_a_variant_sends_its_price_with_it() {
    let change = VariantEdit { offered: Edit::Set(false), ..Default::default() };
    let edit = ListingEdit { variants: vec![(row(11), change)], ..Default::default() };
    let body = edited(&edit, &target(), &live(), &facts()).unwrap().value.unwrap();
    assert_eq!(body, json!({ "variants": [{ "id": 101, "price": 3999, "is_enabled": false }] }));
}

#[test]
fn what_a_change_lacks_is_named_by_path() {
    let check = |edit: ListingEdit, path: &str, code: &str| {
        let error = edited(&edit, &target(), &live(), &facts()).unwrap_err();
        let found: Vec<_> =
            error.problems().iter().map(|one| (one.path.as_str(), one.code.as_str())).collect();
        assert_eq!(found, [(path, code)]);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    };
    let of = |change| ListingEdit { variants: vec![(row(10), change)], ..Default::default() };
    check(ListingEdit { title: Edit::Clear, ..Default::default() }, "title", "required");
    check(ListingEdit { remove: vec![row(99)], ..Default::default() }, "remove[0]", "not_there");
    check(of(VariantEdit { price: Edit::Clear, ..Default::default() }), "variants[0].price", "required");
    check(of(VariantEdit { sale: Edit::Clear, ..Default::default() }), "variants[0].sale", "price_unknown");
    let finer = VariantEdit { price: Edit::Set(money("1.005 EUR")), ..Default::default() };
    check(of(finer), "variants[0].price", "too_fine");
    let add = ListingEdit { add: vec![variant(12, "30oz", "1 EUR")], ..Default::default() };
    check(add, "add[0].options", "not_made");
}

#[test]
fn nobody_guesses_what_is_printed_on_a_new_variant() {
    let mut live = live();
    let mut two: Made = live.extensions.get().unwrap().unwrap();
    two.areas.push(two.areas[0].clone());
    live.extensions.set(&two).unwrap();
    let edit = ListingEdit { add: vec![variant(12, "20oz", "1 EUR")], ..Default::default() };
    let error = edited(&edit, &target(), &live, &facts()).unwrap_err();
    assert_eq!(error.problems()[0].code, "not_printed");
}

#[test]
fn a_product_without_its_making_is_refused_with_what_is_missing() {
    let check = |change: fn(&mut NewListing), path: &str, code: &str| {
        let mut listing = listing();
        change(&mut listing);
        let error = created(&listing, &facts()).unwrap_err();
        let found: Vec<_> =
            error.problems().iter().map(|one| (one.path.as_str(), one.code.as_str())).collect();
        assert_eq!(found, [(path, code)]);
    };
    check(|it| it.extensions = Extensions::default(), "extensions.printify.made", "required");
    check(|it| it.variants[1] = variant(11, "30oz", "1 EUR"), "variants[1].options", "not_made");
    check(|it| it.variants.iter_mut().for_each(|one| one.offered = false), "variants", "required");
    check(|it| it.extensions.set(&made(&[100])).unwrap(), "extensions.printify.made.areas", "not_printed");
}

/// A blank of 150 sizes, all of them known to our listing, the first `offered` of them on offer.
fn big(offered: usize) -> NewListing {
    let mut listing = listing();
    let size = |n: usize| format!("size {n}");
    let ids: Vec<i64> = (0..150).collect();
    let mut made = made(&ids);
    made.variants = (0..150)
        .map(|n| MadeVariant { options: [("Size", size(n))].into_iter().collect(), id: n as i64 })
        .collect();
    listing.extensions.set(&made).unwrap();
    listing.variants = (0..150)
        .map(|n| NewListingVariant { offered: n < offered, ..variant(1000 + n, &size(n), "5 EUR") })
        .collect();
    listing
}

#[test]
fn a_hundred_variants_may_be_on_offer_and_no_more() {
    let body = created(&big(100), &facts()).unwrap().value;
    assert_eq!(body["variants"].as_array().unwrap().len(), 150);
    assert_eq!(created(&big(101), &facts()).unwrap_err().problems()[0].code, "too_many");
    let mut live = live();
    let variants = body["variants"].as_array().unwrap().iter().map(|one| RemoteVariant {
        refs: catalogue(one["id"].as_i64().unwrap()),
        offered: one["is_enabled"].as_bool().unwrap(),
        ..live.variants.value().unwrap()[0].clone()
    });
    live.variants = Seen::Value(variants.collect());
    let mut target = target();
    target.variants =
        (0..150).map(|n| TargetVariant { id: id(1000 + n), refs: catalogue(n as i64) }).collect();
    let on = |n: usize| (row(1000 + n), VariantEdit { offered: Edit::Set(true), ..Default::default() });
    let mut edit = ListingEdit { variants: vec![on(120)], ..Default::default() };
    let error = edited(&edit, &target, &live, &facts()).unwrap_err();
    assert_eq!(error.problems()[0].code, "too_many");
    // One goes for the one that comes.
    edit.remove = vec![row(1000)];
    live.extensions.set(&made(&(0..150).collect::<Vec<_>>())).unwrap();
    let body = edited(&edit, &target, &live, &facts()).unwrap().value.unwrap();
    assert_eq!(body["variants"].as_array().unwrap().len(), 2);
}

#[test]
fn stock_switches_off_what_is_gone_and_nothing_on() {
    let stock = |n: usize, available: u32| StockRow {
        variant: row(n),
        listing_refs: live().refs,
        refs: catalogue(n as i64 + 90),
        location: None,
        pool: None,
        available,
        expected: None,
        sequence: 1,
    };
    let body = switched(&[stock(10, 0), stock(11, 7), stock(12, 7)], &live(), &facts()).unwrap();
    super::specs::check("updateProductRequest", body.value.as_ref().unwrap());
    assert_eq!(body.value, Some(json!({ "variants": [{ "id": 100, "price": 1250, "is_enabled": false }] })));
    let losses: Vec<_> = body.losses.iter().map(|loss| (loss.path.as_str(), loss.kind)).collect();
    assert_eq!(
        losses,
        [
            ("rows[0].available", LossKind::Reinterpreted),
            ("rows[1].available", LossKind::Dropped),
            ("rows[2].available", LossKind::Dropped)
        ]
    );
    assert_eq!(switched(&[stock(12, 0)], &live(), &facts()).unwrap().value, None);
}

#[test]
fn the_catalogue_lists_what_can_be_made() {
    let listed = json!({ "id": 9, "title": "DJ", "variants": [
        { "id": 17390, "title": "Grey / XS", "options": { "color": "Grey", "size": "XS" }, "placeholders": [] },
    ] });
    let read = blank_variants(&listed).unwrap();
    assert_eq!(read.losses, []);
    let variant = &read.value[0];
    assert_eq!((variant.options.get("color"), variant.offered), (Some("Grey"), false));
    let level = &variant.levels.value().unwrap()[0];
    assert_eq!(level.quantity, Quantity::OnDemand { available: true });
}
