//! What a shop has already comes into the catalogue, page by page, and nothing of it twice.

mod losing;
mod resuming;
mod tying;

use crate::{newcomer::Newcomer, scene::product_ref, world::World};
use fusion_core::{
    hub::Slips,
    model::{ImportCounts, Intake, NewProduct, NewVariant, ProductId, ProductStatus, Ref},
};
use fusion_plugin_sdk::testkit::{Fault, Pools, Script, kinds};
use std::{collections::BTreeSet, time::Duration};

/// The call that shows a page.
const LISTED: &str = "GET /stores/main/products";

fn small_pages() -> Script {
    Script { page_size: 2, ..Script::default() }
}

impl World {
    /// So many products that the shop has.
    async fn shop_of(&self, products: usize) {
        for nth in 0..products {
            self.published(&format!("Mug {nth}"), 2).await;
        }
        // What changes in the moment of an import is read by the next one too.
        tokio::time::advance(Duration::from_secs(1)).await;
    }

    /// A published product whose variants have these SKUs.
    async fn published_as(&self, title: &str, skus: &[&str]) -> ProductId {
        let variants = skus.iter().enumerate().map(|(nth, sku)| {
            NewVariant::new(*sku, "12 EUR".parse().unwrap(), 7).option("Size", format!("size {nth}"))
        });
        let product = variants.fold(NewProduct::new(title), NewProduct::with_variant);
        let saved = self.hub.save_product_as(&self.alice, product, Slips::Report).await.unwrap();
        let bundle = self.publish(&[saved.product.id]).await;
        self.approve(&bundle).await;
        self.run().await;
        saved.product.id
    }
}

fn counts(created: u64, adopted: u64, known: u64, doubtful: u64, left: u64) -> ImportCounts {
    ImportCounts { created, adopted, known, doubtful, left }
}

#[tokio::test(start_paused = true)]
async fn a_shop_comes_in_whole_and_a_second_import_reads_only_what_changed() {
    let world = World::new(small_pages()).await;
    world.shop_of(5).await;
    let new = world.newcomer().await;
    let import = new.imports(Intake::Everything).await;
    assert_eq!(import.counts, counts(5, 0, 0, 0, 0));
    assert!(import.ended.is_some());
    let products = new.products().await;
    assert_eq!(products.len(), 5);
    let mug = &products[3];
    assert_eq!((mug.wording.title.as_str(), mug.status), ("Mug 3", ProductStatus::Published));
    assert_eq!(mug.variants[1].sku.as_deref(), Some("Mug 3-1"));
    assert_eq!(mug.variants[1].options.get("Size"), Some("size 1"));
    assert_eq!(mug.variants[1].base_price, "11.50 EUR".parse().unwrap());
    assert_eq!(new.levels(mug).await.iter().map(|level| level.on_hand).collect::<Vec<_>>(), [40, 40]);
    let drift = world.hub.drift(&new.by, new.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (5, vec![]));
    let written = world.platform.ledger().len();

    tokio::time::advance(Duration::from_secs(60)).await;
    let listing = new.listing(mug.id).await;
    world.platform.edit_title(&product_ref(&listing), "Cup").unwrap();
    let again = new.imports(Intake::Everything).await;
    assert_eq!(again.counts, counts(0, 0, 1, 0, 0));
    let drift = world.hub.drift(&new.by, new.store.id).await.unwrap();
    assert_eq!(drift.drifted.len(), 1, "what was changed there is drift, and no change of ours");
    assert_eq!(world.platform.ledger().len(), written, "an import writes nothing");
    let entries = world.hub.audit(&new.by, 0, 1_000).await.unwrap();
    let pages = entries.iter().filter(|entry| entry.entry.action.as_str() == "products_imported");
    assert_eq!(pages.count(), 4, "one a page that held something");
}

#[tokio::test(start_paused = true)]
async fn three_variants_of_one_sku_come_in_and_are_reported() {
    // The second product of the SKU comes with another page.
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    world.published_as("Mug", &["RED", "RED", "RED"]).await;
    world.published_as("Cup", &["RED"]).await;
    world.published_as("Jug", &["JUG"]).await;
    let new = world.newcomer().await;
    let import = new.imports(Intake::Everything).await;
    assert_eq!(import.counts, counts(3, 0, 0, 0, 0));
    assert_eq!(import.repeated_skus, ["RED"]);
    assert_eq!(new.products().await[2].variants.len(), 3);
    assert_eq!(new.doubts().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_shared_pool_is_counted_once() {
    // Within a product, and over two products of one SKU that pages keep apart.
    for (pools, first, second) in
        [(Pools::ByProduct, ["A", "B"], ["C", "D"]), (Pools::BySku, ["A", "B"], ["A", "B"])]
    {
        let world = World::new(Script { pools, page_size: 1, ..Script::default() }).await;
        world.published_as("Mug", &first).await;
        world.published_as("Mug again", &second).await;
        let new = world.newcomer().await;
        assert_eq!(new.imports(Intake::Everything).await.counts.created, 2);
        let products = new.products().await;
        let items: BTreeSet<_> =
            products.iter().flat_map(|product| &product.variants).map(|one| one.consumes[0].item).collect();
        assert_eq!(items.len(), 2, "{pools:?}");
        for item in items {
            let levels = world.hub.levels(&new.by, item).await.unwrap();
            assert_eq!(levels.iter().map(|level| level.on_hand).sum::<i64>(), 7, "{pools:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_without_variants_neither_loses_nor_deletes_any() {
    let world = World::new(small_pages()).await;
    world.shop_of(2).await;
    let new = world.newcomer().await;
    world.platform.script(|script| script.cuts_variants = true);
    new.imports(Intake::Everything).await;
    assert!(new.products().await.iter().all(|product| product.variants.len() == 2), "read alone");
    let mug = new.products().await.remove(0);
    let before = new.listing(mug.id).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    world.platform.edit_title(&product_ref(&before), "Cup").unwrap();
    assert_eq!(new.imports(Intake::Everything).await.counts.known, 1);
    assert_eq!(new.listing(mug.id).await.variants, before.variants);
}

#[tokio::test(start_paused = true)]
async fn what_cant_be_read_is_kept_with_its_problem_and_tried_alone() {
    let world = World::new(small_pages()).await;
    world.shop_of(3).await;
    let new = world.newcomer().await;
    let spoilt = Ref::new(kinds::PRODUCT, "product-000004");
    world.platform.spoil(&spoilt);
    world.platform.fail_at("GET /products/product-000004", Fault::Refused("not_now"));
    let import = new.imports(Intake::Everything).await;
    assert_eq!((import.counts.created, import.ended.is_some()), (2, true), "the others came in");
    let unread = world.hub.unread(&new.by, new.store.id).await.unwrap();
    assert_eq!((unread[0].record.as_ref(), unread[0].tries), (Some(&spoilt), 1));
    // The page still can't show it; alone it can be read by now.
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(new.imports(Intake::Everything).await.counts.created, 1);
    assert_eq!(world.hub.unread(&new.by, new.store.id).await.unwrap(), []);
    assert_eq!(new.products().await.len(), 3);
}
