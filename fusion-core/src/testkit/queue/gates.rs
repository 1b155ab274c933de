use super::world::{HOUR, Queue, SECOND, World, ids, snooze};
use crate::{error::When, job::*, model::StoreId};

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
