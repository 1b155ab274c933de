//! Jobs that are put in by several tasks at once.

use super::opened;
use fusion_core::{error::ErrorKind, job::*};
use fusion_queue::Postgres;
use tokio::task::JoinSet;

/// Puts each in by a call of its own, all at once; the answers in no order.
async fn put_in_at_once(db: &Postgres, jobs: Vec<NewJob>) -> Vec<fusion_core::Result<Vec<Enqueued>>> {
    let mut putting = JoinSet::new();
    for job in jobs {
        let db = db.clone();
        putting.spawn(async move { db.enqueue(vec![job]).await });
    }
    putting.join_all().await
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn calls_at_once_share_transactions_and_each_has_its_answer() {
    let (w, schema) = opened().await;
    let known = w.job();
    w.put(&known).await;
    let mut jobs: Vec<NewJob> = (0..100).map(|_| w.job()).collect();
    jobs.insert(50, known);
    let answers = put_in_at_once(&w.db, jobs).await;
    let of = |wanted| answers.iter().filter(|told| told.as_ref().unwrap()[..] == [wanted]).count();
    assert_eq!((of(Enqueued::New), of(Enqueued::Known)), (100, 1));
    let transactions = schema.count("SELECT count(DISTINCT xmin::text) FROM fusion.jobs").await;
    assert!(transactions < 20, "{transactions} for 100 calls");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_call_that_is_refused_takes_no_other_along() {
    let (w, schema) = opened().await;
    let (taken, other) = (w.job(), NewJob { tenant: w.other.clone(), ..w.job() });
    w.db.enqueue(vec![taken.clone(), other]).await.unwrap();
    let mut jobs: Vec<NewJob> = (0..20).map(|_| w.job()).collect();
    jobs.insert(10, NewJob { tenant: w.other.clone(), ..taken });
    let answers = put_in_at_once(&w.db, jobs).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert!(good.iter().all(|told| told.as_ref().unwrap()[..] == [Enqueued::New]));
    let kinds: Vec<ErrorKind> = bad.into_iter().map(|told| told.unwrap_err().kind()).collect();
    assert_eq!((good.len(), kinds), (20, vec![ErrorKind::InvalidInput]));
    assert_eq!(schema.count("SELECT count(*) FROM fusion.jobs").await, 22);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_caller_that_is_gone_keeps_nobody_waiting() {
    let (w, schema) = opened().await;
    for _ in 0..20 {
        let (gone, stays) = (w.job(), w.job());
        let putting = tokio::spawn({
            let (db, gone) = (w.db.clone(), gone.clone());
            async move { db.enqueue(vec![gone]).await }
        });
        tokio::task::yield_now().await;
        putting.abort();
        assert_eq!(w.put(&stays).await, Enqueued::New);
    }
    assert!(schema.count("SELECT count(*) FROM fusion.jobs").await >= 20);
}
