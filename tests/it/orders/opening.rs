//! Stock that a platform has counted, and orders that were placed before it did.

mod lives;

use crate::{
    newcomer::Newcomer,
    scene::{product_ref, variant_ref},
    world::World,
};
use fusion_core::{
    hub::{Adoption, NewStore, OrdersWanted},
    model::{Consumes, Currency, Intake, Listing, Order, Product, Ref, Restock},
};
use fusion_plugin_sdk::testkit::{OrderChange, Pools, Script};
use std::time::Duration;

impl World {
    /// A moment later.
    pub(crate) async fn moment(&self) {
        tokio::time::sleep(Duration::from_millis(7)).await;
    }

    pub(crate) fn sold(&self, listing: &Listing, wanted: &[(usize, i64)]) -> Ref {
        let wanted: Vec<_> =
            wanted.iter().map(|(variant, count)| (variant_ref(listing, *variant), *count)).collect();
        self.platform.place_order("main", &wanted).unwrap()
    }
}

impl Newcomer<'_> {
    pub(crate) async fn pulls(&self, world: &World) {
        world.moment().await;
        world.hub.pull_orders(&self.by, self.store.id).await.unwrap();
        world.run().await;
    }

    /// What lies there and what is kept of it, variant by variant.
    pub(crate) async fn counted(&self, world: &World, product: &Product) -> Vec<(i64, i64)> {
        let mut counted = Vec::new();
        for variant in &product.variants {
            let levels = world.hub.levels(&self.by, variant.consumes[0].item).await.unwrap();
            let sum = |of: fn(&fusion_core::model::StockLevel) -> i64| levels.iter().map(of).sum();
            counted.push((sum(|level| level.on_hand), sum(|level| level.committed)));
        }
        counted
    }

    async fn taken(&self, world: &World, order: &Ref) -> Order {
        let orders = world.hub.orders(&self.by, self.store.id, OrdersWanted::All, None, 1_000).await.unwrap();
        orders.into_iter().find(|one| one.facts.refs.knows(order)).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_placed_before_its_stock_came_in_is_taken_out_once() {
    for is_pulled_first in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 2).await;
        world.moment().await;
        let early = world.sold(&mug, &[(0, 1)]);
        world.moment().await;
        let new = world.newcomer().await;
        world.moment().await;
        let order = world.sold(&mug, &[(0, 2), (1, 3)]);
        world.moment().await;
        if is_pulled_first {
            new.pulls(&world).await;
        }
        world.moment().await;
        new.imports(Intake::Everything).await;
        world.moment().await;
        let late = world.sold(&mug, &[(1, 4)]);
        new.pulls(&world).await;
        new.pulls(&world).await;
        let at = format!("pulled first: {is_pulled_first}");
        let product = new.products().await.remove(0);
        assert_eq!(new.counted(&world, &product).await, [(40, 3), (40, 7)], "{at}");

        // Shipped, cancelled and back again, piece by piece as at the platform.
        let lines = world.platform.lines_of(&order);
        world.change(&order, OrderChange::Ship(vec![(lines[1].clone(), 2)])).await;
        world.change(&early, OrderChange::Cancel).await;
        new.pulls(&world).await;
        assert_eq!(new.counted(&world, &product).await, [(40, 2), (38, 5)], "{at}");
        let back = vec![(lines[1].clone(), 2, Restock::Yes)];
        world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), back)).await;
        world.change(&late, OrderChange::Cancel).await;
        new.pulls(&world).await;
        // Of equal pieces those in the house go first.
        assert_eq!(new.counted(&world, &product).await, [(40, 2), (39, 0)], "{at}");
        world.change(&order, OrderChange::Cancel).await;
        new.pulls(&world).await;
        assert_eq!(new.counted(&world, &product).await, [(40, 0), (39, 0)], "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_before_the_stock_came_in_moves_nothing() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.moment().await;
    let (sent, cancelled) = (world.sold(&mug, &[(0, 3)]), world.sold(&mug, &[(0, 5)]));
    let line = world.platform.lines_of(&sent).remove(0);
    world.change(&sent, OrderChange::Ship(vec![(line.clone(), 3)])).await;
    world.change(&cancelled, OrderChange::Cancel).await;
    world.moment().await;
    let new = world.newcomer().await;
    new.imports(Intake::Everything).await;
    new.pulls(&world).await;
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(37, 0)]);
    for order in [&sent, &cancelled] {
        assert_eq!(new.taken(&world, order).await.ledger[0].turn, 0, "nothing was moved");
    }
    let back = vec![(line, 1, Restock::Yes)];
    world.change(&sent, OrderChange::Refund("1 EUR".parse().unwrap(), back)).await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(38, 0)], "what comes back later is on the shelf again");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_added_later_to_an_earlier_order_is_kept_for_its_buyer() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    world.moment().await;
    let order = world.sold(&mug, &[(0, 1)]);
    new.pulls(&world).await;
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    world.change(&order, OrderChange::Add(variant_ref(&mug, 1), 1)).await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(40, 1), (40, 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_cancelled_before_the_read_and_touched_after_gives_nothing_back_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    world.moment().await;
    let order = world.sold(&mug, &[(0, 2)]);
    world.change(&order, OrderChange::Cancel).await;
    world.moment().await;
    new.imports(Intake::Everything).await;
    world.change(&order, OrderChange::Email(None)).await;
    new.pulls(&world).await;
    let product = new.products().await.remove(0);
    assert_eq!((new.counted(&world, &product).await, new.doubts().await), (vec![(40, 0)], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_sale_of_a_listing_that_was_joined_to_a_counted_item_is_taken_out_of_it() {
    let world = World::new(Script::default()).await;
    let (cup, mug) = (world.published("Cup", 1).await, world.published("Mug", 1).await);
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&cup, &[(0, 1)]);
    world.sold(&mug, &[(0, 3)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let [cups, mugs]: [Product; 2] = new.products().await.try_into().unwrap();
    let item = cups.variants[0].consumes.clone();
    let join = |product: &mut Product| product.variants[0].consumes.clone_from(&item);
    world.hub.change_product(&new.by, mugs.id, join).await.unwrap();
    new.pulls(&world).await;
    // The cup's own sale was in the count of the cups, the mugs were not.
    assert_eq!(new.counted(&world, &cups).await, [(40, 4)]);
}

#[tokio::test(start_paused = true)]
async fn one_stock_that_is_shown_twice_was_counted_with_the_sales_of_both_rows() {
    let world = World::new(Script { pools: Pools::ByProduct, ..Script::default() }).await;
    let mug = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&mug, &[(0, 1), (1, 2)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    new.pulls(&world).await;
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(40, 3), (40, 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_kit_that_was_sold_before_its_parts_were_counted_takes_all_of_them() {
    let world = World::new(Script::default()).await;
    let (cup, set) = (world.published("Cup", 1).await, world.published("Set", 1).await);
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&set, &[(0, 3)]);
    world.sold(&cup, &[(0, 1)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let [cups, sets]: [Product; 2] = new.products().await.try_into().unwrap();
    // A set is its own box with two cups; what the platform has counted are sets.
    let mut parts = sets.variants[0].consumes.clone();
    parts.extend(cups.variants[0].consumes.iter().map(|part| Consumes { units: 2, ..*part }));
    let lay_out = |product: &mut Product| product.variants[0].consumes.clone_from(&parts);
    world.hub.change_product(&new.by, sets.id, lay_out).await.unwrap();
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &cups).await, [(40, 7)]);
    assert_eq!(new.counted(&world, &sets).await, [(37, 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_multipack_that_was_sold_before_its_piece_was_counted_takes_every_piece() {
    let world = World::new(Script::default()).await;
    let pack = world.published("Pack", 1).await;
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&pack, &[(0, 2)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    let lay_out = |product: &mut Product| product.variants[0].consumes[0].units = 6;
    world.hub.change_product(&new.by, product.id, lay_out).await.unwrap();
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(38, 12)]);
}

#[tokio::test(start_paused = true)]
async fn what_another_authorisation_has_sold_is_in_no_count_of_this_one() {
    let world = World::new(Script::default()).await;
    world.platform.add_store("second", "Second shop", Currency::new("EUR").unwrap());
    let mug = world.published("Mug", 1).await;
    let there = NewStore::new("scripted", "Second shop").with_remote_id("second");
    let theirs = world.hub.register_store(&world.alice, there.clone()).await.unwrap();
    let bundle = world.hub.publish(&world.alice, [mug.product], [theirs.id]).await.unwrap();
    world.approve(&bundle).await;
    world.run().await;
    let other = world.listings(mug.product).await.into_iter().find(|one| one.store == theirs.id).unwrap();

    let new = world.newcomer().await;
    let second = world.hub.register_store(&new.by, there).await.unwrap();
    assert_ne!(second.connection, new.store.connection);
    world.moment().await;
    world.platform.place_order("second", &[(variant_ref(&other, 0), 3)]).unwrap();
    world.sold(&mug, &[(0, 1)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    let adoption = Adoption::new(product.id, second.id, product_ref(&other));
    world.hub.adopt(&new.by, adoption).await.unwrap();
    for store in [new.store.id, second.id] {
        world.hub.pull_orders(&new.by, store).await.unwrap();
        world.run().await;
    }
    assert_eq!(new.counted(&world, &product).await, [(40, 4)]);
}
