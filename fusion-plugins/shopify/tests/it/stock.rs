use crate::bench::{Bench, big, id, listing};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{Ref, RefKind, Refs, StockRow},
    plugin::{PlatformPlugin, Receipt, Target},
};
use serde_json::json;

fn row(refs: &Refs, location: &str, available: u32, expected: Option<i64>) -> StockRow {
    StockRow {
        variant: serde_json::from_value(json!(crate::bench::uuid(100))).unwrap(),
        listing_refs: Refs::default(),
        refs: refs.clone(),
        location: Some(Ref::new(RefKind::of("location"), location)),
        pool: None,
        available,
        expected,
        sequence: 1,
    }
}

fn failures(receipt: &Receipt<()>) -> Vec<(usize, ErrorKind)> {
    receipt.rows.iter().filter_map(|row| Some((row.row, row.failure.as_ref()?.kind))).collect()
}

#[tokio::test]
async fn stock_is_set_at_each_location_also_where_the_item_was_never_stocked() {
    // The two versions say in different words that an item isn't stocked at a place.
    for version in ["2026-10", "2026-07"] {
        let mut bench = Bench::with(|shop| shop.locations(["Shop", "Cellar"])).await;
        bench.bench.connection.settings = json!({"shop": crate::bench::SHOP, "api_version": version});
        let target = bench.publish("one", &Target::default(), &listing(&["Red", "Blue"])).await;
        bench.bench.next_work("stock");
        let places: Vec<String> = bench.shop.locations().into_iter().map(|(id, _)| id).collect();
        let rows = [
            row(&target.variants[0].refs, &places[0], 5, None),
            row(&target.variants[0].refs, &places[1], 7, None),
            row(&target.variants[1].refs, &places[0], 0, None),
        ];
        let receipt = bench.plugin.sync_inventory(&bench.cx(), &rows).await.unwrap();
        assert_eq!(failures(&receipt), [], "{version}");
        assert_eq!(receipt.rows.len(), 3);
        let item = id(&target.variants[0].refs, "inventory_item");
        assert_eq!(bench.shop.quantity(item, &places[0]), Some(5));
        assert_eq!(bench.shop.quantity(item, &places[1]), Some(7), "{version}");
    }
}

#[tokio::test]
async fn a_row_that_meets_another_number_is_refused_and_the_others_are_set() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red", "Blue", "Green"])).await;
    let place = bench.shop.locations()[0].0.clone();
    let items: Vec<&Refs> = target.variants.iter().map(|variant| &variant.refs).collect();
    bench.bench.next_work("first");
    let first: Vec<_> = items.iter().map(|refs| row(refs, &place, 5, None)).collect();
    assert_eq!(failures(&bench.plugin.sync_inventory(&bench.cx(), &first).await.unwrap()), []);
    bench.shop.set_quantity(id(items[1], "inventory_item"), &place, 2).unwrap();
    bench.bench.next_work("second");
    let second: Vec<_> = items.iter().map(|refs| row(refs, &place, 4, Some(5))).collect();
    let receipt = bench.plugin.sync_inventory(&bench.cx(), &second).await.unwrap();
    assert_eq!(failures(&receipt), [(1, ErrorKind::Conflict)]);
    assert_eq!(receipt.rows[1].failure.as_ref().unwrap().fate, Fate::Rejected);
    let quantity = |nth: usize| bench.shop.quantity(id(items[nth], "inventory_item"), &place);
    assert_eq!((quantity(0), quantity(1), quantity(2)), (Some(4), Some(2), Some(4)));
}

#[tokio::test]
async fn bad_rows_are_told_one_by_one_over_several_calls() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &big(300)).await;
    let place = bench.shop.locations()[0].0.clone();
    let mut rows: Vec<_> =
        target.variants.iter().map(|variant| row(&variant.refs, &place, 1, None)).collect();
    let nobody = Refs::of([Ref::new(RefKind::of("inventory_item"), "gid://shopify/InventoryItem/999999")]);
    rows[3].refs = nobody;
    rows[270].location = Some(Ref::new(RefKind::of("location"), "gid://shopify/Location/999999"));
    rows[299].refs = Refs::default();
    bench.bench.next_work("stock");
    let receipt = bench.plugin.sync_inventory(&bench.cx(), &rows).await.unwrap();
    assert_eq!(
        failures(&receipt),
        [(3, ErrorKind::NotFound), (270, ErrorKind::NotFound), (299, ErrorKind::InvalidInput)]
    );
    assert_eq!(bench.shop.quantity(id(&target.variants[298].refs, "inventory_item"), &place), Some(1));
}

#[tokio::test]
async fn a_push_before_anything_was_decided_fails_as_a_whole() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let place = bench.shop.locations()[0].0.clone();
    bench.shop.revoke_scope("write_inventory");
    bench.bench.next_work("stock");
    let rows = [row(&target.variants[0].refs, &place, 1, None)];
    let refused = bench.plugin.sync_inventory(&bench.cx(), &rows).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MissingScope);
}
