//! What a shop has already comes into the catalogue, page by page, and nothing of it twice.

use crate::{
    kill::trap::Side,
    newcomer::Newcomer,
    scene::{product_ref, variant_ref},
    world::World,
};
use fusion_core::{
    ErrorKind,
    hub::RepeatedSku,
    job::{JobKind, QueueControl},
    model::{
        Candidate, Choice, ImportCounts, Intake, NewProduct, NewVariant, ProductId, ProductStatus, Question,
        Ref, Walk, Watermark,
    },
    storage::load,
};
use fusion_plugin_sdk::testkit::{Fault, Pools, Script};
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
        let saved = self.hub.save_product_as(&self.alice, product, RepeatedSku::Report).await.unwrap();
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
async fn an_import_that_is_killed_at_any_call_brings_everything_once() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let world = World::new(small_pages()).await;
            world.shop_of(5).await;
            let new = world.newcomer().await;
            world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
            let killed = world.kill(nth, side).await;
            world.work(&world.other_worker().await).await;
            whole(&new, 5, &format!("{side:?} call {nth}, {killed:?}")).await;
            if killed.is_none() {
                assert!(nth > 10, "{nth} calls");
                break;
            }
        }
    }
}

async fn whole(new: &Newcomer<'_>, products: usize, at: &str) {
    let import = new.state().await;
    assert!(import.ended.is_some(), "{at}");
    assert_eq!(import.counts.all(), products as u64, "each counted once, {at}");
    let found = new.products().await;
    assert_eq!(found.len(), products, "{at}");
    let mut items = BTreeSet::new();
    for product in &found {
        assert_eq!(new.levels(product).await.iter().map(|level| level.on_hand).sum::<i64>(), 80, "{at}");
        items.extend(product.variants.iter().map(|variant| variant.consumes[0].item));
        assert!(!new.listing(product.id).await.refs.is_empty(), "{at}");
    }
    assert_eq!(items.len(), 2 * products, "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_import_leaves_whole_pages_and_is_gone_on_with() {
    let world = World::new(small_pages()).await;
    world.shop_of(5).await;
    let new = world.newcomer().await;
    world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
    // The second page doesn't come before somebody has thought better of it.
    world.platform.fail_nth(LISTED, 1, Fault::Hang);
    let worker = world.worker();
    let stop = async {
        while new.products().await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let jobs = world.jobs_of(&new).await;
        world.hub.backend().cancel(new.by.tenant(), jobs[0]).await.unwrap();
    };
    let (ran, ()) = tokio::join!(worker.run_until_idle(), stop);
    ran.unwrap();
    assert_eq!(new.products().await.len(), 2);
    let mark =
        load::<Watermark>(&world.memory, new.by.tenant(), (new.store.id, Walk::Products)).await.unwrap();
    assert_eq!((mark.value.covered, mark.value.cursor.unwrap().pages), (None, 1));
    assert_eq!(new.state().await.ended, None);
    let listed = || world.platform.calls().iter().filter(|call| call.contains(LISTED)).count();
    let before = listed();
    new.imports(Intake::Everything).await;
    whole(&new, 5, "gone on with").await;
    assert_eq!(listed() - before, 2, "the first page isn't read again");
}

impl World {
    async fn jobs_of(&self, new: &Newcomer<'_>) -> Vec<fusion_core::model::JobId> {
        let rows =
            QueueControl::list(&self.memory, new.by.tenant(), &Default::default(), None, 100).await.unwrap();
        let imports = rows.into_iter().filter(|row| row.state.job.kind == JobKind::IMPORT);
        imports.map(|row| row.id).collect()
    }
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
    let spoilt = Ref::new(fusion_plugin_sdk::testkit::kinds::PRODUCT, "product-000004");
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

#[tokio::test(start_paused = true)]
async fn what_is_ours_by_single_skus_is_tied_and_the_rest_is_left() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    world.published("Cup", 1).await;
    let new = world.newcomer().await;
    let ours = ["Mug-0", "Mug-1"].iter().fold(NewProduct::new("Our mug"), |product, sku| {
        product.with_variant(NewVariant::new(*sku, "9 EUR".parse().unwrap(), 3).option("Size", *sku))
    });
    let ours = world.hub.save_product(&new.by, ours).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(new.imports(Intake::OnlyOurs).await.counts, counts(0, 1, 0, 0, 1));
    let listing = new.listing(ours.id).await;
    assert_eq!(listing.refs, mug.refs);
    assert_eq!(variant_ref(&listing, 1), variant_ref(&mug, 1));
    // What was left comes in when everything is asked for, though it hasn't changed.
    assert_eq!(new.imports(Intake::Everything).await.counts, counts(1, 0, 1, 0, 0));
    assert_eq!(new.products().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_could_be_several_products_waits_for_a_person() {
    for is_ours in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 2).await;
        let new = world.newcomer().await;
        let mut ours = Vec::new();
        for nth in 0..2 {
            let one = NewProduct::new(format!("Our mug {nth}")).with_variant(NewVariant::new(
                format!("Mug-{nth}"),
                "9 EUR".parse().unwrap(),
                3,
            ));
            ours.push(world.hub.save_product(&new.by, one).await.unwrap().id);
        }
        assert_eq!(new.imports(Intake::Everything).await.counts, counts(0, 0, 0, 1, 0));
        let doubt = new.doubts().await.remove(0);
        assert_eq!(doubt.question, Question::RemoteProduct { product: product_ref(&mug) });
        let candidates: BTreeSet<_> = doubt.candidates.iter().cloned().collect();
        assert_eq!(candidates, ours.iter().copied().map(Candidate::Product).collect());
        world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
        world.run().await;
        assert_eq!(new.doubts().await.len(), 1, "it is asked once");
        let choice = if is_ours { Choice::This(Candidate::Product(ours[0])) } else { Choice::Nothing };
        world.hub.resolve(&new.by, doubt.id, choice).await.unwrap();
        assert_eq!(new.doubts().await, []);
        let listed = if is_ours { ours[0] } else { new.products().await.remove(0).id };
        assert_eq!(product_ref(&new.listing(listed).await), product_ref(&mug));
        assert_eq!(new.products().await.len(), if is_ours { 2 } else { 3 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_may_be_lost_is_never_tied_by_guess() {
    let world =
        World::new(Script { look_up: fusion_plugin_sdk::testkit::LookUp::Doubtful, ..Script::default() })
            .await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("POST /stores", Fault::ResetAfter);
    world.live(crate::scene::HOUR).await;
    world.hub.import(&world.alice, world.store.id, Intake::Everything).await.unwrap();
    world.run().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    assert_eq!(doubts.len(), 2, "the lost one, and what the shop has: {doubts:?}");
    let found = doubts.iter().find(|doubt| matches!(doubt.question, Question::RemoteProduct { .. })).unwrap();
    assert_eq!(found.candidates, [Candidate::Product(mug)]);
    world.hub.resolve(&world.bob, found.id, Choice::This(Candidate::Product(mug))).await.unwrap();
    assert_eq!(world.hub.doubts(&world.alice).await.unwrap(), [], "one answer for both");
    assert_eq!(
        world
            .hub
            .import(&world.alice, fusion_core::model::StoreId::new(&**world.hub.clock()), Intake::Everything)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}
