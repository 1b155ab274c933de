//! The quickstart on a file: stopped anywhere it goes on, and it never takes what isn't its own.

use crate::{
    programs::program,
    quickstart::{File, json, text},
};
use fusion_core::clock::Clock as _;
use fusion_queue::TokioClock;
use serde_json::Value;
use std::{
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

/// How often a process is killed: enough to meet reading, asking, publishing and trading.
const KILLS: usize = 10;

/// The same for the long form, which `FUSION_LONG` asks for.
const LONG: usize = 50;

/// Whole numbers that look random, the same each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

pub(crate) fn file(test: &str) -> File {
    let rows: Vec<String> =
        (0..8).map(|nth| format!("mug-{nth},Mug {nth},,,MUG-{nth},9.90,shopify,4")).collect();
    File::with_rows(test, &rows.iter().map(String::as_str).collect::<Vec<_>>())
}

fn start(program: &Path, file: &File) -> Child {
    file.command(program, &["--json"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a run tells, without what differs between any two.
pub(crate) fn outcome(mut told: Value) -> Value {
    told.as_object_mut().unwrap().remove("audit");
    told
}

/// Kills it some milliseconds after its start; whether it still ran.
fn kill(program: &Path, file: &File, after: Duration) -> bool {
    let mut child = start(program, file);
    std::thread::sleep(after);
    let is_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    is_running
}

#[test]
fn killed_at_any_moment_it_ends_as_an_undisturbed_run_does() {
    let Some(program) = program("quickstart") else { return };
    let is_long = std::env::var_os("FUSION_LONG").is_some();
    let wanted = if is_long { LONG } else { KILLS };
    let calm = file("calm");
    let clock = TokioClock::system();
    let (code, told, said) = json(&program, &calm, &[]);
    let length = u64::try_from(clock.elapsed().as_millis()).unwrap().max(100);
    assert_eq!(code, Some(0), "{said}");
    let expected = outcome(told);
    let (mut dice, mut kills, mut story) = (Dice(11), 0, 0);
    while kills < wanted {
        let file = file(&format!("killed-{story}"));
        story += 1;
        // A story has several ends; one that came to its own first isn't counted.
        for _ in 0..=dice.below(4) {
            kills += usize::from(kill(&program, &file, Duration::from_millis(dice.below(length))));
        }
        let (code, told, said) = json(&program, &file, &[]);
        assert_eq!((code, outcome(told)), (Some(0), expected.clone()), "story {story}: {said}");
    }
}

#[test]
fn an_ended_story_is_told_again_and_makes_room_for_another() {
    let Some(program) = program("quickstart") else { return };
    let file = file("ended");
    let (_, first, said) = json(&program, &file, &[]);
    assert!(said.contains("started again it goes on"), "{said}");
    let (code, again, said) = json(&program, &file, &[]);
    assert_eq!((code, &again), (Some(0), &first));
    assert!(
        said.contains("has come to its end; --fresh begins anew") && !said.contains("alice asks"),
        "{said}"
    );
    let (_, anew, said) = json(&program, &file, &["--fresh"]);
    assert_eq!((outcome(anew), said.contains("alice asks")), (outcome(first), true));
    let (code, other, said) = json(&program, &file, &["--fault", "reset"]);
    assert_eq!((code, other["faults_struck"].as_u64() > Some(0)), (Some(0), true), "{said}");
}

#[test]
fn a_file_in_the_middle_of_something_else_is_left_as_it_is() {
    let Some(program) = program("quickstart") else { return };
    let file = file("middle");
    let story = file.folder().join("quickstart-shop/shop.story");
    // Until the products were read; it is then in the middle of it.
    let mut child = start(&program, &file);
    for _ in 0..10_000 {
        if std::fs::read_to_string(&story).is_ok_and(|story| story.contains(r#""is_read":true"#)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = file.command(&program, &["--json"]).output().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let said = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("another quickstart is at work"), "{said}");
    let other = file.command(&program, &["--json", "--decimal-comma"]).output().unwrap();
    let said = text(&other.stderr);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(said.contains("in the middle of another run") && said.contains("--fresh"), "{said}");
    let (code, _, said) = json(&program, &file, &[]);
    assert_eq!(code, Some(0), "the first one goes on: {said}");
}

#[test]
fn what_could_not_be_read_keeps_nobody_from_another_start() {
    let Some(program) = program("quickstart") else { return };
    let file = file("unread");
    let unread = file.command(&program, &["--json", "--encoding", "klingon"]).output().unwrap();
    let said = text(&unread.stderr);
    assert!(unread.status.code() != Some(0) && said.contains("klingon"), "{said}");
    let (code, _, said) = json(&program, &file, &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_file_of_something_else_is_not_taken() {
    let Some(program) = program("quickstart") else { return };
    let file = file("foreign");
    let foreign = file.folder().join("notes.db");
    std::fs::write(&foreign, "my notes").unwrap();
    let out = file.command(&program, &["--database", "sqlite:notes.db"]).output().unwrap();
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("notes.db was made by something else"), "{said}");
    assert_eq!(std::fs::read(&foreign).unwrap(), b"my notes");
}

#[test]
fn in_memory_nothing_is_left_behind() {
    let Some(program) = program("quickstart") else { return };
    let file = file("memory");
    let (code, _, said) = json(&program, &file, &["--database", "memory"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("kept in memory"), "{said}");
    assert_eq!(std::fs::read_dir(file.folder()).unwrap().count(), 1, "the product file alone");
}
