use crate::bench::{Bench, done, listing, uuid};
use fusion_core::{
    error::ErrorKind,
    model::Removal,
    plugin::{Change, PlatformPlugin, Target, Work},
};
use serde_json::json;

#[tokio::test]
async fn a_reviewer_sees_what_a_repair_changes_and_what_stays() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let mut theirs = listing(&["Red", "Green"]);
    theirs.title = "Changed by hand".to_owned();
    bench.publish("theirs", &target, &theirs).await;

    let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    let changed: Vec<_> = preview.changes.iter().map(|change| (change.path.as_str(), &change.from)).collect();
    assert_eq!(changed, [("title", &Some(json!("Changed by hand")))]);
    assert!(preview.notes[0].message.contains("Green"), "{:?}", preview.notes);
    assert!(preview.calls[0].cost > 0);

    // Nothing moved: it may run. Somebody changes the price: it may not.
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, false), Vec::<String>::new());
    let product = target.refs.current()[0].id.clone();
    bench.shop.edit_product(&product, |kept| kept["variants"][0]["price"] = json!("1.00")).unwrap();
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, false), [format!("variants.{}.price", uuid(100))]);
}

#[tokio::test]
async fn a_run_that_goes_on_meets_its_own_writes() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let edit = json!({"title": {"set": "Cup"}, "tags": {"set": ["b", "A", "a "]}, "brand": "clear",
        "variants": [[uuid(100), {"sale": {"set": {"price": "9.00 EUR"}}}]]});
    let edit: fusion_core::model::ListingEdit = serde_json::from_value(edit).unwrap();
    let change = Change::UpdateProduct { listing: listing(&["Red"]).listing, edit: Box::new(edit.clone()) };
    let command = bench.command(change);
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    let prices: Vec<_> = preview.changes.iter().filter(|change| change.path.contains("price")).collect();
    assert_eq!((&prices[0].from, &prices[0].to), (&Some(json!("12.50 EUR")), &Some(json!("9.00 EUR"))));
    bench.bench.next_work("two");
    done(bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap());
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, true), Vec::<String>::new());
    assert!(!shown.stale_fields(&fresh, false).is_empty());
}

#[tokio::test]
async fn a_new_product_is_previewed_without_a_call() {
    let bench = Bench::new().await;
    let before = bench.shop.calls();
    let command = bench.command(Change::Publish { listing: Box::new(listing(&["Red", "Blue"])) });
    let target = Target::default();
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    assert_eq!(bench.shop.calls(), before);
    assert!(preview.changes.iter().all(|change| change.from.is_none()));
    assert_eq!(preview.summary, "publishes `Mug` with 2 variants in Main shop");
}

#[tokio::test]
async fn variants_that_cant_stay_are_told_before_anybody_votes() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    bench.publish("theirs", &target, &listing(&["Red", "Green"])).await;
    let mut renamed = listing(&["Red"]);
    renamed.options[0].name = "Color".to_owned();
    renamed.variants[0].options = [("Color", "Red")].into_iter().collect();
    let command = bench.command(Change::Publish { listing: Box::new(renamed) });
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let refused = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.problems()[0].message.contains("Green"));
}

#[tokio::test]
async fn a_change_names_its_product_and_the_rows_that_it_is_about() {
    let mut bench = Bench::new().await;
    let mut wanted = listing(&["Red", "Blue"]);
    wanted.variants[0].sku = Some("MUG-RED".to_owned());
    wanted.variants[1].sku = Some("MUG-BLUE".to_owned());
    let placed = bench.publish("one", &Target::default(), &wanted).await;
    let skus = wanted.variants.iter().map(|row| (row.id, row.sku.clone().unwrap())).collect();
    let named = Target { title: Some(wanted.title.clone()), skus, ..placed.clone() };
    let id = wanted.listing;
    let dearer = json!({"variants": [[uuid(101), {"price": {"set": "13.00 EUR"}}]]});
    let edit = |edit: serde_json::Value| Change::UpdateProduct {
        listing: id,
        edit: Box::new(serde_json::from_value(edit).unwrap()),
    };
    let delete = |removal| Change::DeleteProduct { listing: id, removal };
    for (change, summary) in [
        (edit(dearer), "changes `Mug` (MUG-BLUE) in Main shop"),
        (edit(json!({"brand": "clear"})), "changes `Mug` (MUG-RED, MUG-BLUE) in Main shop"),
        (Change::Unpublish { listing: id }, "takes `Mug` (MUG-RED, MUG-BLUE) out of sight in Main shop"),
        (delete(Removal::Archive), "archives `Mug` (MUG-RED, MUG-BLUE) in Main shop"),
        (delete(Removal::Delete), "deletes `Mug` (MUG-RED, MUG-BLUE) in Main shop for good"),
    ] {
        let command = bench.command(change);
        let work = Work { command: &command, target: &named };
        let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
        assert_eq!(bench.plugin.preview(&bench.bench.store, work, &shown).unwrap().summary, summary);
    }
    let many = (0..5).map(|nth| (wanted.variants[0].id, format!("MUG-{nth}"))).collect();
    let command = bench.command(Change::Unpublish { listing: id });
    let work = Work { command: &command, target: &Target { skus: many, ..named } };
    assert_eq!(work.subject(), "`Mug` (MUG-0, MUG-1, MUG-2 and 2 more)");
    assert_eq!(Work { command: &command, target: &placed }.subject(), "a product");
}
