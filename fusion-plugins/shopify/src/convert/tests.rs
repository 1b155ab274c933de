use super::{
    pictures::{file, files},
    *,
};
use crate::{
    LOSSES,
    kinds::{INVENTORY_ITEM, MEDIA, PRODUCT, VARIANT},
    wire::{input::ProductSetInput, product as wire},
};
use fusion_core::{
    canonical::Hash,
    error::{ErrorKind, Result},
    model::{
        Converted, Lifecycle, ListingEdit, Loss, LossKind, LossRow, LossSubject, Losses, Media, NewListing,
        Quantity, Ref, Refs, RemoteProduct, Seen, StoreFacts,
    },
    plugin::{Target, TargetVariant},
};
use fusion_plugin_sdk::testkit::specs;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

mod editing;
mod reading;
mod reviewing;
mod table;
mod whole;

/// What was converted, once every loss has a row in the table.
pub(crate) fn named<T>(subject: LossSubject, converted: Result<Converted<T>>) -> Result<Converted<T>> {
    for loss in converted.iter().flat_map(|converted| &converted.losses) {
        let known = LOSSES.iter().any(|row| row.subject == subject && row.names(loss));
        assert!(known, "no row of the table stands for {subject:?} {loss:?}");
    }
    converted
}

fn created(listing: &NewListing, staged: &Staged, facts: &StoreFacts) -> Result<Converted<ProductSetInput>> {
    named(LossSubject::Listing, super::created(listing, staged, facts))
}

fn in_line(
    listing: &NewListing,
    staged: &Staged,
    target: &Target,
    live: &RemoteProduct,
    facts: &StoreFacts,
) -> Result<Converted<Repair>> {
    named(LossSubject::Listing, super::in_line(listing, staged, target, live, facts))
}

fn edited(
    edit: &ListingEdit,
    staged: &Staged,
    target: &Target,
    live: Option<&RemoteProduct>,
    facts: &StoreFacts,
) -> Result<Converted<Edited>> {
    named(LossSubject::Edit, super::edited(edit, staged, target, live, facts))
}

pub(crate) fn uuid(n: usize) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

pub(crate) fn shop_facts() -> StoreFacts {
    serde_json::from_value(json!({
        "account": "gid://shopify/Shop/1", "remote_id": "a.myshopify.com", "name": "A", "currency": "EUR",
        "tax_basis": "gross", "locale": "en", "other": {"publication": "gid://shopify/Publication/1"},
    }))
    .unwrap()
}

/// A listing with one row for each colour.
pub(crate) fn listing(colours: &[&str]) -> NewListing {
    let variants: Vec<Value> = colours
        .iter()
        .enumerate()
        .map(|(nth, colour)| {
            json!({
                "id": uuid(100 + nth), "options": [["Colour", colour]], "sku": format!("MUG-{nth}"),
                "offered": true, "counted": true, "offer": {"price": "12.50 EUR", "compare_at": "15.00 EUR"},
                "cost": "3.20 EUR", "codes": [{"kind": "gtin", "value": "4006381333931"}],
                "shipping": {"weight": {"value": "0.350", "unit": "kilogram"}, "hs_code": "691200", "origin": "PT"},
            })
        })
        .collect();
    serde_json::from_value(json!({
        "listing": uuid(1), "product": uuid(2), "locale": "en", "title": "Mug",
        "description": {"format": "html", "text": "<p>A mug</p>"}, "brand": "Acme", "nature": "physical",
        "tags": ["Kitchen", "gift"],
        "categories": [{"scheme": "shopify", "value": "gid://shopify/TaxonomyCategory/hg-11"},
            {"scheme": "merchant", "value": "Mugs"}],
        "options": [{"name": "Colour", "values": colours}],
        "variants": variants,
        "media": [{"id": uuid(50), "source": "https://pictures.example/mug.jpg", "role": "gallery", "alt": "A mug"}],
    }))
    .unwrap()
}

/// What the platform shows of a product with these colours, the nth with id n.
pub(crate) fn live(colours: &[&str]) -> Value {
    let variants: Vec<Value> = colours
        .iter()
        .enumerate()
        .map(|(nth, colour)| {
            json!({
                "id": variant_id(nth), "sku": format!("MUG-{nth}"), "barcode": null, "price": "12.50",
                "compareAtPrice": null, "selectedOptions": [{"name": "Colour", "value": colour}],
                "inventoryItem": {"id": format!("gid://shopify/InventoryItem/{nth}"), "tracked": true, "unitCost": null,
                    "measurement": {"weight": null}},
            })
        })
        .collect();
    json!({
        "id": "gid://shopify/Product/1", "title": "Mug", "descriptionHtml": "<p>A mug</p>", "vendor": "Acme",
        "productType": "", "status": "ACTIVE", "tags": [], "updatedAt": "2026-10-01T12:00:00Z", "category": null,
        "options": [{"name": "Colour", "values": colours}],
        "media": {"nodes": [], "pageInfo": {"hasNextPage": false}},
        "variants": {"nodes": variants, "pageInfo": {"hasNextPage": false, "endCursor": null}},
    })
}

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

fn variant_id(nth: usize) -> String {
    format!("gid://shopify/ProductVariant/{nth}")
}

fn read(value: &Value) -> RemoteProduct {
    let read: wire::Product = serde_json::from_str(&value.to_string()).unwrap();
    told(read).value
}

fn told(read: wire::Product) -> Converted<RemoteProduct> {
    named(LossSubject::Product, product(read, &shop_facts(), &BTreeSet::new())).unwrap()
}

/// Our row n is the platform's variant `ids[n]`.
fn target(ids: &[usize]) -> Target {
    let variants = ids.iter().enumerate().map(|(row, id)| TargetVariant {
        id: serde_json::from_value(json!(uuid(100 + row))).unwrap(),
        refs: Refs::of([Ref::new(VARIANT, variant_id(*id))]),
    });
    Target {
        refs: Refs::of([Ref::new(PRODUCT, "gid://shopify/Product/1")]),
        variants: variants.collect(),
        ..Target::default()
    }
}

fn json_of(input: &ProductSetInput) -> Value {
    serde_json::to_value(input).unwrap()
}

fn sent_ids(input: &ProductSetInput) -> BTreeSet<String> {
    input.variants.iter().flatten().filter_map(|variant| variant.id.clone()).collect()
}

/// What the platform would show after it took `input`.
fn echo(input: &ProductSetInput) -> Value {
    let sent = json_of(input);
    let variants = sent["variants"].as_array().unwrap().iter().enumerate().map(|(nth, variant)| {
        let item = &variant["inventoryItem"];
        let options = variant["optionValues"].as_array().unwrap().iter();
        let options = options.map(|value| json!({"name": value["optionName"], "value": value["name"]}));
        json!({
            "id": variant_id(nth), "sku": variant["sku"], "barcode": variant["barcode"], "price": variant["price"],
            "compareAtPrice": variant["compareAtPrice"], "selectedOptions": options.collect::<Vec<_>>(),
            "inventoryItem": {"id": format!("gid://shopify/InventoryItem/{nth}"), "tracked": item["tracked"],
                "unitCost": {"amount": item["cost"], "currencyCode": "EUR"}, "measurement": item["measurement"],
                "harmonizedSystemCode": item["harmonizedSystemCode"],
                "countryCodeOfOrigin": item["countryCodeOfOrigin"]},
        })
    });
    let media = sent["files"].as_array().into_iter().flatten().enumerate().map(|(nth, file)| {
        json!({"id": format!("gid://shopify/MediaImage/{nth}"), "alt": file["alt"], "image": {"url": file["originalSource"]}})
    });
    let options = sent["productOptions"].as_array().unwrap().iter().map(|option| {
        let values: Vec<_> =
            option["values"].as_array().unwrap().iter().map(|value| value["name"].clone()).collect();
        json!({"name": option["name"], "values": values})
    });
    json!({
        "id": "gid://shopify/Product/1", "title": sent["title"], "descriptionHtml": sent["descriptionHtml"],
        "vendor": sent["vendor"], "productType": sent["productType"], "status": sent["status"], "tags": sent["tags"],
        "updatedAt": "2026-10-01T12:00:00Z", "category": {"id": sent["category"]},
        "options": options.collect::<Vec<_>>(),
        "media": {"nodes": media.collect::<Vec<_>>(), "pageInfo": {"hasNextPage": false}},
        "variants": {"nodes": variants.collect::<Vec<_>>(), "pageInfo": {"hasNextPage": false}},
    })
}

#[test]
fn what_is_sent_comes_back_as_it_was() {
    let wanted = listing(&["Red", "Blue"]);
    let sent = created(&wanted, &Staged::default(), &shop_facts()).unwrap();
    assert_eq!(sent.losses, []);
    let shown = read(&echo(&sent.value));
    assert_eq!(shown.state.lifecycle, Lifecycle::Draft);
    assert_eq!(shown.title.value(), Some(&wanted.title));
    assert_eq!(shown.description.value(), Some(&wanted.description));
    assert_eq!(shown.brand.value(), wanted.brand.as_ref());
    assert_eq!(shown.tags.value(), Some(&wanted.tags));
    assert_eq!(shown.categories.value(), Some(&wanted.categories));
    assert_eq!(shown.options.value(), Some(&wanted.options));
    let variants = shown.variants.value().unwrap();
    for (shown, wanted) in variants.iter().zip(&wanted.variants) {
        assert_eq!(shown.sku.value(), wanted.sku.as_ref());
        assert_eq!(shown.options, wanted.options);
        assert_eq!(
            shown.offer.value().map(|offer| (offer.price, offer.compare_at)),
            Some((wanted.offer.price, wanted.offer.compare_at))
        );
        assert_eq!(shown.codes.value().unwrap()[0].value, "4006381333931");
        assert_eq!(
            shown.weight.value().map(|weight| weight.value),
            wanted.shipping.weight.map(|weight| weight.value.normalize())
        );
        assert_eq!(shown.cost.value(), wanted.cost.as_ref());
        assert_eq!(shown.hs_code.value(), wanted.shipping.hs_code.as_ref());
        assert_eq!(shown.origin.value(), wanted.shipping.origin.as_ref());
    }
    assert_eq!(shown.media.value().unwrap()[0].alt.value().unwrap(), "A mug");
    // Placed by what a buyer chooses.
    let placed = places(&wanted.variants, &Target::default(), variants);
    assert_eq!(placed.len(), 2);
    assert_eq!(placed[1].1.get(&INVENTORY_ITEM), Some("gid://shopify/InventoryItem/1"));
}

#[test]
fn a_new_product_is_a_tracked_draft_without_stock() {
    let sent = json_of(&created(&listing(&["Red"]), &Staged::default(), &shop_facts()).unwrap().value);
    assert_eq!(sent["status"], "DRAFT");
    assert_eq!(sent["variants"][0]["inventoryItem"]["tracked"], true);
    assert_eq!(sent["variants"][0].get("inventoryQuantities"), None);
    assert_eq!(
        sent["variants"][0]["inventoryItem"]["measurement"]["weight"],
        json!({"unit": "KILOGRAMS", "value": 0.35})
    );
    assert_eq!(sent.get("handle"), None);
}

#[test]
fn a_product_without_options_has_the_platforms_own_and_none_of_ours() {
    let mut plain = listing(&["Red"]);
    plain.options.clear();
    plain.variants[0].options = Default::default();
    let sent = created(&plain, &Staged::default(), &shop_facts()).unwrap().value;
    assert_eq!(
        json_of(&sent)["productOptions"],
        json!([{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}])
    );
    let shown = read(&echo(&sent));
    assert_eq!(shown.options, Seen::Empty);
    assert!(shown.variants.value().unwrap()[0].options.is_empty());
    assert_eq!(places(&plain.variants, &Target::default(), shown.variants.value().unwrap()).len(), 1);
}

#[test]
fn plain_text_shows_the_same_characters() {
    let mut plain = listing(&["Red"]);
    plain.description = fusion_core::model::RichText::plain("a < b & c\nnext");
    let sent = json_of(&created(&plain, &Staged::default(), &shop_facts()).unwrap().value);
    assert_eq!(sent["descriptionHtml"], "a &lt; b &amp; c<br>next");
}

#[test]
fn what_the_platform_has_no_place_for_is_said() {
    let mut rich = listing(&["Red", "Blue"]);
    rich.bullets.push("Holds tea".to_owned());
    rich.locale = fusion_core::model::Locale("de".to_owned());
    rich.variants[0].codes.push(serde_json::from_value(json!({"kind": "mpn", "value": "X-1"})).unwrap());
    rich.variants[0].offer.sale =
        serde_json::from_value(json!({"price": "9.00 EUR", "to": 1_800_000_000_000_000_i64})).unwrap();
    rich.variants[1].offered = false;
    rich.categories.push(serde_json::from_value(json!({"scheme": "google", "value": "2169"})).unwrap());
    rich.media.push(
        serde_json::from_value(json!({"id": uuid(51), "source": "media:51", "role": "video"})).unwrap(),
    );
    let sent = created(&rich, &Staged::default(), &shop_facts()).unwrap();
    let mut paths: Vec<&str> = sent.losses.iter().map(|loss| loss.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "bullets",
            "categories[2]",
            "locale",
            "media[1]",
            "variants[0].codes[1]",
            "variants[0].offer.compare_at",
            "variants[0].offer.sale",
            "variants[1]",
        ]
    );
    assert!(sent.losses.iter().all(|loss| loss.kind == LossKind::Dropped || loss.path == "locale"));
    let sent = json_of(&sent.value);
    assert_eq!(
        (&sent["variants"][0]["price"], &sent["variants"][0]["compareAtPrice"]),
        (&json!("9.00"), &json!("12.50"))
    );
}

#[test]
fn a_price_in_another_currency_is_never_sent() {
    let mut foreign = listing(&["Red"]);
    foreign.variants[0].offer.price = "12.50 USD".parse().unwrap();
    let refused = created(&foreign, &Staged::default(), &shop_facts()).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.problems()[0].path.as_str()),
        (ErrorKind::InvalidInput, "variants[0].offer.price")
    );
}
