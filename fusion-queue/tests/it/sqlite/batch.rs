//! Many settlements and claims in one exchange.

use super::*;
use crate::fixture::{LEASE, kind, retry_in};
use fusion_core::{ErrorKind, job::*, tenant::Tenant};
use fusion_queue::Sqlite;
use serde_json::json;

async fn opened() -> (World, Sqlite, TempDir) {
    let (folder, w) = (TempDir::new().unwrap(), World::new());
    let db = settings(&folder).with_clock(Arc::new(w.clock.clone())).open_with_queue().await.unwrap();
    (w, db, folder)
}

fn claim(limit: usize) -> ClaimRequest {
    ClaimRequest { worker: "worker".into(), limit, kinds: vec![kind()], lease_for: LEASE }
}

#[tokio::test]
async fn each_of_a_batch_ends_as_it_would_alone() {
    let (w, db, _folder) = opened().await;
    let [plain, repeated, wrong, fails] = [(); 4].map(|()| w.job());
    let (head, behind) = (w.serial("a"), w.serial("a"));
    let (parent, mut child) = (w.job(), w.job());
    child.parents = vec![parent.id];
    let jobs = [&plain, &repeated, &wrong, &fails, &head, &behind, &parent, &child].map(Clone::clone);
    db.enqueue(jobs.to_vec()).await.unwrap();
    let claimed = db.claim(claim(99)).await.unwrap();
    let lease = |job: &NewJob| claimed.iter().find(|one| one.job.id == job.id).unwrap().lease.clone();
    let done = |lease: Lease| Settlement { lease, end: JobEnd::Completed(json!(7)) };
    let foreign = Lease { token: 999, ..lease(&wrong) };
    let settlements = vec![
        done(lease(&plain)),
        done(lease(&repeated)),
        done(lease(&repeated)),
        done(foreign),
        Settlement { lease: lease(&fails), end: retry_in(LEASE * 9) },
        done(lease(&head)),
        done(lease(&parent)),
        done(lease(&wrong)),
    ];
    let exchange = db.exchange(settlements, claim(99)).await.unwrap();
    use SettleVerdict::{Accepted, AlreadySettled, Fenced};
    let wanted = [Accepted, Accepted, AlreadySettled, Fenced, Accepted, Accepted, Accepted, Accepted];
    assert_eq!(exchange.verdicts, wanted);
    let mut next: Vec<_> = exchange.claimed.iter().map(|one| one.job.id).collect();
    next.sort_unstable();
    let mut freed = [behind.id, child.id];
    freed.sort_unstable();
    assert_eq!(next, freed, "who waited for one of them is let in by the same call");
    for job in [&plain, &repeated, &wrong, &head, &parent] {
        let state = JobQueue::get(&db, &w.tenant, job.id).await.unwrap().unwrap();
        assert_eq!((state.status, state.result), (JobStatus::Completed, Some(json!(7))));
    }
    assert_eq!(JobQueue::get(&db, &w.tenant, fails.id).await.unwrap().unwrap().status, JobStatus::Pending);
}

#[tokio::test]
async fn a_batch_is_handed_out_in_the_order_of_its_turns_and_nothing_of_it_twice() {
    let (w, db, _folder) = opened().await;
    let jobs: Vec<NewJob> = (0..300).map(|_| w.job()).collect();
    db.enqueue(jobs.clone()).await.unwrap();
    let mut claimed = db.claim(claim(250)).await.unwrap();
    claimed.extend(db.claim(claim(250)).await.unwrap());
    let ids = |jobs: &mut dyn Iterator<Item = fusion_core::model::JobId>| jobs.collect::<Vec<_>>();
    assert_eq!(ids(&mut claimed.iter().map(|one| one.job.id)), ids(&mut jobs.iter().map(|job| job.id)));
    assert!(claimed.windows(2).all(|two| two[0].lease.token < two[1].lease.token));
}

#[tokio::test]
async fn of_several_settlements_of_a_job_the_first_counts() {
    let (w, db, _folder) = opened().await;
    let jobs = [w.job(), w.job()];
    db.enqueue(jobs.to_vec()).await.unwrap();
    let leases: Vec<Lease> = db.claim(claim(9)).await.unwrap().into_iter().map(|one| one.lease).collect();
    let put_off = |lease: &Lease| Settlement { lease: lease.clone(), end: retry_in(LEASE * 9) };
    let done = |lease: &Lease| Settlement { lease: lease.clone(), end: JobEnd::Completed(json!(7)) };
    let both = vec![put_off(&leases[0]), done(&leases[0]), done(&leases[1]), put_off(&leases[1])];
    use SettleVerdict::{Accepted, AlreadySettled};
    assert_eq!(db.settle(both).await.unwrap(), [Accepted, AlreadySettled, Accepted, AlreadySettled]);
    for (job, status) in jobs.iter().zip([JobStatus::Pending, JobStatus::Completed]) {
        assert_eq!(JobQueue::get(&db, &w.tenant, job.id).await.unwrap().unwrap().status, status);
    }
}

#[tokio::test]
async fn of_calls_at_once_each_has_its_answer_and_a_refused_one_takes_no_other_along() {
    let (w, db, _folder) = opened().await;
    let (known, foreign) = (w.job(), NewJob { tenant: Tenant::new("other").unwrap(), ..w.job() });
    db.enqueue(vec![known.clone(), foreign.clone()]).await.unwrap();
    let taken = NewJob { tenant: w.tenant.clone(), ..foreign };
    let mut jobs: Vec<NewJob> = (0..100).map(|_| w.job()).collect();
    jobs.extend([known, taken, w.serial("a")]);
    // All are sent before the writer's task has its turn.
    let putting = jobs.iter().map(|job| {
        let (db, job) = (db.clone(), job.clone());
        tokio::spawn(async move { db.enqueue(vec![job]).await })
    });
    let mut answers = Vec::new();
    for putting in putting.collect::<Vec<_>>() {
        answers.push(putting.await.unwrap().map_err(|error| error.kind()));
    }
    let mut wanted = vec![Ok(vec![Enqueued::New]); 100];
    wanted.extend([Ok(vec![Enqueued::Known]), Err(ErrorKind::InvalidInput), Ok(vec![Enqueued::New])]);
    assert_eq!(answers, wanted);
    assert_eq!(db.claim(claim(999)).await.unwrap().len(), 102 + 1);
}

#[tokio::test]
async fn jobs_of_a_commit_that_are_known_are_not_put_in_again() {
    let (w, db, _folder) = opened().await;
    let (jobs, taken) = ([w.job(), w.job()], w.job());
    db.enqueue(vec![taken.clone()]).await.unwrap();
    let changes = ChangeSet { jobs: jobs.to_vec(), ..ChangeSet::default() };
    for answer in [Enqueued::New, Enqueued::Known] {
        let committed = db.commit(&w.tenant, changes.clone()).await.unwrap();
        assert_eq!(committed.jobs, [answer, answer]);
    }
    assert_eq!(db.claim(claim(9)).await.unwrap().len(), 3);
}
