use super::world::{Queue, SECOND, World, ids, snooze};
use crate::{
    error::{ErrorKind, When},
    job::*,
};

pub async fn a_tenant_neither_sees_nor_changes_jobs_of_another<Q: Queue>(w: World<Q>) {
    let (mine, theirs) = (w.job(), w.theirs(w.job()));
    w.put_all([mine.clone(), theirs.clone()]).await;
    for (tenant, own, foreign) in [(&w.tenant, mine.id, theirs.id), (&w.other, theirs.id, mine.id)] {
        assert!(w.q.get(tenant, own).await.unwrap().is_some());
        assert!(w.q.get(tenant, foreign).await.unwrap().is_none());
        let listed = w.q.list(tenant, &JobFilter::default(), None, 9).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [own]);
        assert_eq!(w.q.cancel(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(w.q.explain(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(w.q.requeue(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(
            w.q.stats(tenant).await.unwrap().by_status.into_iter().collect::<Vec<_>>(),
            [(JobStatus::Pending, 1)]
        );
    }
    assert_eq!(w.claim_ids(9).await, ids([&mine, &theirs]));
}

pub async fn equal_unique_keys_of_two_tenants_never_meet<Q: Queue>(w: World<Q>) {
    let mine = w.unique(1, WhileRunning::Join);
    let theirs = w.theirs(w.unique(2, WhileRunning::Join));
    assert_eq!(w.put_all([mine.clone(), theirs.clone()]).await, [Enqueued::New; 2]);
    assert_eq!(w.claim_ids(9).await, ids([&mine, &theirs]));
}

pub async fn equal_serial_keys_of_two_tenants_never_meet<Q: Queue>(w: World<Q>) {
    let (mine, theirs) = (w.serial("key"), w.theirs(w.serial("key")));
    w.put(&mine).await;
    w.put(&theirs).await;
    assert_eq!(w.claim_ids(9).await, ids([&mine, &theirs]));
}

pub async fn gates_and_pauses_of_two_tenants_never_meet<Q: Queue>(w: World<Q>) {
    let begins = w.beginning();
    w.put(&begins).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, snooze(When::In(SECOND), true)).await;
    let theirs = w.theirs(w.beginning());
    w.put(&theirs).await;
    assert_eq!(w.claim_ids(9).await, ids([&theirs]));
    w.clock.advance(SECOND);
    w.q.pause(&w.other, w.store).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&begins]));
}
