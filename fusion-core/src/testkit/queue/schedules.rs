use super::world::{Queue, SECOND, World, ids};
use crate::{clock::Clock, error::ErrorKind, job::*};

pub async fn a_slot_of_a_schedule_is_taken_once_and_with_its_job<Q: Queue>(w: World<Q>) {
    let last = async || w.q.last_slot(&w.tenant, "nightly").await.unwrap();
    assert_eq!(last().await, None);
    let (first, second) = (w.clock.now(), w.clock.now() + SECOND);
    let slot = |last, at| Slot { tenant: w.tenant.clone(), schedule: "nightly".into(), last, at };
    assert!(w.q.take_slot(&slot(None, first), None).await.unwrap());
    let (job, late) = (w.job(), w.job());
    assert!(!w.q.take_slot(&slot(None, second), Some(late.clone())).await.unwrap());
    let orphan = NewJob { parents: vec![w.job().id], ..w.job() };
    let refused = w.q.take_slot(&slot(Some(first), second), Some(orphan)).await.unwrap_err();
    assert_eq!((refused.kind(), last().await), (ErrorKind::NotFound, Some(first)));
    assert!(w.q.take_slot(&slot(Some(first), second), Some(job.clone())).await.unwrap());
    assert!(!w.q.take_slot(&slot(Some(first), second), Some(late.clone())).await.unwrap());
    assert!(!w.q.take_slot(&slot(Some(second), first), Some(late)).await.unwrap(), "it lies before");
    assert_eq!((last().await, w.claim_ids(9).await), (Some(second), ids([&job])));
    for (tenant, schedule) in [(&w.other, "nightly"), (&w.tenant, "hourly")] {
        assert_eq!(w.q.last_slot(tenant, schedule).await.unwrap(), None, "each for itself");
    }
}
