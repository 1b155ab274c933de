//! The example's storage keeps every promise that a storage makes, and its program goes on where it was.

use crate::programs::program;
use fusion_core::{clock::Timestamp, storage::Outbox as _, testkit::TestClock};
use std::{process::Command, sync::Arc};
use tempfile::TempDir;

#[path = "../../examples/own_storage.rs"]
#[expect(dead_code, reason = "the program's main is run as a process")]
mod example;

use example::Journal;

fusion_core::storage_conformance!(|clock| async move {
    let folder = TempDir::new().unwrap();
    (Journal::open(&folder.path().join("shop.jsonl"), Arc::new(clock)).unwrap(), folder)
});

#[test]
fn each_run_of_the_program_goes_on_where_the_last_one_was() {
    let Some(program) = program("own_storage") else { return };
    let folder = TempDir::new().unwrap();
    for count in 1..=3 {
        let output = Command::new(&program).arg(folder.path()).output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{out}");
        assert!(out.starts_with(&format!("Products in the shop: {count}. ")), "{out}");
        assert!(out.contains("are consistent"), "{out}");
    }
}

#[tokio::test]
async fn a_line_that_broke_off_goes_and_a_damaged_one_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("shop.jsonl");
    let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
    let whole = "{\"HandedOn\":[7]}\n";
    std::fs::write(&path, format!("{whole}{{\"Handed")).unwrap();
    let journal = Journal::open(&path, clock.clone()).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    journal.handed_on(&[8]).await.unwrap();
    let second = Journal::open(&path, clock.clone()).map(drop).unwrap_err();
    assert!(second.to_string().contains("another process has"), "{second}");
    drop(journal);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{whole}{{\"HandedOn\":[8]}}\n"));
    std::fs::write(&path, format!("{whole}{{\"Handed\n")).unwrap();
    let refused = Journal::open(&path, clock).map(drop).unwrap_err();
    assert!(refused.to_string().contains("line 2 of"), "{refused}");
}
