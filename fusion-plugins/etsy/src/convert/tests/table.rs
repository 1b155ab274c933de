//! The table of losses: each row happens.

use super::{editing, facts, inventory, listing, read, shown, stock_row, uuid, variant};
use crate::{
    LOSSES,
    convert::{self, Beside, Choices, created, order, product, stock},
};
use fusion_core::model::{Loss, LossSubject};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn media(nth: usize, role: &str) -> Value {
    json!({ "id": uuid(nth), "source": "https://a.test/1.jpg", "role": role, "alt": "x".repeat(501) })
}

fn pictures() -> Value {
    (0..21).map(|nth| media(nth, "gallery")).chain([media(21, "video"), media(22, "download")]).collect()
}

fn tags() -> Value {
    (0..14).map(|nth| format!("tag {nth}")).chain(["a, b".to_owned()]).collect()
}

fn foreign_category() -> Value {
    json!([{ "scheme": "google", "value": "7" }, { "scheme": "etsy", "value": "1633" }])
}

/// A variant with everything that the platform has no field for.
fn rich(nth: usize, size: &str) -> Value {
    let mut value = variant(nth, &[("Size", size)], Some(size), "9.00 EUR");
    value["offer"]["compare_at"] = json!("12.00 EUR");
    value["offer"]["sale"] = json!({ "price": "8.00 EUR" });
    value["offer"]["tax"] = json!("net");
    value["cost"] = json!("2.00 EUR");
    value["codes"] = json!([{ "kind": "gtin", "value": "4006381333931" }]);
    value["shipping"] =
        json!({ "weight": { "value": nth.to_string(), "unit": "gram" }, "hs_code": "6912", "origin": "DE" });
    value["media"] = json!(uuid(1));
    value
}

fn of_listings() -> Vec<Loss> {
    let mut hidden = variant(3, &[("Size", "L")], None, "9.00 EUR");
    hidden["offered"] = json!(false);
    let mut value = listing(&[rich(1, "S"), rich(2, "M"), hidden]);
    value["title"] = json!("x".repeat(141));
    value["description"] = json!({ "format": "html", "text": "<p>A mug.</p>" });
    value["bullets"] = json!(["Big"]);
    value["brand"] = json!("Ours");
    value["locale"] = json!("de");
    value["nature"] = json!("service");
    value["tags"] = tags();
    value["categories"] = foreign_category();
    value["media"] = pictures();
    let new = super::new_listing(&value);
    let mut losses = created(&new, &[], &facts()).unwrap().losses;
    let pooled =
        [(1, 800), (2, 801), (3, 800)].map(|(nth, pool)| stock_row(nth, &json!({}), 1_000, Some(pool)));
    losses.extend(created(&new, &pooled, &facts()).unwrap().losses);
    value["nature"] = json!("digital");
    value["variants"][0]["counted"] = json!(false);
    losses.extend(created(&super::new_listing(&value), &[], &facts()).unwrap().losses);
    // No value has ids yet.
    let live = read(&inventory(&[shown(1, &[(513, "Size", "S")], "S", 5, 900, true)], &[]));
    let refs = json!({ "current": [{ "kind": "choice", "id": "9/513=S" }] });
    let target = json!({ "refs": {}, "variants": [{ "id": uuid(1), "refs": refs }] });
    let target = serde_json::from_value(target).unwrap();
    losses.extend(convert::variation_images(&new, &live, &target).unwrap().losses);
    losses
}

fn of_edits() -> Vec<Loss> {
    let live = inventory(
        &[("S", 1), ("M", 3), ("L", 5)]
            .map(|(size, id)| shown(id, &[(513, "Size", size)], size, 5, 900, true)),
        &[513],
    );
    let change = json!({
        "compare_at": { "set": "12.00 EUR" }, "sale": "clear", "codes": "clear",
        "weight": { "set": { "value": "3", "unit": "gram" } }, "cost": { "set": "3.00 EUR" },
        "hs_code": { "set": "691200" }, "origin": "clear", "media": "clear",
    });
    let edit = json!({
        "title": { "set": "x".repeat(141) }, "description": { "set": { "format": "html", "text": "<b>A</b>" } },
        "bullets": { "set": ["Big"] }, "brand": "clear", "tags": { "set": tags() }, "categories": { "set": foreign_category() },
        "media": { "set": pictures() }, "add": [rich(9, "XL")],
        "variants": [[uuid(1), change], [uuid(2), { "offered": "clear", "sku": "clear" }]],
    });
    let bullets = json!({ "bullets": "clear" });
    [editing::apply(&edit, &live).unwrap().1, editing::apply(&bullets, &live).unwrap().1].concat()
}

fn of_stock() -> Vec<Loss> {
    let live = read(&inventory(
        &[("S", 1), ("M", 3)].map(|(size, id)| shown(id, &[(513, "Size", size)], size, 5, 900, true)),
        &[],
    ));
    let row = |nth: usize, size: &str, available: u32| {
        let refs = json!({ "current": [{ "kind": "choice", "id": format!("9/513={size}") }] });
        stock_row(nth, &refs, available, Some(800 + nth))
    };
    let mut losses = stock(&[row(1, "S", 1_000), row(2, "M", 3)], &live).unwrap().losses;
    losses.extend(stock(&[row(1, "S", 0), row(2, "M", 0)], &live).unwrap().losses);
    losses
}

fn of_products() -> Vec<Loss> {
    let filler = shown(1, &[(513, "Size", "S")], "", 0, 900, false);
    let told = json!({
        "listing_id": 9, "inventory": inventory(&[filler], &[]), "listing_type": "hologram", "item_weight": 3,
        "item_weight_unit": "stone", "item_length": 4, "language": "de", "videos": [{}], "file_data": "1 PDF",
        "personalization": {}, "ecgt_commercial_guarantee_enabled": true,
        "translations": { "fr": { "title": "Tasse" }, "it": null },
    });
    product(&read(&told), Beside::default(), &facts()).unwrap().losses
}

fn of_orders() -> Vec<Loss> {
    let euro = json!({ "amount": 100, "divisor": 100, "currency_code": "EUR" });
    let mut receipt = super::receipts::receipt();
    receipt["refunds"] = json!([{ "amount": euro, "created_timestamp": 7, "status": "settled" }]);
    let line = &mut receipt["transactions"][0];
    (line["shipping_cost"], line["buyer_coupon"], line["shop_coupon"]) = (euro, json!(0.5), json!(1));
    order(&read(&receipt)).unwrap().losses
}

fn of_stores() -> Vec<Loss> {
    let shop = |languages: Value| {
        let told = json!({ "shop_id": 2, "user_id": 1, "shop_name": "M", "currency_code": "EUR", "languages": languages });
        convert::facts(&read(&told), Choices::default()).unwrap().losses
    };
    [shop(json!([])), shop(json!(["de", "fr"]))].concat()
}

#[test]
fn every_row_happens_and_every_loss_has_a_row() {
    let all = [
        (LossSubject::Listing, of_listings()),
        (LossSubject::Edit, of_edits()),
        (LossSubject::Stock, of_stock()),
        (LossSubject::Product, of_products()),
        (LossSubject::Order, of_orders()),
        (LossSubject::Store, of_stores()),
    ];
    let mut happened = BTreeSet::new();
    for (subject, losses) in &all {
        for loss in losses {
            let at = LOSSES.iter().position(|row| row.subject == *subject && row.names(loss));
            happened
                .insert(at.unwrap_or_else(|| panic!("no row of the table stands for {subject:?} {loss:?}")));
        }
    }
    let never: Vec<_> =
        LOSSES.iter().enumerate().filter(|(nth, _)| !happened.contains(nth)).map(|(_, row)| row).collect();
    assert!(never.is_empty(), "{never:#?}");
}

#[test]
fn no_row_stands_twice() {
    let rows: BTreeSet<_> =
        LOSSES.iter().map(|row| format!("{:?} {} {:?}", row.subject, row.field, row.kind)).collect();
    assert_eq!(rows.len(), LOSSES.len());
}
