//! The table of losses says what the conversions lose, no more and no less.

use super::{
    super::*,
    support::{
        address, answered, buyer, catalogue, facts, facts_of, id, listing, live, money, row, sale, supplier,
        supply, target, variant,
    },
};
use crate::{LOSSES, Settings};
use fusion_core::model::*;
use serde_json::json;

/// A variant with everything that has no place there.
pub(super) fn rich(mut variant: NewListingVariant) -> NewListingVariant {
    let weight = Weight { value: 460.into(), unit: WeightUnit::Gram };
    variant.cost = Some(money("3 EUR"));
    variant.codes = vec![Code { kind: CodeKind::Gtin, value: "04006381333931".into() }];
    variant.shipping =
        Shipping { weight: Some(weight), hs_code: Some("691200".into()), origin: Some("PT".into()) };
    variant.media = Some(id(5));
    variant.counted = true;
    variant.offer.compare_at = Some(money("20 EUR"));
    variant.offer.sale = Some(Sale { price: money("9 EUR"), from: None, to: None });
    variant.offer.tax = TaxBasis::Net;
    variant
}

fn picture() -> Media {
    Media { id: id(5), source: "https://a.example/1.png".into(), role: MediaRole::Gallery, alt: None }
}

/// A listing with everything that has no place there.
pub(super) fn rich_listing() -> NewListing {
    let mut listing = listing();
    listing.locale = Locale("de".into());
    listing.bullets = vec!["holds tea".into()];
    listing.brand = Some("Acme".into());
    listing.nature = Nature::Both;
    listing.categories = vec![Category { scheme: "google".into(), value: "674".into() }];
    listing.options = vec![ProductOption { name: "Volume".into(), values: vec!["11oz".into()] }];
    listing.media = vec![picture()];
    listing.variants = listing.variants.into_iter().map(rich).collect();
    listing
}

fn edits() -> [ListingEdit; 2] {
    let change = VariantEdit {
        compare_at: Edit::Set(money("20 EUR")),
        sale: Edit::Set(Sale { price: money("9 EUR"), from: None, to: None }),
        codes: Edit::Clear,
        weight: Edit::Clear,
        cost: Edit::Set(money("3 EUR")),
        hs_code: Edit::Set("691200".into()),
        origin: Edit::Clear,
        media: Edit::Clear,
        ..VariantEdit::default()
    };
    let some = ListingEdit {
        brand: Edit::Clear,
        categories: Edit::Set(vec![Category { scheme: "google".into(), value: "674".into() }]),
        media: Edit::Set(vec![picture()]),
        variants: vec![(row(10), change)],
        add: vec![rich(variant(12, "20oz", "5 EUR"))],
        ..ListingEdit::default()
    };
    [some, ListingEdit { categories: Edit::Clear, media: Edit::Clear, ..ListingEdit::default() }]
}

/// Every conversion, given all that it can't carry.
fn lost() -> Vec<(LossSubject, Loss)> {
    use LossSubject::*;
    let mut all = Vec::new();
    let mut take = |subject, losses: Vec<Loss>| all.extend(losses.into_iter().map(|loss| (subject, loss)));
    take(Listing, created(&rich_listing(), &facts()).unwrap().losses);
    for edit in edits() {
        take(Edit, edited(&edit, &target(), &live(), &facts()).unwrap().losses);
    }
    let stock = |n: usize, available| StockRow {
        variant: row(n),
        listing_refs: live().refs,
        refs: catalogue(n as i64 + 90),
        location: None,
        pool: None,
        available,
        expected: None,
        sequence: 1,
    };
    take(Stock, switched(&[stock(10, 0), stock(11, 5)], &live(), &facts()).unwrap().losses);
    let mut person = buyer(Address { lines: ["a", "b", "c"].map(str::to_owned).into(), ..address() });
    person.texts = vec![("gift".into(), Private::new("Congratulations".into()))];
    let refs = supplier();
    let passed = supplied(id(77), &sale(), &person, &[supply(&refs, 1)], Method::Standard).unwrap();
    take(Action, passed.losses);
    let unset = facts_of(&Settings::of(Currency::new("EUR").unwrap()));
    let mut answer = answered(&created(&listing(), &facts()).unwrap().value);
    answer["variants"][0]["is_default"] = json!(true);
    answer["variants"][0]["options"] = json!([1100, 1101, 7]);
    answer["variants"][1]["options"] = json!(null);
    answer["images"] = json!([
        { "src": "https://a.example/1.png", "variant_ids": [100, 101, 102] },
        { "src": "https://a.example/2.png", "variant_ids": [100] },
    ]);
    let image = &mut answer["print_areas"][0]["placeholders"][0]["images"][0];
    (image["input_text"], image["flipX"], image["flipY"]) = (json!("Hello"), json!(true), json!(true));
    take(Product, product(&answer, &unset).unwrap().losses);
    let answer = json!({
        "id": "1", "status": "in-production", "created_at": "2026-09-05 15:00:00+00:00",
        "line_items": [
            { "quantity": 2, "cost": 1, "shipping_cost": 1, "metadata": { "variant_label": "Red / S" } },
        ],
        "metadata": { "is_reprint": true, "reprinted_order_ids": ["1", "2"] },
        "shipments": [{ "number": "1" }, { "number": "2" }],
    });
    take(Order, order(&answer, &facts()).unwrap().losses);
    take(Order, order(&answer, &unset).unwrap().losses);
    let delivery = json!({
        "id": "1", "type": "order:updated", "created_at": "2026-09-05 15:00:00+00:00",
        "resource": { "id": "1", "type": "order", "data": { "shop_id": 1, "status": "in-production" } },
    });
    take(Store, event(&delivery).unwrap().losses);
    let listed = json!({ "id": 9, "variants": [{ "id": 1, "options": {}, "placeholders": [{ "position": "front" }] }] });
    take(Store, blank_variants(&listed).unwrap().losses);
    all
}

/// The row of the table for a loss.
pub(super) fn named(subject: LossSubject, loss: &Loss) -> Option<usize> {
    LOSSES.iter().position(|row| row.subject == subject && row.names(loss))
}

#[test]
fn the_table_names_every_loss_and_every_row_happens() {
    let mut happened = vec![false; LOSSES.len()];
    for (subject, loss) in lost() {
        let row = named(subject, &loss).unwrap_or_else(|| panic!("no row for {subject:?} {loss:?}"));
        happened[row] = true;
    }
    let idle: Vec<_> = LOSSES.iter().zip(&happened).filter(|(_, happened)| !**happened).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}
