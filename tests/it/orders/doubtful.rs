//! What happens while the stock that an import opens is being read, or in the same second: never more is offered
//! than the platform has.

use crate::{newcomer::Newcomer, scene::variant_ref, world::World};
use fusion_core::{
    error::ErrorKind,
    model::{Candidate, Choice, Doubt, Intake, Listing, Question},
};
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

/// How many levels a person has to count.
async fn in_doubt(new: &Newcomer<'_>) -> usize {
    let doubts = new.doubts().await;
    doubts.iter().filter(|doubt| matches!(doubt.question, Question::Level { .. })).count()
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
        // Of an order that nobody saw before its edit no piece is known to have been there.
        let wanted = if is_pulled_first { (37, 37, 0) } else { (36, 37, 1) };
        let (ours, theirs) = offered(&world, &new, &mug).await;
        assert_eq!((ours, theirs, in_doubt(&new).await), wanted, "pulled first: {is_pulled_first}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_raised_while_a_long_import_runs_is_taken_out() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let (mug, cup) = (world.published("Mug", 1).await, world.published("Cup", 1).await);
    let new = world.newcomer().await;
    pass(5).await;
    let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 1)]).unwrap();
    let line = world.platform.lines_of(&order).remove(0);
    new.pulls(&world).await;
    pass(5).await;
    world.platform.fail_nth("GET /stores/main/products", 1, Fault::Slow(Duration::from_secs(20)));
    world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
    let worker = world.worker();
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    pass(10_000).await;
    assert!(!running.is_finished() && !new.products().await.is_empty(), "one product is there");
    world.change(&order, OrderChange::Edit(line, 3)).await;
    running.await.unwrap().unwrap();
    let platform = world.shown(&mug, 0).unwrap();
    new.pulls(&world).await;
    let product = new.products().await.into_iter().find(|one| one.wording.title == "Mug").unwrap();
    assert_eq!((new.counted(&world, &product).await, platform), (vec![(40, 3)], 37));
    // Nothing says whether the pieces came before the read or after it.
    assert_eq!((in_doubt(&new).await, world.shown(&cup, 0)), (1, Some(40)));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_joined_an_order_nobody_had_seen_is_in_doubt_until_somebody_counts() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    pass(5).await;
    let order = world.platform.place_order("main", &[(variant_ref(&mug, 1), 1)]).unwrap();
    pass(5).await;
    new.imports(Intake::Everything).await;
    pass(5).await;
    world.change(&order, OrderChange::Add(variant_ref(&mug, 0), 2)).await;
    assert_eq!(offered(&world, &new, &mug).await, (38, 38));
    new.pulls(&world).await;
    world.change(&order, OrderChange::Add(variant_ref(&mug, 0), 1)).await;
    assert_eq!(offered(&world, &new, &mug).await, (37, 37));
    assert_eq!(in_doubt(&new).await, 2, "one for each level");
    let product = new.products().await.remove(0);
    new.finds(&world, &product, 0, "stocktaking").await;
    let left = new.doubts().await;
    let other = product.variants[1].consumes[0].item;
    let asks = |doubt: &Doubt| matches!(doubt.question, Question::Level { item, .. } if item == other);
    assert!(left.len() == 1 && asks(&left[0]), "{left:?}");
    let it = Choice::This(Candidate::Product(product.id));
    let refused = world.hub.resolve(&new.by, left[0].id, it).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    world.hub.resolve(&new.by, left[0].id, Choice::Nothing).await.unwrap();
    new.pulls(&world).await;
    assert_eq!(new.doubts().await, [], "what was answered isn't asked again");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_without_a_date_offers_the_fewest_and_is_in_doubt() {
    for is_cancelled_first in [true, false] {
        let world = World::new(Script { tells_history: false, ..Script::default() }).await;
        let mug = world.published("Mug", 1).await;
        let new = world.newcomer().await;
        pass(5).await;
        let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 2)]).unwrap();
        pass(5).await;
        if is_cancelled_first {
            world.change(&order, OrderChange::Cancel).await;
            pass(5).await;
        }
        new.imports(Intake::Everything).await;
        pass(5).await;
        world
            .change(&order, if is_cancelled_first { OrderChange::Email(None) } else { OrderChange::Cancel })
            .await;
        let ours = if is_cancelled_first { 40 } else { 38 };
        assert_eq!(offered(&world, &new, &mug).await, (ours, 40), "cancelled first: {is_cancelled_first}");
        assert_eq!(in_doubt(&new).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_orders_from_before_the_read_is_read_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    pass(5).await;
    let order = world.platform.place_order("main", &[(variant_ref(&mug, 0), 2)]).unwrap();
    world.platform.place_order("main", &[(variant_ref(&mug, 0), 1)]).unwrap();
    pass(5).await;
    world.platform.fail_at("GET /stores/main/orders", Fault::Slow(Duration::from_secs(20)));
    world.hub.pull_orders(&new.by, new.store.id).await.unwrap();
    let worker = world.worker();
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    pass(2_000).await;
    world.platform.change_order(&order, OrderChange::Cancel).unwrap();
    pass(2_000).await;
    world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
    running.await.unwrap().unwrap();
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(40, 1)], "as they were when they were read again");
    assert_eq!(offered(&world, &new, &mug).await, (39, 39));
    assert_eq!(new.doubts().await, []);
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
