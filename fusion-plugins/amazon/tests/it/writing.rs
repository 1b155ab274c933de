//! Listings, edits and stock on their way to the platform.

use crate::{
    fixture::{body, bytes, japan, listing, lost, read, shown, store, us, uuid, with_extras},
    listings::row,
};
use fusion_core::{
    error::{Error, ErrorKind},
    model::{ListingEdit, Ref, Refs, RemoteProduct, RichText, StoreFacts},
    plugin::{Target, TargetVariant},
};
use fusion_plugin_amazon::{
    convert::{Against, Call, ListingPart, ProductType, Write, created, edited, families, item, stock_write},
    kinds::SKU,
};
use serde_json::{Value, json};

fn paths(error: &Error) -> Vec<(&str, &str)> {
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.problems().iter().map(|problem| (problem.path.as_str(), problem.code.as_str())).collect()
}

fn skus(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.sku.as_str()).collect()
}

pub(crate) fn schema() -> Option<ProductType> {
    Some(ProductType::parse(&bytes(&read("product-type-schema.illustrative.json")?)).unwrap())
}

/// The family of `listing` as the platform shows it once it was written.
pub(crate) fn live(calls: &[Call], facts: &StoreFacts) -> RemoteProduct {
    let children: Vec<&str> = calls.iter().skip(1).map(|call| call.sku.as_str()).collect();
    let listed = calls
        .iter()
        .map(|call| item(&bytes(&shown(call, facts, &children)), &ListingPart::ALL, facts).unwrap().value);
    let mut families = families(listed.collect()).unwrap().value;
    assert!(families.partial.is_empty(), "{families:?}");
    families.whole.remove(0)
}

#[test]
fn a_family_of_thirty_is_one_parent_and_thirty_children() {
    let colours: Vec<String> = (0..30).map(|nth| format!("Colour {nth}")).collect();
    let colours: Vec<&str> = colours.iter().map(String::as_str).collect();
    let calls = created(&listing(&colours), &us(), None).unwrap();
    assert!(calls.losses.is_empty(), "{:?}", calls.losses);
    let calls = calls.value;
    assert_eq!((calls.len(), calls[0].sku.as_str()), (31, "MUG"));
    let bodies: Vec<Value> = calls.iter().map(body).collect();
    let parent = &bodies[0]["attributes"];
    assert_eq!(bodies[0]["requirements"], "LISTING_PRODUCT_ONLY");
    assert_eq!(parent["parentage_level"][0]["value"], "parent");
    for nothing in ["purchasable_offer", "fulfillment_availability", "externally_assigned_product_identifier"]
    {
        assert!(parent.get(nothing).is_none(), "a parent has no {nothing}");
    }
    let child = &bodies[30]["attributes"];
    assert_eq!(child["child_parent_sku_relationship"][0]["parent_sku"], "MUG");
    assert_eq!(child["color"][0]["value"], "Colour 29");
    assert_eq!(
        child["purchasable_offer"],
        json!([{"marketplace_id": "ATVPDKIKX0DER", "currency": "USD", "audience": "ALL",
            "our_price": [{"schedule": [{"value_with_tax": 12.50}]}]}])
    );
    assert!(calls[30].body.contains(r#""value_with_tax":12.50}"#), "digits as they are: {}", calls[30].body);
    assert_eq!(
        child["fulfillment_availability"],
        json!([{"fulfillment_channel_code": "DEFAULT", "quantity": 0}])
    );
    assert_eq!(child["item_name"][0]["language_tag"], "en_US", "the store's region");
}

#[test]
fn one_variant_is_one_sku_without_a_parent() {
    let calls = created(&listing(&["Red"]), &us(), None).unwrap().value;
    assert_eq!(skus(&calls), ["MUG-0"]);
    let attributes = &body(&calls[0])["attributes"];
    assert!(attributes.get("parentage_level").is_none());
    assert_eq!(attributes["color"][0]["value"], "Red");
}

#[test]
fn the_product_types_schema_refuses_before_anything_is_sent() {
    let Some(schema) = schema() else { return };
    let sent = created(&listing(&["Red", "Blue"]), &us(), Some(&schema)).unwrap().value;
    assert_eq!(sent.len(), 3, "a good one passes");
    let mut bad = listing(&["Red", "Blue"]);
    bad.brand = None;
    bad.title = "M".repeat(201);
    bad.description = RichText::plain("é".repeat(1_001));
    bad.bullets = (0..6).map(|nth| format!("Point {nth}")).collect();
    bad.variants[1].shipping.origin = Some("FR".to_owned());
    with_extras(&mut bad, |extras| {
        extras.condition = Some("used_like_nothing".to_owned());
        extras.variation_theme = Some("MATERIAL".to_owned());
        extras
            .attributes
            .insert("supplier_declared_dg_hz_regulation".to_owned(), r#"[{"value":"boom"}]"#.to_owned());
    });
    let refused = created(&bad, &us(), Some(&schema)).unwrap_err();
    let mut found = paths(&refused);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("brand", "required"),
            ("bullets", "too_many"),
            ("description", "too_long"),
            (
                "extensions.amazon.listing.attributes.supplier_declared_dg_hz_regulation[0].value",
                "not_allowed"
            ),
            ("extensions.amazon.listing.condition", "not_allowed"),
            ("extensions.amazon.listing.variation_theme", "not_allowed"),
            ("title", "too_long"),
            ("variants[1].shipping.origin", "not_allowed"),
        ]
    );
}

#[test]
fn what_the_platform_can_never_take_is_refused_at_once_with_every_path() {
    let mut bad = listing(&["Red", "Blue", "Green", "Grey", "Black"]);
    bad.nature = fusion_core::model::Nature::Digital;
    bad.variants[0].sku = None;
    bad.variants[1].sku = Some(" MUG-1".to_owned());
    bad.variants[2].sku = Some("MUG-4".to_owned());
    bad.variants[3].sku = Some("M".repeat(41));
    bad.variants[0].codes.clear();
    bad.variants[1].offer.price = "12.50 EUR".parse().unwrap();
    bad.variants[2].offer.price = "12.505 USD".parse().unwrap();
    bad.variants[3].counted = false;
    bad.variants[4].offer.sale = serde_json::from_value(json!({"price": "9.00 USD"})).unwrap();
    with_extras(&mut bad, |extras| {
        extras.variation_theme = None;
        extras.options.clear();
        extras.attributes.insert("material".to_owned(), "clay".to_owned());
    });
    let refused = created(&bad, &us(), None).unwrap_err();
    let mut found = paths(&refused);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("extensions.amazon.listing.attributes.material", "unreadable"),
            ("extensions.amazon.listing.options.Colour", "required"),
            ("extensions.amazon.listing.variation_theme", "required"),
            ("nature", "refused"),
            ("variants[0].codes", "required"),
            ("variants[0].sku", "required"),
            ("variants[1].offer.price", "foreign_currency"),
            ("variants[1].sku", "blank"),
            ("variants[2].offer.price", "too_precise"),
            ("variants[3].counted", "refused"),
            ("variants[3].sku", "too_long"),
            ("variants[4].offer.sale", "window"),
            ("variants[4].sku", "repeated"),
        ]
    );
    let mut untyped = listing(&["Red"]);
    untyped.extensions = Default::default();
    let untyped = created(&untyped, &us(), None).unwrap_err();
    assert_eq!(paths(&untyped), [("extensions.amazon.listing", "required")]);
}

#[test]
fn a_currency_without_decimals_is_written_without() {
    let mut yen = listing(&["Red"]);
    yen.variants[0].offer.price = "10000 JPY".parse().unwrap();
    let calls = created(&yen, &japan(), None).unwrap();
    assert!(calls.value[0].body.contains(r#""value_with_tax":10000}"#), "{}", calls.value[0].body);
    assert_eq!(lost(&calls.losses), ["locale", "variants[0].offer.tax"]);
    yen.variants[0].offer.price = "10000.5 JPY".parse().unwrap();
    assert_eq!(
        paths(&created(&yen, &japan(), None).unwrap_err()),
        [("variants[0].offer.price", "too_precise")]
    );
    let dinars = store("ARBP9OOSHTCHU", "KWD", "unknown", "en");
    yen.variants[0].offer.price = "1.234 KWD".parse().unwrap();
    assert!(created(&yen, &dinars, None).unwrap().value[0].body.contains(r#""value_with_tax":1.234}"#));
}

#[test]
fn what_amazon_ships_is_made_without_a_quantity() {
    let mut fba = listing(&["Red"]);
    fba.variants[0].counted = false;
    with_extras(&mut fba, |extras| extras.channel = Some("AMAZON_NA".to_owned()));
    let calls = created(&fba, &us(), None).unwrap().value;
    let availability = &body(&calls[0])["attributes"]["fulfillment_availability"];
    assert_eq!(*availability, json!([{"fulfillment_channel_code": "AMAZON_NA"}]));
}

#[test]
fn a_variant_that_is_not_on_offer_is_made_without_one() {
    let mut quiet = listing(&["Red", "Blue"]);
    quiet.variants[1].offered = false;
    let calls = created(&quiet, &us(), None).unwrap().value;
    let body = body(&calls[2]);
    assert_eq!(body["requirements"], "LISTING_PRODUCT_ONLY");
    assert!(body["attributes"].get("purchasable_offer").is_none());
}

#[test]
fn html_becomes_words() {
    let mut rich = listing(&["Red"]);
    rich.description =
        RichText::html("<p>A <b>fine</b> mug &amp; more</p><ul><li>for tea</li></ul><br/>1 &lt; 2");
    let calls = created(&rich, &us(), None).unwrap();
    let text = body(&calls.value[0])["attributes"]["product_description"][0]["value"].clone();
    assert_eq!(text, "A fine mug & more\n- for tea\n\n1 < 2");
    assert_eq!(lost(&calls.losses), ["description"]);
}

#[test]
fn a_stock_change_merges_and_names_the_channel() {
    let call = stock_write(&row(None)).unwrap();
    assert_eq!((call.sku.as_str(), call.write), ("MUG-1", Write::Patch));
    assert_eq!(
        body(&call),
        json!({"productType": "PRODUCT", "patches": [{"op": "merge", "path": "/attributes/fulfillment_availability",
            "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 9}]}]})
    );
    let nameless = stock_write(&fusion_core::model::StockRow { refs: Refs::default(), ..row(None) });
    assert_eq!(paths(&nameless.unwrap_err()), [("refs", "required")]);
}

fn refs(sku: &str) -> Refs {
    Refs::of([Ref::new(SKU, sku)])
}

fn target(parent: &str, rows: &[&str]) -> Target {
    let row = |(nth, sku): (usize, &&str)| TargetVariant {
        id: serde_json::from_value(json!(uuid(100 + nth))).unwrap(),
        refs: refs(sku),
    };
    Target { refs: refs(parent), variants: rows.iter().enumerate().map(row).collect(), ..Target::default() }
}

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

#[test]
fn what_all_share_is_patched_on_every_sku_and_the_rest_on_its_own() {
    let listing = listing(&["Red", "Blue"]);
    let live = live(&created(&listing, &us(), None).unwrap().value, &us());
    let target = target("MUG", &["MUG-0", "MUG-1"]);
    let of = Against { target: &target, live: Some(&live), schema: None };
    let change = edit(json!({
        "title": {"set": "Cup"}, "brand": "clear", "bullets": {"set": ["One"]},
        "media": {"set": [{"id": uuid(60), "source": "https://pictures.example/9.jpg", "role": "gallery"}]},
        "categories": {"set": [{"scheme": "amazon.browse", "value": "289814"}]},
        "variants": [[uuid(101), {"price": {"set": "13.00 USD"}, "weight": "clear", "origin": {"set": "PT"},
            "codes": {"set": [{"kind": "gtin", "value": "036000291452"}]}}]],
        "remove": [uuid(100)],
    }));
    let calls = edited(&change, &of, &us()).unwrap();
    assert_eq!(lost(&calls.losses), ["media"]);
    let calls = calls.value;
    let order: Vec<(&str, Write)> = calls.iter().map(|call| (call.sku.as_str(), call.write)).collect();
    assert_eq!(order, [("MUG", Write::Patch), ("MUG-1", Write::Patch), ("MUG-0", Write::Delete)]);
    let parent = body(&calls[0]);
    assert_eq!(parent["productType"], "EXAMPLE_MUG");
    let patches = |body: &Value| -> Vec<(String, String)> {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        body["patches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|patch| (word(&patch["op"]), word(&patch["path"])))
            .collect()
    };
    let of_all = [
        ("replace", "item_name"),
        ("replace", "bullet_point"),
        ("delete", "brand"),
        ("replace", "recommended_browse_nodes"),
        ("delete", "item_type_keyword"),
        ("replace", "main_product_image_locator"),
        ("delete", "other_product_image_locator_1"),
    ];
    let named = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(op, name)| ((*op).to_owned(), format!("/attributes/{name}"))).collect()
    };
    assert_eq!(patches(&parent), named(&of_all));
    let own = [
        ("merge", "purchasable_offer"),
        ("replace", "externally_assigned_product_identifier"),
        ("delete", "part_number"),
        ("delete", "item_package_weight"),
        ("replace", "country_of_origin"),
    ];
    assert_eq!(patches(&body(&calls[1])), named(&[of_all.as_slice(), own.as_slice()].concat()));
    body(&calls[2]);
}

#[test]
fn a_price_alone_needs_no_product_type() {
    let target = target("MUG-0", &["MUG-0"]);
    let of = Against { target: &target, live: None, schema: None };
    let change = edit(json!({"variants": [[uuid(100), {"price": {"set": "13.00 USD"}, "sale": {"set":
        {"price": "10.00 USD", "from": 1_790_000_000_000_000_i64, "to": 1_795_000_000_000_000_i64}}}]]}));
    let calls = edited(&change, &of, &us()).unwrap().value;
    let body = body(&calls[0]);
    assert_eq!((calls.len(), &body["productType"]), (1, &json!("PRODUCT")));
    let offer = &body["patches"][0]["value"][0];
    assert_eq!(offer["discounted_price"][0]["schedule"][0]["start_at"], "2026-09-21T14:13:20Z");
    let title = edit(json!({"title": {"set": "Cup"}}));
    let unread = edited(&title, &of, &us()).unwrap_err();
    assert_eq!(paths(&unread), [("extensions.amazon.listing", "not_read")]);
}

#[test]
fn a_reduction_goes_by_writing_the_price_anew() {
    let listing = listing(&["Red"]);
    let live = live(&created(&listing, &us(), None).unwrap().value, &us());
    let target = target("MUG-0", &["MUG-0"]);
    let change = edit(json!({"variants": [[uuid(100), {"sale": "clear"}]]}));
    let calls =
        edited(&change, &Against { target: &target, live: Some(&live), schema: None }, &us()).unwrap();
    assert_eq!(lost(&calls.losses), ["variants[0].sale"]);
    let patch = &body(&calls.value[0])["patches"][0];
    assert_eq!((&patch["op"], &patch["path"]), (&json!("replace"), &json!("/attributes/purchasable_offer")));
    assert_eq!(patch["value"][0]["our_price"][0]["schedule"][0]["value_with_tax"], 12.5);
    let blind = edited(&change, &Against { target: &target, live: None, schema: None }, &us()).unwrap_err();
    assert_eq!(paths(&blind), [("variants[0].sale", "not_read")]);
}

#[test]
fn an_edit_that_cannot_be_is_refused_with_its_path() {
    let target = target("MUG-0", &["MUG-0"]);
    let of = Against { target: &target, live: None, schema: None };
    let check = |value: Value, wanted: &[(&str, &str)]| {
        let refused = edited(&edit(value), &of, &us()).unwrap_err();
        assert_eq!(paths(&refused), wanted);
    };
    let variant = |change: Value| json!({"variants": [[uuid(100), change]]});
    check(variant(json!({"sku": {"set": "CUP-0"}})), &[("variants[0].sku", "refused")]);
    check(variant(json!({"sku": "clear"})), &[("variants[0].sku", "refused")]);
    check(variant(json!({"price": "clear"})), &[("variants[0].price", "required")]);
    check(variant(json!({"price": {"set": "1.00 EUR"}})), &[("variants[0].price", "foreign_currency")]);
    check(variant(json!({"offered": {"set": true}})), &[("variants[0].price", "required")]);
    check(variant(json!({"sale": {"set": {"price": "1.00 USD"}}})), &[("variants[0].sale", "window")]);
    check(json!({"variants": [[uuid(999), {}]]}), &[("variants[0]", "not_there")]);
    check(json!({"remove": [uuid(999)]}), &[("remove[0]", "not_there")]);
    let new = json!(listing(&["Red"]).variants[0]);
    check(json!({"add": [new]}), &[("add", "not_read")]);
    let hidden = edited(&edit(variant(json!({"offered": {"set": false}}))), &of, &us()).unwrap().value;
    assert_eq!(body(&hidden[0])["patches"][0]["op"], "delete");
}

#[test]
fn a_family_grows_by_a_child_that_shares_what_is_there() {
    let listing = listing(&["Red", "Blue"]);
    let live = live(&created(&listing, &us(), None).unwrap().value, &us());
    let schema = schema();
    let target = target("MUG", &["MUG-0", "MUG-1"]);
    let of = Against { target: &target, live: Some(&live), schema: schema.as_ref() };
    let mut new = crate::fixture::listing(&["x", "y", "Green"]).variants.remove(2);
    let change =
        |new: &fusion_core::model::NewListingVariant| edit(json!({"title": {"set": "Cup"}, "add": [new]}));
    let calls = edited(&change(&new), &of, &us()).unwrap().value;
    let added = calls.last().unwrap();
    assert_eq!((added.sku.as_str(), added.write), ("MUG-2", Write::Put));
    let attributes = &body(added)["attributes"];
    assert_eq!(attributes["item_name"][0]["value"], "Cup", "as it will be");
    assert_eq!(attributes["brand"][0]["value"], "Acme", "as it is");
    assert_eq!(attributes["color"][0]["value"], "Green");
    assert_eq!(attributes["child_parent_sku_relationship"][0]["parent_sku"], "MUG");
    new.sku = Some("MUG".to_owned());
    assert_eq!(paths(&edited(&change(&new), &of, &us()).unwrap_err()), [("add[0].sku", "repeated")]);
}
