use super::{Schema, completed, opened};
use crate::{fixture::*, random::Random};
use fusion_core::job::*;
use std::{future::Future, pin::pin, task::Poll, time::Duration};

const CALLS: usize = 600;

/// Polls `call` at most so often, then drops it.
async fn give_up_after<F: Future>(polls: usize, call: F) -> Option<F::Output> {
    let mut call = pin!(call);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// Looks until nothing of the queue's is under way.
async fn quiet(schema: &Schema) {
    while schema.sessions("state <> 'idle'").await > 0 {
        assert_eq!(
            schema.sessions("state LIKE 'idle in transaction%'").await,
            0,
            "a transaction was left open"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_no_transaction_open_and_loses_no_job() {
    let (w, schema) = opened().await;
    let mut random = Random::new(13);
    let (mut put, mut leases, mut dropped) = (Vec::new(), Vec::<Lease>::new(), 0);
    for nth in 0..CALLS {
        // Now and then somebody stays to the end.
        let polls = if random.below(4) == 0 { usize::MAX } else { random.below(12) };
        let is_dropped = match random.below(4) {
            0 => {
                let job = NewJob { serial: Some(random.below(9).to_string()), ..w.job() };
                let id = job.id;
                let answer = give_up_after(polls, w.db.enqueue(vec![job])).await;
                put.extend(answer.iter().map(|answer| answer.as_ref().map(|_| id).unwrap()));
                answer.is_none()
            }
            1 => {
                let claimed = give_up_after(polls, w.claim(2)).await;
                leases.extend(claimed.iter().flatten().map(|one| one.lease.clone()));
                claimed.is_none()
            }
            2 if !leases.is_empty() => {
                let lease = leases[random.below(leases.len())].clone();
                give_up_after(polls, w.db.settle(vec![completed(&lease)])).await.is_none()
            }
            _ => give_up_after(polls, w.db.rescue(&[kind()])).await.is_none(),
        };
        dropped += usize::from(is_dropped);
        if nth % 50 == 0 {
            quiet(&schema).await;
        }
    }
    quiet(&schema).await;
    assert!(dropped > CALLS / 4 && put.len() > 10, "{dropped} were dropped");
    loop {
        w.clock.advance(LEASE);
        w.db.rescue(&[kind()]).await.unwrap();
        let claimed = w.claim(100).await;
        if claimed.is_empty() {
            break;
        }
        for one in claimed {
            assert_eq!(w.done(&one).await, SettleVerdict::Accepted);
        }
    }
    let all = w.db.list(&w.tenant, &JobFilter::default(), None, usize::MAX).await.unwrap();
    assert!(all.iter().all(|row| row.state.status == JobStatus::Completed));
    assert!(put.iter().all(|id| all.iter().any(|row| row.id == *id)), "a job that was taken in is lost");
}
