//! The quickstart on a server, by several processes.

use super::Database;
use crate::{
    programs::program,
    quickstart::{File, json},
    stopped::{Dice, file, outcome},
};
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};

/// Kills in each story: in one of them a process that goes on alone may end it.
const KILLS: u64 = 3;

fn run(program: &Path, file: &File, database: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    json(program, file, &[&["--database", database], more].concat())
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn by_several_processes_and_killed_at_any_moment_it_ends_as_in_one() {
    let Some(program) = program("quickstart") else { return };
    let (code, told, said) = run(&program, &file("alone"), "memory", &[]);
    assert_eq!(code, Some(0), "{said}");
    let expected = outcome(told);
    let (database, file) = (Database::new("quickstart"), file("shared"));
    let database = database.url.as_str();
    let mut dice = Dice(7);
    for _ in 0..KILLS {
        let mut child = file
            .command(&program, &["--json", "--database", database, "--workers", "3"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(dice.below(4_000)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, told, said) = run(&program, &file, database, &["--workers", "3"]);
    assert_eq!((code, outcome(told)), (Some(0), expected.clone()), "{said}");
    let (code, again, said) = run(&program, &file, database, &[]);
    assert_eq!((code, outcome(again)), (Some(0), expected), "{said}");
    assert!(said.contains("has come to its end; --fresh begins anew"), "{said}");
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn begun_anew_it_removes_its_own_schema_and_each_process_says_what_it_did() {
    let Some(program) = program("quickstart") else { return };
    let (database, file) = (Database::new("quickstart_anew"), file("anew"));
    let database = database.url.as_str();
    for more in [&["--workers", "2"][..], &["--workers", "2", "--fresh"]] {
        let (code, told, said) = run(&program, &file, database, more);
        assert_eq!((code, &told["good"]), (Some(0), &Value::Bool(true)), "{said}");
        assert!(said.contains("worker-2: ") && said.contains("alice asks"), "{said}");
    }
    std::fs::remove_dir_all(file.folder().join("quickstart-shop")).unwrap();
    let (code, out) = {
        let out = file.command(&program, &["--json", "--database", database]).output().unwrap();
        (out.status.code(), crate::quickstart::text(&out.stderr))
    };
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("the schema quickstart on PostgreSQL was made by something else"), "{out}");
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn what_processes_can_not_share_is_refused() {
    let Some(program) = program("quickstart") else { return };
    let file = file("unshared");
    let out = file.command(&program, &["--database", "memory", "--workers", "2"]).output().unwrap();
    let said = crate::quickstart::text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("several workers need a database that they share"), "{said}");
}
