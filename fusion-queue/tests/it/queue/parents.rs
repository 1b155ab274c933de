use crate::fixture::*;
use fusion_core::{job::*, model::JobId};
use fusion_queue::memory::MAX_FINISHED;
use serde_json::json;

fn child(w: &World, parent: &NewJob, parent_failed: ParentFailed) -> NewJob {
    NewJob { parents: vec![parent.id], parent_failed, ..w.job() }
}

/// As many jobs end as are remembered.
async fn end_many(w: &World) {
    let jobs: Vec<NewJob> =
        (0..MAX_FINISHED).map(|_| NewJob { priority: Priority::High, ..w.job() }).collect();
    w.db.enqueue(jobs).await.unwrap();
    let mut ended = 0;
    while ended < MAX_FINISHED {
        for claimed in w.claim(MAX_FINISHED - ended).await {
            w.done(&claimed).await;
            ended += 1;
        }
    }
}

async fn is_known(w: &World, id: JobId) -> bool {
    JobQueue::get(&w.db, &w.tenant, id).await.unwrap().is_some()
}

#[tokio::test]
async fn a_parent_is_remembered_until_its_children_need_it_no_more() {
    let w = World::new();
    let (done, dead) = (w.job(), w.job());
    w.db.enqueue(vec![done.clone(), dead.clone()]).await.unwrap();
    let [first, second] = w.claim(2).await.try_into().unwrap();
    w.end(&first, JobEnd::Completed(json!(3))).await;
    w.end(&second, JobEnd::Dead(failure())).await;
    let later = NewJob { due: fusion_core::error::When::In(SECOND), ..child(&w, &done, ParentFailed::Fail) };
    let waiting = child(&w, &dead, ParentFailed::Wait);
    w.db.enqueue(vec![later.clone(), waiting.clone()]).await.unwrap();
    end_many(&w).await;
    assert_eq!([is_known(&w, done.id).await, is_known(&w, dead.id).await], [true, true]);

    w.clock.advance(SECOND);
    let claimed = w.claim_one().await;
    assert_eq!(claimed.parents[0].result, Some(json!(3)));
    w.end(&claimed, JobEnd::Dead(failure())).await;
    w.db.requeue(&w.tenant, later.id).await.unwrap();
    assert_eq!(w.claim_one().await.parents[0].result, Some(json!(3)), "a requeued child has it too");

    w.db.cancel(&w.tenant, waiting.id).await.unwrap();
    end_many(&w).await;
    assert_eq!([is_known(&w, done.id).await, is_known(&w, dead.id).await], [true, false]);
}

#[tokio::test]
async fn a_dead_head_is_remembered_while_it_holds_its_key() {
    let w = World::new();
    let head = NewJob { dead_head: DeadHead::Hold, ..w.serial("a") };
    w.put(&head).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    end_many(&w).await;
    assert!(is_known(&w, head.id).await);
    w.db.go_on(&w.tenant, "a").await.unwrap();
    w.put(&w.job()).await;
    w.done(&w.claim_one().await).await;
    assert!(!is_known(&w, head.id).await);
}

#[tokio::test]
async fn a_long_chain_fails_with_its_first_link() {
    let w = World::new();
    let mut chain = vec![w.job()];
    for nth in 0..5_000 {
        chain.push(child(&w, &chain[nth], ParentFailed::Fail));
    }
    w.db.enqueue(chain.clone()).await.unwrap();
    w.db.cancel(&w.tenant, chain[0].id).await.unwrap();
    assert_eq!(w.status(chain[5_000].id).await, JobStatus::Failed);
}
