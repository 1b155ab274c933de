//! A database that comes back from the past executes nothing by itself.

use super::*;
use crate::{
    behind::BehindRead,
    kill::trap::{Side, Trap, TrappedWay},
    scene::DAY,
};
use fusion_core::{
    approval::{Phase, Verdict},
    audit::Checkpoint,
    canonical::Mac,
    clock::Clock as _,
    error::ErrorKind,
    hub::{ProductsWanted, StockChange},
    model::{Intake, MoveKind, RequestId},
    testkit::Through,
};

in_every_place! {
    it_opens_held_and_goes_on_when_people_have_looked,
    what_is_past_its_time_by_now_may_have_been_carried_out_in_it,
    a_copy_that_is_newer_than_the_checkpoint_is_held_by_hand,
}

impl Shop {
    /// One whose database can be copied.
    async fn copied(place: Place) -> Self {
        let shop = Self::new(place);
        match shop.database {
            #[cfg(feature = "postgres")]
            Database::At(Place::Server(_)) => {
                Self { database: Database::Whole(crate::server::Whole::new().await), ..shop }
            }
            _ => shop,
        }
    }

    /// The database as it is now.
    async fn copy(&self) -> Database {
        match &self.database {
            Database::At(_) => {
                let copy = TempDir::new().unwrap();
                // A statement here doesn't say `fusion.` of a file.
                let file = copy.path().join("copy");
                self.execute(&format!("VACUUM INTO '{}'", file.display())).await;
                std::fs::rename(&file, copy.path().join("fusion.db")).unwrap();
                Database::At(Place::File(copy))
            }
            #[cfg(feature = "postgres")]
            Database::Whole(whole) => Database::Whole(whole.copy().await),
        }
    }
}

/// A copy with one request under way, one approved and one asked for, and the end of the chain that went on without it.
struct Past {
    shop: Shop,
    store: Store,
    running: RequestId,
    approved: RequestId,
    asked: RequestId,
    signed: Checkpoint,
}

async fn past(place: Place) -> Past {
    let mut shop = Shop::copied(place).await;
    let hub = shop.hub().await;
    let store = store(&hub, "Main shop").await;
    bought(&hub, &shop, &store, "Mug").await;
    let running = agreed(&hub, &store, "Jar").await.items[0].id;
    let trap = Trap::at_sent(1, Side::Before);
    let way = Arc::new(TrappedWay { way: shop.platform.transport(), trap: trap.clone() });
    let killed = builder(shop.open().await, &shop.platform, way).keys(shop.keys.clone());
    let killed = killed.build().await.unwrap();
    let worker = Worker::of(&killed).with_lease(LEASE);
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        _ = worker.run_until_idle() => panic!("nothing was sent"),
    }
    drop((worker, killed));
    let approved = agreed(&hub, &store, "Cup").await.items[0].id;
    let asked = asked(&hub, &store, "Pot").await.items[0].id;
    let alice = person(&hub, "alice");
    let phase = hub.request(&alice, running).await.unwrap().phase;
    assert!(matches!(phase, Phase::Executing { .. }), "{phase:?}");
    drop(hub);

    let copy = shop.copy().await;
    // What the copy knows nothing of.
    let hub = shop.hub().await;
    work(&hub).await;
    for done in [running, approved] {
        assert_eq!(hub.request(&alice, done).await.unwrap().phase, Phase::Done);
    }
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    assert_eq!(signed.incarnation, Some(1));
    drop(hub);
    // Whoever has what was signed goes on.
    let hub = shop.builder().await.checkpoint(signed.clone()).build().await.unwrap();
    assert_eq!(count(&hub, "restore_held").await, 0);
    drop(hub);
    shop.database = copy;
    Past { shop, store, running, approved, asked, signed }
}

const LEASE: std::time::Duration = std::time::Duration::from_secs(10);

async fn more_stock(hub: &Hub) {
    let alice = person(hub, "alice");
    let mug =
        hub.products(&alice, ProductsWanted::WithSku("Mug-1".to_owned()), None, 9).await.unwrap().remove(0);
    let (item, kind) = (mug.variants[0].consumes[0].item, MoveKind::Receive);
    let more = StockChange { item, location: None, kind, delta: 1, cause: "delivery".to_owned() };
    hub.move_stock(&alice, more).await.unwrap();
}

async fn it_opens_held_and_goes_on_when_people_have_looked(place: fn() -> Place) {
    let Past { shop, store, running, approved, asked, signed } = past(place()).await;
    let effects = || ["create", "stock"].map(|what| shop.platform.count(what));
    let before = effects();
    let hub = shop.builder().await.checkpoint(signed.clone()).build().await.unwrap();
    let (alice, dora) = (person(&hub, "alice"), person(&hub, "dora"));
    assert_eq!(count(&hub, "restore_held").await, 1);
    for lost in [running, approved] {
        let phase = hub.request(&alice, lost).await.unwrap().phase;
        assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
    }
    let waits = hub.request(&alice, asked).await.unwrap().phase;
    assert!(matches!(waits, Phase::Pending(_)), "{waits:?}");
    more_stock(&hub).await;
    work(&hub).await;
    assert_eq!(effects(), before, "nothing begins");
    hub.pull_orders(&alice, store.id).await.unwrap();
    work(&hub).await;
    assert_eq!(hub.orders(&alice, store.id, OrdersWanted::All, None, 9).await.unwrap().len(), 1);
    let unread = hub.release_store(&alice, store.id).await.unwrap_err();
    assert_eq!((unread.kind(), unread.message().contains("import")), (ErrorKind::Conflict, true), "{unread}");

    hub.import(&alice, store.id, Intake::Everything).await.unwrap();
    work(&hub).await;
    assert_eq!(effects(), before, "an import sends nothing");
    let service = hub.tenant("acme").unwrap().service("agent").unwrap();
    assert_eq!(hub.release_store(&service, store.id).await.unwrap_err().kind(), ErrorKind::Refused);
    hub.release_store(&alice, store.id).await.unwrap();
    work(&hub).await;
    let [creates, pushes] = effects();
    assert_eq!(creates, before[0], "what is unknown stays so");
    assert!(pushes > before[1], "stock goes out again");
    for lost in [running, approved] {
        hub.decide(&dora, lost, Verdict::Done, "it is in the shop").await.unwrap();
    }
    agreed(&hub, &store, "Jug").await;
    work(&hub).await;
    assert_eq!(effects()[0], before[0] + 1, "it goes on");
    assert_eq!(hub.sign_checkpoint(&alice).await.unwrap().incarnation, Some(2));
    let _ = hub.verify_audit(&alice, None).await.unwrap();
    drop(hub);
    // The old end is that of another life by now.
    let hub = shop.builder().await.checkpoint(signed).build().await.unwrap();
    assert_eq!(count(&hub, "restore_held").await, 1);
}

#[tokio::test]
async fn a_checkpoint_that_nobody_signed_holds_nothing() {
    let shop = Shop::new(Place::file());
    let hub = shop.hub().await;
    store(&hub, "Main shop").await;
    let signed = hub.sign_checkpoint(&person(&hub, "alice")).await.unwrap();
    let forged = Checkpoint { mac: Mac::from_bytes([7; 32]), sequence: 1_000, ..signed };
    let refused = shop.builder().await.checkpoint(forged).build().await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(count(&hub, "restore_held").await, 0);
}

async fn what_is_past_its_time_by_now_may_have_been_carried_out_in_it(place: fn() -> Place) {
    let Past { mut shop, running, approved, signed, .. } = past(place()).await;
    shop.clock = Arc::new(TokioClock::scaled(shop.clock.now() + 60 * DAY, FASTER));
    let hub = shop.builder().await.checkpoint(signed).build().await.unwrap();
    work(&hub).await;
    for lost in [running, approved] {
        let phase = hub.request(&person(&hub, "alice"), lost).await.unwrap().phase;
        assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
        hub.decide(&person(&hub, "dora"), lost, Verdict::Done, "it is in the shop").await.unwrap();
    }
}

#[tokio::test]
async fn whoever_goes_on_with_a_hold_keeps_what_was_read_since_it_began() {
    let Past { shop, store, signed, .. } = past(Place::file()).await;
    let trap = Trap::at_call("Before commit of 0 steps, 0 jobs, settling false: restore_held");
    let killed = Through { backend: shop.open().await, watch: trap.clone() };
    let killed = Hub::builder(killed).keys(shop.keys.clone()).checkpoint(signed.clone());
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        _ = killed.build() => panic!("it was held"),
    }
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    hub.import(&alice, store.id, Intake::Everything).await.unwrap();
    work(&hub).await;
    let hub = shop.builder().await.checkpoint(signed).build().await.unwrap();
    assert_eq!(count(&hub, "restore_held").await, 1);
    let uncounted = hub.release_store(&alice, store.id).await.unwrap_err();
    assert_eq!((uncounted.kind(), uncounted.message().contains("pull")), (ErrorKind::Conflict, true));
    hub.pull_orders(&alice, store.id).await.unwrap();
    work(&hub).await;
    hub.release_store(&alice, store.id).await.unwrap();
}

/// A store that is held, and was read since.
async fn looked_at() -> (Shop, Store, Hub) {
    let Past { shop, store, signed, .. } = past(Place::file()).await;
    let hub = shop.builder().await.checkpoint(signed).build().await.unwrap();
    let alice = person(&hub, "alice");
    hub.import(&alice, store.id, Intake::Everything).await.unwrap();
    hub.pull_orders(&alice, store.id).await.unwrap();
    work(&hub).await;
    (shop, store, hub)
}

#[tokio::test]
async fn a_job_that_has_read_the_store_held_doesnt_sleep_through_its_release() {
    for reads in 1..=2 {
        let (shop, store, hub) = looked_at().await;
        let before = shop.platform.count("stock");
        more_stock(&hub).await;
        let releases = hub.clone();
        let watch = BehindRead::new(store.id, reads, move || {
            let hub = releases.clone();
            async move { hub.release_store(&person(&hub, "alice"), store.id).await.map(drop) }
        });
        let through = Through { backend: shop.open().await, watch };
        let through = builder(through, &shop.platform, shop.platform.transport()).keys(shop.keys.clone());
        work(&through.build().await.unwrap()).await;
        assert!(shop.platform.count("stock") > before, "{reads}");
    }
}

#[tokio::test]
async fn a_release_that_is_killed_before_it_wakes_anybody_is_ended_by_the_next() {
    let (shop, store, hub) = looked_at().await;
    let alice = person(&hub, "alice");
    let before = shop.platform.count("stock");
    more_stock(&hub).await;
    work(&hub).await;
    let trap = Trap::at_call("Before open_gate");
    let killed = Through { backend: shop.open().await, watch: trap.clone() };
    let killed = builder(killed, &shop.platform, shop.platform.transport()).keys(shop.keys.clone());
    let killed = killed.build().await.unwrap();
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        _ = killed.release_store(&alice, store.id) => panic!("it opened the gate"),
    }
    work(&hub).await;
    assert_eq!(shop.platform.count("stock"), before);
    assert_eq!(hub.release_store(&alice, store.id).await.unwrap().held, None);
    work(&hub).await;
    assert!(shop.platform.count("stock") > before);
}

async fn a_copy_that_is_newer_than_the_checkpoint_is_held_by_hand(place: fn() -> Place) {
    let Past { shop, store, running, approved, asked, .. } = past(place()).await;
    let effects = || ["create", "stock"].map(|what| shop.platform.count(what));
    let before = effects();
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let service = hub.tenant("acme").unwrap().service("agent").unwrap();
    assert_eq!(hub.hold_store(&service, store.id).await.unwrap_err().kind(), ErrorKind::Refused);
    // A process that dies between the two is called again.
    let trap = Trap::at_call("After commit of 0 steps, 0 jobs, settling false: restore_held");
    let killed = Through { backend: shop.open().await, watch: trap.clone() };
    let killed = builder(killed, &shop.platform, shop.platform.transport()).keys(shop.keys.clone());
    let killed = killed.build().await.unwrap();
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        _ = killed.hold_store(&alice, store.id) => panic!("it went on"),
    }
    let first = hub.stores(&alice).await.unwrap().remove(0).held.unwrap();
    assert_eq!(hub.hold_store(&alice, store.id).await.unwrap().held, Some(first));
    assert_eq!(count(&hub, "restore_held").await, 1);
    for lost in [running, approved] {
        let phase = hub.request(&alice, lost).await.unwrap().phase;
        assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
    }
    let waits = hub.request(&alice, asked).await.unwrap().phase;
    assert!(matches!(waits, Phase::Pending(_)), "{waits:?}");
    more_stock(&hub).await;
    work(&hub).await;
    assert_eq!(effects(), before, "nothing begins");
    assert_eq!(hub.release_store(&alice, store.id).await.unwrap_err().kind(), ErrorKind::Conflict);
    hub.import(&alice, store.id, Intake::Everything).await.unwrap();
    hub.pull_orders(&alice, store.id).await.unwrap();
    work(&hub).await;
    assert_eq!(hub.release_store(&alice, store.id).await.unwrap().held, None);
    work(&hub).await;
    assert!(effects()[1] > before[1], "stock goes out again");
}
