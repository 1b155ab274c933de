//! Demands to erase buyers whom nobody has read yet, or who can't be erased at once.

use crate::{
    kill::trap::{Side, Trap},
    scene::HOUR,
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    clock::Cancel,
    hub::Delivered,
    job::{
        ClaimRequest, Finish, JobContext, JobEnd, JobFilter, JobKind, JobQueue as _, JobRow, JobStatus,
        QueueControl, SettleVerdict, Settlement,
    },
    model::{BuyersOf, Erasure, Ref, RefKind},
    plugin::NoProgress,
    storage::find,
};
use fusion_plugin_sdk::testkit::{OrderChange, Script, kinds};
use fusion_queue::Worker;
use std::{sync::Arc, time::Duration};

/// What is demanded of an order, and of its whole store.
const TOPICS: [&str; 2] = ["buyer/erase", "store/erase"];

impl World {
    async fn demand<'a>(&self, topic: &str, about: impl IntoIterator<Item = &'a Ref>) {
        self.tick().await;
        assert_eq!(self.told(topic, about, WEBHOOK_SECRET).await, Delivered::Taken);
        self.tick().await;
    }

    /// The same, about the order or its store.
    async fn demand_of(&self, topic: &str, order: &Ref) {
        let store = Ref::new(RefKind::of("store"), "main");
        self.demand(topic, [if topic == "store/erase" { &store } else { order }]).await;
    }

    async fn unmet(&self) -> usize {
        self.hub.unmet_erasures(&self.alice).await.unwrap().len()
    }

    /// Whether it is kept that these are to be erased.
    async fn is_kept(&self, buyers: BuyersOf) -> bool {
        let id = (self.store.connection, buyers.name());
        find::<Erasure>(&self.memory, self.acme.tenant(), id).await.unwrap().is_some()
    }

    async fn erase_jobs(&self, status: JobStatus) -> Vec<JobRow> {
        let filter = JobFilter { status: Some(status), kind: Some(JobKind::ERASE_BUYERS), partition: None };
        QueueControl::list(&self.memory, self.acme.tenant(), &filter, None, 100).await.unwrap()
    }

    /// Whose buyers are known, in the order in which they were taken.
    async fn known(&self) -> Vec<bool> {
        let mut known = Vec::new();
        for order in self.orders().await {
            known.push(self.knows_buyer(order.id).await);
        }
        known
    }
}

#[tokio::test(start_paused = true)]
async fn the_buyer_of_an_order_that_is_read_after_the_demand_is_never_kept() {
    for (topic, is_withheld) in TOPICS.into_iter().flat_map(|topic| [(topic, false), (topic, true)]) {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let item = world.item(mug.product, 0).await;
        let order = world.order(&mug, 1);
        if is_withheld {
            world.change(&order, OrderChange::Email(None)).await;
        }
        world.demand_of(topic, &order).await;
        world.demand_of(topic, &order).await;
        assert_eq!(world.unmet().await, 1);
        world.run().await;
        assert_eq!(world.unmet().await, 0, "nothing is stored that could be erased");
        world.pull().await;
        world.change(&order, OrderChange::Email(Some("late@example.test".to_owned()))).await;
        world.pull().await;
        let taken = world.taken(&order).await;
        assert_eq!((taken.buyer, taken.erased.is_some()), (None, true), "{topic}");
        assert_eq!(world.stock(item).await, (40, 1), "what was sold is counted");
        let erased = world.actions().await.iter().filter(|action| **action == "personal_erased").count();
        assert_eq!(erased, 1);
        // Another storefront of the authorisation may be the one that was meant.
        let buyers = match topic == TOPICS[0] {
            true => BuyersOf::Order(order),
            false => BuyersOf::Storefront("main".to_owned()),
        };
        assert!(world.is_kept(buyers).await, "{topic}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_buyer_of_an_order_that_could_not_be_read_is_not_kept_once_it_can() {
    for topic in TOPICS {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let order = world.order(&mug, 1);
        world.platform.spoil(&order);
        world.pull().await;
        let unread = world.hub.unread_orders(&world.alice, world.store.id).await.unwrap();
        assert_eq!(unread[0].record.as_ref(), Some(&order));
        world.demand_of(topic, &order).await;
        world.run().await;
        world.platform.mend(&order);
        world.pull().await;
        assert_eq!((world.known().await, world.erased().await), (vec![false], 1), "{topic}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_demand_that_comes_at_any_call_of_a_pull_is_met() {
    for topic in TOPICS {
        for side in [Side::Before, Side::After] {
            for nth in 1.. {
                let world = World::new(Script::default()).await;
                let mug = world.published("Mug", 1).await;
                let order = world.order(&mug, 1);
                world.tick().await;
                world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
                let trap = Trap::at(nth, side);
                let reader = Worker::of(&world.trapped_hub(&trap).await).with_name("reader");
                let mut reader = tokio::spawn(async move { reader.run_until_idle().await });
                let asleep = tokio::select! {
                    biased;
                    what = trap.sprung() => Some(what),
                    read = &mut reader => read.unwrap().map(|_| None).unwrap(),
                };
                world.demand_of(topic, &order).await;
                // The job is over before the reader goes on.
                world.live(Duration::from_secs(1)).await;
                trap.open();
                if asleep.is_some() {
                    reader.await.unwrap().unwrap();
                }
                world.run().await;
                world.pull().await;
                let at = format!("{topic} {side:?} call {nth}, {asleep:?}");
                assert_eq!((world.known().await, world.erased().await), (vec![false], 1), "{at}");
                assert_eq!(world.unmet().await, 0, "{at}");
                if asleep.is_none() {
                    break;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stores_demand_spares_buyers_who_came_after_it_whenever_its_job_runs() {
    let mut calls = 0;
    for nth in 1.. {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let before = world.order(&mug, 1);
        world.pull().await;
        world.demand_of("store/erase", &before).await;
        let after = world.order(&mug, 1);
        let Some(at) = world.kill(nth, Side::After).await else { break };
        let other = world.other_worker().await;
        world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
        world.work(&other).await;
        world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
        tokio::time::advance(HOUR).await;
        world.work(&other).await;
        assert_eq!((world.known().await, world.unmet().await), (vec![false, true], 0), "{at}");
        world.change(&after, OrderChange::Close).await;
        world.pull().await;
        assert_eq!(world.known().await, [false, true], "{at}");
        calls += 1;
    }
    assert!(calls > 3, "{calls} calls were met");
}

#[tokio::test(start_paused = true)]
async fn a_demand_that_is_delivered_again_is_the_first_one_and_a_later_one_is_another() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let store = Ref::new(RefKind::of("store"), "main");
    let told = async |event| world.told_as(Some(event), "store/erase", [&store], WEBHOOK_SECRET).await;
    world.order(&mug, 1);
    world.pull().await;
    world.tick().await;
    assert_eq!(told("1").await, Delivered::Taken);
    world.run().await;
    world.tick().await;
    world.order(&mug, 1);
    world.pull().await;
    assert_eq!(told("1").await, Delivered::Duplicate);
    world.run().await;
    assert_eq!(world.known().await, [false, true]);
    world.tick().await;
    assert_eq!(told("2").await, Delivered::Taken);
    world.run().await;
    assert_eq!(world.known().await, [false, false]);
    let demanded = world.actions().await.iter().filter(|action| **action == "privacy_demanded").count();
    assert_eq!(demanded, 2);
}

#[tokio::test(start_paused = true)]
async fn more_buyers_than_one_commit_takes_are_erased_and_a_killed_job_goes_on() {
    let mut left = std::collections::BTreeSet::new();
    for side in [Side::Before, Side::After] {
        // Each demand takes the same few calls: those that change nothing are met in another order each time.
        for nth in (1..).step_by(if side == Side::Before { 7 } else { 1 }) {
            let world = World::new(Script { page_size: 250, ..Script::default() }).await;
            let mug = world.published("Mug", 1).await;
            let mut named: Vec<Ref> = (0..103).map(|_| world.order(&mug, 1)).collect();
            world.order(&mug, 1);
            world.pull().await;
            named.push(Ref::new(kinds::ORDER, "unheard-of"));
            world.demand("buyer/erase", &named).await;
            assert_eq!((world.erased().await, world.unmet().await), (100, 104));
            let Some(at) = world.kill(nth, side).await else { break };
            left.insert(world.erased().await);
            world.work(&world.other_worker().await).await;
            assert_eq!((world.erased().await, world.unmet().await), (103, 0), "{at}");
            let erased = world.actions().await.iter().filter(|action| **action == "personal_erased").count();
            assert_eq!(erased, 103, "each once, {at}");
            let known = world.known().await;
            assert_eq!(known.iter().filter(|is_known| **is_known).count(), 1, "{at}");
            let (unheard, read) = named.split_last().unwrap();
            assert!(world.is_kept(BuyersOf::Order(unheard.clone())).await, "{at}");
            for order in read {
                assert!(!world.is_kept(BuyersOf::Order(order.clone())).await, "{at}");
            }
        }
    }
    assert_eq!(left, [100, 101, 102, 103].into());
}

#[tokio::test(start_paused = true)]
async fn a_demand_outlasts_every_failure_and_is_shown_until_it_is_met() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    world.pull().await;
    world.demand_of("store/erase", &order).await;
    let trap = Trap::open_with_failures();
    trap.fail_commits(u64::MAX);
    let failing = Worker::of(&world.trapped_hub(&trap).await).with_name("failing");
    assert!(
        tokio::time::timeout(24 * HOUR, failing.run_until_idle()).await.is_err(),
        "no attempt is the last"
    );
    assert_eq!((world.erased().await, world.unmet().await), (0, 1));
    assert!(world.erase_jobs(JobStatus::Failed).await.is_empty());
    trap.fail_commits(0);
    tokio::time::advance(HOUR).await;
    world.run().await;
    assert_eq!((world.erased().await, world.unmet().await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_cancelled_or_killed_its_workers_comes_again() {
    for is_cancelled in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let order = world.order(&mug, 1);
        world.pull().await;
        world.demand_of("store/erase", &order).await;
        let ended = match is_cancelled {
            true => {
                let job = world.erase_jobs(JobStatus::Pending).await[0].id;
                let _ = QueueControl::cancel(&world.memory, world.acme.tenant(), job).await.unwrap();
                JobStatus::Cancelled
            }
            false => {
                while world.erase_jobs(JobStatus::Failed).await.is_empty() {
                    let trap =
                        Trap::at_call("Before commit of 0 steps, 0 jobs, settling false: personal_erased");
                    let dying = Worker::of(&world.trapped_hub(&trap).await).with_name("dying");
                    tokio::select! {
                        biased;
                        _ = trap.sprung() => {}
                        ended = dying.run_until_idle() => drop(ended.unwrap()),
                    }
                    tokio::time::advance(HOUR / 2).await;
                }
                JobStatus::Failed
            }
        };
        world.run().await;
        assert_eq!(world.erase_jobs(ended).await.len(), 1);
        assert_eq!((world.erased().await, world.unmet().await), (0, 1));
        tokio::time::advance(HOUR).await;
        world.run().await;
        assert_eq!((world.erased().await, world.unmet().await), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_cancelled_in_a_workers_hands_comes_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    world.pull().await;
    world.demand_of("store/erase", &order).await;
    let kinds = vec![JobKind::ERASE_BUYERS];
    let claim = ClaimRequest { worker: "busy".to_owned(), limit: 1, kinds, lease_for: HOUR };
    let claimed = world.memory.claim(claim).await.unwrap().remove(0);
    let (lease, deadline) = (claimed.lease.clone(), world.hub.clock().elapsed() + claimed.job.timeout);
    let _ = QueueControl::cancel(&world.memory, world.acme.tenant(), lease.job).await.unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    let job = JobContext::new(claimed, deadline, cancel, Arc::new(NoProgress));
    let finish = world.hub.handlers().get(&JobKind::ERASE_BUYERS).unwrap().run(job).await;
    let Finish::Snooze { after, close_gate, why } = finish else { panic!("{finish:?}") };
    let end = JobEnd::Snooze { after, close_gate, why };
    assert_eq!(
        world.memory.settle(vec![Settlement { lease, end }]).await.unwrap(),
        [SettleVerdict::Accepted]
    );
    world.run().await;
    assert_eq!((world.erase_jobs(JobStatus::Cancelled).await.len(), world.unmet().await), (1, 1));
    tokio::time::advance(HOUR).await;
    world.run().await;
    assert_eq!((world.erased().await, world.unmet().await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_demand_under_an_id_that_an_order_gains_later_is_met() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    world.pull().await;
    world.demand("buyer/erase", [&Ref::new(kinds::RECEIPT, "r-1")]).await;
    world.run().await;
    assert_eq!(world.known().await, [true], "nobody knows whose it is");
    world.change(&order, OrderChange::Receipt("r-1".to_owned())).await;
    world.pull().await;
    assert_eq!((world.known().await, world.erased().await), (vec![false], 1));
}
