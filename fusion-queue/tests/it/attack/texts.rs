//! Keys that are nearly too long.

use crate::{
    postgres::{opened, schema::connection},
    random::Random,
};
use fusion_core::job::*;
use serde_json::json;
use sqlx::Executor as _;

/// The longest that is taken in, one that isn't, and where the server's own limit is.
const LENGTHS: [usize; 5] = [MAX_KEY_BYTES - 1, MAX_KEY_BYTES, MAX_KEY_BYTES + 1, 2_668, 2_670];

fn text(random: &mut Random, length: usize) -> String {
    let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..length).map(|_| char::from(*random.one_of(signs))).collect()
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_childs_serial_key_that_was_taken_in_never_keeps_its_parent_from_ending() {
    let (w, _schema) = opened().await;
    let mut random = Random::new(3);
    for length in LENGTHS {
        let parent = w.job();
        let serial = Some(text(&mut random, length));
        let child = NewJob { parents: vec![parent.id], serial, ..w.job() };
        w.put(&parent).await;
        if w.db.enqueue(vec![child.clone()]).await.is_err() {
            w.db.cancel(&w.tenant, parent.id).await.unwrap();
            continue;
        }
        let lease = w.claim_one().await.lease;
        let end = JobEnd::Completed(json!(1));
        let told = w.db.settle(vec![Settlement { lease, end }]).await;
        assert!(told.is_ok(), "a child's key of {length} bytes: {told:?}");
        assert_eq!(w.claim_ids(9).await, [child.id]);
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_follow_ups_serial_key_that_was_taken_in_never_keeps_the_holder_from_ending() {
    let (w, _schema) = opened().await;
    let mut random = Random::new(4);
    for length in LENGTHS {
        let holder = w.unique(1, WhileRunning::FollowUp);
        w.put(&holder).await;
        let lease = w.claim_one().await.lease;
        let serial = Some(text(&mut random, length));
        let next = NewJob { serial, ..w.unique(2, WhileRunning::FollowUp) };
        let is_in = w.db.enqueue(vec![next.clone()]).await.is_ok();
        let end = JobEnd::Completed(json!(1));
        let told = w.db.settle(vec![Settlement { lease, end }]).await;
        assert!(told.is_ok(), "a follow-up's key of {length} bytes: {told:?}");
        if is_in {
            assert_eq!(w.done(&w.claim_one().await).await, SettleVerdict::Accepted);
        }
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_serial_key_that_was_taken_in_late_never_keeps_other_tenants_from_their_jobs() {
    let (w, _schema) = opened().await;
    let mut random = Random::new(5);
    let mut embedder = connection().await;
    for length in LENGTHS {
        let parent = w.job();
        w.put(&parent).await;
        let lease = w.claim_one().await.lease;
        embedder.execute("BEGIN").await.unwrap();
        let serial = Some(text(&mut random, length));
        let child = NewJob { parents: vec![parent.id], serial, ..w.job() };
        let is_in = w.db.enqueue_in(&mut embedder, vec![child]).await.is_ok();
        // Its parent ends before it can be seen.
        let end = JobEnd::Completed(json!(1));
        w.db.settle(vec![Settlement { lease, end }]).await.unwrap();
        embedder.execute(if is_in { "COMMIT" } else { "ROLLBACK" }).await.unwrap();
        let others = NewJob { tenant: w.other.clone(), ..w.job() };
        w.put(&others).await;
        let request = |worker: &str| ClaimRequest {
            worker: worker.into(),
            limit: 9,
            kinds: vec![others.kind.clone()],
            lease_for: crate::fixture::LEASE,
        };
        for worker in ["w", "v"] {
            let told = w.db.claim(request(worker)).await;
            assert!(told.is_ok(), "nobody claims any more, for a key of {length} bytes: {told:?}");
            let ends = told.unwrap().iter().map(|one| crate::postgres::completed(&one.lease)).collect();
            w.db.settle(ends).await.unwrap();
        }
        let rescued = w.db.rescue(std::slice::from_ref(&others.kind)).await;
        assert!(rescued.is_ok(), "nobody is rescued any more: {rescued:?}");
    }
}
