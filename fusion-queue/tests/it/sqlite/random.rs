use super::{TempDir, faults::raw, settings};
use crate::{as_memory::every_answer_is_the_memorys, long::times};
use fusion_core::testkit::TestClock;
use fusion_queue::Sqlite;
use std::sync::Arc;

/// What no row may be, and no check of the table looks for.
const WRONG: &str = "SELECT count(*) FROM jobs WHERE wait NOT BETWEEN 0 AND 3
    OR (wait > 0 AND (wait = 3) <> (due IS NULL)) OR (wait > 0 AND (serial IS NULL) <> (place IS NULL))
    OR (follows AND (unique_key IS NULL OR wait <> 0 OR place IS NOT NULL)) OR (place IS NULL) <> (behind IS NULL)
    OR (untold AND ended IS NULL) OR (ended IS NULL) <> (ended_at IS NULL)
    OR (ended IS NOT NULL AND place IS NOT NULL AND status <> 'failed')
    OR (place IS NOT NULL AND EXISTS (SELECT 1 FROM parents WHERE child = jobs.number AND open))";

const LEFT: &str =
    "SELECT (SELECT count(*) FROM jobs WHERE ended IS NULL) + (SELECT count(*) FROM parents WHERE open)";

async fn in_a_file(clock: TestClock) -> (Sqlite, TempDir) {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
}

#[test]
fn every_answer_of_a_file_is_the_one_that_the_queue_in_memory_gives() {
    let count = async |sql, folder: &TempDir| {
        sqlx::query_scalar(sql).fetch_one(&mut raw(folder).await).await.unwrap()
    };
    let (wrong, left) = (
        async |folder: &TempDir| count(WRONG, folder).await,
        async |folder: &TempDir| count(LEFT, folder).await,
    );
    every_answer_is_the_memorys(times(12, 120), in_a_file, wrong, left);
}
