//! What we do to orders whose lines aren't counted yet, or were counted before their stock was.

use super::acting::{Bought, bought, ship};
use crate::world::World;
use fusion_core::{
    hub::StockChange,
    model::{Choice, Doubt, DoubtId, MoveKind, Question, StoreId},
    storage::{ChangeSet, Storage},
};
use fusion_plugin_sdk::testkit::OrderChange;

async fn in_doubt(world: &World) -> usize {
    world.hub.doubts(&world.alice).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn what_others_had_sent_before_somebody_counted_leaves_once_though_we_sent_more_since() {
    let Bought { world, item, order, line, .. } = bought(4).await;
    world.change(&order, OrderChange::Ship(vec![(line.clone(), 2)])).await;
    world.tick().await;
    let change =
        StockChange { item, location: None, kind: MoveKind::Count, delta: -2, cause: "count".to_owned() };
    world.hub.move_stock(&world.alice, change).await.unwrap();
    assert_eq!(world.stock(item).await, (38, 4));
    world.done(&order, ship(&[(&line, 1)])).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, in_doubt(&world).await), ((37, 1), 0));
}

#[tokio::test(start_paused = true)]
async fn who_says_that_a_level_is_right_answers_for_every_store() {
    let Bought { world, item, .. } = bought(1).await;
    let location = world.hub.levels(&world.alice, item).await.unwrap()[0].location;
    let mut changes = ChangeSet::default();
    let mut ids = Vec::new();
    for store in [world.store.id, StoreId::new(&**world.hub.clock())] {
        let id = DoubtId::new(&**world.hub.clock());
        let question = Question::Level { item, location };
        changes.create(Doubt::new(id, store, question, Vec::new(), world.hub.clock().now()));
        ids.push(id);
    }
    let _ = Storage::commit(&world.memory, world.acme.tenant(), changes).await.unwrap();
    let answered = world.hub.resolve(&world.bob, ids[0], Choice::Nothing).await.unwrap();
    assert!(!answered.is_open());
    assert_eq!(in_doubt(&world).await, 0);
}
