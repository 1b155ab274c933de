//! Keys that are nearly too long.

use crate::{postgres::opened, random::Random};
use fusion_core::job::*;
use serde_json::json;

/// Where the server's limit is to be looked for; it takes what can be made shorter.
const LENGTHS: std::ops::Range<usize> = 2_640..2_705;

fn text(random: &mut Random, length: usize) -> String {
    let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..length).map(|_| char::from(*random.one_of(signs))).collect()
}

#[tokio::test]
#[ignore = "fails"]
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
#[ignore = "fails"]
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
