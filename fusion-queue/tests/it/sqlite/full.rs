//! A disk that is full, which for a process is a file that may not grow: the limit is the shell's, which only Unix has.

use super::{
    child::{Nothing, Task, start},
    faults::raw,
    *,
};
use crate::fixture::kind;
use fusion_core::job::{Handlers, JobFilter, JobStatus, QueueControl};
use fusion_queue::Worker;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_queue_on_a_full_disk_says_so_stays_whole_and_goes_on_once_there_is_room() {
    let folder = TempDir::new().unwrap();
    let mut child = start(Task::FillQueue, folder.path(), 0, Some(4_000));
    let said: Vec<String> = std::iter::from_fn(|| child.hear()).collect();
    assert!(child.ended_well());
    let [ids @ .., refused, worked] = &said[..] else { panic!("{said:?}") };
    assert!(!ids.is_empty());
    assert!(refused.starts_with("Unavailable") && refused.contains("disk"), "{refused}");
    assert!(worked == "worked" || worked.starts_with("Unavailable"), "{worked}");

    let whole: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut raw(&folder).await).await.unwrap();
    assert_eq!(whole, "ok");
    let db = settings(&folder).open_with_queue().await.unwrap();
    let worker = Worker::new(db.clone(), Handlers::default().with(kind(), Nothing));
    worker.with_poll(std::time::Duration::from_millis(20)).run_until_idle().await.unwrap();
    let (tenant, all) = (world(0).tenant, JobFilter::default());
    let all = QueueControl::list(&db, &tenant, &all, None, usize::MAX).await.unwrap();
    let known: BTreeSet<String> = all.iter().map(|row| row.id.to_string()).collect();
    assert!(ids.iter().all(|id| known.contains(id)), "a job that was taken in is lost");
    assert!(known.len() <= ids.len() + 1, "what was refused is in");
    for row in all {
        assert_eq!((row.state.status, row.state.crashes), (JobStatus::Completed, 0));
    }
}
