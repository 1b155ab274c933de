use super::{TempDir, faults::raw, settings};
use crate::{as_memory::every_answer_is_the_memorys, long::times, model::random_operations};
use fusion_core::testkit::TestClock;
use fusion_queue::Sqlite;
use std::sync::Arc;

async fn in_a_file(clock: TestClock) -> (Sqlite, TempDir) {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
}

#[tokio::test]
async fn random_operations_leave_the_queue_in_a_file_as_its_model() {
    random_operations(times(12, 60) as u64, 10, in_a_file).await;
}

#[tokio::test]
async fn every_answer_of_a_file_is_the_one_that_the_queue_in_memory_gives() {
    every_answer_is_the_memorys(times(12, 120) as u64, in_a_file, async |_| 0, async |folder| {
        let sql = "SELECT (SELECT count(*) FROM jobs WHERE ended IS NULL) + (SELECT count(*) FROM parents WHERE open)";
        sqlx::query_scalar(sql).fetch_one(&mut raw(folder).await).await.unwrap()
    })
    .await;
}
