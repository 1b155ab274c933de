use crate::fixture::*;
use fusion_core::{
    ErrorKind,
    error::When,
    job::*,
    model::{GrantId, JobId},
    storage::*,
};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_its_handler_is_told() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Now);
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::TooLate);
    assert!(w.claim(9).await.is_empty());
    let told = w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(
        told.iter().map(|row| (row.id, row.state.status)).collect::<Vec<_>>(),
        [(job.id, JobStatus::Cancelled)]
    );
    assert_eq!(w.db.rescue(&[kind()]).await.unwrap(), told, "until somebody says that the handler knows");
    let others = [JobKind::custom("other").unwrap()];
    assert!(w.db.rescue(&others).await.unwrap().is_empty(), "nobody is told what it has no handler for");
    w.db.told(&[job.id]).await.unwrap();
    assert!(w.db.rescue(&[kind()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_running_job_is_asked_and_doesnt_come_back() {
    let w = World::new();
    for end in [Some(retry_in(SECOND)), Some(snooze(When::In(SECOND), false)), Some(JobEnd::Cancelled), None]
    {
        let job = w.job();
        w.put(&job).await;
        let claimed = w.claim_one().await;
        assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Asked);
        assert_eq!(w.beat(&claimed, true).await, BeatVerdict::CancelWanted);
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.clock.advance(LEASE),
        }
        let told = w.db.rescue(&[kind()]).await.unwrap().iter().any(|row| row.id == job.id);
        assert!(told);
        assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
    }
}

#[tokio::test]
async fn a_job_that_was_done_before_it_saw_the_wish_to_cancel_is_done() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.db.cancel(&w.tenant, job.id).await.unwrap();
    w.done(&claimed).await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
}

#[tokio::test]
async fn a_granted_job_is_cancelled_and_requeued_by_the_hub_alone() {
    let w = World::new();
    let job = NewJob { grant: Some(GrantId::new(&w.clock)), ..w.job() };
    w.put(&job).await;
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(w.db.requeue(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::Refused);
    let changes = ChangeSet { cancels: vec![job.id, JobId::new(&w.clock)], ..ChangeSet::default() };
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
}

#[tokio::test]
async fn next_due_is_zero_in_hands_a_length_before_a_time_and_none_without_work() {
    let w = World::new();
    let next = async || w.db.next_due(&[kind()]).await.unwrap();
    assert_eq!(next().await, None);
    w.put(&NewJob { background: true, ..w.job() }).await;
    assert_eq!(next().await, None, "nobody waits for the background");
    w.put(&NewJob { kind: JobKind::custom("other").unwrap(), ..w.job() }).await;
    assert_eq!(next().await, None, "nobody can run the other kind");
    w.put(&NewJob { due: When::In(SECOND * 9), ..w.job() }).await;
    assert_eq!(next().await, Some(SECOND * 9));
    w.put(&NewJob { tenant: w.other.clone(), due: When::In(SECOND * 4), ..w.job() }).await;
    assert_eq!(next().await, Some(SECOND * 4), "all tenants count");
    w.clock.advance(SECOND * 4);
    let claimed: Vec<Claimed> = w.claim(9).await;
    assert_eq!(claimed.len(), 2);
    assert_eq!(next().await, Some(Duration::ZERO), "one is in hands");
    for one in &claimed {
        w.done(one).await;
    }
    assert_eq!(next().await, Some(SECOND * 5));
}

#[tokio::test]
async fn next_due_sees_work_behind_a_head_in_the_background_and_through_a_gate() {
    let w = World::new();
    let watch = NewJob { background: true, due: When::In(SECOND * 7), ..w.serial("a") };
    w.put(&watch).await;
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), None);
    w.put(&w.serial("a")).await;
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), Some(SECOND * 7));

    let w = World::new();
    w.put(&NewJob { begins_work: true, ..w.job() }).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, snooze(When::In(SECOND * 3), true)).await;
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), Some(SECOND * 3));
    w.db.pause(&w.tenant, w.store).await.unwrap();
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), None);
}

#[tokio::test]
async fn explain_names_what_a_job_waits_for() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    assert_eq!(w.explain(job.id).await, Explanation::Due);
    let claimed = w.claim_one().await;
    assert_eq!(w.explain(job.id).await, Explanation::InHands);
    w.end(&claimed, snooze(When::OnSignal, false)).await;
    assert_eq!(w.explain(job.id).await, Explanation::Parked);
    w.db.open_gate(&w.tenant, Some(w.store)).await.unwrap();
    let claimed = w.claim_one().await;
    w.done(&claimed).await;
    assert_eq!(w.explain(job.id).await, Explanation::Ended);
}

#[tokio::test]
async fn jobs_are_listed_by_id_and_counted_by_status() {
    let w = World::new();
    let mut ids: Vec<JobId> = Vec::new();
    for _ in 0..7 {
        let job = w.job();
        ids.push(job.id);
        w.put(&job).await;
    }
    ids.sort();
    let claimed = w.claim(3).await;
    w.end(&claimed[0], JobEnd::Completed(json!(1))).await;
    w.end(&claimed[1], JobEnd::Dead(failure())).await;
    let list = async |filter: JobFilter, after| {
        let rows = QueueControl::list(&w.db, &w.tenant, &filter, after, 4).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(JobFilter::default(), None).await, ids[..4]);
    assert_eq!(list(JobFilter::default(), Some(ids[3])).await, ids[4..]);
    let dead = JobFilter { status: Some(JobStatus::Failed), ..JobFilter::default() };
    assert_eq!(list(dead, None).await, [claimed[1].job.id]);
    let stats = w.db.stats(&w.tenant).await.unwrap().by_status;
    let wanted = [("claimed", 1), ("completed", 1), ("failed", 1), ("pending", 4)];
    assert_eq!(stats.into_iter().collect::<Vec<_>>(), wanted);
}
