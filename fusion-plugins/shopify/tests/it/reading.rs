use crate::bench::{Bench, big, id, listing};
use fusion_core::{
    error::ErrorKind,
    model::{Ref, RefKind, Seen, TaxBasis},
    plugin::{PlatformPlugin, ProductQuery},
};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_shop_tells_its_facts() {
    let bench = Bench::with(|shop| shop.currency("CHF").locations(["Shop", "Cellar"])).await;
    let facts = &bench.bench.store.facts;
    assert_eq!(facts.currency.code(), "CHF");
    assert_eq!(facts.remote_id, crate::bench::SHOP);
    assert_ne!(facts.tax_basis, TaxBasis::Unknown);
    assert_eq!(facts.locations.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().len(), 2);
    assert!(facts.scopes.iter().any(|scope| scope == "write_products"));
    assert_eq!(facts.other["publication"], json!(bench.shop.publications()[0].0));
}

#[tokio::test]
async fn a_walk_sees_every_product_once_and_ends_with_a_watermark() {
    let mut bench = Bench::new().await;
    for nth in 0..5 {
        bench.bench.next_work(&format!("make {nth}"));
        bench.create(&listing(&["Red"])).await;
        bench.clock.advance(Duration::from_secs(60));
    }
    let begun = bench.bench.clock.now();
    let mut seen = Vec::new();
    let mut query = ProductQuery { page_size: Some(2), ..ProductQuery::default() };
    let watermark = loop {
        let page = bench.plugin.list_products(&bench.cx(), &query).await.unwrap();
        seen.extend(page.items.iter().map(|product| id(&product.value.refs, "product").to_owned()));
        match page.next {
            Some(next) => {
                assert_eq!(page.watermark, None);
                query.cursor = Some(next);
                bench.clock.advance(Duration::from_secs(1));
            }
            None => break page.watermark,
        }
    };
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (5, 5));
    // Not the end of the walk but its beginning: what changed meanwhile comes next time.
    assert_eq!(watermark, Some(begun));

    bench.clock.advance(Duration::from_secs(3_600));
    bench.shop.edit_product(&seen[0], |kept| kept["title"] = json!("New")).unwrap();
    let query = ProductQuery { changed_since: watermark, ..ProductQuery::default() };
    bench.clock.advance(Duration::from_secs(10));
    let page = bench.plugin.list_products(&bench.cx(), &query).await.unwrap();
    let titles: Vec<_> =
        page.items.iter().filter_map(|product| product.value.title.value().cloned()).collect();
    assert!(titles.contains(&"New".to_owned()), "{titles:?}");
}

#[tokio::test]
async fn a_page_that_cuts_variants_off_says_that_they_werent_read() {
    let bench = Bench::new().await;
    bench.create(&big(30)).await;
    let page = bench.plugin.list_products(&bench.cx(), &ProductQuery::default()).await.unwrap();
    assert_eq!(page.items[0].value.variants, Seen::NotRead);
    let product = page.items[0].value.refs.current()[0].clone();
    let whole = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    assert_eq!(whole.variants.value().unwrap().len(), 30);
}

#[tokio::test]
async fn the_largest_product_is_read_whole() {
    let bench = Bench::new().await;
    let placed = bench.create(&big(2_048)).await;
    let product = placed.product.refs.current()[0].clone();
    let whole = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    let variants = whole.variants.value().unwrap();
    assert_eq!(variants.len(), 2_048);
    assert!(variants.iter().all(|variant| variant.levels.is_read()));
}

#[tokio::test]
async fn what_isnt_there_is_not_found() {
    let bench = Bench::new().await;
    let product = Ref::new(RefKind::of("product"), "gid://shopify/Product/999");
    let missing = bench.plugin.get_product(&bench.cx(), &product).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}
