//! Keys are replaced while everybody goes on.

use super::*;
use crate::kill::trap::{Side, Trap};
use async_trait::async_trait;
use fusion_core::{
    canonical::{DataKey, KeyProvider, Mac},
    error::{Error, ErrorKind},
    hub::StockChange,
    model::MoveKind,
    testkit::Through,
};
use std::time::Duration;

in_every_place! {
    after_a_rotation_everything_moves_under_the_new_key_and_the_old_one_may_go,
    the_audit_is_verified_behind_what_is_gone_when_the_key_that_signed_it_has_gone_too,
    a_reseal_that_is_killed_half_way_leaves_everything_readable_and_goes_on,
}

/// What is sealed opens: the buyer for a person, the credentials and the journal for a worker.
async fn everything_opens(hub: &Hub, shop: &Shop, order: &Order) {
    let alice = person(hub, "alice");
    hub.buyer(&alice, order.id).await.unwrap();
    let item = hub.products(&alice, fusion_core::hub::ProductsWanted::All, None, 9).await.unwrap()[0]
        .variants[0]
        .consumes[0]
        .item;
    let pushes = shop.platform.count("stock");
    let cause = format!("delivery {pushes}");
    let more = StockChange { item, location: None, kind: MoveKind::Receive, delta: 1, cause };
    hub.move_stock(&alice, more).await.unwrap();
    work(hub).await;
    assert_eq!(shop.platform.count("stock"), pushes + 1);
}

async fn after_a_rotation_everything_moves_under_the_new_key_and_the_old_one_may_go(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let store = store(&hub, "Main shop").await;
    let order = bought(&hub, &shop, &store, "Mug").await;
    let old = shop.current_key().await;
    let refused = shop.keys.retire(&old).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused, "it is the current one");

    let new = shop.keys.rotate(&*shop.clock).unwrap();
    let moved = hub.reseal(&alice).await.unwrap();
    assert!(moved.current == new && moved.moved >= 3, "{moved:?}");
    assert!(moved.older.is_empty() && moved.unreadable == 0, "{moved:?}");
    assert_eq!(hub.reseal(&alice).await.unwrap().moved, 0, "once is enough");
    assert_eq!(count(&hub, "key_rotated").await, 1, "nothing moved");

    shop.keys.retire(&old).unwrap();
    assert_eq!(shop.keys.retire(&old).unwrap_err().kind(), ErrorKind::NotFound);
    everything_opens(&hub, &shop, &order).await;
    everything_opens(&shop.hub().await, &shop, &order).await;
}

#[tokio::test]
async fn a_grant_that_waits_keeps_its_key_until_it_is_used() {
    let shop = Shop::new(Place::file());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let store = store(&hub, "Main shop").await;
    agreed(&hub, &store, "Mug").await;
    let old = shop.current_key().await;
    shop.keys.rotate(&*shop.clock).unwrap();
    let waits = hub.reseal(&alice).await.unwrap();
    assert_eq!(waits.older.into_iter().collect::<Vec<_>>(), [(old, 1)]);
    work(&hub).await;
    assert!(hub.reseal(&alice).await.unwrap().older.is_empty());
    assert_eq!(shop.platform.count("create"), 1);
}

async fn the_audit_is_verified_behind_what_is_gone_when_the_key_that_signed_it_has_gone_too(
    place: fn() -> Place,
) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    product(&hub, "Mug").await;
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    let gone = hub.expire_audit(&alice, &signed, Duration::ZERO, |_| Ok(())).await.unwrap().unwrap();
    shop.keys.rotate(&*shop.clock).unwrap();
    let moved = hub.reseal(&alice).await.unwrap();
    assert_eq!((moved.moved, moved.older.len(), moved.unreadable), (1, 0, 0));
    shop.keys.retire(&gone.key).unwrap();
    let verified = hub.verify_audit(&alice, None).await.unwrap();
    assert_eq!(*verified.range.start(), gone.sequence + 1);
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    let next = hub.expire_audit(&alice, &signed, Duration::ZERO, |_| Ok(())).await.unwrap();
    assert_eq!(next.unwrap().sequence, signed.sequence);
}

/// A key service that unwraps nothing at the moment.
struct Busy(Arc<LocalKeys>);

#[async_trait]
impl KeyProvider for Busy {
    async fn current(&self, purpose: Purpose) -> fusion_core::Result<KeyId> {
        self.0.current(purpose).await
    }
    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> fusion_core::Result<Vec<u8>> {
        self.0.wrap(key, data_key, bound).await
    }
    async fn unwrap(&self, _: &KeyId, _: &[u8], _: &[u8]) -> fusion_core::Result<DataKey> {
        Err(Error::new(ErrorKind::RateLimited, "too many calls"))
    }
    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> fusion_core::Result<Mac> {
        self.0.mac(purpose, key, message).await
    }
}

#[tokio::test]
async fn what_the_key_service_is_too_busy_for_counts_as_nothing() {
    let shop = Shop::new(Place::file());
    let hub = shop.hub().await;
    store(&hub, "Main shop").await;
    shop.keys.rotate(&*shop.clock).unwrap();
    let busy = shop.builder().await.keys(Busy(shop.keys.clone())).build().await.unwrap();
    let alice = person(&hub, "alice");
    assert_eq!(busy.reseal(&alice).await.unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(count(&hub, "key_rotated").await, 0);
    assert!(hub.reseal(&alice).await.unwrap().moved > 0);
}

#[tokio::test]
async fn what_is_damaged_stays_where_it_is_and_keeps_its_key() {
    let shop = Shop::new(Place::file());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let store = store(&hub, "Main shop").await;
    bought(&hub, &shop, &store, "Mug").await;
    let old = shop.current_key().await;
    let damage = r#"UPDATE fusion.records SET body = replace(body, 'wrapped\":\"', 'wrapped\":\"AAAA')
                     WHERE kind = 'secret'"#;
    assert_eq!(shop.execute(damage).await, 1);
    shop.keys.rotate(&*shop.clock).unwrap();
    let moved = hub.reseal(&alice).await.unwrap();
    assert_eq!((moved.unreadable, moved.older.get(&old)), (1, Some(&1)));
}

async fn a_reseal_that_is_killed_half_way_leaves_everything_readable_and_goes_on(place: fn() -> Place) {
    for nth in 1.. {
        let shop = Shop::new(place());
        let hub = shop.hub().await;
        let alice = person(&hub, "alice");
        let store = store(&hub, "Main shop").await;
        let order = bought(&hub, &shop, &store, "Mug").await;
        let old = shop.current_key().await;
        shop.keys.rotate(&*shop.clock).unwrap();
        let trap = Trap::at(nth, Side::After);
        let killed = Through { backend: shop.open().await, watch: trap.clone() };
        let killed = builder(killed, &shop.platform, shop.platform.transport()).keys(shop.keys.clone());
        let killed = killed.build().await.unwrap();
        let is_killed = tokio::select! {
            biased;
            _ = trap.sprung() => true,
            resealed = killed.reseal(&alice) => {
                let _ = resealed.unwrap();
                false
            }
        };
        everything_opens(&hub, &shop, &order).await;
        assert!(hub.reseal(&alice).await.unwrap().older.is_empty(), "{nth}");
        shop.keys.retire(&old).unwrap();
        everything_opens(&hub, &shop, &order).await;
        if !is_killed {
            assert!(nth > 3, "credentials, personal values and the entry are a commit each");
            break;
        }
    }
}
