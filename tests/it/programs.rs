//! The example programs do what they promise: as processes.

#[cfg(feature = "postgres")]
use crate::server::Database;
use fusion_core::{
    job::{JobKind, NewJob},
    storage::{ChangeSet, Outbox as _, Storage as _},
    tenant::Tenant,
};
use fusion_queue::SqliteStorage;
use std::{
    io::{BufRead, BufReader, Write as _},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// The built example; `None`, said aloud past the capture of a test's output, where only this test was built and that is
/// allowed: `FUSION_REQUIRE_EXAMPLES` isn't 1, as it is in continuous integration.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let test = std::env::current_exe().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = test.parent()?.parent()?.join("examples").join(file);
    if program.is_file() {
        return Some(program);
    }
    let missing = format!("{} isn't built; run `cargo build --examples`", program.display());
    assert!(std::env::var_os("FUSION_REQUIRE_EXAMPLES").is_none_or(|value| value != "1"), "{missing}");
    // Where even this can't be written nobody reads it.
    drop(writeln!(std::io::stderr(), "SKIPPED: {missing}"));
    None
}

/// Exit code, standard output, standard error.
fn said(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn many_workers_lose_nothing_when_one_of_them_is_killed() {
    let Some(program) = program("many_workers") else { return };
    let output = Command::new(program).args(["--workers", "3", "--jobs", "300"]).output().unwrap();
    let (code, out, err) = said(output);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("worker-1 is killed\n"), "{out}");
    assert!(out.contains("\n300 of 300 jobs are done; the ledger names 300 of them\n"), "{out}");
    assert!(out.ends_with("nothing was lost\n"), "{out}");
}

#[cfg(feature = "postgres")]
#[test]
#[ignore = "needs a PostgreSQL server"]
fn many_workers_on_a_server_lose_nothing_when_one_of_them_is_killed() {
    let Some(program) = program("many_workers") else { return };
    let database = Database::new("many_workers");
    let asked = ["--database", database.url.as_str(), "--workers", "3", "--jobs", "300"];
    let (code, out, err) = said(Command::new(program).args(asked).output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("300 jobs are in the queue on PostgreSQL\n"), "{out}");
    assert!(out.contains("worker-1 is killed\n"), "{out}");
    assert!(out.contains("\n300 of 300 jobs are done; the ledger names 300 of them\n"), "{out}");
    assert!(out.ends_with("nothing was lost\n"), "{out}");
}

#[test]
fn many_workers_of_which_none_is_killed_perform_each_job_once() {
    let Some(program) = program("many_workers") else { return };
    let output = Command::new(program).args(["--workers", "2", "--jobs", "60", "--spare"]).output().unwrap();
    let (code, out, _) = said(output);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("nobody was killed, and 0 were performed twice\n"), "{out}");
}

#[test]
fn a_queue_that_is_none_is_an_error_that_tells_how_to_name_one() {
    let Some(program) = program("many_workers") else { return };
    let (code, _, err) = said(Command::new(program).args(["--database", "mysql://shop"]).output().unwrap());
    assert_eq!((code, err.contains("write sqlite:FILE")), (Some(1), true), "{err}");
}

#[test]
fn a_throttled_store_gets_what_it_allows_and_slows_no_other() {
    let Some(program) = program("throttled_store") else { return };
    let (code, out, err) = said(Command::new(program).output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("narrow: halves what it allows"), "{out}");
    assert!(out.contains("\nwide: 80 calls in 1.0 s, 0 refused\n"), "{out}");
    assert!(out.ends_with("each store got what it allows\n"), "{out}");
}

#[test]
fn a_queue_of_ones_own_asks_again_and_hands_results_on() {
    let Some(program) = program("own_queue") else { return };
    let (code, out, err) = said(Command::new(program).args(["--albums", "2"]).output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("\nalbum 1, picture 2: the server refused; it is asked again\n"), "{out}");
    for album in [1, 2] {
        assert!(out.contains(&format!("\nalbum {album}: 3 pictures, 54 bytes\n")), "{out}");
    }
    assert!(out.ends_with("\n14 of 14 jobs are done\n"), "{out}");
}

#[test]
fn a_queue_in_a_file_goes_on_where_it_was_killed() {
    let Some(program) = program("own_queue") else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("queue.db").display());
    let mut first = Command::new(&program);
    let mut first = first.args(["--albums", "2", "--database", &url]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    // Something has been done, and much is left.
    lines.find(|line| line.as_ref().is_ok_and(|line| !line.starts_with("example.fetch 0"))).unwrap().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    let (code, out, err) = said(Command::new(&program).args(["--database", &url]).output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.lines().next().unwrap().ends_with("jobs are left from an earlier run"), "{out}");
    assert!(out.ends_with("\n14 of 14 jobs are done\n"), "{out}");
}

/// What was agreed while the line to the queue was cut waits, and is performed once.
fn holds_what_was_agreed(output: Output) {
    let (code, out, err) = said(output);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let cut = "\nthe line to the queue is cut\nalice and bob agree to Mug 4, Mug 5, Mug 6\n\
        asked what it has, the queue is Unavailable, fate Unknown: ";
    assert!(out.contains(cut), "{out}");
    assert!(!out.contains("ask of it waits: 0 errands"), "{out}");
    assert!(out.contains("\nerrands that wait: 0\n"), "{out}");
    assert!(out.ends_with("\nthe shop holds exactly what was agreed\n"), "{out}");
}

#[test]
fn a_queue_behind_a_line_that_is_cut_holds_up_no_commit_and_loses_no_job() {
    let Some(program) = program("own_queue_transport") else { return };
    holds_what_was_agreed(Command::new(program).output().unwrap());
}

/// A queue in memory would take them, and lose them with its process.
#[tokio::test]
async fn a_queue_behind_a_line_takes_no_errands_that_somebody_else_has_left() {
    let Some(program) = program("own_queue_transport") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let storage = SqliteStorage::open(&file).await.unwrap();
    let (clock, acme) = (storage.clock(), Tenant::new("acme").unwrap());
    let mut changes = ChangeSet::default();
    changes.jobs.push(NewJob::new(&*clock, &acme, JobKind::custom("test").unwrap(), 7.into()));
    drop(storage.commit(&acme, changes).await.unwrap());
    let url = format!("sqlite:{}", file.display());
    let (code, _, err) = said(Command::new(program).args(["--database", &url]).output().unwrap());
    assert_eq!((code, err.contains("the storage has errands")), (Some(1), true), "{err}");
    assert_eq!(storage.waiting(9).await.unwrap().len(), 1);
}

#[cfg(feature = "postgres")]
#[test]
#[ignore = "needs a PostgreSQL server"]
fn a_storage_on_a_server_leaves_its_jobs_to_a_queue_behind_a_line() {
    let Some(program) = program("own_queue_transport") else { return };
    let database = Database::new("own_queue_transport");
    holds_what_was_agreed(
        Command::new(program).args(["--database", database.url.as_str()]).output().unwrap(),
    );
}
