//! Gates that are closed by who has no job to give back.

use crate::fixture::*;
use fusion_core::{error::When, job::*, testkit::TestClock};

/// Who was told to wait by a platform says so, whatever becomes of its own job.
async fn closes_its_gate_though_somebody_wants_its_job_cancelled<D: JobQueue + QueueControl>(
    w: World<TestClock, D>,
) {
    let (first, second) = (w.job(), NewJob { begins_work: true, ..w.job() });
    w.put(&first).await;
    let claimed = w.claim_one().await;
    assert_eq!(w.db.cancel(&w.tenant, first.id).await.unwrap(), CancelVerdict::Asked);
    assert_eq!(w.end(&claimed, snooze(When::In(LEASE), true)).await, SettleVerdict::Accepted);
    assert_eq!(w.status(first.id).await, JobStatus::Cancelled);
    w.put(&second).await;
    assert!(w.claim_ids(9).await.is_empty(), "the gate is closed");
    assert_eq!(w.explain(second.id).await, Explanation::GateClosed(Some(LEASE)));
}

#[tokio::test]
async fn a_gate_is_closed_by_a_cancelled_job_in_memory() {
    closes_its_gate_though_somebody_wants_its_job_cancelled(World::new()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_gate_is_closed_by_a_cancelled_job_in_a_file() {
    let (folder, clock) = (tempfile::TempDir::new().unwrap(), World::new().clock);
    let settings = fusion_queue::sqlite::SqliteSettings::new(folder.path().join("fusion.db"));
    let db = settings.with_clock(std::sync::Arc::new(clock.clone())).open_with_queue().await.unwrap();
    closes_its_gate_though_somebody_wants_its_job_cancelled(World::over(clock, db)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_gate_is_closed_by_a_cancelled_job_on_a_server() {
    let (w, _schema) = crate::postgres::opened().await;
    closes_its_gate_though_somebody_wants_its_job_cancelled(w).await;
}
