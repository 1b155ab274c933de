use super::world::{Queue, SECOND, World, failure, ids, kind};
use crate::{
    error::{ErrorKind, When},
    job::*,
    model::{GrantId, JobId},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use ParentFailed::{Fail, Run, Wait};

impl<Q> World<Q> {
    /// One that waits for `parents`.
    fn child<'a>(
        &self,
        parents: impl IntoIterator<Item = &'a NewJob>,
        parent_failed: ParentFailed,
    ) -> NewJob {
        NewJob { parents: parents.into_iter().map(|parent| parent.id).collect(), parent_failed, ..self.job() }
    }
}

/// Ends each of those jobs, which are the only ones that are due.
async fn end_all<Q: Queue>(w: &World<Q>, jobs: &[&NewJob], end: JobEnd) {
    let claimed = w.claim(9).await;
    assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids(jobs.iter().copied()));
    for one in &claimed {
        assert_eq!(w.end(one, end.clone()).await, SettleVerdict::Accepted);
    }
}

pub async fn a_job_waits_for_its_parents_and_is_handed_their_results<Q: Queue>(w: World<Q>) {
    let (first, second) = (w.job(), w.job());
    let child = w.child([&second, &first], Fail);
    w.put_all([first.clone(), second.clone(), child.clone()]).await;
    let claimed = w.claim(9).await;
    assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([&first, &second]));
    for (nth, one) in claimed.iter().enumerate() {
        assert!(w.claim(9).await.is_empty(), "it waits for all of them");
        let end = JobEnd::Completed(json!(one.job.id.to_string()));
        w.end(one, end).await;
        assert_eq!(w.status(child.id).await, JobStatus::Pending, "after {nth}");
    }
    let claimed = w.claim_one().await;
    assert_eq!(claimed.job.id, child.id);
    let mut wanted = Vec::new();
    for id in [second.id, first.id] {
        let JobState { status, result, .. } = w.state(id).await;
        assert!(result.is_some());
        wanted.push(Parent { id, status, result });
    }
    assert_eq!(claimed.parents, wanted);
}

pub async fn a_job_whose_parents_have_ended_waits_for_nothing<Q: Queue>(w: World<Q>) {
    let parent = w.job();
    w.put(&parent).await;
    end_all(&w, &[&parent], JobEnd::Completed(Value::Null)).await;
    let child = w.child([&parent], Fail);
    assert_eq!(w.put(&child).await, Enqueued::New);
    assert_eq!(w.claim_ids(9).await, ids([&child]));
}

pub async fn a_parent_that_ends_badly_fails_its_children_and_theirs<Q: Queue>(w: World<Q>) {
    for end in [JobEnd::Dead(failure()), JobEnd::Cancelled] {
        let parent = w.job();
        let child = w.child([&parent], Fail);
        let grandchild = w.child([&child], Fail);
        w.put_all([parent.clone(), child.clone(), grandchild.clone()]).await;
        end_all(&w, &[&parent], end).await;
        let late = w.child([&parent], Fail);
        assert_eq!(w.put(&late).await, Enqueued::New);
        for job in [&child, &grandchild, &late] {
            let state = w.state(job.id).await;
            assert_eq!((state.status, state.failure.is_some()), (JobStatus::Failed, true));
        }
        let told: BTreeSet<JobId> = w.rescue().await;
        assert!(ids([&child, &grandchild, &late]).is_subset(&told), "their handlers hear of it");
    }
    let (parent, waiting) = (w.job(), w.job());
    let child = w.child([&parent, &waiting], Fail);
    w.put_all([parent.clone(), waiting.clone(), child.clone()]).await;
    for (nth, one) in w.claim(9).await.iter().enumerate() {
        let end = if nth == 0 { JobEnd::Cancelled } else { JobEnd::Completed(Value::Null) };
        w.end(one, end).await;
        assert_eq!(w.status(child.id).await, JobStatus::Failed, "whatever else it waits for");
    }
    assert!(w.claim(9).await.is_empty());
}

pub async fn a_job_may_run_though_a_parent_failed_and_is_told_of_it<Q: Queue>(w: World<Q>) {
    let [good, dead, cancelled] = [0; 3].map(|_| w.job());
    let child = w.child([&good, &dead, &cancelled], Run);
    w.put_all([good.clone(), dead.clone(), cancelled.clone(), child.clone()]).await;
    for one in w.claim(9).await {
        let end = match one.job.id {
            id if id == dead.id => JobEnd::Dead(failure()),
            id if id == cancelled.id => JobEnd::Cancelled,
            _ => JobEnd::Completed(Value::Null),
        };
        w.end(&one, end).await;
    }
    let late = w.child([&dead], Run);
    w.put(&late).await;
    let claimed = w.claim(9).await;
    let statuses = |id| {
        let one = claimed.iter().find(|one| one.job.id == id).unwrap();
        one.parents.iter().map(|parent| (parent.id, parent.status)).collect::<Vec<_>>()
    };
    let wanted =
        [(good.id, JobStatus::Completed), (dead.id, JobStatus::Failed), (cancelled.id, JobStatus::Cancelled)];
    assert_eq!(statuses(child.id), wanted);
    assert_eq!(statuses(late.id), [(dead.id, JobStatus::Failed)]);
}

pub async fn a_job_may_wait_for_a_failed_parent_to_be_requeued_and_for_nothing_that_never_comes<Q: Queue>(
    w: World<Q>,
) {
    let parent = w.job();
    let child = w.child([&parent], Wait);
    w.put_all([parent.clone(), child.clone()]).await;
    end_all(&w, &[&parent], JobEnd::Dead(failure())).await;
    let late = w.child([&parent], Wait);
    w.put(&late).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!([w.status(child.id).await, w.status(late.id).await], [JobStatus::Pending; 2]);
    w.q.requeue(&w.tenant, parent.id).await.unwrap();
    end_all(&w, &[&parent], JobEnd::Completed(Value::Null)).await;
    end_all(&w, &[&child, &late], JobEnd::Completed(Value::Null)).await;

    let granted = NewJob { grant: Some(GrantId::new(&w.clock)), ..w.beginning() };
    for (parent, end) in [(w.job(), JobEnd::Cancelled), (granted, JobEnd::Dead(failure()))] {
        let child = w.child([&parent], Wait);
        w.put_all([parent.clone(), child.clone()]).await;
        end_all(&w, &[&parent], end).await;
        assert_eq!(w.status(child.id).await, JobStatus::Failed, "nobody requeues its parent");
    }
}

pub async fn an_unknown_parent_is_refused_and_nothing_is_put_in<Q: Queue>(w: World<Q>) {
    let (first, theirs) = (w.job(), w.theirs(w.job()));
    let keyed = w.unique(1, WhileRunning::Join);
    w.put(&theirs).await;
    let orphans = [
        w.child([&w.job()], Fail),
        w.child([&theirs], Fail),
        w.child([&first, &w.job()], Fail),
        // It might join another job, and isn't known then.
        w.child([&keyed], Fail),
    ];
    for orphan in orphans {
        let call = vec![first.clone(), keyed.clone(), orphan];
        let refused = w.q.enqueue(call).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        assert_eq!(w.q.get(&w.tenant, first.id).await.unwrap(), None);
    }
    let child = w.child([&first], Fail);
    let turned = w.q.enqueue(vec![child.clone(), first.clone()]).await.unwrap_err();
    assert_eq!(turned.kind(), ErrorKind::NotFound, "a parent comes first");
    let own = NewJob { parents: vec![child.id], ..child };
    assert_eq!(w.q.enqueue(vec![own]).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub async fn a_job_with_parents_has_no_unique_key_and_takes_over_none<Q: Queue>(w: World<Q>) {
    let parent = w.serial("a");
    w.put(&parent).await;
    let child = w.child([&parent], Fail);
    let wrong = [
        NewJob { unique: w.unique(1, WhileRunning::Join).unique, ..child.clone() },
        NewJob { takes_key_of: Some(parent.id), ..child.clone() },
        NewJob { parents: vec![parent.id; MAX_PARENTS + 1], ..child },
    ];
    for job in wrong {
        assert_eq!(w.q.enqueue(vec![job]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

pub async fn a_job_takes_its_place_in_its_serial_key_when_its_parents_have_ended<Q: Queue>(w: World<Q>) {
    let (parent, earlier, later) = (w.job(), w.serial("a"), w.serial("a"));
    let child = NewJob { serial: Some("a".into()), ..w.child([&parent], Fail) };
    w.put_all([parent.clone(), earlier.clone(), child.clone(), later.clone()]).await;
    let mut order = Vec::new();
    for _ in 0..4 {
        let claimed = w.claim(9).await;
        for one in &claimed {
            order.push(one.job.id);
            w.done(one).await;
        }
    }
    let keyed: Vec<JobId> = order.into_iter().filter(|id| *id != parent.id).collect();
    assert_eq!(keyed, [earlier.id, later.id, child.id], "who waits for others holds nobody up");
}

pub async fn a_requeued_child_waits_for_parents_that_are_under_way_again_and_for_no_other<Q: Queue>(
    w: World<Q>,
) {
    let (parent, given_up) = (w.job(), w.job());
    let child = w.child([&parent, &given_up], Fail);
    w.put_all([parent.clone(), given_up.clone(), child.clone()]).await;
    end_all(&w, &[&parent, &given_up], JobEnd::Dead(failure())).await;
    w.q.requeue(&w.tenant, parent.id).await.unwrap();
    w.q.requeue(&w.tenant, child.id).await.unwrap();
    assert_eq!(w.status(child.id).await, JobStatus::Pending);
    end_all(&w, &[&parent], JobEnd::Dead(failure())).await;
    assert_eq!(w.status(child.id).await, JobStatus::Failed, "it says what is to become of it");
    w.q.requeue(&w.tenant, child.id).await.unwrap();
    let claimed = w.claim_one().await;
    assert_eq!((claimed.job.id, claimed.attempt), (child.id, 1), "somebody wants it to run");
}

pub async fn explain_names_a_parent_that_has_to_end<Q: Queue>(w: World<Q>) {
    let (first, second) = (w.job(), w.job());
    let child = w.child([&first, &second], Fail);
    w.put_all([first.clone(), second.clone(), child.clone()]).await;
    let claimed = w.claim(9).await;
    let mut awaited = BTreeSet::new();
    for _ in 0..2 {
        let Explanation::Awaits(parent) = w.explain(child.id).await else { panic!("it waits for one") };
        awaited.insert(parent);
        w.done(claimed.iter().find(|one| one.job.id == parent).unwrap()).await;
    }
    assert_eq!(awaited, ids([&first, &second]));
    assert_eq!(w.explain(child.id).await, Explanation::Due);
}

pub async fn somebody_may_wait_for_what_a_job_in_the_background_is_a_parent_of<Q: Queue>(w: World<Q>) {
    let next = async || w.q.next_due(&[kind()]).await.unwrap();
    let timer = NewJob { background: true, due: When::In(SECOND * 7), ..w.job() };
    let between = NewJob { background: true, ..w.child([&timer], Fail) };
    w.put_all([timer.clone(), between.clone()]).await;
    w.put(&w.child([&between], Fail)).await;
    assert_eq!(next().await, Some(SECOND * 7));
}
