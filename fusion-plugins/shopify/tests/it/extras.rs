//! What only this platform has a place for reaches it, and never costs anybody else's fields.

use crate::bench::{Bench, done, id, listing};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{Extensions, LossKind, NewListing},
    plugin::{Change, PlatformPlugin, Target, Work},
};
use fusion_plugin_shopify::CatalogueExtras;
use serde_json::{Value, json};

pub(crate) fn extras() -> CatalogueExtras {
    CatalogueExtras {
        handle: "blue-mug-2".to_owned(),
        product_type: Some("Mugs".to_owned()),
        seo_title: Some("Mugs to buy".to_owned()),
        seo_description: Some("All mugs".to_owned()),
        metafields: [("custom.material", "clay"), ("custom.care", "by hand\nnever hot")]
            .map(|(path, value)| (path.to_owned(), value.to_owned()))
            .into(),
        ..CatalogueExtras::default()
    }
}

fn with(extras: &CatalogueExtras) -> NewListing {
    let mut wanted = listing(&["Red"]);
    wanted.extensions = Extensions::default();
    wanted.extensions.set(extras).unwrap();
    wanted
}

/// Namespace and key with type and value, without the app's own.
fn fields(kept: &Value) -> Vec<(String, String)> {
    let fields = kept["metafields"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    fields
        .filter(|field| !text(&field["namespace"]).starts_with("app--"))
        .map(|field| (text(&field["key"]), format!("{} {}", text(&field["kind"]), text(&field["value"]))))
        .collect()
}

#[tokio::test]
async fn extras_reach_a_new_product_and_are_read_back() {
    let bench = Bench::new().await;
    let wanted = with(&extras());
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap();
    assert_eq!(receipt.losses, []);
    let placed = done(receipt);
    let kept = bench.shop.product(id(&placed.product.refs, "product")).unwrap();
    assert_eq!(
        [&kept["handle"], &kept["product_type"], &kept["seo_title"], &kept["seo_description"]],
        ["blue-mug-2", "Mugs", "Mugs to buy", "All mugs"]
    );
    let care = ("care".to_owned(), "multi_line_text_field by hand\nnever hot".to_owned());
    let material = ("material".to_owned(), "single_line_text_field clay".to_owned());
    assert_eq!(fields(&kept), [care, material]);
    let live = bench.plugin.get_product(&bench.cx(), &placed.product.refs.current()[0]).await.unwrap().value;
    assert_eq!(live.extensions.get::<CatalogueExtras>().unwrap(), Some(extras()));
    assert_eq!(bench.plugin.drift(&wanted, &crate::bench::target_of(&placed), &live), []);
}

#[tokio::test]
async fn a_repair_writes_its_own_fields_and_leaves_the_others() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &with(&extras())).await;
    let product = target.refs.current()[0].clone();
    let mark = |kept: &Value| {
        let all = kept["metafields"].as_array().unwrap().clone();
        all.into_iter().find(|field| field["key"] == "step").unwrap()
    };
    let before = bench.shop.product(&product.id).unwrap();
    bench
        .shop
        .edit_product(&product.id, |kept| {
            let mut other = kept["metafields"][1].clone();
            (other["id"], other["key"], other["value"]) = (json!(987_654), json!("origin"), json!("Delft"));
            kept["metafields"].as_array_mut().unwrap().push(other);
            kept["seo_title"] = json!("By hand");
        })
        .unwrap();
    let mut changed = extras();
    changed.handle = "red-mug".to_owned();
    changed.metafields = [("custom.material".to_owned(), "glass".to_owned())].into();
    let wanted = with(&changed);
    let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    let paths: Vec<&str> = preview.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["handle", "metafields.custom.material", "seo.title"]);
    bench.publish("two", &target, &wanted).await;
    let kept = bench.shop.product(&product.id).unwrap();
    assert_eq!((&kept["handle"], &kept["seo_title"]), (&json!("red-mug"), &json!("Mugs to buy")));
    let values: Vec<String> = fields(&kept).into_iter().map(|(_, value)| value).collect();
    assert_eq!(
        values,
        [
            "multi_line_text_field by hand\nnever hot",
            "single_line_text_field glass",
            "multi_line_text_field Delft"
        ]
    );
    assert_eq!(mark(&kept), mark(&before), "an unanswered create is still found by its mark");
    // Another run meets its own writes.
    let work = Work { command: &command, target: &target };
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, true), Vec::<String>::new());
    assert_eq!(shown.stale_fields(&fresh, false), paths);
}

#[tokio::test]
async fn a_handle_that_is_taken_is_refused_by_its_field_and_nothing_is_made() {
    let mut bench = Bench::new().await;
    bench.publish("one", &Target::default(), &with(&extras())).await;
    bench.bench.next_work("two");
    let refused = bench.plugin.publish(&bench.cx(), &Target::default(), &with(&extras())).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fate()), (ErrorKind::AlreadyExists, Fate::Rejected));
    assert_eq!(refused.problems()[0].path, "handle");
    assert!(refused.problems()[0].message.contains("blue-mug-2"), "{:?}", refused.problems());
    assert_eq!(bench.shop.products().len(), 1);
}

#[tokio::test]
async fn only_what_is_not_carried_is_a_loss() {
    type Case = (&'static str, CatalogueExtras, &'static [(&'static str, LossKind)]);
    let many = (0..250).map(|nth| (format!("custom.field{nth:03}"), "x".to_owned())).collect();
    let cases: [Case; 6] = [
        (
            "a handle that the platform would change",
            CatalogueExtras { handle: "Blue Mug".to_owned(), ..CatalogueExtras::default() },
            &[("handle", LossKind::Reinterpreted)],
        ),
        (
            "a title in place of a handle",
            CatalogueExtras { handle: "Mug".to_owned(), ..CatalogueExtras::default() },
            &[],
        ),
        (
            "fields of the platform and names it doesn't take",
            CatalogueExtras {
                handle: "mug".to_owned(),
                metafields: ["shopify.color-pattern", "custom.m", "nothing", "custom.good"]
                    .map(|path| (path.to_owned(), "x".to_owned()))
                    .into(),
                ..CatalogueExtras::default()
            },
            &[
                ("metafields[custom.m]", LossKind::Dropped),
                ("metafields[nothing]", LossKind::Dropped),
                ("metafields[shopify.color-pattern]", LossKind::Dropped),
            ],
        ),
        (
            "a handle with two hyphens in a row",
            CatalogueExtras { handle: "red--mug".to_owned(), ..CatalogueExtras::default() },
            &[("handle", LossKind::Reinterpreted)],
        ),
        (
            "one field more than a call takes",
            CatalogueExtras { handle: "many".to_owned(), metafields: many, ..CatalogueExtras::default() },
            &[("metafields[custom.field249]", LossKind::Dropped)],
        ),
        (
            "a gift card",
            CatalogueExtras { handle: "card".to_owned(), gift_card: true, ..CatalogueExtras::default() },
            &[],
        ),
    ];
    for (case, extras, losses) in cases {
        let bench = Bench::new().await;
        let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &with(&extras)).await.unwrap();
        let found: Vec<(String, LossKind)> =
            receipt.losses.iter().map(|loss| (loss.path.clone(), loss.kind)).collect();
        let wanted: Vec<(String, LossKind)> = losses
            .iter()
            .map(|(path, kind)| (format!("extensions.shopify.catalogue.{path}"), *kind))
            .collect();
        assert_eq!(found, wanted, "{case}");
        let placed = done(receipt);
        let kept = bench.shop.product(id(&placed.product.refs, "product")).unwrap();
        assert_eq!(kept["gift_card"], extras.gift_card, "{case}");
    }
}

#[tokio::test]
async fn a_product_that_is_there_cant_become_a_gift_card() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &with(&extras())).await;
    bench.bench.next_work("two");
    let wanted = with(&CatalogueExtras { gift_card: true, ..extras() });
    let receipt = bench.plugin.publish(&bench.cx(), &target, &wanted).await.unwrap();
    let paths: Vec<&str> = receipt.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(paths, ["extensions.shopify.catalogue.gift_card"]);
}

#[tokio::test]
async fn extras_that_a_newer_plugin_wrote_are_told_as_lost() {
    let bench = Bench::new().await;
    let mut newer = with(&extras());
    let mut stored = serde_json::to_value(&newer.extensions).unwrap();
    stored["shopify.catalogue"]["version"] = json!(2);
    newer.extensions = serde_json::from_value(stored).unwrap();
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &newer).await.unwrap();
    let lost: Vec<_> = receipt.losses.iter().map(|loss| (loss.path.as_str(), loss.kind)).collect();
    assert_eq!(lost, [("extensions.shopify.catalogue", LossKind::Dropped)]);
}
