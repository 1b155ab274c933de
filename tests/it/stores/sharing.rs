//! Several stores that hang on one authorisation.

use crate::world::World;
use fusion_core::{
    audit::Action,
    error::ErrorKind,
    hub::NewStore,
    model::{Currency, Store, StoreStatus},
    plugin::SignIn,
    storage::{Query, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, Script};

impl World {
    fn adds(&self, id: &str) {
        self.platform.add_store(id, id, Currency::new("EUR").unwrap());
    }

    /// One more storefront of the authorisation that the first store hangs on.
    fn beside(&self) -> NewStore {
        NewStore::new("scripted", "Second shop").with_connection(self.store.connection)
    }

    async fn statuses(&self) -> Vec<StoreStatus> {
        self.hub.stores(&self.alice).await.unwrap().into_iter().map(|store| store.status).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_storefront_shares_the_authorisation_of_the_first() {
    let world = World::new(Script::default()).await;
    world.adds("second");
    let calls = world.platform.calls().len();
    let second = world.hub.register_store(&world.alice, world.beside()).await.unwrap();
    assert_eq!((second.connection, second.facts.remote_id.as_str()), (world.store.connection, "second"));
    let signed_in = world.platform.calls().split_off(calls);
    assert_eq!(signed_in, ["GET /account"], "nobody signs in");
    let query = Query::StoresOf(world.store.connection);
    let stores = list_all::<Store>(&world.memory, world.acme.tenant(), &query).await.unwrap();
    assert_eq!(stores.len(), 2);

    // It sells under these credentials.
    let product = world.save("Mug", 1).await;
    let bundle = world.hub.publish(&world.alice, [product], [world.store.id, second.id]).await.unwrap();
    world.approve(&bundle).await;
    world.run().await;
    assert!(world.listings(product).await.iter().all(|listing| !listing.refs.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn signing_in_again_lets_every_store_of_the_authorisation_go_on() {
    let world = World::new(Script::default()).await;
    world.adds("second");
    let second = world.hub.register_store(&world.alice, world.beside()).await.unwrap();
    let product = world.save("Mug", 1).await;
    let stores = [world.store.id, second.id];
    let bundle = world.hub.publish(&world.alice, [product], stores).await.unwrap();
    world.approve(&bundle).await;
    world.platform.fail_at("POST /stores", Fault::Withdrawn);
    world.run().await;
    assert_eq!(world.statuses().await, [StoreStatus::Disconnected; 2]);
    let shut = world.hub.register_store(&world.alice, world.beside()).await.unwrap_err();
    assert_eq!(shut.kind(), ErrorKind::Unauthenticated);

    let sign_in = SignIn::Token("another-token".into());
    let renewed = world.hub.reauthorise(&world.alice, second.connection, sign_in).await.unwrap();
    assert_eq!(renewed.len(), 2);
    assert_eq!(world.statuses().await, [StoreStatus::Active; 2]);
    world.run().await;
    assert!(world.listings(product).await.iter().all(|listing| !listing.refs.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_storefront_of_another_account_is_refused_and_shuts_out_all_of_the_authorisation() {
    let world = World::new(Script::default()).await;
    world.adds("second");
    world.hub.register_store(&world.alice, world.beside()).await.unwrap();
    world.adds("third");
    world.platform.switch_account("account-2");
    let refused = world.hub.register_store(&world.alice, world.beside()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(world.statuses().await, [StoreStatus::Active; 2], "asking for another one changes none");
    let refused = world.hub.test_store(&world.alice, world.store.id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(world.statuses().await, [StoreStatus::Disconnected; 2]);
    assert!(world.actions().await.contains(&Action::StoreDisconnected.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_paused_store_whose_account_is_another_by_now_works_only_after_a_test() {
    let world = World::new(Script::default()).await;
    world.adds("second");
    let second = world.hub.register_store(&world.alice, world.beside()).await.unwrap();
    world.hub.pause_store(&world.alice, second.id).await.unwrap();
    world.platform.switch_account("account-2");
    let refused = world.hub.test_store(&world.alice, world.store.id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    world.hub.resume_store(&world.alice, second.id).await.unwrap();
    assert_eq!(world.statuses().await, [StoreStatus::Disconnected; 2], "nobody has tested it");
    let product = world.save("Mug", 1).await;
    let bundle = world.hub.publish(&world.alice, [product], [second.id]).await.unwrap();
    world.approve(&bundle).await;
    let calls = world.platform.calls().len();
    world.run().await;
    assert_eq!(world.platform.calls().len(), calls, "nothing begins under the other account");
    world.platform.switch_account("account-1");
    world.hub.test_store(&world.alice, second.id).await.unwrap();
    world.run().await;
    assert!(world.listings(product).await.iter().all(|listing| !listing.refs.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn what_no_authorisation_can_share_is_refused_by_name() {
    let world = World::new(Script::default()).await;
    let kind = async |new: NewStore| world.hub.register_store(&world.alice, new).await.unwrap_err().kind();
    assert_eq!(kind(world.beside()).await, ErrorKind::AlreadyExists, "every one is registered");
    assert_eq!(kind(world.beside().with_remote_id("main")).await, ErrorKind::AlreadyExists);
    assert_eq!(kind(world.beside().with_remote_id("nowhere")).await, ErrorKind::NotFound);
    let nowhere = world.hub.register_store(&world.alice, world.beside().with_remote_id("nowhere")).await;
    assert!(nowhere.unwrap_err().problems()[0].message.contains("`main`"), "what there is, is named");
    world.adds("second");
    world.adds("third");
    assert_eq!(kind(world.beside()).await, ErrorKind::InvalidInput, "two could be it");
    let third = world.beside().with_remote_id("third");
    let signing_in = third.clone().with_sign_in(SignIn::ClientCredentials);
    assert_eq!(kind(signing_in).await, ErrorKind::InvalidInput);
    let set = third.clone().with_settings(serde_json::json!({ "region": "eu" }));
    assert_eq!(kind(set).await, ErrorKind::InvalidInput);
    let elsewhere = NewStore { platform: "other".into(), ..third.clone() };
    assert_eq!(kind(elsewhere).await, ErrorKind::InvalidInput);
    let other = world.hub.tenant("other").unwrap().person("alice").unwrap();
    let strange = world.hub.register_store(&other, third.clone()).await.unwrap_err();
    assert_eq!(strange.kind(), ErrorKind::NotFound, "another tenant's");
    world.hub.register_store(&world.alice, third).await.unwrap();
}
