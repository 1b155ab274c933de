//! Whoever may write to the database, without the keys, gets nothing opened and nothing executed.

use super::*;
use fusion_core::{
    approval::Phase,
    canonical::EphemeralKeys,
    clock::Clock,
    error::ErrorKind,
    model::{ConnectionId, Currency, SecretRecord},
    storage::load,
};
use serde_json::Value;

in_every_place! {
    what_is_sealed_for_one_connection_or_tenant_opens_for_no_other,
    a_flipped_byte_is_refused_by_its_place,
    an_approval_that_was_written_without_the_keys_executes_nothing,
    what_was_agreed_to_and_changed_afterwards_executes_nothing,
}

/// Puts what is sealed for one connection in the place of what is sealed for another.
async fn copy(shop: &Shop, from: ConnectionId, to: ConnectionId) {
    let sql = format!(
        "UPDATE fusion.records SET body = (SELECT replace(taken.body, '{from}', '{to}') FROM fusion.records taken \
         WHERE taken.kind = 'secret' AND taken.body LIKE '%{from}%') WHERE kind = 'secret' AND body LIKE '%{to}%'"
    );
    assert_eq!(shop.execute(&sql).await, 1);
}

async fn what_is_sealed_for_one_connection_or_tenant_opens_for_no_other(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let main = store(&hub, "Main shop").await;
    shop.platform.add_store("second", "Second shop", Currency::new("EUR").unwrap());
    let second = NewStore::new("scripted", "Second shop").with_remote_id("second");
    let second = hub.register_store(&alice, second).await.unwrap();
    assert_ne!(main.connection, second.connection, "each has an authorisation of its own");
    let eve = hub.tenant("bolt").unwrap().person("eve").unwrap();
    let elsewhere = NewStore::new("scripted", "Main shop").with_remote_id("main");
    let elsewhere = hub.register_store(&eve, elsewhere).await.unwrap();
    for (by, store) in [(&alice, &second), (&eve, &elsewhere)] {
        hub.test_store(by, store.id).await.unwrap();
        copy(&shop, main.connection, store.connection).await;
        let refused = hub.test_store(by, store.id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Internal, "{refused}");
        let named = format!("the credentials of {}", store.connection);
        assert!(refused.message().contains(&named), "{refused}");
    }
    hub.test_store(&alice, main.id).await.unwrap();
}

async fn a_flipped_byte_is_refused_by_its_place(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let store = store(&hub, "Main shop").await;
    let bundle = agreed(&hub, &store, "Mug").await;
    let secret = load::<SecretRecord>(&*hub.backend(), alice.tenant(), store.connection).await.unwrap();
    let sealed: Value = serde_json::from_str(secret.value.sealed.as_text()).unwrap();
    let named = format!("the credentials of {}", store.connection);
    let swap = async |from: &str, to: &str| {
        let sql =
            format!("UPDATE fusion.records SET body = replace(body, '{from}', '{to}') WHERE kind = 'secret'");
        assert_eq!(shop.execute(&sql).await, 1);
    };
    for part in ["wrapped", "nonce", "ciphertext", "commitment"] {
        let whole = sealed[part].as_str().unwrap();
        let flipped = if whole.starts_with('A') { "B" } else { "A" };
        let flipped = format!("{flipped}{}", &whole[1..]);
        swap(whole, &flipped).await;
        let refused = hub.test_store(&alice, store.id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Internal, "{part}: {refused}");
        assert!(refused.message().contains(&named), "{part}: {refused}");
        swap(&flipped, whole).await;
        hub.test_store(&alice, store.id).await.unwrap();
    }
    // No base64 any more: it can't even be read.
    swap(sealed["nonce"].as_str().unwrap(), "!").await;
    work(&hub).await;
    let failed = hub.request(&alice, bundle.items[0].id).await.unwrap();
    let failure = failed.failure.expect("a worker is told too");
    assert!(failure.message.contains(&named), "{failure:?}");
    assert_eq!(shop.platform.count("create"), 0);
}

async fn an_approval_that_was_written_without_the_keys_executes_nothing(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let store = store(&hub, "Main shop").await;
    let bundle = asked(&hub, &store, "Mug").await;
    // Grant, approved request and job as the library writes them, but for the key.
    let own = Arc::new(EphemeralKeys::new(&*shop.clock as &dyn Clock));
    let theirs = own.current(Purpose::Grant).await.unwrap();
    let forger = builder(shop.open().await, &shop.platform, shop.platform.transport()).keys(own);
    let forger = forger.build().await.unwrap();
    forger.approve(&person(&forger, "bob"), &bundle).await.unwrap().all().unwrap();
    let ours = shop.current_key().await;
    let sign =
        format!("UPDATE fusion.records SET body = replace(body, '{theirs}', '{ours}') WHERE kind = 'grant'");
    assert_eq!(shop.execute(&sign).await, 1);
    let alice = person(&hub, "alice");
    assert_eq!(hub.request(&alice, bundle.items[0].id).await.unwrap().phase, Phase::Approved);
    work(&hub).await;
    let now = hub.request(&alice, bundle.items[0].id).await.unwrap();
    assert_eq!((now.phase, shop.platform.count("create")), (Phase::Failed, 0));
    assert!(now.failure.unwrap().message.contains("the MAC doesn't hold"));
}

async fn what_was_agreed_to_and_changed_afterwards_executes_nothing(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let store = store(&hub, "Main shop").await;
    let bundle = agreed(&hub, &store, "Mug").await;
    let change = "UPDATE fusion.records SET body = replace(body, '12.5', '0.01') WHERE kind = 'revision'";
    assert!(shop.execute(change).await > 0);
    work(&hub).await;
    let now = hub.request(&person(&hub, "alice"), bundle.items[0].id).await.unwrap();
    assert_eq!((now.phase, shop.platform.count("create")), (Phase::Failed, 0));
    assert!(now.failure.unwrap().message.contains("isn't what was agreed to"));
}
