use super::{
    pictures::{file, files},
    *,
};
use crate::{
    LOSSES,
    manifest::{INVENTORY_ITEM, MEDIA, PRODUCT, VARIANT},
    wire::{input::ProductSetInput, product as wire, tests::specs},
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
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

mod table;

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

fn variant_id(nth: usize) -> String {
    format!("gid://shopify/ProductVariant/{nth}")
}

fn read(value: &Value) -> RemoteProduct {
    let read: wire::Product = serde_json::from_str(&value.to_string()).unwrap();
    product(read, &shop_facts(), &BTreeSet::new()).unwrap()
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
                "unitCost": {"amount": item["cost"], "currencyCode": "EUR"}, "measurement": item["measurement"]},
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
fn an_edit_of_selling_points_says_that_they_are_lost() {
    let edit: ListingEdit = serde_json::from_value(json!({"bullets": {"set": ["Holds tea"]}})).unwrap();
    let target = Target { refs: Refs::of([Ref::new(PRODUCT, "p")]), variants: Vec::new(), media: Vec::new() };
    let sent = edited(&edit, &Staged::default(), &target, None, &shop_facts()).unwrap();
    assert!(sent.value.product.is_none(), "nothing is called for it");
    assert_eq!(sent.losses.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["bullets"]);
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

// ---- the trap of productSet

#[test]
fn a_variant_that_isnt_ours_is_listed_again_and_named() {
    let wanted = listing(&["Red"]);
    let there = read(&live(&["Red", "Green"]));
    let repair = in_line(&wanted, &Staged::default(), &target(&[0]), &there, &shop_facts()).unwrap().value;
    assert_eq!(repair.kept, [(variant_id(1), "Green".to_owned())]);
    let sent = json_of(&repair.input);
    assert_eq!(
        sent["variants"][1],
        json!({"id": variant_id(1), "optionValues": [{"optionName": "Colour", "name": "Green"}]})
    );
    assert_eq!(sent["productOptions"][0]["values"], json!([{"name": "Red"}, {"name": "Green"}]));
    let strange = strangers(&wanted.variants, &target(&[0]), &there);
    assert_eq!((strange[0].id.as_str(), strange[0].name.as_str()), (variant_id(1).as_str(), "Green"));
    assert!(strange[0].fits(&wanted));
}

#[test]
fn a_variant_that_cant_stay_stops_the_change_and_is_named() {
    let mut wanted = listing(&["Red"]);
    wanted.options[0].name = "Color".to_owned();
    wanted.variants[0].options = [("Color", "Red")].into_iter().collect();
    let refused =
        in_line(&wanted, &Staged::default(), &target(&[0]), &read(&live(&["Red", "Green"])), &shop_facts())
            .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.problems()[0].message.contains("Green"));
}

#[test]
fn a_product_that_wasnt_read_whole_is_never_written() {
    let mut cut = live(&["Red", "Green"]);
    cut["variants"]["pageInfo"]["hasNextPage"] = json!(true);
    let there = read(&cut);
    assert_eq!(there.variants, Seen::NotRead);
    assert!(in_line(&listing(&["Red"]), &Staged::default(), &target(&[0]), &there, &shop_facts()).is_err());
}

#[test]
fn pictures_that_arent_ours_stay_and_unread_ones_are_left_alone() {
    let mut there = live(&["Red"]);
    there["media"]["nodes"] = json!([{"id": "gid://shopify/MediaImage/7", "alt": null, "image": null},
        {"id": "gid://shopify/MediaImage/8", "alt": null, "image": null}]);
    let mut ours = target(&[0]);
    let wanted = listing(&["Red"]);
    ours.media = vec![(wanted.media[0].id, Refs::of([Ref::new(MEDIA, "gid://shopify/MediaImage/7")]))];
    let sent = in_line(&wanted, &Staged::default(), &ours, &read(&there), &shop_facts()).unwrap().value.input;
    assert_eq!(
        json_of(&sent)["files"],
        json!([{"id": "gid://shopify/MediaImage/7", "alt": "A mug"}, {"id": "gid://shopify/MediaImage/8"}])
    );
    there["media"]["pageInfo"]["hasNextPage"] = json!(true);
    let cut = in_line(&wanted, &Staged::default(), &ours, &read(&there), &shop_facts()).unwrap();
    assert_eq!(json_of(&cut.value.input).get("files"), None);
    assert!(cut.losses.iter().any(|loss| loss.path == "media"));
}

#[test]
fn lists_that_are_not_ours_are_never_sent_in_a_repair() {
    let sent = json_of(
        &in_line(
            &listing(&["Red"]),
            &Staged::default(),
            &target(&[0]),
            &read(&live(&["Red"])),
            &shop_facts(),
        )
        .unwrap()
        .value
        .input,
    );
    for list in ["metafields", "collections"] {
        assert_eq!(sent.get(list), None, "{list}");
    }
}

proptest! {
    /// Whatever the listing names and whatever we know of it: each variant that exists is sent again.
    #[test]
    fn no_variant_is_ever_deleted_by_leaving_it_out(
        ours in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E"], 1..=5),
        theirs in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E"], 1..=5),
        known in proptest::collection::vec(0_usize..7, 0..5),
        hidden in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let mut wanted = listing(&ours);
        for (variant, hidden) in wanted.variants.iter_mut().zip(hidden) {
            variant.offered = !hidden;
        }
        let there = read(&live(&theirs));
        let sent = in_line(&wanted, &Staged::default(), &target(&known), &there, &shop_facts()).unwrap().value.input;
        let existing: BTreeSet<String> = (0..theirs.len()).map(variant_id).collect();
        prop_assert_eq!(sent_ids(&sent), existing);
        // And none is named twice.
        let named = sent.variants.iter().flatten().filter(|variant| variant.id.is_some()).count();
        prop_assert_eq!(named, theirs.len());
    }
}

// ---- reading

#[test]
fn the_channel_decides_whether_a_product_is_live() {
    let publications = |entries: Value| json!({"nodes": entries, "pageInfo": {"hasNextPage": false}});
    let here = json!([{"isPublished": true, "publication": {"id": "gid://shopify/Publication/1"}}]);
    let elsewhere = json!([{"isPublished": true, "publication": {"id": "gid://shopify/Publication/2"}}]);
    for (status, shown, expected) in [
        ("ACTIVE", Some(here.clone()), Lifecycle::Live),
        ("ACTIVE", Some(elsewhere), Lifecycle::Hidden),
        ("ACTIVE", None, Lifecycle::Live),
        ("UNLISTED", Some(here.clone()), Lifecycle::Live),
        ("DRAFT", Some(here.clone()), Lifecycle::Draft),
        ("ARCHIVED", Some(here.clone()), Lifecycle::Ended),
        ("TOMORROW", Some(here), Lifecycle::Unknown("TOMORROW".to_owned())),
    ] {
        let mut there = live(&["Red"]);
        there["status"] = json!(status);
        if let Some(shown) = shown {
            there["resourcePublicationsV2"] = publications(shown);
        }
        assert_eq!(read(&there).state.lifecycle, expected, "{status}");
    }
}

#[test]
fn stock_is_read_by_location_and_means_nothing_when_it_isnt_tracked() {
    let levels = json!({"nodes": [{"location": {"id": "gid://shopify/Location/1"},
        "quantities": [{"name": "available", "quantity": -2}]}], "pageInfo": {"hasNextPage": false}});
    let mut there = live(&["Red"]);
    there["variants"]["nodes"][0]["inventoryItem"]["inventoryLevels"] = levels;
    let quantity =
        |there: &Value| read(there).variants.value().unwrap()[0].levels.value().unwrap()[0].quantity;
    assert_eq!(quantity(&there), Quantity::Counted(-2));
    there["variants"]["nodes"][0]["inventoryItem"]["tracked"] = json!(false);
    assert_eq!(quantity(&there), Quantity::Untracked);
    there["variants"]["nodes"][0]["inventoryItem"]["inventoryLevels"]["pageInfo"]["hasNextPage"] =
        json!(true);
    assert_eq!(read(&there).variants.value().unwrap()[0].levels, Seen::NotRead);
}

#[test]
fn a_hidden_cost_is_withheld_and_a_missing_one_is_empty() {
    let there = live(&["Red"]);
    let cost = |hidden: &[&str]| {
        let wire: wire::Product = serde_json::from_str(&there.to_string()).unwrap();
        let hidden = hidden.iter().map(|field| (*field).to_owned()).collect();
        product(wire, &shop_facts(), &hidden).unwrap().variants.value().unwrap()[0].cost.clone()
    };
    assert_eq!(cost(&[]), Seen::Empty);
    assert!(matches!(cost(&["unitCost"]), Seen::Withheld(_)));
}

#[test]
fn an_unreadable_amount_names_its_field() {
    let mut there = live(&["Red"]);
    there["variants"]["nodes"][0]["price"] = json!("12,50");
    let wire: wire::Product = serde_json::from_str(&there.to_string()).unwrap();
    let refused = product(wire, &shop_facts(), &BTreeSet::new()).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.problems()[0].path.as_str()),
        (ErrorKind::Protocol, "variants[0].price")
    );
}

/// Recorded products, read with our types; only page ends are added, which those requests didn't ask for.
#[test]
fn recorded_products_are_read() {
    let Some(folder) = specs() else { return };
    let mut variants = 0;
    for (file, pointer) in [
        ("product-set-parity", "/mutation/response/data/productSet/product"),
        ("product-update-parity", "/mutation/response/data/productUpdate/product"),
        ("product-variants-bulk-create-parity", "/downstreamRead/data/product"),
        ("product-set-async-operation-parity", "/operationRead/response/data/productOperation/product"),
        ("products-catalog-page.b", "/data/products/edges/0/node"),
    ] {
        let path = folder.join(format!("fixtures/2025-01.products.{file}.json"));
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut value =
            recorded.pointer(pointer).unwrap_or_else(|| panic!("{file} holds no {pointer}")).clone();
        end_pages(&mut value);
        let read = read(&value);
        assert_eq!(id(&read.refs), value["id"].as_str().unwrap(), "{file}");
        assert_eq!(read.title.value().map(String::as_str), value["title"].as_str(), "{file}");
        for (nth, variant) in read.variants.value().into_iter().flatten().enumerate() {
            let recorded = &value["variants"]["nodes"][nth];
            assert_eq!(id(&variant.refs), recorded["id"].as_str().unwrap(), "{file}");
            let price = variant.offer.value().map(|offer| offer.price.amount().to_string());
            assert_eq!(price.as_deref(), recorded["price"].as_str(), "{file}");
            variants += 1;
        }
    }
    assert!(variants > 3, "the recordings hold variants");
}

fn id(refs: &Refs) -> &str {
    &refs.current()[0].id
}

fn end_pages(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("nodes") && !fields.contains_key("pageInfo") {
                fields.insert("pageInfo".to_owned(), json!({"hasNextPage": false}));
            }
            fields.values_mut().for_each(end_pages);
        }
        Value::Array(entries) => entries.iter_mut().for_each(end_pages),
        _ => {}
    }
}

#[test]
fn a_page_without_its_end_is_unreadable() {
    let mut there = live(&["Red"]);
    there["variants"].as_object_mut().unwrap().remove("pageInfo");
    assert!(serde_json::from_str::<wire::Product>(&there.to_string()).is_err());
}

// ---- edits

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

#[test]
fn an_edit_sends_what_it_names_and_nothing_else() {
    let there = read(&live(&["Red", "Green"]));
    let change = edit(json!({"title": {"set": "Cup"}, "tags": "clear",
        "variants": [[uuid(101), {"price": {"set": "13.00 EUR"}, "sku": "clear"}]]}));
    let calls =
        edited(&change, &Staged::default(), &target(&[0, 1]), Some(&there), &shop_facts()).unwrap().value;
    assert_eq!(
        serde_json::to_value(&calls.product).unwrap(),
        json!({"id": "gid://shopify/Product/1", "title": "Cup", "tags": []})
    );
    assert_eq!(
        serde_json::to_value(&calls.variants).unwrap(),
        json!([{"id": variant_id(1), "price": "13.00", "inventoryItem": {"sku": null}}])
    );
    assert!(calls.files.is_none() && calls.add.is_empty() && calls.remove.is_empty());
}

#[test]
fn a_reduction_strikes_the_full_price_through_and_gives_it_back() {
    let mut there = live(&["Red"]);
    let change = |there: &Value, change: Value| {
        let change = edit(json!({"variants": [[uuid(100), {"sale": change}]]}));
        let calls = edited(&change, &Staged::default(), &target(&[0]), Some(&read(there)), &shop_facts())
            .unwrap()
            .value;
        let sent = serde_json::to_value(&calls.variants[0]).unwrap();
        (sent["price"].clone(), sent["compareAtPrice"].clone())
    };
    assert_eq!(change(&there, json!({"set": {"price": "9.00 EUR"}})), (json!("9.00"), json!("12.50")));
    there["variants"]["nodes"][0]["price"] = json!("9.00");
    there["variants"]["nodes"][0]["compareAtPrice"] = json!("12.50");
    assert_eq!(change(&there, json!({"set": {"price": "8.00 EUR"}})), (json!("8.00"), json!("12.50")));
    assert_eq!(change(&there, json!("clear")), (json!("12.50"), Value::Null));
}

#[test]
fn a_struck_through_price_beside_a_reduction_is_said_to_be_lost_and_shown_once_it_ends() {
    let there = read(&live(&["Red"]));
    let change = |sale: Value| {
        let both = json!({"sale": sale, "compare_at": {"set": "15.00 EUR"}});
        let change = edit(json!({"variants": [[uuid(100), both]]}));
        let sent = edited(&change, &Staged::default(), &target(&[0]), Some(&there), &shop_facts()).unwrap();
        let lost: Vec<String> = sent.losses.iter().map(|loss| loss.path.clone()).collect();
        (serde_json::to_value(&sent.value.variants[0]).unwrap()["compareAtPrice"].clone(), lost)
    };
    let (shown, lost) = change(json!({"set": {"price": "9.00 EUR"}}));
    assert_eq!((shown, lost), (json!("12.50"), vec!["variants[0].compare_at".to_owned()]));
    assert_eq!(change(json!("clear")), (json!("15.00"), vec![]));
}

#[test]
fn a_preview_names_the_media_that_an_edit_loses() {
    let mut media = vec![serde_json::to_value(&listing(&["Red"]).media[0]).unwrap()];
    media.push(json!({"id": uuid(51), "source": "media:51", "role": "video"}));
    let change = edit(json!({"media": {"set": media}}));
    let there = read(&live(&["Red"]));
    for live in [None, Some(&there)] {
        let sent = edited(&change, &Staged::default(), &target(&[0]), live, &shop_facts()).unwrap();
        let lost: Vec<&str> = sent.losses.iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(lost, ["media[1]"], "read: {}", live.is_some());
    }
}

#[test]
fn an_edit_of_a_variant_that_was_never_placed_is_refused() {
    let change = edit(json!({"remove": [uuid(140)]}));
    let refused = edited(&change, &Staged::default(), &target(&[0]), None, &shop_facts()).unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].path.as_str()), (ErrorKind::InvalidInput, "remove[0]"));
}

// ---- what reviewers compare

#[test]
fn a_snapshot_meets_the_changes_own_writes_after_it_ran() {
    let wanted = listing(&["Red"]);
    let fields = listing_fields(&wanted, &Lifecycle::Draft);
    let sent = created(&wanted, &Staged::default(), &shop_facts()).unwrap().value;
    let mut after = target(&[0]);
    after.variants.truncate(1);
    assert_eq!(shown(&read(&echo(&sent)), &after, fields.keys()), fields);
}

#[test]
fn drift_compares_what_the_platform_can_show() {
    let mut wanted = listing(&["Red"]);
    wanted.description = fusion_core::model::RichText::plain("a & b");
    wanted.variants[0].offer.sale = serde_json::from_value(json!({"price": "9.00 EUR"})).unwrap();
    let there = read(&echo(&created(&wanted, &Staged::default(), &shop_facts()).unwrap().value));
    assert_eq!(fusion_core::plugin::differences(&as_shown(&wanted), &target(&[0]), &there), []);
}

#[test]
fn only_addresses_that_can_be_fetched_are_named_to_the_platform() {
    let media = |source: &str| {
        serde_json::from_value(json!({"id": uuid(9), "source": source, "role": "gallery"})).unwrap()
    };
    let named = |media: &Media, staged: &Staged| file(media, staged).unwrap().original_source;
    let nothing = Staged::default();
    assert_eq!(named(&media("https://a.example/1.png"), &nothing).unwrap(), "https://a.example/1.png");
    for source in ["file:///etc/passwd", "media:9", "", "javascript:1"] {
        assert_eq!(named(&media(source), &nothing), None, "{source}");
        let mut staged = Staged::default();
        staged.put(media(source).id, Hash::of(b"1"), Some("https://staged.example/1".to_owned()));
        assert_eq!(named(&media(source), &staged).unwrap(), "https://staged.example/1", "{source}");
    }
    let mut losses = Losses::default();
    let none = files(&[], &Staged::default(), &Target::default(), &Seen::Value(Vec::new()), &mut losses);
    assert!(none.is_none());
}
