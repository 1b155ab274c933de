//! Random commands to a queue. What fails shrinks: a command names jobs, leases and stores by their number among those
//! that there are, so it means something whatever is left of the commands before it.

use crate::fixture::*;
use fusion_core::{error::When, job::*};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;
use std::time::Duration;

/// Commands of one run at most; half as many on average.
const COMMANDS: usize = 500;

/// Smaller failing runs that are tried: each takes as long as a run.
const SHRINKS: u32 = 300;

#[derive(Clone, Debug)]
pub(crate) enum Command {
    Put {
        jobs: Vec<Coming>,
        /// Whether one comes that was there before.
        again: bool,
    },
    Claim {
        limit: usize,
    },
    Settle(Vec<(usize, JobEnd)>),
    Beat {
        lease: usize,
        started: bool,
        progress: Option<(u64, Option<u64>)>,
    },
    Rescue,
    Pause(usize),
    Resume(usize),
    OpenGate(usize),
    /// Whether the kind alone.
    PauseKind(bool),
    ResumeKinds,
    Limit {
        store: usize,
        max_live: Option<u32>,
    },
    GoOn(&'static str),
    Cancel(usize),
    Requeue(usize),
    RequeueAll(usize),
    Pass(Duration),
}

/// A job that is put in.
#[derive(Clone, Debug)]
pub(crate) struct Coming {
    pub(crate) store: usize,
    pub(crate) is_granted: bool,
    pub(crate) serial: Option<&'static str>,
    pub(crate) unique: Option<&'static str>,
    pub(crate) while_running: WhileRunning,
    pub(crate) heir_of: Option<usize>,
    pub(crate) dead_head: DeadHead,
    pub(crate) parents: Vec<usize>,
    pub(crate) parent_failed: ParentFailed,
    pub(crate) priority: Priority,
    pub(crate) due: When,
    pub(crate) begins_work: bool,
    pub(crate) background: bool,
    pub(crate) payload: u32,
}

impl Coming {
    /// What it says of a job by itself: not its store, grant, parents, nor whose key it takes.
    pub(crate) fn job(&self, job: NewJob) -> NewJob {
        NewJob {
            serial: self.serial.map(str::to_owned),
            unique: self.unique.map(|key| Unique::new(&kind(), &[key.as_bytes()], self.while_running)),
            dead_head: self.dead_head,
            parent_failed: self.parent_failed,
            priority: self.priority,
            due: self.due,
            begins_work: self.begins_work,
            background: self.background,
            payload: json!(self.payload),
            ..job
        }
    }
}

fn coming() -> impl Strategy<Value = Coming> {
    let hangs = (
        prop::option::weighted(0.66, select(vec!["a", "b"])),
        prop::option::weighted(0.5, select(vec!["x", "y"])),
        select(vec![WhileRunning::Join, WhileRunning::FollowUp]),
        prop::option::weighted(0.25, any::<usize>()),
        select(vec![DeadHead::GoOn, DeadHead::Hold, DeadHead::CancelRest]),
        prop_oneof![2 => Just(Vec::new()), 1 => vec(any::<usize>(), 1..=2)],
        select(vec![ParentFailed::Fail, ParentFailed::Run, ParentFailed::Wait]),
    );
    let waits = (
        any::<usize>(),
        prop::bool::weighted(0.1),
        select(vec![Priority::High, Priority::Normal, Priority::Low]),
        select(vec![When::In(Duration::ZERO), When::In(SECOND * 5), When::OnSignal]),
        any::<bool>(),
        prop::bool::weighted(0.33),
        0..1_000_u32,
    );
    (hangs, waits).prop_map(|(hangs, waits)| {
        let (serial, unique, while_running, heir_of, dead_head, parents, parent_failed) = hangs;
        let (store, is_granted, priority, due, begins_work, background, payload) = waits;
        Coming {
            store,
            is_granted,
            serial,
            unique,
            while_running,
            heir_of,
            dead_head,
            parents,
            parent_failed,
            priority,
            due,
            begins_work,
            background,
            payload,
        }
    })
}

fn end() -> impl Strategy<Value = JobEnd> {
    use SnoozeReason::{Budget, Outcome, Unsaid};
    let after = || select(vec![When::In(Duration::ZERO), When::In(SECOND * 3), When::OnSignal]);
    let snoozed = (after(), any::<bool>(), select(vec![Budget, Outcome, Unsaid]));
    prop_oneof![
        Just(JobEnd::Completed(json!(1))),
        Just(JobEnd::Dead(failure())),
        Just(JobEnd::Cancelled),
        after().prop_map(|after| JobEnd::Retry { failure: failure(), after }),
        snoozed.prop_map(|(after, close_gate, why)| JobEnd::Snooze { after, close_gate, why }),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let any_one = any::<usize>;
    let progress = prop::option::of(Just((3, Some(7))));
    let limit = select(vec![None, None, Some(0), Some(2), Some(1_000)]);
    let people = prop_oneof![
        1 => any_one().prop_map(Command::Pause),
        1 => any_one().prop_map(Command::Resume),
        1 => any_one().prop_map(Command::OpenGate),
        1 => any::<bool>().prop_map(Command::PauseKind),
        2 => Just(Command::ResumeKinds),
        1 => (any_one(), limit).prop_map(|(store, max_live)| Command::Limit { store, max_live }),
        1 => select(vec!["a", "b"]).prop_map(Command::GoOn),
        1 => any_one().prop_map(Command::Cancel),
        1 => any_one().prop_map(Command::Requeue),
        1 => any_one().prop_map(Command::RequeueAll),
    ];
    prop_oneof![
        4 => (vec(coming(), 1..=3), prop::bool::weighted(0.12))
            .prop_map(|(jobs, again)| Command::Put { jobs, again }),
        2 => select(vec![1, 2, 1_000]).prop_map(|limit| Command::Claim { limit }),
        3 => vec((any_one(), end()), 1..=4).prop_map(Command::Settle),
        1 => (any_one(), any::<bool>(), progress)
            .prop_map(|(lease, started, progress)| Command::Beat { lease, started, progress }),
        1 => Just(Command::Rescue),
        3 => people,
        2 => select(vec![SECOND * 4, SECOND, LEASE / 2, LEASE]).prop_map(Command::Pass),
    ]
}

/// One of those that there are.
pub(crate) fn nth<T>(all: &[T], number: usize) -> Option<&T> {
    all.get(number.checked_rem(all.len())?)
}

/// Checks so many runs; the same ones each time.
pub(crate) fn hold(cases: usize, check: impl AsyncFn(Vec<Command>)) {
    let cases = u32::try_from(cases).unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: SHRINKS, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let ran = runner.run(&vec(command(), 1..=COMMANDS), |commands| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(commands));
        Ok(())
    });
    ran.unwrap_or_else(|failed| panic!("{failed}"));
}
