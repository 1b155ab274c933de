use super::world::{HOUR, Queue, SECOND, World, failure, ids, kind, retry_in, snooze};
use crate::{error::When, job::*, model::GrantId};
use std::time::Duration;

pub async fn of_a_serial_key_only_the_first_is_claimed<Q: Queue>(w: World<Q>) {
    let jobs = [w.serial("a"), w.serial("a"), w.serial("b")];
    w.put_all(jobs.clone()).await;
    let claimed = w.claim(9).await;
    assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([&jobs[0], &jobs[2]]));
    for one in &claimed {
        w.done(one).await;
    }
    assert_eq!(w.claim_ids(9).await, ids([&jobs[1]]));
}

pub async fn a_retry_a_snooze_and_a_lost_worker_keep_the_place_in_a_serial_key<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    for end in [Some(retry_in(SECOND)), Some(snooze(When::In(SECOND), false)), None] {
        let claimed = w.claim_one().await;
        assert_eq!(claimed.job.id, head.id, "nobody passes the head");
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.lose().await,
        }
        w.clock.advance(SECOND);
    }
    assert_eq!(w.claim_ids(9).await, ids([&head]));
}

pub async fn behind_a_dead_head_the_serial_key_goes_on<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    assert_eq!(w.claim_ids(9).await, ids([&next]));
}

pub async fn who_takes_a_serial_key_goes_before_all_that_waits_for_it<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    let heirs = [0; 2].map(|_| NewJob { takes_key_of: Some(head.id), ..w.serial("a") });
    let claimed = w.claim_one().await;
    w.put(&heirs[0]).await;
    assert!(w.claim(9).await.is_empty(), "it doesn't pass the one that runs");
    w.done(&claimed).await;
    let claimed = w.claim_one().await;
    assert_eq!(claimed.job.id, heirs[0].id);
    // The old holder has ended, and the place is taken by one that runs.
    w.put(&heirs[1]).await;
    w.done(&claimed).await;
    for wanted in [&heirs[1], &next] {
        let claimed = w.claim(9).await;
        assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([wanted]));
        w.done(&claimed[0]).await;
    }
}

pub async fn a_dead_head_may_hold_its_key_until_somebody_says_that_it_goes_on<Q: Queue>(w: World<Q>) {
    let head = NewJob { dead_head: DeadHead::Hold, ..w.serial("a") };
    let (next, other) = (w.serial("a"), w.serial("b"));
    w.put(&head).await;
    w.put(&next).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    let heir = NewJob { takes_key_of: Some(head.id), ..w.serial("a") };
    w.put(&heir).await;
    w.put(&other).await;
    w.clock.advance(HOUR);
    assert_eq!(w.claim_ids(9).await, ids([&other]));
    for id in [heir.id, next.id] {
        assert_eq!(w.explain(id).await, Explanation::Held(head.id));
    }
    assert_eq!(w.q.next_due(&[kind()]).await.unwrap(), Some(Duration::ZERO), "the other one is in hands");
    w.q.go_on(&w.other, "a").await.unwrap();
    assert!(w.claim(9).await.is_empty(), "another tenant's word is for its own key");
    w.q.go_on(&w.tenant, "a").await.unwrap();
    let mut ran = Vec::new();
    for _ in 0..2 {
        w.q.go_on(&w.tenant, "a").await.unwrap();
        let [claimed] = w.claim(9).await.try_into().expect("one after the other");
        w.done(&claimed).await;
        ran.push(claimed.job);
    }
    assert_eq!(ids(&ran), ids([&heir, &next]));
}

pub async fn a_head_that_holds_its_key_goes_first_when_it_is_requeued<Q: Queue>(w: World<Q>) {
    let head = NewJob { dead_head: DeadHead::Hold, ..w.serial("a") };
    let next = w.serial("a");
    w.put(&head).await;
    w.put(&next).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    w.q.requeue(&w.tenant, head.id).await.unwrap();
    for wanted in [&head, &next] {
        let claimed = w.claim(9).await;
        assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([wanted]));
        w.end(&claimed[0], JobEnd::Cancelled).await;
    }
}

pub async fn a_dead_head_may_cancel_what_waits_behind_it_and_later_ones_go_on<Q: Queue>(w: World<Q>) {
    for is_lost in [false, true] {
        let head = NewJob { dead_head: DeadHead::CancelRest, ..w.serial("a") };
        let keyed = NewJob { serial: head.serial.clone(), ..w.unique(1, WhileRunning::Join) };
        let granted = NewJob { grant: Some(GrantId::new(&w.clock)), ..w.serial("a") };
        let child = NewJob { parents: vec![granted.id], ..w.job() };
        let beside =
            [w.serial("b"), w.theirs(w.serial("a"))].map(|job| NewJob { due: When::In(HOUR), ..job });
        let rest = [&keyed, &granted, &child];
        for job in [&head].into_iter().chain(rest).chain(&beside) {
            w.put(job).await;
        }
        let claimed = w.claim_one().await;
        assert_eq!(claimed.job.id, head.id);
        match is_lost {
            true => w.lose_for_good(claimed).await,
            false => {
                w.end(&claimed, JobEnd::Dead(failure())).await;
                assert!(w.rescue().await.is_superset(&ids(rest)), "their handlers are told");
            }
        }
        assert_eq!(w.status(head.id).await, JobStatus::Failed);
        for job in [&keyed, &granted] {
            let state = w.state(job.id).await;
            assert_eq!(
                (state.status, state.failure),
                (JobStatus::Cancelled, Some(DeadHead::failure(head.id)))
            );
            assert_eq!(w.explain(job.id).await, Explanation::Ended);
        }
        assert_eq!(w.state(child.id).await.failure, Some(ParentFailed::failure(granted.id)));
        for job in &beside {
            assert_eq!(w.q.get(&job.tenant, job.id).await.unwrap().unwrap().status, JobStatus::Pending);
            assert_eq!(w.q.cancel(&job.tenant, job.id).await.unwrap(), CancelVerdict::Now);
        }
        assert!(w.claim(9).await.is_empty());
        let later = [w.serial("a"), w.unique(2, WhileRunning::Join)];
        assert_eq!(w.put_all(later.clone()).await, [Enqueued::New; 2]);
        let claimed = w.claim(9).await;
        assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids(&later));
        for one in &claimed {
            w.done(one).await;
        }
    }
}
