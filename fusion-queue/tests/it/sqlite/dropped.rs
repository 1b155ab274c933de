use super::*;
use crate::{
    fixture::{LEASE, kind},
    random::Random,
};
use fusion_core::{ErrorKind, job::*, storage::Version};
use std::{future::Future, pin::pin, task::Poll};

const DROPS: u64 = 2_000;

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

#[tokio::test]
async fn a_dropped_commit_is_stored_whole_or_not_at_all_and_harms_nobody() {
    let folder = TempDir::new().unwrap();
    let (w, db, mut random) = (World::new(), opened(&folder).await, Random::new(11));
    let mut answered = Vec::new();
    for number in 0..DROPS {
        let polls = random.below(5);
        match random.below(8) {
            0 => drop(give_up_after(polls, db.audit(&w.tenant, 0, 50)).await),
            1 => drop(give_up_after(polls, db.get(&w.tenant, &keys(number))).await),
            // Now and then somebody stays to the end.
            2 => {
                drop(db.commit(&w.tenant, numbered(&w, number)).await.unwrap());
                answered.push(number);
            }
            _ => {
                let done = give_up_after(polls, db.commit(&w.tenant, numbered(&w, number))).await;
                answered.extend(done.map(|result| result.map(|_| number).unwrap()));
            }
        }
    }
    // The writer takes what was sent in order, so behind this one nothing is under way.
    drop(db.commit(&w.tenant, numbered(&w, DROPS)).await.unwrap());
    let mut stored = 0;
    for number in 0..DROPS {
        stored += usize::from(is_there(&db, &w, number).await);
    }
    for number in &answered {
        assert!(is_there(&db, &w, *number).await, "commit {number} was answered and is lost");
    }
    assert!(stored > answered.len() && stored < 1_900, "{stored} stored, {} answered", answered.len());
    assert_eq!(db.audit(&w.tenant, 0, 5_000).await.unwrap().len(), stored + 1);
}

#[tokio::test]
async fn a_refused_commit_doesnt_harm_those_that_share_its_transaction() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    // All are sent before the writer's task has its turn.
    let tasks = (0..100).map(|number| {
        let (db, tenant, mut changes) = (db.clone(), w.tenant.clone(), numbered(&w, number));
        if number % 3 == 0 {
            // Refused by its last statement, when most of it has been written.
            changes.rely_on::<StockItem>(StockItemId::from_uuid(Uuid::max()), Version::NEW);
            changes.steps.extend([w.step()].into_iter().flat_map(|step| [step.clone(), step]));
        }
        tokio::spawn(async move { db.commit(&tenant, changes).await.map(|_| ()) })
    });
    for (number, task) in tasks.collect::<Vec<_>>().into_iter().enumerate() {
        let refused = task.await.unwrap().err().map(|error| error.kind());
        assert_eq!(refused, (number % 3 == 0).then_some(ErrorKind::AlreadyExists), "{number}");
        assert_eq!(is_there(&db, &w, u64::try_from(number).unwrap()).await, number % 3 != 0, "{number}");
    }
}

#[tokio::test]
async fn a_dropped_call_to_the_queue_loses_no_job() {
    let folder = TempDir::new().unwrap();
    let (w, mut random) = (World::new(), Random::new(13));
    let db = settings(&folder).with_clock(Arc::new(w.clock.clone())).open_with_queue().await.unwrap();
    let claim = |limit| {
        let request = ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: LEASE };
        db.claim(request)
    };
    let done = |lease: &Lease| {
        let end = JobEnd::Completed(serde_json::Value::Null);
        db.settle(vec![Settlement { lease: lease.clone(), end }])
    };
    let (mut put, mut leases) = (Vec::new(), Vec::<Lease>::new());
    for _ in 0..DROPS {
        // Now and then somebody stays to the end.
        let polls = if random.below(8) == 0 { usize::MAX } else { random.below(5) };
        match random.below(4) {
            0 => {
                let job = NewJob { serial: Some(random.below(9).to_string()), ..w.job() };
                let id = job.id;
                put.extend(give_up_after(polls, db.enqueue(vec![job])).await.map(|_| id));
            }
            1 => {
                let claimed = give_up_after(polls, claim(2)).await;
                leases.extend(claimed.into_iter().flatten().flatten().map(|one| one.lease));
            }
            2 if !leases.is_empty() => {
                let lease = leases[random.below(leases.len())].clone();
                drop(give_up_after(polls, done(&lease)).await);
            }
            _ => drop(give_up_after(polls, db.rescue(&[kind()])).await),
        }
    }
    loop {
        w.clock.advance(LEASE);
        db.rescue(&[kind()]).await.unwrap();
        let claimed = claim(100).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        for one in claimed {
            assert_eq!(done(&one.lease).await.unwrap(), [SettleVerdict::Accepted]);
        }
    }
    assert!(put.len() > 10);
    let all = QueueControl::list(&db, &w.tenant, &JobFilter::default(), None, usize::MAX).await.unwrap();
    assert!(all.iter().all(|row| row.state.status == JobStatus::Completed));
    assert!(put.iter().all(|id| all.iter().any(|row| row.id == *id)), "a job that was taken in is lost");
}
