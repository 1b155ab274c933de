//! What each product costs doesn't depend on how many there are: counted, since time decides no test. The long run
//! over 20,000 products is `cargo bench --bench scale`, and goes the same way.

#[path = "../../benches/catalogue.rs"]
mod catalogue;
mod counted;
#[path = "../../benches/scale/flow.rs"]
mod flow;

use crate::world::World;
use counted::{Counted, Counts, counted};
use flow::Flow;
use fusion_core::{
    clock::Timestamp,
    hub::StockChange,
    model::{Doubt, DoubtId, MoveKind, OrderId, Question},
    storage::{ChangeSet, Storage},
};
use fusion_plugin_sdk::testkit::Script;
use fusion_plugins::shopify::{Shopify, simulator::Simulator};
use fusion_queue::{Memory, TokioClock};
use std::{num::NonZeroU32, sync::Arc};

/// More than any run spends.
const POINTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

/// Everything that was asked of storage, queue and shop for so many products.
async fn spent(products: u64) -> Counts {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let shop =
        Shopify::simulator(Storage::clock(&memory)).points_per_second(POINTS_PER_SECOND).build().unwrap();
    let backend = counted(memory);
    let flow = Flow::open(backend.clone(), &shop).await.unwrap();
    let before = all(&backend, &shop);
    let file = catalogue::file(products);
    let saved = flow.read(&file).await.unwrap();
    let bundle = flow.ask(&saved).await.unwrap();
    flow.agree(bundle).await.unwrap();
    flow.perform().await.unwrap();
    assert_eq!(file.lines().count() as u64, 1 + products * catalogue::ROWS);
    assert_eq!((flow.done(bundle).await.unwrap(), shop.products().len()), (saved.len(), saved.len()));
    all(&backend, &shop).less(&before)
}

fn all(backend: &Counted, shop: &Simulator) -> Counts {
    let mut counts = backend.watch.counts();
    counts.set("requests to the shop", shop.calls().values().sum());
    counts.set("effects in the shop", shop.ledger().len() as u64);
    counts
}

#[tokio::test(start_paused = true)]
async fn a_product_costs_the_same_however_many_there_are() {
    let (few, twice, thrice) = (spent(100).await, spent(200).await, spent(300).await);
    for (what, few) in few.rows() {
        let (twice, thrice) = (twice.of(what), thrice.of(what));
        assert!(few > 0, "{what}: nothing was counted");
        // What a run needs once is the same in all three, so it falls out of the differences.
        let (second, third) = (twice.saturating_sub(few), thrice.saturating_sub(twice));
        let apart = second.abs_diff(third);
        assert!(apart * 50 <= second, "{what}: 100 more took {second}, another 100 took {third}");
        assert!(second <= few + few / 50, "{what}: the first 100 took {few}, the next {second}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_reads_the_questions_about_its_level_alone() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let backend = counted(world.memory.clone());
    let hub = world.another_hub(backend.clone(), world.platform.transport()).await;
    let count = async |cause: &str| {
        let before = backend.watch.counts();
        let change =
            StockChange { item, location: None, kind: MoveKind::Count, delta: 1, cause: cause.to_owned() };
        hub.move_stock(&world.alice, change).await.unwrap();
        backend.watch.counts().less(&before)
    };
    let alone = count("first").await;
    let clock = Storage::clock(&world.memory);
    let mut changes = ChangeSet::default();
    for nth in 0..300 {
        let question = Question::OrderLine { order: OrderId::new(&*clock), line: nth.to_string() };
        let id = DoubtId::new(&*clock);
        changes.create(Doubt::new(id, world.store.id, question, Vec::new(), Timestamp::EPOCH));
    }
    drop(world.memory.commit(world.acme.tenant(), changes).await.unwrap());
    let beside = count("second").await;
    assert!(alone.rows().eq(beside.rows()), "{alone:?} alone, {beside:?} beside 300 questions");
}
