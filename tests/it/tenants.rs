//! No word of one tenant reaches anything of another.

use crate::{
    scene::{HOUR, product_ref},
    world::World,
};
use fusion_core::hub::NewStore;
use fusion_core::{
    approval::{Phase, Verdict},
    error::{ErrorKind, Result},
    hub::{
        Adoption, Decided, ListingsWanted, OrdersWanted, ProductsWanted, RequestsWanted, StockChange,
        Submission,
    },
    model::{Choice, Intake, MoveKind, OrderAction, ProductStatus, Removal},
    plugin::{Delivery, SignIn},
};
use fusion_plugin_sdk::testkit::Script;
use std::{path::Path, time::Duration};

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

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
        for told in [
            hub.approve(eve, &bundle).await,
            hub.reject(eve, &bundle, "no").await,
            hub.confirm(eve, &bundle).await,
            hub.request_changes(eve, &bundle, "no").await,
        ] {
            assert_eq!(told.unwrap().items, [(id, Decided::Missing)], "{name}");
        }
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

#[tokio::test(start_paused = true)]
async fn what_is_read_or_asked_for_with_ids_of_another_tenant_is_nothing() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let (hub, product, store, alice) = (&world.hub, listing.product, world.store.id, &world.alice);
    let foreign = world.platform.list_foreign(&product_ref(&listing)).unwrap();
    let sold = world.platform.place_order("main", &[(foreign, 1)]).unwrap();
    world.order(&listing, 1);
    world.pull().await;
    let (order, doubt) = (world.order_id(&sold).await, hub.doubts(alice).await.unwrap().remove(0));
    let bundle = world.submit(alice, world.retitle(&listing, "Cup")).await;
    let item = world.item(product, 0).await;
    let moves = hub.moves(alice, item, None, 9).await.unwrap();
    let signed = hub.sign_checkpoint(alice).await.unwrap();
    assert!(!moves.is_empty() && hub.buyer(alice, order).await.is_ok());
    let (calls, ours) = (world.platform.calls().len(), hub.audit(alice, 0, 10_000).await.unwrap().len());

    let other = hub.tenant("acme2").unwrap();
    let eve = &other.person("dora").unwrap();
    let ids = (Some(product), Some(listing.id), Some(order), Some(bundle.items[0].id), Some(moves[0].id));
    // With the other's ids to go on behind, and without.
    for (p, l, o, r, m) in [ids, Default::default()] {
        for wanted in [
            ProductsWanted::All,
            ProductsWanted::In(ProductStatus::Published),
            ProductsWanted::ChangedSince(fusion_core::clock::Timestamp::EPOCH),
            ProductsWanted::WithSku("Mug-0".to_owned()),
            ProductsWanted::Consuming(item),
        ] {
            assert_eq!(hub.products(eve, wanted, p, 9).await.unwrap(), vec![]);
        }
        let known = product_ref(&listing);
        for wanted in
            [ListingsWanted::Of(product), ListingsWanted::In(store), ListingsWanted::Knowing(store, known)]
        {
            assert_eq!(hub.listings(eve, wanted, l, 9).await.unwrap(), vec![]);
        }
        for wanted in [OrdersWanted::All, OrdersWanted::Open] {
            assert_eq!(hub.orders(eve, store, wanted, o, 9).await.unwrap(), vec![]);
        }
        for wanted in [RequestsWanted::Open, RequestsWanted::In(store), RequestsWanted::On(listing.id)] {
            assert_eq!(hub.requests(eve, wanted, r, 9).await.unwrap().len(), 0);
        }
        assert_eq!(hub.moves(eve, item, m, 9).await.unwrap(), vec![]);
    }
    assert_eq!(hub.locations(eve).await.unwrap(), vec![]);
    assert_eq!(hub.doubts(eve).await.unwrap(), vec![]);
    assert_eq!(hub.oversold(eve).await.unwrap(), vec![]);
    assert_eq!(hub.unread(eve, store).await.unwrap(), vec![]);
    assert_eq!(hub.unread_orders(eve, store).await.unwrap(), vec![]);
    assert_eq!(hub.unmet_erasures(eve).await.unwrap(), vec![]);
    assert_eq!(hub.import_state(eve, store).await.unwrap(), None);
    assert!(hub.prepare(eve, bundle.id).await.map_or(true, |bundle| bundle.items.is_empty()));
    assert!(hub.verify_audit(eve, Some(&signed)).await.is_err(), "it is the end of another's chain");
    let expired = hub.expire_audit(eve, &signed, Duration::ZERO, |_| Ok(())).await;
    assert_eq!(kind(expired), Some(ErrorKind::InvalidInput), "so is what would be dropped below it");
    let delivery = Delivery { headers: &[], body: b"{}" };
    let not_found = [
        ("listing", kind(hub.listing(eve, listing.id).await)),
        ("order", kind(hub.order(eve, order).await)),
        ("buyer", kind(hub.buyer(eve, order).await)),
        ("erase", kind(hub.erase(eve, order).await)),
        ("act", kind(hub.act_on_order(eve, order, OrderAction::Acknowledge).await)),
        ("doubt", kind(hub.doubt(eve, doubt.id).await)),
        ("resolve", kind(hub.resolve(eve, doubt.id, Choice::Nothing).await)),
        ("command", kind(hub.command(eve, bundle.items[0].id).await)),
        ("update", kind(hub.update(eve, [product], [store]).await)),
        ("unpublish", kind(hub.unpublish(eve, [product], [store]).await)),
        ("remove", kind(hub.remove(eve, [product], [store], Removal::Delete).await)),
        ("pull", kind(hub.pull_orders(eve, store).await)),
        ("schedule", kind(hub.schedule_orders(eve, store, Some(HOUR)).await)),
        ("subscribe", kind(hub.subscribe(eve, store, "https://eve.example").await)),
        ("import", kind(hub.import(eve, store, Intake::Everything).await)),
        ("adopt", kind(hub.adopt(eve, Adoption::new(product, store, product_ref(&listing))).await)),
        ("deliver", kind(hub.deliver(other.tenant(), world.store.connection, delivery).await)),
        ("sign", kind(hub.sign_checkpoint(eve).await)),
        ("hold", kind(hub.hold_store(eve, store).await)),
        ("release", kind(hub.release_store(eve, store).await)),
        ("reauthorise", {
            let sign_in = SignIn::Token(world.platform.credentials().access);
            kind(hub.reauthorise(eve, world.store.connection, sign_in).await)
        }),
    ];
    for (what, told) in not_found {
        assert_eq!(told, Some(ErrorKind::NotFound), "{what}");
    }
    assert_eq!(hub.audit(eve, 0, 100).await.unwrap(), vec![]);
    assert_eq!(world.platform.calls().len(), calls, "nothing was asked in the other tenant's name");
    assert_eq!(hub.audit(alice, 0, 10_000).await.unwrap().len(), ours);
}

/// What only the caller's own words go into.
const WITHOUT_IDS: [&str; 5] =
    ["register_store", "save_product", "save_product_as", "change_people", "reseal"];

#[test]
fn each_verb_of_the_hub_is_asked_with_ids_of_another_tenant() {
    let mut verbs = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fusion-core/src/hub"), &mut verbs);
    assert!(verbs.len() > 50, "{verbs:?}");
    let asked: String = include_str!("tenants.rs").split_whitespace().collect();
    let is_missing =
        |verb: &&String| !WITHOUT_IDS.contains(&verb.as_str()) && !asked.contains(&format!("hub.{verb}(eve"));
    let missing: Vec<&String> = verbs.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The verbs that take an actor, in all files below.
fn collect(folder: &Path, verbs: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, verbs);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for rest in source.split("    pub async fn ").skip(1) {
            let (name, takes) = rest.split_once('(').unwrap();
            if takes.split_once('{').is_some_and(|(takes, _)| takes.contains("by: &Actor")) {
                verbs.push(name.to_owned());
            }
        }
    }
}
