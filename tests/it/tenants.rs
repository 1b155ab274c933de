//! No word of one tenant reaches anything of another.

use crate::{scene::HOUR, world::World};
use fusion_core::hub::NewStore;
use fusion_core::{
    approval::{Phase, Verdict},
    error::{ErrorKind, Result},
    hub::{StockChange, Submission},
    model::MoveKind,
    plugin::SignIn,
};
use fusion_plugin_sdk::testkit::Script;

#[tokio::test(start_paused = true)]
async fn ids_of_another_tenant_reach_nothing() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let bundle = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    let id = bundle.items[0].id;
    let (hub, product, store) = (&world.hub, listing.product, world.store.id);
    let item = world.item(product, 0).await;
    let location = hub.levels(&world.alice, item).await.unwrap()[0].location;
    let before = world.hub.audit(&world.alice, 0, 10_000).await.unwrap().len();
    let calls = world.platform.calls().len();

    // The same names, one letter apart: people of another tenant, with an admin among them.
    let other = hub.tenant("acme2").unwrap();
    for name in ["alice", "bob", "dora"] {
        let eve = &other.person(name).unwrap();
        let not_found = |what: &str, kind: Option<ErrorKind>| {
            assert_eq!(kind, Some(ErrorKind::NotFound), "{what} of {name}");
        };
        fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
            result.err().map(|error| error.kind())
        }
        not_found("approve", kind(hub.approve(eve, &bundle).await));
        not_found("reject", kind(hub.reject(eve, &bundle, "no").await));
        not_found("confirm", kind(hub.confirm(eve, &bundle).await));
        not_found("request_changes", kind(hub.request_changes(eve, &bundle, "no").await));
        not_found("withdraw", kind(hub.withdraw(eve, id).await));
        not_found("revoke", kind(hub.revoke(eve, id, "no").await));
        not_found("retract", kind(hub.retract_vote(eve, id).await));
        not_found("comment", kind(hub.comment(eve, id, "no").await));
        not_found("decide", kind(hub.decide(eve, id, Verdict::Failed, "no").await));
        not_found("amend", kind(hub.amend(eve, id, world.retitle(&listing, "Pot")).await));
        not_found("request", kind(hub.request(eve, id).await));
        not_found("product", kind(hub.product(eve, product).await));
        not_found("change", kind(hub.change_product(eve, product, |_| {}).await));
        not_found("publish", kind(hub.publish(eve, [product], [store]).await));
        not_found("submit", kind(hub.submit(eve, [world.retitle(&listing, "Pot").into()]).await));
        not_found("drift", kind(hub.drift(eve, store).await));
        not_found("test", kind(hub.test_store(eve, store).await));
        not_found("pause", kind(hub.pause_store(eve, store).await));
        not_found("resume", kind(hub.resume_store(eve, store).await));
        for location in [None, Some(location)] {
            let change =
                StockChange { item, location, kind: MoveKind::Ship, delta: 5, cause: "theft".to_owned() };
            not_found("move", kind(hub.move_stock(eve, change).await));
        }
        assert_eq!(hub.levels(eve, item).await.unwrap(), vec![]);
        assert_eq!(hub.bundle(eve, bundle.id).await.unwrap().items, vec![]);
        assert_eq!(hub.stores(eve).await.unwrap(), vec![]);
        assert_eq!(hub.audit(eve, 0, 100).await.unwrap(), vec![], "not even a trace in their own audit");
    }
    assert_eq!(world.platform.calls().len(), calls, "nothing was asked in the other tenant's name");
    assert_eq!(hub.audit(&world.alice, 0, 10_000).await.unwrap().len(), before);
    assert_eq!(hub.levels(&world.alice, item).await.unwrap()[0].on_hand, 40);
    // The store was not paused for its owner either.
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_none_of_another_tenant_and_keys_are_each_tenants_own() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let keyed = |command| Submission { command, key: Some("one".to_owned()), after: None };
    let ours = world.hub.submit(&world.alice, [keyed(world.retitle(&listing, "Cup"))]).await.unwrap();

    let other = world.hub.tenant("other").unwrap();
    let eve = other.person("alice").unwrap();
    let sign_in = SignIn::Token(world.platform.credentials().access);
    let new = NewStore::new("scripted", "Their shop").with_sign_in(sign_in);
    let theirs = world.hub.register_store(&eve, new).await.unwrap();
    let product = world
        .hub
        .save_product(
            &eve,
            fusion_core::model::NewProduct::new("Mug").variant("MUG", "1.00 EUR".parse().unwrap(), 1),
        )
        .await
        .unwrap();
    let bundle = world.hub.publish(&eve, [product.id], [theirs.id]).await.unwrap();
    let listing = bundle.items[0].listing.unwrap();
    let command =
        fusion_core::plugin::Command::on(theirs.id, fusion_core::plugin::Change::Unpublish { listing });
    let same_key = world.hub.submit(&eve, [keyed(command.clone())]).await.unwrap();
    assert_eq!(same_key.skipped, vec![]);
    assert_ne!(same_key.items[0].id, ours.items[0].id);
    let after = Submission { command, key: None, after: Some(ours.items[0].id) };
    let [skipped] = world.hub.submit(&eve, [after]).await.unwrap().skipped.try_into().unwrap();
    assert_eq!(skipped.failure.kind, ErrorKind::NotFound);
    assert_eq!(world.stored(ours.items[0].id).await.children, vec![]);
    tokio::time::advance(HOUR).await;
}
