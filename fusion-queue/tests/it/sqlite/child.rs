//! Other processes: this test binary once more, with a task in its environment.

use super::*;
use crate::fixture::kind;
use fusion_core::job::{ClaimRequest, JobEnd, JobQueue as _, QueueControl as _, Settlement};
use fusion_queue::Sqlite;
use serde_json::json;
use std::{
    env,
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

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
}

pub(super) const COUNTS: u64 = 40;

pub(super) struct Running {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// Starts a child on the file in `folder`; its commits are numbered from `first`. `limit`: how large its files
/// may grow, in blocks of the shell's.
pub(super) fn start(task: Task, folder: &Path, first: u64, limit: Option<u32>) -> Running {
    let limit = limit.map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks}; ")).unwrap_or_default();
    let mut child = Command::new("sh")
        .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "sqlite::child::a_child_does_its_task", "--nocapture", "--quiet"])
        .env(TASK, (task as u8).to_string())
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    Running { child, said }
}

impl Running {
    /// The next thing that it says; `None`: it has ended.
    pub(super) fn hear(&mut self) -> Option<String> {
        self.said.by_ref().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("said ")?.to_owned()))
    }

    /// Kills it (SIGKILL), and reads what it had said until then.
    pub(super) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.hear()).collect()
    }

    pub(super) fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

fn say(what: impl std::fmt::Display) {
    println!("said {what}");
}

/// Started by the tests beside it; without a task there is nothing to do.
#[tokio::test]
async fn a_child_does_its_task() {
    let Ok(task) = env::var(TASK) else { return };
    let first: u64 = env::var(FIRST).unwrap().parse().unwrap();
    let settings = || SqliteSettings::new(Path::new(&env::var(FOLDER).unwrap()).join(FILE));
    let db = settings().open().await.unwrap();
    let w = Arc::new(world(first));
    println!();
    match task.as_str() {
        "0" => commit_on(db, w, first).await,
        "1" => count(&db, &w).await,
        "2" => fill(&db, &w, first).await,
        _ => work(&settings().open_with_queue().await.unwrap(), &w).await,
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
