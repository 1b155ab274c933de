//! What happens while the stock that an import opens is being read, or in the same second: never more is offered
//! than the platform has.

use crate::{newcomer::Newcomer, scene::variant_ref, world::World};
use fusion_core::model::{Intake, Listing};
use fusion_plugin_sdk::testkit::{Fault, OrderChange, Script};
use std::time::Duration;

async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Pulls; what of the first variant the hub lets be sold, and what the platform had before it was told.
async fn offered(world: &World, new: &Newcomer<'_>, mug: &Listing) -> (i64, i64) {
    let platform = world.shown(mug, 0).unwrap();
    new.pulls(world).await;
    let product = new.products().await.remove(0);
    let levels = world.hub.levels(&new.by, product.variants[0].consumes[0].item).await.unwrap();
    (levels.iter().map(|level| level.available()).sum(), platform)
}

#[tokio::test(start_paused = true)]
async fn pieces_that_an_order_gained_after_the_read_are_taken_out() {
    for is_pulled_first in [false, true] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let new = world.newcomer().await;
        pass(5).await;
        let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 1)]).unwrap();
        let line = world.platform.lines_of(&order).remove(0);
        pass(5).await;
        if is_pulled_first {
            new.pulls(&world).await;
        }
        new.imports(Intake::Everything).await;
        pass(5).await;
        world.change(&order, OrderChange::Edit(line, 3)).await;
        assert_eq!(offered(&world, &new, &mug).await, (37, 37), "pulled first: {is_pulled_first}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_in_the_second_of_the_read_comes_back_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    pass(5).await;
    let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 2)]).unwrap();
    pass(1_500).await;
    let micros = world.hub.clock().now().as_micros().rem_euclid(1_000_000);
    tokio::time::advance(Duration::from_micros(u64::try_from(1_000_000 - micros).unwrap())).await;
    world.platform.change_order(&order, OrderChange::Cancel).unwrap();
    pass(100).await;
    new.imports(Intake::Everything).await;
    pass(5_000).await;
    assert_eq!(offered(&world, &new, &mug).await, (40, 40));
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_while_stock_is_being_read_comes_back_once() {
    let cut_off = Script { cuts_variants: true, ..Script::default() };
    let slow = Fault::Slow(Duration::from_secs(5));
    let throttled = Fault::Throttle(Some(Duration::from_secs(5)));
    for (script, fault) in [(cut_off, slow), (Script::default(), throttled)] {
        let world = World::new(script).await;
        let mug = world.published("Mug", 1).await;
        let new = world.newcomer().await;
        pass(5).await;
        let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 2)]).unwrap();
        pass(5).await;
        world.platform.fail_at("GET /stores/main/products", fault);
        world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
        let worker = world.worker();
        let running = tokio::spawn(async move { worker.run_until_idle().await });
        pass(2_500).await;
        assert!(!running.is_finished());
        world.platform.change_order(&order, OrderChange::Cancel).unwrap();
        running.await.unwrap().unwrap();
        pass(5).await;
        assert_eq!(offered(&world, &new, &mug).await, (40, 40));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sale_in_the_second_of_registering_is_reserved() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 2);
    let placed = world.hub.clock().now().as_micros();
    // As a platform tells it that cuts off the fraction.
    let fraction = u64::try_from(placed.rem_euclid(1_000_000)).unwrap();
    world.platform.backdate(&order, Duration::from_micros(fraction)).unwrap();
    world.pull().await;
    assert_eq!(world.stock(item).await, (40, 2));
}
