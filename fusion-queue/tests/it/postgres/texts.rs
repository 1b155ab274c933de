//! What somebody may write that PostgreSQL can't hold, or that is very long.

use super::{completed, opened};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*};
use serde_json::json;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_payload_and_a_result_of_ten_million_bytes_are_stored() {
    let (w, _schema) = opened().await;
    let text: String =
        (0..10_000_000_u32).map(|nth| char::from(b'a' + (nth.wrapping_mul(nth) % 26) as u8)).collect();
    let job = NewJob { payload: json!({ "text": text }), ..w.job() };
    w.put(&job).await;
    let claimed = w.claim_one().await;
    assert!(claimed.job == job);
    let end = JobEnd::Completed(json!([text]));
    assert_eq!(w.end(&claimed, end).await, SettleVerdict::Accepted);
    assert!(w.state(job.id).await.result == Some(json!([text])));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_zero_byte_in_an_error_or_a_workers_name_fails_no_settlement() {
    let (w, _schema) = opened().await;
    let (job, other) = (NewJob { serial: Some("a\0b".into()), ..w.job() }, w.job());
    w.db.enqueue(vec![job.clone(), other]).await.unwrap();
    let request = ClaimRequest { worker: "w\0".into(), limit: 9, kinds: vec![kind()], lease_for: LEASE };
    let claimed = w.db.claim(request).await.unwrap();
    let of = |id| claimed.iter().find(|one| one.job.id == id).unwrap();
    let mut why = failure();
    why.message = "a \0 and \u{fffd}".into();
    let dead = Settlement { lease: of(job.id).lease.clone(), end: JobEnd::Dead(why.clone()) };
    let done = completed(&claimed.iter().find(|one| one.job.id != job.id).unwrap().lease);
    assert_eq!(w.db.settle(vec![dead, done]).await.unwrap(), [SettleVerdict::Accepted; 2]);
    let state = w.state(job.id).await;
    assert_eq!((state.failure, state.job.serial), (Some(why), Some("a\0b".to_owned())));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_kind_with_a_zero_byte_and_a_key_that_is_too_long_are_refused_and_nothing_is_put_in() {
    let (w, _schema) = opened().await;
    // Chance, or it would be stored short.
    let mut random = crate::random::Random::new(1);
    let long: String = (0..9_000).map(|_| char::from(b' ' + random.below(90) as u8)).collect();
    let jobs = [
        NewJob { kind: JobKind::custom("a\0b").unwrap(), ..w.job() },
        NewJob { kind: JobKind::custom(long.clone()).unwrap(), ..w.job() },
        NewJob { serial: Some(long), ..w.job() },
    ];
    for bad in jobs {
        let good = w.job();
        let refused = w.db.enqueue(vec![good.clone(), bad]).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused:?}");
        assert_eq!(JobQueue::get(&w.db, &w.tenant, good.id).await.unwrap(), None);
    }
    assert!(w.claim(9).await.is_empty());
}
