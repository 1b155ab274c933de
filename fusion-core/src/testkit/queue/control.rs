use super::world::{Queue, SECOND, World, failure, ids, kind, other_kind, retry_in, snooze};
use crate::{
    error::{ErrorKind, When},
    job::*,
    model::{GrantId, JobId, StoreId},
};
use std::{collections::BTreeSet, time::Duration};

use WhileRunning::Join;

pub async fn a_waiting_job_is_cancelled_at_once<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    assert_eq!(w.q.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Now);
    assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.q.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::TooLate);
}

pub async fn a_job_in_hands_is_asked_to_stop_and_doesnt_come_back<Q: Queue>(w: World<Q>) {
    for end in [Some(retry_in(SECOND)), Some(JobEnd::Cancelled), None] {
        let job = w.job();
        w.put(&job).await;
        let claimed = w.claim_one().await;
        assert_eq!(w.q.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Asked);
        assert_eq!(w.beat(&claimed, true).await, BeatVerdict::CancelWanted);
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.lose().await,
        }
        assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
    }
}

pub async fn a_job_that_was_done_before_it_heard_is_done<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.q.cancel(&w.tenant, job.id).await.unwrap();
    w.done(&claimed).await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
}

pub async fn a_job_under_a_grant_is_neither_cancelled_nor_requeued<Q: Queue>(w: World<Q>) {
    let job = NewJob { grant: Some(GrantId::new(&w.clock)), ..w.job() };
    w.put(&job).await;
    assert_eq!(w.q.cancel(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::Refused);
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    assert_eq!(w.q.requeue(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(w.status(job.id).await, JobStatus::Failed);
}

pub async fn a_dead_letter_is_requeued_with_all_its_attempts_where_its_key_is_free<Q: Queue>(w: World<Q>) {
    let job = w.unique(1, Join);
    w.put(&job).await;
    assert_eq!(w.q.requeue(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::Refused);
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    w.put(&w.unique(2, Join)).await;
    assert_eq!(w.q.requeue(&w.tenant, job.id).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let usurper = w.claim_one().await;
    w.done(&usurper).await;
    w.q.requeue(&w.tenant, job.id).await.unwrap();
    assert_eq!(w.put(&w.unique(3, Join)).await, Enqueued::Joined(job.id));
    let again = w.claim_one().await;
    assert_eq!((again.job.id, again.attempt), (job.id, 1));
    let unknown = JobId::new(&w.clock);
    assert_eq!(w.q.requeue(&w.tenant, unknown).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub async fn dead_letters_are_requeued_as_they_are_asked_for_page_by_page<Q: Queue>(w: World<Q>) {
    let granted = NewJob { grant: Some(GrantId::new(&w.clock)), ..w.beginning() };
    let other = NewJob { kind: other_kind(), ..w.job() };
    let dead = [w.job(), granted.clone(), w.job(), w.job()];
    w.put_all(dead.iter().chain([&other]).cloned()).await;
    let kinds = vec![kind(), other_kind()];
    let asked = ClaimRequest { kinds, ..super::world::asking(9) };
    for one in w.q.claim(asked).await.unwrap() {
        w.end(&one, JobEnd::Dead(failure())).await;
    }
    let filter = JobFilter { kind: Some(kind()), ..JobFilter::default() };
    let (mut done, mut calls) = (Requeued::default(), 0);
    loop {
        let page = w.q.requeue_all(&w.tenant, &filter, done.after, 3).await.unwrap();
        assert!(page.requeued.len() + page.left.len() <= 3);
        done.requeued.extend(page.requeued);
        done.left.extend(page.left);
        (done.after, calls) = (page.after, calls + 1);
        if done.after.is_none() {
            break;
        }
    }
    let waiting = dead.iter().filter(|job| job.grant.is_none());
    assert_eq!(done.requeued.iter().copied().collect::<BTreeSet<_>>(), ids(waiting.clone()));
    assert_eq!((done.left, calls), (vec![(granted.id, ErrorKind::Refused)], 2));
    assert_eq!(w.claim_ids(9).await, ids(waiting));
    assert_eq!(w.status(other.id).await, JobStatus::Failed);
}

pub async fn an_end_is_told_until_its_handler_knows_of_it<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    assert_eq!(w.rescue().await, ids([&job]));
    assert_eq!(w.rescue().await, ids([&job]), "nobody has said that the handler knows");
    let others = w.q.rescue(&[other_kind()]).await.unwrap();
    assert!(others.is_empty(), "nobody is told what it has no handler for");
    w.q.told(&[job.id, JobId::new(&w.clock)]).await.unwrap();
    assert!(w.rescue().await.is_empty());
}

pub async fn jobs_are_listed_by_id_page_by_page_and_as_they_are_asked_for<Q: Queue>(w: World<Q>) {
    let store = StoreId::new(&w.clock);
    let jobs: Vec<NewJob> = (0..7)
        .map(|nth| match nth {
            0 => NewJob { kind: other_kind(), ..w.job() },
            1 => NewJob { partition: Some(store), ..w.job() },
            _ => w.job(),
        })
        .collect();
    w.put_all(jobs.clone()).await;
    let list = async |filter: JobFilter, after, limit| {
        let rows = w.q.list(&w.tenant, &filter, after, limit).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let all: Vec<JobId> = ids(&jobs).into_iter().collect();
    assert_eq!(list(JobFilter::default(), None, 4).await, all[..4]);
    assert_eq!(list(JobFilter::default(), Some(all[3]), 4).await, all[4..]);
    let claimed = w.claim_one().await;
    let running = JobFilter { status: Some(JobStatus::Claimed), ..JobFilter::default() };
    assert_eq!(list(running, None, 9).await, [claimed.job.id]);
    let of_kind = JobFilter { kind: Some(other_kind()), ..JobFilter::default() };
    assert_eq!(list(of_kind, None, 9).await, [jobs[0].id]);
    let of_store = JobFilter { partition: Some(store), ..JobFilter::default() };
    assert_eq!(list(of_store, None, 9).await, [jobs[1].id]);
}

pub async fn stats_count_jobs_by_status_and_name_closed_gates<Q: Queue>(w: World<Q>) {
    w.put_all((0..3).map(|_| w.beginning())).await;
    let claimed = w.claim(3).await;
    w.done(&claimed[0]).await;
    w.end(&claimed[1], snooze(When::In(SECOND * 3), true)).await;
    let stats = w.q.stats(&w.tenant).await.unwrap();
    let counts: Vec<_> = stats.by_status.into_iter().collect();
    assert_eq!(counts, [(JobStatus::Pending, 1), (JobStatus::Claimed, 1), (JobStatus::Completed, 1)]);
    assert_eq!(stats.closed_gates, [(Some(w.store), Some(SECOND * 3))]);
}

pub async fn kinds_of_jobs_that_havent_ended_are_named<Q: Queue>(w: World<Q>) {
    let kinds = async || {
        let kinds = w.q.live_kinds().await.unwrap();
        let all: BTreeSet<JobKind> = kinds.iter().cloned().collect();
        assert_eq!(all.len(), kinds.len(), "each once");
        all
    };
    assert!(kinds().await.is_empty());
    let parked = w.theirs(NewJob { kind: other_kind(), due: When::OnSignal, ..w.job() });
    w.put_all([w.job(), w.job(), parked]).await;
    assert_eq!(kinds().await, [kind(), other_kind()].into());
    for claimed in w.claim(9).await {
        assert_eq!(kinds().await, [kind(), other_kind()].into(), "what is in hands is among them");
        w.done(&claimed).await;
    }
    assert_eq!(kinds().await, [other_kind()].into());
}

pub async fn a_kind_that_no_worker_performs_is_told_where_others_are_performed<Q: Queue>(w: World<Q>) {
    let (known, strange) = (w.job(), NewJob { kind: other_kind(), ..w.job() });
    w.put_all([known.clone(), strange.clone()]).await;
    assert_eq!(w.explain(strange.id).await, Explanation::Due, "no worker was heard of");
    w.q.rescue(&[kind()]).await.unwrap();
    assert_eq!(w.explain(known.id).await, Explanation::Due);
    assert_eq!(w.explain(strange.id).await, Explanation::Unhandled);
    w.q.rescue(&[other_kind()]).await.unwrap();
    assert_eq!(w.explain(strange.id).await, Explanation::Due);
    w.clock.advance(HANDLED_FOR);
    w.q.rescue(&[kind()]).await.unwrap();
    assert_eq!(w.explain(strange.id).await, Explanation::Unhandled, "its worker is gone");
    w.clock.advance(HANDLED_FOR);
    assert_eq!(w.explain(strange.id).await, Explanation::Due, "no worker is left");
}

pub async fn explain_names_what_a_job_waits_for<Q: Queue>(w: World<Q>) {
    let (first, second) = (w.serial("a"), w.serial("a"));
    let (later, ended) = (NewJob { due: When::In(SECOND), ..w.job() }, w.job());
    w.put(&ended).await;
    w.done(&w.claim_one().await).await;
    assert_eq!(w.explain(ended.id).await, Explanation::Ended);
    w.put(&first).await;
    w.put(&second).await;
    w.put(&later).await;
    assert_eq!(w.explain(first.id).await, Explanation::Due);
    assert_eq!(w.explain(second.id).await, Explanation::Behind(first.id));
    assert_eq!(w.explain(later.id).await, Explanation::NotDue(SECOND));
    let claimed = w.claim_one().await;
    assert_eq!(w.explain(first.id).await, Explanation::InHands);
    let begins = w.beginning();
    w.put(&begins).await;
    w.end(&claimed, snooze(When::OnSignal, true)).await;
    let parked = NewJob { due: When::OnSignal, ..w.job() };
    w.put(&parked).await;
    assert_eq!(w.explain(parked.id).await, Explanation::Parked);
    assert_eq!(w.explain(begins.id).await, Explanation::GateClosed(None));
    w.q.pause(&w.tenant, w.store).await.unwrap();
    assert_eq!(w.explain(begins.id).await, Explanation::Paused);
}

pub async fn explain_tells_why_a_job_was_put_off_and_for_how_long<Q: Queue>(w: World<Q>) {
    use SnoozeReason::{Authorisation, Budget, GivenBack, Outcome, Person, Piece, Schedule};
    // One that its own store's gate may hold back.
    let beginning = || NewJob { partition: Some(StoreId::new(&w.clock)), ..w.beginning() };
    for why in [Budget, Authorisation, Person, Outcome, Piece, Schedule, GivenBack] {
        for (after, due) in [(When::In(SECOND), Some(SECOND)), (When::OnSignal, None)] {
            for close_gate in [false, true] {
                let job = beginning();
                w.put(&job).await;
                w.end(&w.claim_one().await, JobEnd::Snooze { after, close_gate, why }).await;
                assert_eq!(w.explain(job.id).await, Explanation::Snoozed { why, due });
            }
        }
    }
    let job = beginning();
    w.put(&job).await;
    let why = Budget;
    w.end(&w.claim_one().await, JobEnd::Snooze { after: When::In(SECOND), close_gate: false, why }).await;
    let other = NewJob { partition: job.partition, ..w.beginning() };
    w.put(&other).await;
    w.end(&w.claim_one().await, snooze(When::In(SECOND * 5), true)).await;
    assert_eq!(w.explain(job.id).await, Explanation::GateClosed(Some(SECOND * 5)), "the longer wait counts");
    w.clock.advance(SECOND * 5);
    assert_eq!(w.explain(job.id).await, Explanation::Due);
    let claimed = w.claim(100).await;
    let again = JobEnd::Retry { failure: failure(), after: When::OnSignal };
    w.end(claimed.iter().find(|one| one.job.id == job.id).expect("it was due"), again).await;
    assert_eq!(w.explain(job.id).await, Explanation::Parked, "it wasn't put off this time");
}

pub async fn explain_tells_how_many_go_before_a_due_job<Q: Queue>(w: World<Q>) {
    let later = NewJob { due: When::In(SECOND), ..w.job() };
    let background = NewJob { background: true, ..w.job() };
    let queue = [w.job(), background, w.job(), later.clone()];
    let beside = [
        NewJob { kind: other_kind(), ..w.job() },
        NewJob { priority: Priority::High, ..w.job() },
        NewJob { partition: None, ..w.job() },
        w.beginning(),
        w.theirs(w.job()),
    ];
    w.put_all(queue.iter().chain(&beside).cloned()).await;
    let told = async |job: &NewJob| w.q.explain(&job.tenant, job.id).await.unwrap();
    for one in &beside {
        assert_eq!(told(one).await, Explanation::Due, "it is the first of its own");
    }
    assert_eq!(told(&queue[0]).await, Explanation::Due);
    assert_eq!(told(&queue[1]).await, Explanation::Turn(1));
    assert_eq!(told(&queue[2]).await, Explanation::Turn(2));
    assert_eq!(told(&later).await, Explanation::NotDue(SECOND));
    w.clock.advance(SECOND);
    assert_eq!(told(&later).await, Explanation::Turn(3));
    let claimed = w.claim(9).await;
    let first = claimed.iter().find(|one| one.job.id == queue[0].id).expect("all were claimed");
    w.end(first, snooze(When::In(SECOND), false)).await;
    assert_eq!(told(&later).await, Explanation::InHands);
    let last = w.job();
    w.put(&last).await;
    assert_eq!(told(&last).await, Explanation::Due, "what is in hands doesn't go before it");
}

pub async fn next_due_looks_past_the_background_and_through_gates<Q: Queue>(w: World<Q>) {
    let next = async || w.q.next_due(&[kind()]).await.unwrap();
    assert_eq!(next().await, None);
    w.put(&NewJob { background: true, ..w.job() }).await;
    assert_eq!(next().await, None, "nobody waits for the background");
    w.put(&NewJob { due: When::In(SECOND * 9), ..w.beginning() }).await;
    assert_eq!(next().await, Some(SECOND * 9));
    w.put(&w.theirs(NewJob { due: When::In(SECOND * 4), ..w.job() })).await;
    assert_eq!(next().await, Some(SECOND * 4), "all tenants count");
    assert_eq!(w.q.next_due(&[other_kind()]).await.unwrap(), None, "nobody runs the other kind");
    w.clock.advance(SECOND * 4);
    let claimed = w.claim(9).await;
    assert_eq!(next().await, Some(Duration::ZERO), "one is in hands");
    for one in &claimed {
        w.done(one).await;
    }
    w.q.pause(&w.tenant, w.store).await.unwrap();
    assert_eq!(next().await, None, "nobody resumes it but a person");
}

pub async fn somebody_may_wait_for_what_stands_behind_a_head_in_the_background<Q: Queue>(w: World<Q>) {
    let next = async || w.q.next_due(&[kind()]).await.unwrap();
    w.put(&NewJob { background: true, due: When::In(SECOND * 7), ..w.serial("a") }).await;
    assert_eq!(next().await, None);
    w.put(&w.serial("a")).await;
    assert_eq!(next().await, Some(SECOND * 7));
}
