//! Two tenants with everything alike: neither meets the other, in any queue.

use crate::{
    every::{Every, in_every_queue},
    fixture::*,
};
use fusion_core::{ErrorKind, clock::Clock as _, job::*, tenant::Tenant};
use serde_json::json;

in_every_queue!(
    equal_ids_keys_stores_and_gates_of_two_tenants_never_meet,
    what_one_tenant_does_to_its_queue_changes_nothing_for_the_other,
    equal_schedules_of_two_tenants_never_meet,
);

/// As a tenant's queue would do it that has it to itself.
async fn equal_ids_keys_stores_and_gates_of_two_tenants_never_meet(e: Every) {
    let w = &e.w;
    let of = |tenant: &Tenant, job: NewJob| NewJob { tenant: tenant.clone(), begins_work: true, ..job };
    for tenant in [&w.tenant, &w.other] {
        let both = NewJob { serial: Some("a".into()), ..w.unique(1, WhileRunning::FollowUp) };
        assert_eq!(w.put(&of(tenant, both)).await, Enqueued::New);
        assert_eq!(w.put(&of(tenant, w.serial("a"))).await, Enqueued::New);
    }
    // An id names one job, whoever asks: whoever comes second is told, and learns nothing of it.
    let mine = w.job();
    w.put(&mine).await;
    let refused = w.db.enqueue(vec![of(&w.other, mine.clone())]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(JobQueue::get(&w.db, &w.other, mine.id).await.unwrap(), None);
    let child = NewJob { parents: vec![mine.id], ..of(&w.other, w.job()) };
    assert_eq!(w.db.enqueue(vec![child]).await.unwrap_err().kind(), ErrorKind::NotFound);

    let mut heads = w.claim(9).await;
    heads.retain(|one| one.job.id != mine.id);
    let tenants: Vec<&Tenant> = heads.iter().map(|one| &one.job.tenant).collect();
    assert_eq!(tenants.len(), 2, "the head of each tenant's key");
    assert!(tenants.contains(&&w.tenant) && tenants.contains(&&w.other));
    // A gate that one closes for its store stays open for the other's of the same id.
    let (closes, ends) = (&heads[0], &heads[1]);
    w.end(closes, snooze(fusion_core::error::When::In(SECOND * 600), true)).await;
    assert_eq!(w.done(ends).await, SettleVerdict::Accepted);
    let next = w.claim_one().await;
    assert_eq!(next.job.tenant, ends.job.tenant);
    assert!(w.claim(9).await.is_empty());
}

async fn what_one_tenant_does_to_its_queue_changes_nothing_for_the_other(e: Every) {
    let w = &e.w;
    let theirs = NewJob {
        tenant: w.other.clone(),
        serial: Some("a".into()),
        begins_work: true,
        payload: json!("theirs"),
        ..w.unique(2, WhileRunning::Join)
    };
    w.put(&theirs).await;
    w.db.pause(&w.tenant, w.store).await.unwrap();
    w.db.pause_kind(&w.tenant, None).await.unwrap();
    w.db.pause_kind(&w.tenant, Some(&kind())).await.unwrap();
    w.db.limit_gate(&w.tenant, Some(w.store), Some(0)).await.unwrap();
    w.db.go_on(&w.tenant, "a").await.unwrap();
    for refused in [
        w.db.cancel(&w.tenant, theirs.id).await.map(drop),
        w.db.requeue(&w.tenant, theirs.id).await,
        w.db.explain(&w.tenant, theirs.id).await.map(drop),
        w.db.lines(&w.tenant, theirs.id).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    let all = JobFilter::default();
    assert!(w.db.list(&w.tenant, &all, None, 9).await.unwrap().is_empty());
    assert!(w.db.requeue_all(&w.tenant, &all, None, 9).await.unwrap().requeued.is_empty());
    assert!(w.db.stats(&w.tenant).await.unwrap().by_status.is_empty());
    let claimed = w.claim_one().await;
    assert_eq!(claimed.job, theirs);
    // Its key is held for its own tenant alone.
    let ours = NewJob { tenant: w.tenant.clone(), ..w.unique(3, WhileRunning::Join) };
    assert_eq!(w.put(&ours).await, Enqueued::New);
    assert_eq!(w.done(&claimed).await, SettleVerdict::Accepted);
}

async fn equal_schedules_of_two_tenants_never_meet(e: Every) {
    let (w, at) = (&e.w, e.w.clock.now());
    for tenant in [&w.tenant, &w.other] {
        assert_eq!(w.db.last_slot(tenant, "nightly").await.unwrap(), None);
        let job = NewJob { tenant: tenant.clone(), ..w.unique(1, WhileRunning::Join) };
        let slot = Slot { tenant: tenant.clone(), schedule: "nightly".into(), last: None, at };
        assert!(w.db.take_slot(&slot, Some(job.clone())).await.unwrap());
        assert!(!w.db.take_slot(&slot, Some(job)).await.unwrap());
        assert_eq!(w.db.last_slot(tenant, "nightly").await.unwrap(), Some(at));
    }
    // One can't take a slot of its own with a job of the other's.
    let slot = Slot { tenant: w.tenant.clone(), schedule: "hourly".into(), last: None, at };
    let theirs = NewJob { tenant: w.other.clone(), ..w.job() };
    let refused = w.db.take_slot(&slot, Some(theirs)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(w.claim(9).await.len(), 2);
}
