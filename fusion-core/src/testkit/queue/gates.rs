use super::world::{HOUR, LEASE, Queue, SECOND, World, ids, kind, other_kind, snooze};
use crate::{error::When, job::*, model::StoreId};
use std::time::Duration;

pub async fn a_closed_gate_holds_back_what_begins_work_in_its_store_alone<Q: Queue>(w: World<Q>) {
    let throttled = w.beginning();
    w.put(&throttled).await;
    let claimed = w.claim_one().await;
    let (waiting, looking) = (w.beginning(), w.job());
    let elsewhere = NewJob { partition: Some(StoreId::new(&w.clock)), ..w.beginning() };
    w.put_all([waiting.clone(), looking.clone(), elsewhere.clone()]).await;
    w.end(&claimed, snooze(When::In(SECOND * 3), true)).await;
    assert_eq!(w.claim_ids(9).await, ids([&looking, &elsewhere]));
    w.clock.advance(SECOND * 3);
    assert_eq!(w.claim_ids(9).await, ids([&waiting, &throttled]));
}

pub async fn of_several_waits_that_a_store_was_told_the_longest_counts<Q: Queue>(w: World<Q>) {
    w.put_all((0..3).map(|_| w.beginning())).await;
    let claimed = w.claim(2).await;
    w.end(&claimed[0], snooze(When::In(SECOND * 9), true)).await;
    w.end(&claimed[1], snooze(When::In(SECOND), true)).await;
    w.clock.advance(SECOND * 8);
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(SECOND);
    assert_eq!(w.claim(9).await.len(), 3);
}

pub async fn a_gate_closed_until_a_signal_opens_with_it_and_wakes_what_was_parked<Q: Queue>(w: World<Q>) {
    let (parked, waiting) = (w.beginning(), w.beginning());
    w.put(&parked).await;
    let claimed = w.claim_one().await;
    w.put(&waiting).await;
    w.end(&claimed, snooze(When::OnSignal, true)).await;
    w.clock.advance(HOUR * 1_000);
    assert!(w.claim(9).await.is_empty());
    w.q.open_gate(&w.tenant, Some(w.store)).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&parked, &waiting]));
}

pub async fn the_tenants_own_gate_closes_and_opens_like_a_stores<Q: Queue>(w: World<Q>) {
    let [parked, waiting] = [0; 2].map(|_| NewJob { partition: None, ..w.beginning() });
    w.put(&parked).await;
    let claimed = w.claim_one().await;
    w.put(&waiting).await;
    w.end(&claimed, snooze(When::OnSignal, true)).await;
    assert!(w.claim(9).await.is_empty());
    w.q.open_gate(&w.tenant, None).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&parked, &waiting]));
}

pub async fn a_paused_store_begins_no_work_until_it_is_resumed_and_goes_on_with_the_rest<Q: Queue>(
    w: World<Q>,
) {
    let (begins, looks) = (w.beginning(), w.job());
    w.put_all([begins.clone(), looks.clone()]).await;
    w.q.pause(&w.tenant, w.store).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&looks]));
    w.q.open_gate(&w.tenant, Some(w.store)).await.unwrap();
    assert!(w.claim(9).await.is_empty(), "an open gate ends no pause");
    w.q.resume(&w.tenant, w.store).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&begins]));
}

pub async fn a_paused_kind_isnt_claimed_until_it_is_resumed<Q: Queue>(w: World<Q>) {
    let (paused, theirs) = (w.job(), w.theirs(w.job()));
    w.put_all([paused.clone(), theirs.clone()]).await;
    w.q.pause_kind(&w.tenant, Some(&other_kind())).await.unwrap();
    assert_eq!(w.explain(paused.id).await, Explanation::Due, "the other kind is paused");
    for which in [Some(kind()), None] {
        w.q.pause_kind(&w.tenant, which.as_ref()).await.unwrap();
    }
    assert_eq!(w.claim_ids(9).await, ids([&theirs]), "another tenant's jobs go on");
    assert_eq!(w.explain(paused.id).await, Explanation::Paused);
    w.q.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert!(w.claim(9).await.is_empty(), "every kind is paused");
    w.q.pause_kind(&w.tenant, Some(&kind())).await.unwrap();
    w.q.resume_kind(&w.tenant, None).await.unwrap();
    assert!(w.claim(9).await.is_empty(), "the kind is paused for itself");
    w.q.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert_eq!(w.claim_ids(9).await, ids([&paused]));
}

pub async fn nobody_waits_for_a_paused_kind<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    w.q.pause_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert_eq!(w.q.next_due(&[kind()]).await.unwrap(), None);
    w.q.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert_eq!(w.q.next_due(&[kind()]).await.unwrap(), Some(Duration::ZERO));
}

pub async fn what_is_paused_in_hands_is_told_before_it_starts_and_goes_on_afterwards<Q: Queue>(w: World<Q>) {
    w.put_all([w.beginning(), w.beginning()]).await;
    let [waiting, running] = w.claim(2).await.try_into().expect("two are due");
    assert_eq!(w.beat(&running, true).await, BeatVerdict::Held);
    w.q.pause_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert_eq!(w.beat(&waiting, false).await, BeatVerdict::Paused);
    w.q.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert_eq!(w.beat(&waiting, false).await, BeatVerdict::Held);
    w.q.pause(&w.tenant, w.store).await.unwrap();
    assert_eq!(w.beat(&waiting, false).await, BeatVerdict::Paused);
    assert_eq!(w.beat(&running, true).await, BeatVerdict::Held, "what has started goes on");
    w.clock.advance(LEASE - SECOND);
    assert_eq!(w.rescue().await.len(), 0);
    assert_eq!(w.end(&waiting, snooze(When::In(Duration::ZERO), false)).await, SettleVerdict::Accepted);
}

pub async fn a_gate_lets_no_more_jobs_begin_at_once_than_it_may<Q: Queue>(w: World<Q>) {
    w.q.limit_gate(&w.tenant, Some(w.store), Some(2)).await.unwrap();
    let looks = w.job();
    let elsewhere = NewJob { partition: Some(StoreId::new(&w.clock)), ..w.beginning() };
    let begin = [0; 4].map(|_| w.beginning());
    w.put_all(begin.iter().chain([&looks, &elsewhere]).cloned()).await;
    let claimed = w.claim(9).await;
    let of_gate: Vec<_> =
        claimed.iter().filter(|one| one.job.begins_work && one.job.partition == Some(w.store)).collect();
    assert_eq!((claimed.len(), of_gate.len()), (4, 2));
    assert!(w.claim(9).await.is_empty(), "nor by the next claim");
    let waiting = begin.iter().find(|job| of_gate.iter().all(|one| one.job.id != job.id)).unwrap();
    assert_eq!(w.explain(waiting.id).await, Explanation::GateFull);
    w.done(of_gate[0]).await;
    assert_eq!(w.claim(9).await.len(), 1);
    w.q.limit_gate(&w.tenant, Some(w.store), None).await.unwrap();
    assert_eq!(w.claim(9).await.len(), 1);
}
