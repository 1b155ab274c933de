//! What we do to orders whose lines aren't counted yet, or were counted before their stock was.

use super::acting::{Bought, bought, cancel, ship};
use crate::{scene::product_ref, world::World};
use fusion_core::{
    hub::StockChange,
    model::{
        Candidate, Choice, Doubt, DoubtId, Intake, Listing, MoveKind, Product, Question, Ref, Restock,
        StockItemId, StoreId,
    },
    storage::{ChangeSet, Query, Storage, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, OrderChange, Script};

/// A shop that sells what the hub doesn't know, and one order of it.
struct Foreign {
    world: World,
    mug: Listing,
    variant: Ref,
    order: Ref,
    line: String,
}

async fn foreign(count: i64) -> Foreign {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.tick().await;
    let variant = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    world.platform.set_available(&variant, 40).unwrap();
    let order = world.platform.place_order("main", &[(variant.clone(), count)]).unwrap();
    let line = world.platform.lines_of(&order).remove(0);
    world.tick().await;
    Foreign { world, mug, variant, order, line }
}

impl Foreign {
    /// Brings in what it sells: its listing and its item.
    async fn imported(&self) -> (Listing, StockItemId) {
        let Self { world, mug, .. } = self;
        world.tick().await;
        world.hub.import(&world.alice, world.store.id, Intake::Everything).await.unwrap();
        world.run().await;
        let products =
            list_all::<Product>(&world.memory, world.acme.tenant(), &Query::Products).await.unwrap();
        let new = products.into_iter().find(|one| one.value.id != mug.product).unwrap().value;
        (world.listing(new.id).await, world.item(new.id, 0).await)
    }
}

async fn in_doubt(world: &World) -> usize {
    world.hub.doubts(&world.alice).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn what_we_cancel_comes_back_even_if_its_line_is_first_counted_then() {
    let it = foreign(2).await;
    let (listing, item) = it.imported().await;
    let Foreign { world, order, .. } = it;
    let known = listing.variants[0].variant;
    world.change_listing(&listing, |listing| listing.variants[0].variant = None).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, in_doubt(&world).await), ((38, 0), 1));
    world.change_listing(&listing, |listing| listing.variants[0].variant = known).await;
    // What is read afterwards says nothing: only our own act counts.
    let bundle = world.agreed_to(&order, cancel(&[], Restock::Yes)).await;
    world.platform.fail_nth("GET /orders/", 1, Fault::Refused("broken"));
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, fusion_core::approval::Phase::Done);
    assert_eq!((world.stock(item).await, in_doubt(&world).await), ((40, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn pieces_cancelled_without_restock_stay_gone_if_a_person_says_later_what_they_are() {
    let Foreign { world, mug, order, line, .. } = foreign(3).await;
    let item = world.item(mug.product, 0).await;
    world.pull().await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    let it = Choice::This(Candidate::Row(mug.variants[0].id));
    world.hub.resolve(&world.bob, doubts[0].id, it).await.unwrap();
    world.run().await;
    assert_eq!(world.stock(item).await, (39, 2));
    assert_eq!(world.taken(&order).await.ledger[0].tally.written_off, 1);
    world.done(&order, cancel(&[], Restock::Yes)).await;
    assert_eq!(world.stock(item).await, (39, 0), "the others go back on the shelf");
}

#[tokio::test(start_paused = true)]
async fn pieces_cancelled_without_restock_before_their_stock_came_in_are_not_taken_out_of_it_again() {
    let it = foreign(3).await;
    it.world.pull().await;
    it.world.done(&it.order, cancel(&[], Restock::No)).await;
    let there = it.world.platform.available(&it.variant).unwrap();
    let (_, item) = it.imported().await;
    assert_eq!((it.world.stock(item).await, in_doubt(&it.world).await), ((there, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_waits_for_a_newer_read_is_counted_in_doubt_if_there_is_none() {
    let it = foreign(2).await;
    it.world.pull().await;
    for _ in 0..5 {
        it.world.platform.fail_at("GET /orders/", Fault::Refused("gone"));
    }
    let (_, item) = it.imported().await;
    assert_eq!(it.world.stock(item).await, (40, 2));
    let doubts = it.world.hub.doubts(&it.world.alice).await.unwrap();
    assert!(matches!(doubts[..], [Doubt { question: Question::Level { .. }, .. }]), "{doubts:?}");
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
