use super::world::{HOUR, LEASE, Queue, SECOND, World, asking, failure, ids, retry_in, snooze};
use crate::{
    error::{ErrorKind, When},
    job::*,
};
use serde_json::{Value, json};
use std::time::Duration;

pub async fn a_result_is_kept<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Completed(json!({ "sent": 3 }))).await;
    let state = w.state(job.id).await;
    assert_eq!((state.status, state.result), (JobStatus::Completed, Some(json!({ "sent": 3 }))));
}

pub async fn a_retry_costs_an_attempt_and_a_snooze_and_a_lost_worker_cost_none<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    let mut attempts = Vec::new();
    for end in [Some(retry_in(SECOND)), Some(snooze(When::In(SECOND), false)), None, Some(retry_in(SECOND))] {
        let claimed = w.claim_one().await;
        attempts.push(claimed.attempt);
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.lose().await,
        }
        w.clock.advance(SECOND);
    }
    attempts.push(w.claim_one().await.attempt);
    assert_eq!(attempts, [1, 2, 2, 2, 3]);
}

pub async fn a_retry_waits_for_its_time_and_its_failure_is_kept<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, retry_in(HOUR)).await;
    w.clock.advance(HOUR - SECOND);
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.state(job.id).await.failure, Some(failure()));
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, ids([&job]));
}

pub async fn a_dead_letter_keeps_its_reason_and_isnt_claimed<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    let state = w.state(job.id).await;
    assert_eq!((state.status, state.failure), (JobStatus::Failed, Some(failure())));
    w.clock.advance(LEASE * 100);
    assert!(w.claim(9).await.is_empty());
}

pub async fn an_exchange_settles_before_it_claims<Q: Queue>(w: World<Q>) {
    let (first, second) = (w.serial("k"), w.serial("k"));
    w.put(&first).await;
    w.put(&second).await;
    let lease = w.claim_one().await.lease;
    let settlement = Settlement { lease, end: JobEnd::Completed(Value::Null) };
    let exchange = w.q.exchange(vec![settlement], asking(5)).await.unwrap();
    assert_eq!(exchange.verdicts, [SettleVerdict::Accepted]);
    assert_eq!(ids(exchange.claimed.iter().map(|one| &one.job)), ids([&second]));
}

pub async fn a_refused_settlement_stops_no_other_of_its_batch<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let good = w.claim_one().await.lease;
    let bad = Lease { job: w.job().id, token: 7 };
    let settle = |lease| Settlement { lease, end: JobEnd::Completed(Value::Null) };
    let verdicts = w.q.settle(vec![settle(bad), settle(good)]).await.unwrap();
    assert_eq!(verdicts, [SettleVerdict::Fenced, SettleVerdict::Accepted]);
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
}

pub async fn a_job_put_off_until_a_signal_waits_for_it<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, snooze(When::OnSignal, false)).await;
    w.clock.advance(HOUR * 1_000);
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.q.next_due(&[super::world::kind()]).await.unwrap(), None::<Duration>);
}

pub async fn a_result_that_is_too_large_is_refused_with_its_place_and_nothing_is_settled<Q: Queue>(
    w: World<Q>,
) {
    let (small, large) = (w.job(), w.job());
    w.put_all([small.clone(), large.clone()]).await;
    let claimed = w.claim(2).await;
    let settle = |id, end| {
        let lease = claimed.iter().find(|one| one.job.id == id).unwrap().lease.clone();
        Settlement { lease, end }
    };
    let end = JobEnd::Completed(json!(["x".repeat(MAX_RESULT_BYTES)]));
    let both = vec![settle(small.id, JobEnd::Completed(Value::Null)), settle(large.id, end)];
    let refused = w.q.settle(both).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let [problem] = refused.problems() else { panic!("what is too large is told: {refused}") };
    assert!(
        problem.path.ends_with(".result") && problem.message.contains(&large.id.to_string()),
        "{problem}"
    );
    for id in [small.id, large.id] {
        assert_eq!(w.status(id).await, JobStatus::Claimed);
    }
    for one in &claimed {
        w.done(one).await;
    }
}
