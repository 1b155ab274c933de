//! Many settlements and claims in one exchange.

use super::*;
use crate::fixture::{LEASE, kind, retry_in};
use fusion_core::job::*;
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
