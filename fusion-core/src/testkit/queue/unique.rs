use super::world::{HOUR, Queue, SECOND, World, ids, payloads, retry_in};
use crate::{error::When, job::*};
use serde_json::{Value, json};
use std::time::Duration;

use WhileRunning::{FollowUp, Join};

pub async fn a_waiting_holder_of_a_unique_key_takes_the_newer_payload_and_the_earlier_time<Q: Queue>(
    w: World<Q>,
) {
    let old = NewJob { due: When::In(HOUR), ..w.unique(1, FollowUp) };
    w.put(&old).await;
    assert_eq!(w.put(&w.unique(2, FollowUp)).await, Enqueued::Joined(old.id));
    let claimed = w.claim(9).await;
    assert_eq!((claimed[0].job.id, payloads(&claimed)), (old.id, vec![json!(2)]));
}

pub async fn beside_a_running_holder_one_follow_up_waits_for_its_end_and_is_the_newest<Q: Queue>(
    w: World<Q>,
) {
    w.put(&w.unique(1, FollowUp)).await;
    let running = w.claim_one().await;
    assert_eq!(w.put(&w.unique(2, FollowUp)).await, Enqueued::FollowUp);
    assert_eq!(w.put(&w.unique(3, FollowUp)).await, Enqueued::FollowUp);
    assert!(w.claim(9).await.is_empty());
    w.end(&running, retry_in(Duration::ZERO)).await;
    let again = w.claim(9).await;
    assert_eq!(payloads(&again), [json!(1)], "a retry isn't the holder's end");
    w.done(&again[0]).await;
    let after = w.claim(9).await;
    assert_eq!(payloads(&after), [json!(3)]);
    w.done(&after[0]).await;
    assert!(w.claim(9).await.is_empty(), "it runs once");
}

pub async fn a_retry_and_a_follow_up_of_one_key_that_are_both_due_stop_no_other_job<Q: Queue>(w: World<Q>) {
    let holder = w.unique(1, FollowUp);
    w.put(&holder).await;
    let running = w.claim_one().await;
    w.put(&w.unique(2, FollowUp)).await;
    let soon = |job: NewJob| NewJob { due: When::In(SECOND), ..job };
    let others = [soon(w.job()), soon(w.serial("a")), soon(w.theirs(w.job()))];
    w.put_all(others.clone()).await;
    w.end(&running, retry_in(SECOND)).await;
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, ids(others.iter().chain([&holder])));
}

pub async fn who_joins_a_running_holder_is_not_kept<Q: Queue>(w: World<Q>) {
    w.put(&w.unique(1, Join)).await;
    let running = w.claim_one().await;
    let joining = w.unique(2, Join);
    assert_eq!(w.put(&joining).await, Enqueued::Joined(running.job.id));
    w.done(&running).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.q.get(&w.tenant, joining.id).await.unwrap(), None);
}

pub async fn a_unique_key_is_free_after_every_end<Q: Queue>(w: World<Q>) {
    let ends = [
        JobEnd::Completed(Value::Null),
        JobEnd::Dead(super::world::failure()),
        JobEnd::Cancelled,
        JobEnd::Completed(Value::Null),
    ];
    for end in ends {
        assert_eq!(w.put(&w.unique(1, Join)).await, Enqueued::New);
        let claimed = w.claim_one().await;
        w.end(&claimed, end).await;
    }
}
