//! Queues that each break one promise: the kit finds each by exactly the clause that says it.

mod control;
mod exchange;
mod faults;
mod ledger;
mod queue;
mod storage;

use faults::{BROKEN, Fault};
use fusion_core::{
    canonical::Hash,
    clock::Clock,
    job::{JobKind, Lease},
    model::{JobId, StoreId},
    tenant::Tenant,
    testkit::TestClock,
};
use fusion_queue::Memory;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::task::LocalSet;

/// The memory back-end with a fault.
struct Broken {
    db: Memory,
    clock: TestClock,
    fault: Fault,
    notes: Mutex<Notes>,
}

/// What has passed through.
#[derive(Default)]
struct Notes {
    puts: u32,
    has_follow_up: bool,
    has_paused_kind: bool,
    stores: BTreeSet<(Tenant, StoreId)>,
    uniques: BTreeMap<Hash, (Tenant, JobId)>,
    serials: BTreeMap<String, Tenant>,
    /// The newest claim of each job, until its worker gave a sign of life.
    unstarted: BTreeMap<JobId, Lease>,
    newest: BTreeMap<JobId, Lease>,
    dead: BTreeSet<JobId>,
    cancel_asked: BTreeSet<JobId>,
    keys_of_cancelled: BTreeMap<Hash, JobId>,
    told: BTreeSet<JobId>,
    lines: BTreeMap<JobId, usize>,
}

impl Broken {
    fn new(fault: Fault, clock: TestClock) -> Self {
        let db = Memory::with_clock(Arc::new(clock.clone()));
        Self { db, clock, fault, notes: Mutex::default() }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn tenants(&self) -> BTreeSet<Tenant> {
        self.notes().stores.iter().map(|(tenant, _)| tenant.clone()).collect()
    }

    fn fresh_id(&self) -> JobId {
        JobId::new(&self.clock as &dyn Clock)
    }
}

fn kinds() -> Vec<JobKind> {
    ["test", "other"].map(|name| JobKind::custom(name).unwrap()).into()
}

/// The clauses that a queue with `fault` doesn't keep.
async fn failing(fault: Fault) -> Vec<&'static str> {
    let clauses = fusion_core::queue_conformance!(list move |clock: TestClock| async move {
        (Broken::new(fault, clock), ())
    });
    let (local, mut failing) = (LocalSet::new(), Vec::new());
    for (id, clause) in clauses {
        if local.run_until(local.spawn_local(clause)).await.is_err() {
            failing.push(id);
        }
    }
    failing
}

#[tokio::test]
async fn each_broken_queue_fails_exactly_its_clause() {
    assert_eq!(failing(Fault::None).await, [""; 0]);
    let mut wrong = Vec::new();
    for (fault, clause) in BROKEN {
        let failing = failing(*fault).await;
        if failing != [*clause] {
            wrong.push((fault, failing));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all = fusion_core::queue_conformance!(list |clock: TestClock| async move {
        (Broken::new(Fault::None, clock), ())
    });
    let ids: BTreeSet<_> = all.into_iter().map(|(id, _)| id).collect();
    assert_eq!(BROKEN.iter().map(|(_, clause)| *clause).collect::<BTreeSet<_>>(), ids, "each has its queue");
}
