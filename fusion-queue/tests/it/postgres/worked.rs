//! A worker over a queue that has no storage beside it.

use super::opened;
use crate::fixture::*;
use fusion_core::{error::Error, job::*};
use fusion_queue::Worker;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_performs_what_is_in_a_queue_without_a_storage() {
    let (w, schema) = opened().await;
    // A worker's time goes on by itself.
    let db = schema.settings().connect().await.unwrap();
    let clock: Arc<dyn fusion_core::clock::Clock> = Arc::new(fusion_queue::TokioClock::system());
    let first = w.job();
    let second = NewJob { parents: vec![first.id], ..w.job() };
    db.enqueue(vec![first.clone(), second.clone()]).await.unwrap();
    struct Handing;
    #[async_trait::async_trait]
    impl JobHandler for Handing {
        async fn run(&self, job: JobContext) -> Finish {
            match (job.attempt(), job.parents().first().and_then(|parent| parent.result.clone())) {
                (1, None) => Finish::Failed(
                    Error::new(fusion_core::ErrorKind::Unavailable, "not yet")
                        .with_retry(fusion_core::error::Retry::Backoff),
                ),
                (_, result) => Finish::Done(json!([result])),
            }
        }
    }
    let handlers = Handlers::default().with(kind(), Handing);
    let ran = Worker::of_queue(db.clone(), clock, handlers).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, ran.retried), (2, 1));
    let state = JobQueue::get(&db, &w.tenant, second.id).await.unwrap().unwrap();
    assert_eq!(state.result, Some(json!([[null]])));
}
