//! A worker that dies at any call of a pull, or of something done to an order.

use super::acting::{Bought, bought, cancel, ship};
use crate::{kill::trap::Side, world::World};
use fusion_core::{
    approval::Phase,
    model::{Listing, Ref, Restock, StockItemId},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};

struct Scene {
    world: World,
    item: StockItemId,
    orders: Vec<Ref>,
}

impl Scene {
    /// Two orders that are known, one of which has changed, and two more on the next page.
    async fn new() -> Self {
        let world = World::new(Script { page_size: 2, ..Script::default() }).await;
        let mug: Listing = world.published("Mug", 1).await;
        let item = world.item(mug.product, 0).await;
        let mut orders: Vec<Ref> = (0..2).map(|_| world.order(&mug, 2)).collect();
        world.pull().await;
        world.change(&orders[0], OrderChange::Cancel).await;
        orders.extend((0..2).map(|_| world.order(&mug, 1)));
        let line = world.platform.lines_of(&orders[2]).remove(0);
        world.change(&orders[2], OrderChange::Ship(vec![(line, 1)])).await;
        world.tick().await;
        world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
        Self { world, item, orders }
    }

    async fn assert_counted(&self, at: &str) {
        assert_eq!(self.world.stock(self.item).await, (39, 3), "{at}");
        assert_eq!(self.world.orders().await.len(), self.orders.len(), "{at}");
        let mut taken: Vec<_> = self.world.orders().await;
        taken.retain(|order| order.ledger.iter().any(|ledger| ledger.turn > 2));
        assert_eq!(taken, [], "{at}: no more changes than there were");
        self.world.assert_rest(at).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_is_killed_at_any_call_loses_and_doubles_nothing() {
    let mut calls = 0;
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = Scene::new().await;
            let Some(what) = scene.world.kill(at, side).await else { break };
            scene.world.work(&scene.world.other_worker().await).await;
            scene.assert_counted(&what).await;
            calls += 1;
        }
    }
    assert!(calls > 20, "{calls} calls were met");
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_an_order_and_killed_at_any_call_is_done_and_counted_once() {
    for (action, name) in [(ship(&[]), "ship_order"), (cancel(&[], Restock::No), "cancel_order")] {
        let mut calls = 0;
        for side in [Side::Before, Side::After] {
            for at in 1.. {
                let Bought { world, item, order, .. } = bought(2).await;
                let bundle = world.agreed_to(&order, action.clone()).await;
                let Some(what) = world.kill(at, side).await else { break };
                // A pull may see what was done before the next worker knows of it.
                world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
                world.work(&world.other_worker().await).await;
                let end = world.view(bundle.items[0].id).await;
                assert_eq!(end.phase, Phase::Done, "{what}: {:?}", end.failure);
                assert_eq!((world.platform.count(name), world.stock(item).await), (1, (38, 0)), "{what}");
                calls += 1;
            }
        }
        assert!(calls > 20, "{calls} calls were met");
    }
}
