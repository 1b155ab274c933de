//! Stock that a person has counted, and orders that were placed or shipped before that.

use crate::{newcomer::Newcomer, world::World};
use fusion_core::{
    hub::StockChange,
    model::{Intake, MoveKind, Product, Question, Restock, StockItemId},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};
use std::time::Duration;

impl World {
    /// Somebody counts, and finds so many more than are known of.
    pub(super) async fn finds(&self, item: StockItemId, delta: i64) {
        let change = StockChange {
            item,
            location: None,
            kind: MoveKind::Count,
            delta,
            cause: "stocktaking".to_owned(),
        };
        self.hub.move_stock(&self.alice, change).await.unwrap();
    }

    pub(super) async fn levels_in_doubt(&self) -> usize {
        let doubts = self.hub.doubts(&self.alice).await.unwrap();
        doubts.iter().filter(|doubt| matches!(doubt.question, Question::Level { .. })).count()
    }
}

impl Newcomer<'_> {
    /// Somebody counts, and finds so many more than are known of.
    pub(crate) async fn finds(&self, world: &World, product: &Product, delta: i64, cause: &str) {
        let change = StockChange {
            item: product.variants[0].consumes[0].item,
            location: None,
            kind: MoveKind::Count,
            delta,
            cause: cause.to_owned(),
        };
        world.hub.move_stock(&self.by, change).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_order_is_kept_of_what_a_person_has_counted_since() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&mug, &[(0, 2)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(38, 0)], "as the platform shows it");
    // On the shelf are two that nobody here knows to be sold.
    new.finds(&world, &product, 2, "stocktaking").await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(40, 2)]);
}

#[tokio::test(start_paused = true)]
async fn what_had_left_before_somebody_counted_is_in_the_count() {
    for is_pulled_before in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let new = world.newcomer().await;
        world.moment().await;
        let order = world.sold(&mug, &[(0, 5)]);
        let line = world.platform.lines_of(&order).remove(0);
        world.moment().await;
        new.imports(Intake::Everything).await;
        let product = new.products().await.remove(0);
        if is_pulled_before {
            new.pulls(&world).await;
            assert_eq!(new.counted(&world, &product).await, [(40, 5)]);
        }
        world.change(&order, OrderChange::Ship(vec![(line.clone(), 3)])).await;
        let back = vec![(line.clone(), 1, Restock::Yes)];
        world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), back)).await;
        world.moment().await;
        // Of forty that were there three have left, and one has come back.
        let known = new.counted(&world, &product).await[0].0;
        new.finds(&world, &product, 38 - known, "stocktaking").await;
        new.pulls(&world).await;
        let at = format!("pulled before: {is_pulled_before}");
        assert_eq!(new.counted(&world, &product).await, [(38, 1)], "{at}");
        world.change(&order, OrderChange::Ship(vec![(line, 1)])).await;
        new.pulls(&world).await;
        new.pulls(&world).await;
        assert_eq!(new.counted(&world, &product).await, [(37, 0)], "{at}");
        assert_eq!(new.doubts().await, [], "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_from_before_registering_is_kept_of_what_was_counted_since() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.moment().await;
    let open = world.sold(&mug, &[(0, 2)]);
    let sent = world.sold(&mug, &[(0, 1)]);
    let line = world.platform.lines_of(&sent).remove(0);
    world.change(&sent, OrderChange::Ship(vec![(line, 1)])).await;
    world.moment().await;
    let new = world.newcomer().await;
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    new.finds(&world, &product, 2, "stocktaking").await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(39, 2)]);
    world.change(&open, OrderChange::Cancel).await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(39, 0)]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_what_was_entered_leaves_out_is_kept_of_what_somebody_counts_later() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let (open, sent) = (world.order(&mug, 3), world.order(&mug, 1));
    let [line, gone] = [&open, &sent].map(|order| world.platform.lines_of(order).remove(0));
    world.change(&sent, OrderChange::Ship(vec![(gone, 1)])).await;
    for order in [&open, &sent] {
        world.platform.backdate(order, Duration::from_secs(24 * 3_600)).unwrap();
    }
    world.pull().await;
    assert_eq!(world.stock(item).await, (40, 0));
    // On the shelf are three more that are sold.
    world.finds(item, 3).await;
    world.run().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((43, 3), 0));
    world.tick().await;
    world.change(&open, OrderChange::Ship(vec![(line, 3)])).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 0), 0));
}
