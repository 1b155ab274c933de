//! Every recorded answer, and what the model makes of it.

use super::{contract, facts, named, read};
use crate::{
    ListingExtras,
    convert::{self, Beside, Choices},
    kinds::CHOICE,
    wire,
};
use fusion_core::{
    error::Result,
    model::{Axis, LossSubject, Payment, Quantity},
    plugin::WireResponse,
};
use fusion_plugin_sdk::testkit::spec;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn file(name: &str) -> Option<Value> {
    spec("etsy", &format!("fixtures/{name}"))
}

/// The made-up answers of every schema, by kind.
fn examples() -> Option<Value> {
    Some(file("synthetic.schema-examples.json")?["examples"].take())
}

fn dollars() -> fusion_core::model::StoreFacts {
    fusion_core::model::StoreFacts { currency: fusion_core::model::Currency::new("USD").unwrap(), ..facts() }
}

/// An answer as one of the kinds that this crate reads; what its conversion makes is dropped.
type Read = fn(&Value) -> Result<()>;

fn product_of(value: &Value) -> Result<()> {
    let listing = convert::read(value.to_string().as_bytes())?;
    convert::product(&listing, Beside::default(), &dollars())?.losses.clear();
    convert::product(&listing, Beside { has_none: true, ..Beside::default() }, &dollars()).map(drop)
}

fn inventory_of(value: &Value) -> Result<()> {
    product_of(&json!({ "listing_id": 9, "inventory": value }))?;
    let live: wire::Inventory = convert::read(value.to_string().as_bytes())?;
    let rows = ["", "513=Red"].map(|choice| {
        super::stock_row(
            1,
            &json!({ "current": [{ "kind": "choice", "id": format!("9/{choice}") }] }),
            3,
            None,
        )
    });
    for row in rows {
        // Refusing is as good an answer as a body.
        if let Ok(change) = convert::stock(&[row], &live) {
            assert!(change.losses.len() < 100);
        }
    }
    Ok(())
}

fn taken<W: serde::de::DeserializeOwned>(value: &Value) -> Result<W> {
    convert::read(value.to_string().as_bytes())
}

/// Every kind of answer with the conversion that it goes through.
pub(super) const KINDS: &[(&str, Read)] = &[
    ("shop_listing", product_of),
    ("shop_listing_collection", |value| {
        convert::products(value.to_string().as_bytes(), 0, &dollars()).map(drop)
    }),
    ("listing_inventory", inventory_of),
    ("listing_product", |value| inventory_of(&super::inventory(std::slice::from_ref(value), &[]))),
    ("listing_offering", |value| {
        let mut product = super::shown(1, &[], "A", 1, 1, true);
        product["offerings"] = json!([value]);
        inventory_of(&super::inventory(&[product], &[]))
    }),
    ("listing_image", |value| product_of(&json!({ "listing_id": 9, "images": [value] }))),
    ("listing_video", |value| product_of(&json!({ "listing_id": 9, "videos": [value] }))),
    ("listing_translation", |value| product_of(&json!({ "listing_id": 9, "translations": { "fr": value } }))),
    ("production_partner", |value| {
        product_of(&json!({ "listing_id": 9, "production_partners": [value] }))?;
        let partners = [taken(value)?];
        convert::facts(&shop(), Choices { partners: &partners, ..Choices::default() }).map(drop)
    }),
    ("listing_variation_images", |value| {
        let images: Vec<wire::VariationImage> = taken(&value["results"])?;
        let listing = json!({ "listing_id": 9, "inventory": super::inventory(&[], &[]) });
        let beside = Beside { variation_images: Some(&images), ..Beside::default() };
        convert::product(&read(&listing), beside, &facts()).map(drop)
    }),
    ("money", |value| {
        let price = json!({ "listing_id": 9, "price": value, "quantity": 1 });
        product_of(&price)
    }),
    ("shop_receipt", |value| convert::order(&taken(value)?).map(drop)),
    ("shop_receipt_collection", |value| convert::orders(value.to_string().as_bytes(), 0).map(drop)),
    ("transaction", |value| {
        let mut receipt = super::receipts::receipt();
        receipt["transactions"] = json!([value]);
        convert::order(&taken(&receipt)?).map(drop)
    }),
    ("payment", |value| convert::fees(&taken(value)?).map(drop)),
    ("payment_collection", |value| {
        let payments: Vec<wire::Payment> = taken(&value["results"])?;
        payments.iter().try_for_each(|payment| convert::fees(payment).map(drop))
    }),
    ("shop", |value| convert::facts(&taken(value)?, Choices::default()).map(drop)),
    ("shipping_profile", |value| {
        let shipping_profiles = [taken(value)?];
        let choices = Choices { shipping_profiles: &shipping_profiles, ..Choices::default() };
        convert::facts(&shop(), choices).map(drop)
    }),
    ("return_policy", |value| {
        let return_policies = [taken(value)?];
        convert::facts(&shop(), Choices { return_policies: &return_policies, ..Choices::default() }).map(drop)
    }),
    ("shop_section", |value| {
        let sections = [taken(value)?];
        convert::facts(&shop(), Choices { sections: &sections, ..Choices::default() }).map(drop)
    }),
    ("taxonomy_node", |value| taken(value).map(|node| assert!(!convert::categories(&node).is_empty()))),
    ("token_scopes", |value| taken(value).map(|scopes| drop(convert::granted(&scopes)))),
];

/// Kinds of answers that this crate has no use for, and why.
const UNUSED: &[(&str, &str)] = &[
    ("holiday_preference", "no shop's opening hours in the model"),
    ("ledger_entry", "bookkeeping; fees come from payments"),
    ("listing_file", "files for buyers aren't carried yet"),
    ("pong", "says only that the platform is there"),
    ("review", "no reviews in the model"),
    ("shipping_carrier", "carrier names are the plugin's when it ships"),
    ("shipping_profile_destination", "shipping prices are the platform's"),
    ("shipping_profile_upgrade", "shipping prices are the platform's"),
    ("taxonomy_property", "an option names its property by id"),
    ("user", "the shop names its owner's id"),
    ("user_address", "a seller's own address"),
];

fn shop() -> wire::Shop {
    read(
        &json!({ "shop_id": 2, "user_id": 1, "shop_name": "Mugs", "currency_code": "EUR", "languages": ["en-US"] }),
    )
}

#[test]
fn every_kind_of_answer_is_read_or_has_a_reason_not_to_be() {
    let Some(examples) = examples() else { return };
    let all: BTreeSet<&str> = examples.as_object().unwrap().keys().map(String::as_str).collect();
    let read: BTreeSet<&str> =
        KINDS.iter().map(|(kind, _)| *kind).chain(UNUSED.iter().map(|(kind, _)| *kind)).collect();
    assert_eq!(read, all);
    for (kind, read) in KINDS {
        read(&examples[kind]).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
    }
}

/// Answers to be damaged: the recorded ones, and ours that fill fields which those leave empty.
pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let red = super::shown(1, &[(513, "Colour", "Red"), (514, "Size", "S")], "A", 5, 900, true);
    let blue = super::shown(3, &[(513, "Colour", "Blue"), (514, "Size", "S")], "", 0, 900, false);
    let mut all = vec![("listing_inventory", super::inventory(&[red, blue], &[513]))];
    all.push(("shop_receipt", super::receipts::receipt()));
    all.push(("shop_listing", json!({
        "listing_id": 9, "state": "active", "item_weight": 12.5, "item_weight_unit": "oz", "inventory": all[0].1,
        "images": [{ "listing_image_id": 1, "rank": 1, "url_fullxfull": "https://i/1", "alt_text": "A" }],
    })));
    if let Some(examples) = examples() {
        all.extend(KINDS.iter().map(|(kind, _)| (*kind, examples[kind].clone())));
        let file = |name| file(name).unwrap()["body"].take();
        all.push(("listing_inventory", file("inventory-get.one-product.json")));
        all.push(("shop_receipt_collection", file("receipts-list.paid.anonymised.json")));
    }
    all
}

#[test]
fn the_recorded_inventory_has_one_variant_though_its_lists_name_a_property() {
    let Some(recorded) = file("inventory-get.one-product.json") else { return };
    let listing = json!({ "listing_id": 9, "inventory": recorded["body"] });
    let (product, losses) =
        named(LossSubject::Product, convert::product(&read(&listing), Beside::default(), &facts()).unwrap());
    let [variant] = product.variants.value().unwrap().as_slice() else { panic!("{:?}", product.variants) };
    assert_eq!(
        (variant.sku.value().unwrap().as_str(), variant.options.is_empty(), losses.len()),
        ("731737", true, 0)
    );
    assert_eq!(variant.offer.value().unwrap().price.to_string(), "22.00 EUR");
    let level = &variant.levels.value().unwrap()[0];
    assert_eq!((level.quantity, level.pool.as_ref()), (Quantity::Counted(1), None));
}

#[test]
fn the_recorded_receipts_are_paid_orders_whose_sums_agree() {
    let Some(recorded) = file("receipts-list.paid.anonymised.json") else { return };
    let page = convert::orders(recorded["body"].to_string().as_bytes(), 0).unwrap();
    assert_eq!((page.items.len(), page.unreadable.len(), page.next.as_deref()), (1, 0, Some("1")));
    let (order, losses) = named(LossSubject::Order, page.items.into_iter().next().unwrap());
    assert_eq!((losses.len(), &order.facts.payment), (0, &Axis::Known(Payment::Paid)));
    let line = &order.facts.lines[0];
    assert_eq!(line.refs.get(&CHOICE), Some("80000001/513=Variant __Brown"));
    assert_eq!(line.options.get("Option"), Some("Variant __Brown"));
    assert!(order.buyer.texts.is_empty());
}

#[test]
fn the_body_that_the_platform_s_staff_call_good_passes_with_the_field_that_came_later() {
    let Some(mut recorded) = file("inventory-put.two-properties.json") else { return };
    for product in recorded["body"]["products"].as_array_mut().unwrap() {
        product["offerings"][0]["readiness_state_id"] = json!(55);
    }
    contract::takes("updateListingInventory", &recorded["body"]);
}

#[test]
fn the_recorded_refusals_are_judged() {
    let Some(recorded) = file("errors.recorded.json") else { return };
    for case in recorded["cases"].as_array().unwrap() {
        let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
        let answer =
            WireResponse { status, headers: Vec::new(), body: case["body"].to_string().into_bytes().into() };
        let error = crate::judge(&answer).unwrap_err();
        let words = case["body"]["error_description"].as_str().or(case["body"]["error"].as_str()).unwrap();
        assert_eq!(error.problems()[0].message, words);
    }
}

#[test]
fn the_recorded_notification_names_its_receipt() {
    let Some(recorded) = file("webhook.order-paid.json") else { return };
    let (shop, hint) = convert::hint(recorded["body"].to_string().as_bytes()).unwrap();
    assert_eq!(
        (shop.as_str(), hint.topic.as_str(), hint.about.unwrap().id.as_str()),
        ("42", "order.paid", "54321")
    );
}

#[test]
fn a_shop_becomes_a_store_s_facts_with_what_its_listings_may_refer_to() {
    let Some(examples) = examples() else { return };
    let profiles = [read(&examples["shipping_profile"])];
    let choices = Choices { shipping_profiles: &profiles, ..Choices::default() };
    let (facts, _) = named(LossSubject::Store, convert::facts(&read(&examples["shop"]), choices).unwrap());
    assert_eq!(
        (facts.account.as_str(), facts.remote_id.as_str(), facts.locale.0.as_str()),
        ("12345678", "98765", "en-US")
    );
    assert_eq!(facts.other["shipping_profiles"], json!([{ "id": "44444", "name": "Standard Shipping" }]));
}

#[test]
fn the_example_listing_keeps_weight_category_and_extras() {
    let Some(examples) = examples() else { return };
    let read = read(&examples["shop_listing"]);
    let (product, losses) =
        named(LossSubject::Product, convert::product(&read, Beside::default(), &dollars()).unwrap());
    assert_eq!(losses, []);
    assert_eq!(product.categories.value().unwrap()[0].value, "30303");
    let extras: ListingExtras = product.extensions.get().unwrap().unwrap();
    assert_eq!(extras.dimensions, Some(["4", "3.5", "4.5", "in"].map(str::to_owned)));
    assert_eq!(extras.styles, Vec::<String>::new());
}
