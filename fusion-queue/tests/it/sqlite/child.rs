//! What other processes do to a file.

use super::*;
use crate::{
    fixture::kind,
    process::{self, Running, say},
};
use fusion_core::{
    clock::Cancel,
    job::{
        ClaimRequest, Finish, Handlers, JobContext, JobEnd, JobHandler, JobQueue as _, NewJob,
        QueueControl as _, Settlement,
    },
};
use fusion_queue::{Sqlite, Worker};
use serde_json::json;
use std::{env, ffi::OsString, time::Duration};

const TASK: &str = "FUSION_TEST_CHILD_TASK";
const FOLDER: &str = "FUSION_TEST_CHILD_FOLDER";
const FIRST: &str = "FUSION_TEST_CHILD_FIRST";

/// Commits that a child has under way at once.
pub(super) const AT_ONCE: u64 = 4;

/// Numbers that one child may use.
pub(super) const SPAN: u64 = 1_000_000;

/// What a child does.
#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Commits on and on, and says the number of each that was answered.
    Commit,
    /// Counts up a shared record, as often as this.
    Count,
    /// Commits until it is refused, and says by what.
    Fill,
    /// Performs jobs until there is none, and says each that it has ended.
    Work,
    /// Puts jobs in until it is refused, and says each and by what; then a worker tries for a while.
    FillQueue,
}

pub(super) const COUNTS: u64 = 40;

/// Starts a child on the file in `folder`; its commits are numbered from `first`. `limit`: how large its files
/// may grow, in blocks of the shell's.
pub(super) fn start(task: Task, folder: &Path, first: u64, limit: Option<u32>) -> Running {
    let task: OsString = (task as u8).to_string().into();
    let task = [(TASK, task), (FOLDER, folder.into()), (FIRST, first.to_string().into())];
    process::start("sqlite::child::a_child_does_its_task", &task, limit)
}

/// Started by the tests beside it; without a task there is nothing to do.
#[tokio::test]
async fn a_child_does_its_task() {
    let Ok(task) = env::var(TASK) else { return };
    let first: u64 = env::var(FIRST).unwrap().parse().unwrap();
    let settings = || SqliteSettings::new(Path::new(&env::var(FOLDER).unwrap()).join(FILE));
    let alone = async || settings().open().await.unwrap();
    let w = Arc::new(world(first));
    println!();
    match task.as_str() {
        "0" => commit_on(alone().await, w, first).await,
        "1" => count(&alone().await, &w).await,
        "2" => fill(&alone().await, &w, first).await,
        "3" => work(&settings().open_with_queue().await.unwrap(), &w).await,
        _ => fill_queue(settings().open_with_queue().await.unwrap(), &w).await,
    }
}

async fn commit_on(db: SqliteStorage, w: Arc<World>, first: u64) {
    let tasks = (0..AT_ONCE).map(|nth| {
        let (db, w) = (db.clone(), w.clone());
        tokio::spawn(async move {
            for number in (first + nth..first + SPAN).step_by(usize::try_from(AT_ONCE).unwrap()) {
                drop(db.commit(&w.tenant, numbered(&w, number)).await.unwrap());
                say(number);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// The record that children count up: its name is the count.
pub(super) fn counter(count: u64) -> StockItem {
    StockItem { id: StockItemId::from_uuid(Uuid::nil()), name: count.to_string() }
}

async fn count(db: &SqliteStorage, w: &World) {
    for _ in 0..COUNTS {
        loop {
            let now = fusion_core::storage::load::<StockItem>(db, &w.tenant, counter(0).id).await.unwrap();
            let next = counter(now.value.name.parse::<u64>().unwrap() + 1);
            match db.commit(&w.tenant, change(|c| c.update(now.version, next))).await {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), fusion_core::ErrorKind::Conflict, "{error}"),
            }
        }
    }
}

async fn fill(db: &SqliteStorage, w: &World, first: u64) {
    for number in first.. {
        let mut changes = numbered(w, number);
        let name = "x".repeat(100_000);
        changes.create(StockItem { id: StockItemId::new(&w.clock), name });
        match db.commit(&w.tenant, changes).await {
            Ok(_) => say(number),
            Err(error) => return say(format!("{:?} {error}", error.kind())),
        }
    }
}

async fn fill_queue(db: Sqlite, w: &World) {
    loop {
        let job = NewJob { payload: json!("x".repeat(100_000)), ..w.job() };
        let id = job.id;
        match db.enqueue(vec![job]).await {
            Ok(_) => say(id),
            Err(error) => break say(format!("{:?} {error}", error.kind())),
        }
    }
    // It has nobody to settle with, and neither panics nor gives anything up for it.
    let handlers = Handlers::default().with(kind(), Nothing);
    let worker = Worker::new(db, handlers).with_lease(SHORT_LEASE).with_grace(SHORT_LEASE);
    let stop = Cancel::default();
    let signal = stop.clone();
    let working = tokio::spawn(async move { worker.with_poll(SHORT_LEASE / 10).run(signal).await });
    tokio::time::sleep(SHORT_LEASE * 3).await;
    stop.cancel();
    match working.await.unwrap() {
        Ok(_) => say("worked"),
        Err(error) => say(format!("{:?} {error}", error.kind())),
    }
}

/// Does nothing.
pub(super) struct Nothing;

#[async_trait::async_trait]
impl JobHandler for Nothing {
    async fn run(&self, _: JobContext) -> Finish {
        Finish::Done(json!(null))
    }
}

/// How long a child keeps a job that it was killed with.
const SHORT_LEASE: Duration = Duration::from_millis(300);

/// Ends each job in the commit that makes a record of its id: a second end would be refused.
async fn work(db: &Sqlite, w: &World) {
    loop {
        db.rescue(&[kind()]).await.unwrap();
        let request =
            ClaimRequest { worker: "child".into(), limit: 3, kinds: vec![kind()], lease_for: SHORT_LEASE };
        let claimed = db.claim(request).await.unwrap();
        if claimed.is_empty() && db.next_due(&[kind()]).await.unwrap().is_none() {
            return;
        }
        for one in claimed {
            let id = one.job.id;
            let changes = change(|c| {
                c.create(StockItem { id: StockItemId::from_uuid(id.as_uuid()), name: String::new() });
                c.fence = Some(one.lease.clone());
                c.settle = Some(Settlement { lease: one.lease.clone(), end: JobEnd::Completed(json!(null)) });
            });
            match db.commit(&w.tenant, changes).await {
                Ok(_) => say(id),
                Err(error) => assert_eq!(error.kind(), fusion_core::ErrorKind::Fenced, "{error}"),
            }
        }
    }
}
