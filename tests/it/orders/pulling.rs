//! Reading orders: everything once, whatever is told twice, late, or can't be read.

use crate::world::World;
use fusion_core::{
    error::ErrorKind,
    job::{JobFilter, JobKind, JobStatus, QueueControl},
    model::{Walk, Watermark},
    storage::load,
};
use fusion_plugin_sdk::testkit::{Fault, OrderChange, Script};
use std::time::Duration;

impl World {
    async fn mark(&self) -> Watermark {
        let key = (self.store.id, Walk::Orders);
        load::<Watermark>(&self.memory, self.acme.tenant(), key).await.unwrap().value
    }

    fn walks(&self) -> usize {
        self.platform.calls().iter().filter(|call| *call == "GET /stores/main/orders").count()
    }
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_breaks_off_goes_on_behind_what_it_has_stored() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    for _ in 0..4 {
        world.order(&mug, 1);
    }
    world.platform.fail_nth("GET /stores/main/orders", 2, Fault::Refused("broken"));
    world.pull().await;
    let mark = world.mark().await;
    assert_eq!((world.orders().await.len(), mark.covered), (2, None), "no watermark before the last page");
    assert!(mark.cursor.is_some());
    let before = world.walks();
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.walks() - before), (4, 2), "two pages were left");
    assert_eq!(world.stock(item).await, (40, 4));
    assert!(world.mark().await.covered.is_some() && world.mark().await.cursor.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_place_that_the_platform_has_forgotten_begins_the_walk_anew() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    for _ in 0..3 {
        world.order(&mug, 1);
    }
    world.platform.fail_nth("GET /stores/main/orders", 1, Fault::Refused("broken"));
    world.pull().await;
    world.platform.fail_at("GET /stores/main/orders", Fault::Refused("unknown_cursor"));
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.stock(item).await), (3, (40, 3)));
}

#[tokio::test(start_paused = true)]
async fn later_pulls_read_what_has_changed_and_a_little_more() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.order(&mug, 1);
    world.pull().await;
    let entries = world.actions().await.len();
    world.pull().await;
    assert_eq!(world.actions().await.len(), entries, "what is read again unchanged leaves no trace");
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    world.order(&mug, 1);
    world.pull().await;
    assert_eq!(world.orders().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_stops_nothing_and_is_tried_again_alone() {
    let world = World::new(Script { page_size: 2, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let orders: Vec<_> = (0..5).map(|_| world.order(&mug, 1)).collect();
    world.platform.spoil(&orders[1]);
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.stock(item).await), (4, (40, 4)));
    let unread = world.hub.unread_orders(&world.alice, world.store.id).await.unwrap();
    assert_eq!((unread.len(), unread[0].record.as_ref(), unread[0].tries), (1, Some(&orders[1]), 1));
    assert!(world.mark().await.covered.is_some(), "the watermark has passed it");
    world.platform.mend(&orders[1]);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.stock(item).await), (5, (40, 5)));
    assert_eq!(world.hub.unread_orders(&world.alice, world.store.id).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_older_state_that_comes_late_changes_nothing() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 2);
    world.pull().await;
    // A slow answer holds the state before the cancellation, which another pull has stored by then.
    world.platform.fail_at("GET /stores/main/orders", Fault::Slow(Duration::from_secs(10)));
    world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
    let slow = tokio::spawn({
        let worker = world.worker();
        async move { worker.run_until_idle().await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull_alone(&order).await;
    assert_eq!(world.stock(item).await, (40, 0));
    slow.await.unwrap().unwrap();
    assert_eq!(world.stock(item).await, (40, 0));
    assert!(!world.taken(&order).await.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_schedule_pulls_again_and_again_and_outlives_a_failure() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.hub.schedule_orders(&world.alice, world.store.id, Some(Duration::from_secs(600))).await.unwrap();
    world.live(Duration::from_secs(60)).await;
    let first = world.walks();
    assert!(first >= 1);
    world.platform.fail_at("GET /stores/main/orders", Fault::Refused("broken"));
    world.order(&mug, 1);
    world.live(Duration::from_secs(1_300)).await;
    assert_eq!((world.walks() - first, world.orders().await.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_waits_as_long_as_the_platform_asks_and_no_longer() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let every = Duration::from_secs(24 * 3_600);
    world.platform.fail_at("GET /stores/main/orders", Fault::Throttle(Some(Duration::from_secs(300))));
    world.order(&mug, 1);
    world.hub.schedule_orders(&world.alice, world.store.id, Some(every)).await.unwrap();
    world.live(Duration::from_secs(900)).await;
    assert_eq!(world.orders().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_unknown_has_no_orders() {
    let world = World::new(Script::default()).await;
    let unknown = fusion_core::model::StoreId::new(&**world.hub.clock());
    let error = world.hub.pull_orders(&world.alice, unknown).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn what_was_sold_before_the_store_was_registered_is_known_and_moves_no_stock() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let old = world.order(&mug, 2);
    world.platform.backdate(&old, Duration::from_secs(24 * 3_600)).unwrap();
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.stock(item).await), (1, (40, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_first_pull_of_very_many_orders_pauses_and_goes_on_behind_its_last_page() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    for nth in 0..25 {
        world.order(&mug, 1);
        // More than one attempt's time in all.
        world.platform.fail_nth("GET /stores/main/orders", nth, Fault::Slow(Duration::from_secs(19)));
    }
    let before = world.walks();
    world.pull().await;
    assert_eq!((world.orders().await.len(), world.stock(item).await), (25, (40, 25)));
    assert_eq!(world.walks() - before, 25, "each page once");
    let jobs = world.memory.list(world.acme.tenant(), &JobFilter::default(), None, 1_000).await.unwrap();
    let pull = jobs.iter().find(|row| row.state.job.kind == JobKind::PULL_ORDERS).unwrap();
    assert_eq!((pull.state.status, &pull.state.failure), (JobStatus::Completed, &None));
}
