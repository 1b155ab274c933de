use super::world::{Queue, SECOND, World, ids, other_kind};
use crate::{clock::Clock, error::When, job::*, model::StoreId};
use std::collections::BTreeMap;

pub async fn a_job_waits_for_its_time<Q: Queue>(w: World<Q>) {
    let soon = NewJob { due: When::In(SECOND), ..w.job() };
    let at = NewJob { due: When::At(w.clock.now() + SECOND * 2), ..w.job() };
    w.put_all([soon.clone(), at.clone()]).await;
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, ids([&soon]));
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, ids([&at]));
}

pub async fn of_due_jobs_the_one_due_earlier_goes_first_then_the_older<Q: Queue>(w: World<Q>) {
    let late = NewJob { due: When::In(SECOND * 2), ..w.job() };
    let [early, twin] = [0; 2].map(|_| NewJob { due: When::In(SECOND), ..w.job() });
    w.put_all([late.clone(), early.clone(), twin.clone()]).await;
    w.clock.advance(SECOND * 5);
    let order: Vec<_> = w.claim(9).await.into_iter().map(|one| one.job.id).collect();
    assert_eq!(order, [early.id, twin.id, late.id]);
}

pub async fn a_claim_brings_as_many_as_it_asks_for_and_no_more<Q: Queue>(w: World<Q>) {
    w.put_all((0..7).map(|_| w.job())).await;
    let mut counts = Vec::new();
    for limit in [0, 3, 3, 3] {
        counts.push(w.claim(limit).await.len());
    }
    assert_eq!(counts, [0, 3, 3, 1]);
}

pub async fn a_kind_without_a_handler_is_not_claimed<Q: Queue>(w: World<Q>) {
    let (foreign, own) = (NewJob { kind: other_kind(), ..w.job() }, w.job());
    w.put_all([foreign, own.clone()]).await;
    assert_eq!(w.claim_ids(9).await, ids([&own]));
}

pub async fn bands_are_weighted_and_none_starves<Q: Queue>(w: World<Q>) {
    for priority in [Priority::Low, Priority::Normal, Priority::High] {
        w.put_all((0..40).map(|_| NewJob { priority, ..w.job() })).await;
    }
    let mut counts = BTreeMap::new();
    for claimed in w.claim(40).await {
        *counts.entry(claimed.job.priority).or_insert(0) += 1;
    }
    let count = |band| counts.get(&band).copied().unwrap_or(0);
    let [high, normal, low] = [Priority::High, Priority::Normal, Priority::Low].map(count);
    assert!(high > normal && normal > low && low > 0, "{high}, {normal}, {low}");
}

pub async fn claiming_goes_round_over_tenants_however_much_one_of_them_has<Q: Queue>(w: World<Q>) {
    // Neither by its jobs nor by its stores.
    for store in [w.store, StoreId::new(&w.clock), StoreId::new(&w.clock)] {
        w.put_all((0..10).map(|_| NewJob { partition: Some(store), ..w.job() })).await;
    }
    w.put_all((0..3).map(|_| w.theirs(w.job()))).await;
    let theirs = w.claim(6).await.into_iter().filter(|one| one.job.tenant == w.other).count();
    assert_eq!(theirs, 3);
}

pub async fn claiming_goes_round_over_the_stores_of_a_tenant<Q: Queue>(w: World<Q>) {
    let stores = [0; 3].map(|_| StoreId::new(&w.clock));
    for (store, count) in stores.into_iter().zip([30, 3, 3]) {
        w.put_all((0..count).map(|_| NewJob { partition: Some(store), ..w.job() })).await;
    }
    let mut counts = BTreeMap::new();
    for claimed in w.claim(9).await {
        *counts.entry(claimed.job.partition).or_insert(0) += 1;
    }
    assert_eq!(counts, stores.map(|store| (Some(store), 3)).into());
}
