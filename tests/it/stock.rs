//! Stock: counted once, told as it is last, never forgotten.

use crate::{scene::HOUR, world::World};
use fusion_core::{
    approval::{Phase, Policy},
    error::ErrorKind,
    hub::StockChange,
    job::{JobFilter, JobKind, JobStatus, QueueControl},
    model::{Consumes, Location, LocationId, LocationKind, MoveKind, ProductId},
    storage::{ChangeSet, Query, Storage, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, Pools, Script};
use std::sync::Arc;

impl World {
    async fn place(&self, name: &str, kind: LocationKind) -> LocationId {
        let id = LocationId::new(&**self.hub.clock());
        let mut changes = ChangeSet::default();
        changes.create(Location { id, name: name.to_owned(), kind });
        let _ = Storage::commit(&self.memory, self.acme.tenant(), changes).await.unwrap();
        id
    }

    async fn consume(&self, product: ProductId, variant: usize, consumes: Vec<Consumes>) {
        let change = |product: &mut fusion_core::model::Product| {
            product.variants[variant].consumes.clone_from(&consumes);
        };
        self.hub.change_product(&self.alice, product, change).await.unwrap();
    }

    async fn stock_calls(&self) -> usize {
        self.platform.calls().iter().filter(|call| *call == "POST /stock").count()
    }
}

#[tokio::test(start_paused = true)]
async fn a_kit_is_as_many_as_its_scarcest_part_allows() {
    let world = World::new(Script::default()).await;
    let (cup, plate) = (world.published("Cup", 1).await, world.published("Plate", 1).await);
    let set = world.published("Set", 1).await;
    let (cups, plates) = (world.item(cup.product, 0).await, world.item(plate.product, 0).await);
    let parts = vec![Consumes { item: cups, units: 4 }, Consumes { item: plates, units: 6 }];
    world.consume(set.product, 0, parts).await;
    world.run().await;
    assert_eq!(world.shown(&set, 0), Some(6), "40 plates by six, told as soon as it is made a kit");
    world.adjust(cups, -20, "sale").await;
    world.run().await;
    assert_eq!((world.shown(&cup, 0), world.shown(&set, 0)), (Some(20), Some(5)));
    world.adjust(plates, -40, "broken").await;
    world.run().await;
    assert_eq!(
        (world.shown(&plate, 0), world.shown(&set, 0), world.shown(&cup, 0)),
        (Some(0), Some(0), Some(20))
    );
}

#[tokio::test(start_paused = true)]
async fn oversold_at_one_place_takes_nothing_from_another() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    let second = world.place("Second", LocationKind::Own).await;
    let at = |location, delta, cause: &str| StockChange {
        item,
        location: Some(location),
        kind: MoveKind::Adjust,
        delta,
        cause: cause.to_owned(),
    };
    let level = world.hub.move_stock(&world.alice, at(second, -9, "sold twice")).await.unwrap();
    assert_eq!((level.on_hand, level.available()), (-9, -9), "negative is what it is");
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(40));
    world.hub.move_stock(&world.alice, at(second, 12, "delivery")).await.unwrap();
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(43));
    // What lies in a platform's warehouse is not the merchant's to offer elsewhere.
    let warehouse = world.place("FBA", LocationKind::Platform).await;
    world.hub.move_stock(&world.alice, at(warehouse, 500, "sent there")).await.unwrap();
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(43));
    let nowhere = StockChange { location: None, ..at(second, 1, "where") };
    assert_eq!(
        world.hub.move_stock(&world.alice, nowhere).await.unwrap_err().kind(),
        ErrorKind::InvalidInput,
        "with two places one has to be named"
    );
}

#[tokio::test(start_paused = true)]
async fn stock_of_nothing_and_at_no_place_is_refused() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    let location = world.hub.levels(&world.alice, item).await.unwrap()[0].location;
    let clock = &**world.hub.clock();
    for (item, location) in
        [(fusion_core::model::StockItemId::new(clock), location), (item, LocationId::new(clock))]
    {
        let change = StockChange {
            item,
            location: Some(location),
            kind: MoveKind::Receive,
            delta: 1,
            cause: "slip".to_owned(),
        };
        assert_eq!(world.hub.move_stock(&world.alice, change).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn one_pool_of_several_variants_shows_the_level_they_share() {
    let world = World::new(Script { pools: Pools::ByProduct, ..Script::default() }).await;
    let listing = world.published("Mug", 2).await;
    let item = world.item(listing.product, 0).await;
    world.consume(listing.product, 1, vec![Consumes { item, units: 1 }]).await;
    world.adjust(item, -4, "sale").await;
    world.run().await;
    assert_eq!((world.shown(&listing, 0), world.shown(&listing, 1)), (Some(36), Some(36)));
    let drift = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!(drift.drifted, vec![]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_row_is_not_asked_again_until_something_changes() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 2).await;
    let (first, second) = (world.item(listing.product, 0).await, world.item(listing.product, 1).await);
    world.platform.refuse_stock(&crate::scene::variant_ref(&listing, 0), Some("frozen"));
    world.adjust(first, -1, "sale 1").await;
    world.adjust(second, -2, "sale 2").await;
    world.run().await;
    assert_eq!((world.shown(&listing, 0), world.shown(&listing, 1)), (Some(40), Some(38)));
    let calls = world.stock_calls().await;
    // Sold and returned: the same numbers as before.
    world.adjust(second, -1, "sale 3").await;
    world.adjust(second, 1, "return 3").await;
    world.run().await;
    assert_eq!(world.stock_calls().await, calls, "the same was refused already");
    world.adjust(second, -3, "sale 4").await;
    world.run().await;
    assert_eq!(world.shown(&listing, 1), Some(35));
    let dead =
        JobFilter { status: Some(JobStatus::Failed), kind: Some(JobKind::PUSH_STOCK), partition: None };
    let dead = QueueControl::list(&world.memory, world.acme.tenant(), &dead, None, 10).await.unwrap();
    assert_eq!(dead.len(), 2, "each refusal is seen");
    assert_eq!(dead[0].state.failure.as_ref().unwrap().problems[0].code, "frozen");
    // The listing changes: what was refused may be taken now.
    world.platform.refuse_stock(&crate::scene::variant_ref(&listing, 0), None);
    let change = |product: &mut fusion_core::model::Product| product.wording.title = "Cup".to_owned();
    world.hub.change_product(&world.alice, listing.product, change).await.unwrap();
    let bundle = world.publish(&[listing.product]).await;
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!(world.shown(&listing, 0), Some(39));
}

#[tokio::test(start_paused = true)]
async fn a_product_that_is_made_anew_gets_its_stock_anew() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    assert_eq!(world.shown(&listing, 0), Some(40));
    let bundle = world.submit(&world.alice, world.delete(&listing)).await;
    world.approve(&bundle).await;
    world.run().await;
    let bundle = world.publish(&[listing.product]).await;
    world.approve(&bundle).await;
    world.run().await;
    let anew = world.listing(listing.product).await;
    assert_ne!(anew.refs.current(), listing.refs.current());
    assert_eq!(world.shown(&anew, 0), Some(40));
}

#[tokio::test(start_paused = true)]
async fn ids_that_the_platform_rewrites_are_followed() {
    let world = World::new(Script { rewrites_ids: true, ..Script::default() }).await;
    let listing = world.published("Mug", 2).await;
    world.adjust(world.item(listing.product, 0).await, -5, "sale").await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.run().await;
    world.adjust(world.item(listing.product, 1).await, -7, "sale").await;
    world.run().await;
    let now = world.listing(listing.product).await;
    assert_eq!((world.shown(&now, 0), world.shown(&now, 1)), (Some(35), Some(33)));
}

#[tokio::test(start_paused = true)]
async fn a_move_is_counted_once_by_its_cause_and_kind() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    let of = |kind| StockChange { item, location: None, kind, delta: 2, cause: "order 7".to_owned() };
    for _ in 0..3 {
        world.hub.move_stock(&world.alice, of(MoveKind::Reserve)).await.unwrap();
        world.hub.move_stock(&world.alice, of(MoveKind::Ship)).await.unwrap();
    }
    let level = world.hub.levels(&world.alice, item).await.unwrap()[0];
    assert_eq!((level.on_hand, level.committed), (38, 0));
    let other = StockChange { delta: 3, ..of(MoveKind::Ship) };
    let refused = world.hub.move_stock(&world.alice, other).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert!(refused.message().contains("by 2 already and can't change it by 3"), "{refused}");
    assert_eq!(world.hub.levels(&world.alice, item).await.unwrap()[0], level);
    let nameless = StockChange { cause: " ".to_owned(), ..of(MoveKind::Ship) };
    assert_eq!(
        world.hub.move_stock(&world.alice, nameless).await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test(start_paused = true)]
async fn a_push_that_is_cut_short_is_not_taken_for_a_refusal() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    for fault in [Fault::ResetAfter, Fault::LostBefore, Fault::Truncated, Fault::OutOfOrder] {
        world.platform.fail_at("POST /stock", fault);
    }
    world.adjust(world.item(listing.product, 0).await, -1, "sale").await;
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(39));
    // A worker that stops in the middle of a call leaves the push to the next one.
    world.platform.fail_at("POST /stock", Fault::Hang);
    world.adjust(world.item(listing.product, 0).await, -1, "sale 2").await;
    world.live(std::time::Duration::from_secs(5)).await;
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(38));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_storm_of_moves_the_platform_shows_the_last_level() {
    for _ in 0..3 {
        let world = Arc::new(World::new(Script::default()).await);
        let listing = world.published("Mug", 1).await;
        let item = world.item(listing.product, 0).await;
        let stop = fusion_core::clock::Cancel::default();
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let (worker, stop) = (world.worker(), stop.clone());
                tokio::spawn(async move { worker.run(stop).await.unwrap() })
            })
            .collect();
        let moves: Vec<_> = (0..50)
            .map(|nth| {
                let world = world.clone();
                tokio::spawn(async move {
                    world.adjust(item, if nth % 5 == 0 { 3 } else { -1 }, &format!("{nth}")).await
                })
            })
            .collect();
        for one in moves {
            one.await.unwrap();
        }
        world.run().await;
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
        let level = world.hub.levels(&world.alice, item).await.unwrap()[0];
        assert_eq!((level.on_hand, level.sequence), (40 + 30 - 40, 51), "each move counted once");
        assert_eq!(world.shown(&listing, 0), Some(30));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sales_while_a_product_is_published_are_told() {
    for _ in 0..10 {
        let world = Arc::new(World::with(Script::default(), Policy::automatic()).await);
        let mug = world.save("Mug", 1).await;
        let item = world.item(mug, 0).await;
        let (publishing, selling) = (world.clone(), world.clone());
        let publishing = tokio::spawn(async move {
            let _ = publishing.publish(&[mug]).await;
            publishing.run().await;
        });
        let selling = tokio::spawn(async move {
            for nth in 0..20 {
                selling.adjust(item, -1, &format!("sale {nth}")).await;
                tokio::task::yield_now().await;
            }
        });
        publishing.await.unwrap();
        selling.await.unwrap();
        world.run().await;
        assert_eq!(world.shown(&world.listing(mug).await, 0), Some(20));
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_comes_back_is_told_again() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 51).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    // 50 rows a call: each time the first call is taken and the second isn't, so that it stays one job.
    world.platform.fail_nth("POST /stock", 1, Fault::Throttle(Some(HOUR)));
    let everything = |delta: i64, cause: &'static str| {
        let world = &world;
        async move {
            for variant in 0..50 {
                world.adjust(world.item(mug, variant).await, delta, &format!("{cause} {variant}")).await;
            }
        }
    };
    world.live(HOUR / 2).await;
    let listing = world.listing(mug).await;
    assert_eq!((world.shown(&listing, 0), world.shown(&listing, 50)), (Some(40), Some(0)));
    everything(-1, "sold").await;
    world.platform.fail_nth("POST /stock", 1, Fault::Throttle(Some(HOUR)));
    world.live(HOUR).await;
    assert_eq!((world.shown(&listing, 0), world.shown(&listing, 50)), (Some(39), Some(0)));
    everything(1, "returned").await;
    world.run().await;
    assert_eq!((world.shown(&listing, 0), world.shown(&listing, 50)), (Some(40), Some(40)));
}

#[tokio::test(start_paused = true)]
async fn first_products_at_one_moment_lie_at_one_place() {
    let (world, _) = crate::watched::watched(Script::default(), Policy::two_people()).await;
    let world = Arc::new(world);
    let saving: Vec<_> = (0..8)
        .map(|nth| {
            let world = world.clone();
            tokio::spawn(async move { world.save(&format!("Mug {nth}"), 1).await })
        })
        .collect();
    for one in saving {
        one.await.unwrap();
    }
    let places = list_all::<Location>(&world.memory, world.acme.tenant(), &Query::Locations).await;
    assert_eq!(places.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_level_never_holds_more_than_a_store_can_be_told() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let most = i64::from(u32::MAX);
    let change = |nth: usize, delta: i64| StockChange {
        item,
        location: None,
        kind: MoveKind::Receive,
        delta,
        cause: format!("delivery {nth}"),
    };
    // 40 lie there from the beginning.
    let refused = world.hub.move_stock(&world.alice, change(0, most)).await.unwrap_err();
    let [problem] = refused.problems() else { panic!("{refused}") };
    assert_eq!((problem.path.as_str(), problem.code.as_str()), ("on_hand", "too_many"));
    let full = world.hub.move_stock(&world.alice, change(1, most - 40)).await.unwrap();
    assert_eq!(full.on_hand, most);
    let told_again = world.hub.move_stock(&world.alice, change(1, most - 40)).await.unwrap();
    assert_eq!(told_again, full, "a cause counts once, and that is no fault");
    world.hub.move_stock(&world.alice, change(2, 1)).await.unwrap_err();
    let less = world.hub.move_stock(&world.alice, change(3, -most)).await.unwrap();
    assert_eq!(less.on_hand, 0);
}
