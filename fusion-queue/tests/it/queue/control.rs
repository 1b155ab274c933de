use crate::fixture::*;
use fusion_core::{
    ErrorKind,
    error::When,
    job::*,
    model::{GrantId, JobId},
    storage::*,
};

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
