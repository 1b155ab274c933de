use crate::fixture::*;
use fusion_core::{clock::Clock, error::When, job::*, model::StoreId};
use std::collections::BTreeMap;

#[tokio::test]
async fn claiming_goes_round_over_tenants_then_their_stores() {
    let w = World::new();
    let stores = [0; 3].map(|_| StoreId::new(&w.clock));
    // One tenant has three stores full of work, the other one store.
    for _ in 0..10 {
        for store in stores {
            w.put(&NewJob { partition: Some(store), ..w.job() }).await;
        }
        w.put(&NewJob { tenant: w.other.clone(), ..w.job() }).await;
    }
    let mut counts = BTreeMap::new();
    for claimed in w.claim(12).await {
        *counts.entry((claimed.job.tenant == w.other, claimed.job.partition)).or_insert(0) += 1;
    }
    let mut wanted: BTreeMap<_, _> = stores.map(|store| ((false, Some(store)), 2)).into();
    wanted.insert((true, Some(w.store)), 6);
    assert_eq!(counts, wanted);
}

#[tokio::test]
async fn bands_are_weighted_and_none_starves() {
    let w = World::new();
    for priority in [Priority::Low, Priority::Normal, Priority::High] {
        let jobs = (0..40).map(|_| NewJob { priority, ..w.job() }).collect();
        w.db.enqueue(jobs).await.unwrap();
    }
    let mut counts = BTreeMap::new();
    for claimed in w.claim(28).await {
        *counts.entry(claimed.job.priority).or_insert(0) += 1;
    }
    let wanted = [(Priority::High, 16), (Priority::Normal, 8), (Priority::Low, 4)];
    assert_eq!(counts, BTreeMap::from(wanted));
}

#[tokio::test]
async fn a_band_alone_has_every_turn() {
    let w = World::new();
    let jobs = (0..10).map(|_| NewJob { priority: Priority::Low, ..w.job() }).collect();
    w.db.enqueue(jobs).await.unwrap();
    assert_eq!(w.claim(10).await.len(), 10);
}

#[tokio::test]
async fn a_closed_gate_holds_back_what_begins_work_in_its_store_alone() {
    let w = World::new();
    let begins = || NewJob { begins_work: true, ..w.job() };
    let throttled = begins();
    w.put(&throttled).await;
    let claimed = w.claim_one().await;
    let (waiting, looking) = (begins(), w.job());
    let elsewhere = NewJob { partition: Some(StoreId::new(&w.clock)), ..begins() };
    let of_other = NewJob { tenant: w.other.clone(), ..begins() };
    w.db.enqueue(vec![waiting.clone(), looking.clone(), elsewhere.clone(), of_other.clone()]).await.unwrap();
    w.end(&claimed, snooze(When::In(SECOND * 3), true)).await;
    let mut ids = w.claim_ids(9).await;
    ids.sort();
    let mut wanted = vec![looking.id, elsewhere.id, of_other.id];
    wanted.sort();
    assert_eq!(ids, wanted);
    assert_eq!(w.explain(waiting.id).await, Explanation::GateClosed(Some(SECOND * 3)));
    assert_eq!(w.db.stats(&w.tenant).await.unwrap().closed_gates, [(Some(w.store), Some(SECOND * 3))]);
    assert!(w.db.stats(&w.other).await.unwrap().closed_gates.is_empty());
    w.clock.advance(SECOND * 3);
    let mut ids = w.claim_ids(9).await;
    ids.sort();
    let mut wanted = vec![waiting.id, throttled.id];
    wanted.sort();
    assert_eq!(ids, wanted);
}

#[tokio::test]
async fn a_gate_closed_until_a_signal_opens_with_it_and_wakes_what_was_parked() {
    let w = World::new();
    let begins = || NewJob { begins_work: true, ..w.job() };
    let (parked, waiting) = (begins(), begins());
    w.put(&parked).await;
    let claimed = w.claim_one().await;
    w.put(&waiting).await;
    w.end(&claimed, snooze(When::OnSignal, true)).await;
    w.clock.advance(SECOND * 100_000);
    assert!(w.claim(9).await.is_empty());
    let put_off = Explanation::Snoozed { why: SnoozeReason::Unsaid, due: None };
    assert_eq!(w.explain(parked.id).await, put_off);
    assert_eq!(w.explain(waiting.id).await, Explanation::GateClosed(None));
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), None);
    w.db.open_gate(&w.other, Some(w.store)).await.unwrap();
    assert!(w.claim(9).await.is_empty(), "another tenant's signal opens nothing here");
    w.db.open_gate(&w.tenant, Some(w.store)).await.unwrap();
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), Some(std::time::Duration::ZERO));
    assert_eq!(w.claim(9).await.len(), 2);
    assert!(w.clock.elapsed() > SECOND);
}

#[tokio::test]
async fn the_tenants_own_gate_closes_until_a_signal_and_opens_with_it() {
    let w = World::new();
    let own = || NewJob { partition: None, begins_work: true, ..w.job() };
    let other = own();
    w.put(&own()).await;
    let claimed = w.claim_one().await;
    w.put(&other).await;
    w.end(&claimed, snooze(When::OnSignal, true)).await;
    w.db.open_gate(&w.tenant, Some(w.store)).await.unwrap();
    assert!(w.claim(9).await.is_empty(), "a store's signal opens its own gate alone");
    assert_eq!(w.explain(other.id).await, Explanation::GateClosed(None));
    assert_eq!(w.db.stats(&w.tenant).await.unwrap().closed_gates, [(None, None)]);
    w.db.open_gate(&w.tenant, None).await.unwrap();
    assert_eq!(w.claim(9).await.len(), 2, "what was parked wakes as well");
}
