//! How requests come in: keys, what is skipped, and many at once.

use crate::{scene::STAGE_1, world::World};
use fusion_core::hub::NewStore;
use fusion_core::{
    approval::{Phase, Policy, Request},
    error::ErrorKind,
    hub::Submission,
    model::{Currency, NewProduct, NewVariant},
    plugin::{Change, Command},
    storage::{Query, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, Script};

fn keyed(command: Command, key: &str) -> Submission {
    Submission { command, key: Some(key.to_owned()), after: None }
}

#[tokio::test(start_paused = true)]
async fn the_same_key_is_the_same_request() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let cup = world.retitle(&listing, "Cup");
    let twice = [keyed(cup.clone(), "import-7"), keyed(cup.clone(), "import-7")];
    let bundle = world.hub.submit(&world.alice, twice).await.unwrap();
    assert_eq!(bundle.skipped, vec![], "twice in one call");
    assert_eq!(bundle.items[0].id, bundle.items[1].id);
    let again = world.hub.submit(&world.alice, [keyed(cup, "import-7")]).await.unwrap();
    assert_eq!(again.items[0].id, bundle.items[0].id);
    let other = world.hub.submit(&world.alice, [keyed(world.retitle(&listing, "Pot"), "import-7")]).await;
    let [skipped] = other.unwrap().skipped.try_into().unwrap();
    assert_eq!(skipped.failure.kind, ErrorKind::AlreadyExists, "a key names one command, not two");
}

#[tokio::test(start_paused = true)]
async fn racing_submits_of_one_key_make_one_request() {
    let (world, _) = crate::watched::watched(Script::default(), Policy::two_people()).await;
    let world = std::sync::Arc::new(world);
    let listing = world.published("Mug", 1).await;
    let racing: Vec<_> = (0..16)
        .map(|_| {
            let (world, command) = (world.clone(), world.retitle(&listing, "Cup"));
            tokio::spawn(
                async move { world.hub.submit(&world.alice, [keyed(command, "key")]).await.unwrap() },
            )
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for one in racing {
        let bundle = one.await.unwrap();
        assert_eq!(bundle.skipped, vec![]);
        ids.insert(bundle.items[0].id);
    }
    assert_eq!(ids.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn racing_publishes_of_one_product_make_one_listing() {
    let (world, _) = crate::watched::watched(Script::default(), Policy::two_people()).await;
    let world = std::sync::Arc::new(world);
    let mug = world.save("Mug", 1).await;
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.publish(&[mug, mug]).await })
        })
        .collect();
    for one in racing {
        world.approve(&one.await.unwrap()).await;
    }
    world.run().await;
    world.listing(mug).await;
    assert_eq!(world.platform.count("create"), 1, "{:?}", world.platform.ledger());
}

#[tokio::test(start_paused = true)]
async fn what_a_store_cannot_take_is_named_whole_and_the_rest_goes_on() {
    let world = World::new(Script::default()).await;
    let good = world.save("Mug", 1).await;
    let mut bad = NewProduct::new("M".repeat(81))
        .with_variant(NewVariant::new("BAD-1", "12.50 USD".parse().unwrap(), 1).option("Size", "S"))
        .with_variant(NewVariant::new("BAD-2", "13.50 USD".parse().unwrap(), 1).option("Size", "M"));
    bad.wording.bullets = vec!["the platform has no place for this".to_owned()];
    let bad = world.hub.save_product(&world.alice, bad).await.unwrap().id;
    let bundle = world.hub.publish(&world.alice, [bad, good], [world.store.id]).await.unwrap();
    assert_eq!(bundle.items.len(), 1);
    let [skipped] = bundle.skipped.try_into().unwrap();
    assert_eq!((skipped.product, skipped.store), (Some(bad), Some(world.store.id)));
    let problems: Vec<_> =
        skipped.failure.problems.iter().map(|one| (one.path.as_str(), one.code.as_str())).collect();
    assert_eq!(
        problems,
        [
            ("title", "too_long"),
            ("bullets", "refused"),
            ("variants[0].offer.price", "foreign_currency"),
            ("variants[1].offer.price", "foreign_currency"),
        ]
    );
    let told = skipped.failure.to_string();
    assert!(problems.iter().all(|(path, _)| told.contains(path)), "{told}");
    // Nothing of what was skipped is left lying about.
    let query = Query::ListingsOf(bad);
    let listings = list_all::<fusion_core::model::Listing>(&world.memory, world.acme.tenant(), &query).await;
    assert_eq!(listings.unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_one_store_is_not_changed_in_another() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    world.platform.add_store("second", "Second shop", Currency::new("EUR").unwrap());
    let new = NewStore::new("scripted", "Second shop").with_remote_id("second");
    let second = world.hub.register_store(&world.alice, new).await.unwrap();
    let Command { change, .. } = world.retitle(&listing, "Cup");
    let bundle = world.hub.submit(&world.alice, [Command::on(second.id, change).into()]).await.unwrap();
    assert_eq!(bundle.items, vec![]);
    assert_eq!(bundle.skipped[0].failure.kind, ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn what_the_store_has_already_is_not_created_again() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let desired = listing.desired.clone().unwrap();
    let command = Command::on(world.store.id, Change::CreateProduct { listing: desired });
    let bundle = world.hub.submit(&world.alice, [command.into()]).await.unwrap();
    assert_eq!(bundle.skipped[0].failure.kind, ErrorKind::AlreadyExists);
}

#[tokio::test(start_paused = true)]
async fn two_requests_for_one_new_listing_create_it_once() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let (first, second) = (world.publish(&[mug]).await, world.publish(&[mug]).await);
    world.approve(&first).await;
    world.approve(&second).await;
    world.run().await;
    let phases = [world.phase(first.items[0].id).await, world.phase(second.items[0].id).await];
    assert_eq!(phases, [Phase::Done, Phase::Stale], "the second was shown an empty store");
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn eight_hundred_requests_are_shown_approved_and_run_as_one() {
    let world = World::new(Script::default()).await;
    let mut products = Vec::new();
    for nth in 0..800 {
        products.push(world.save(&format!("Mug {nth}"), 1).await);
    }
    let bundle = world.publish(&products).await;
    let shown = world.hub.bundle(&world.bob, bundle.id).await.unwrap();
    assert_eq!((shown.items.len(), shown.items[799].position), (800, 799));
    assert_eq!(shown.items, bundle.items);
    assert!(shown.items.iter().all(|item| item.phase == STAGE_1));
    world.approve(&shown).await;
    world.run().await;
    let now = world.hub.bundle(&world.bob, bundle.id).await.unwrap();
    assert!(now.items.iter().all(|item| item.phase == Phase::Done));
    assert_eq!((world.platform.count("create"), world.platform.count("show")), (800, 800));
    assert_eq!(world.platform.count("stock"), 800);
    let requests = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await;
    assert_eq!(requests.unwrap().len(), 0);
    let _ = world.hub.verify_audit(&world.alice, None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_shut_is_not_asked_for_each_of_many() {
    let world = World::new(Script::default()).await;
    let mut commands = Vec::new();
    for nth in 0..20 {
        let listing = world.published(&format!("Mug {nth}"), 1).await;
        commands.push(Submission::from(world.retitle(&listing, "Cup")));
    }
    world.platform.fail_at("GET /products", Fault::Withdrawn);
    let calls = world.platform.calls().len();
    let bundle = world.hub.submit(&world.alice, commands).await.unwrap();
    assert_eq!(bundle.skipped.len(), 20);
    assert!(bundle.skipped.iter().all(|skipped| skipped.failure.kind == ErrorKind::Unauthenticated));
    let asked = world.platform.calls().len() - calls;
    assert!(asked < 5, "asked {asked} times");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_carries_out_is_refused_at_once() {
    let world = World::new(Script::default()).await;
    let change = Change::ChangePolicy { policy: serde_json::json!({}) };
    let on_store = Command::on(world.store.id, change);
    let of_tenant = Command { store: None, ..on_store.clone() };
    for command in [on_store, of_tenant] {
        let bundle = world.hub.submit(&world.alice, [command.into()]).await.unwrap();
        assert_eq!(bundle.items, vec![]);
        let failure = &bundle.skipped[0].failure;
        assert_eq!(failure.kind, ErrorKind::Unsupported);
        assert!(failure.message.contains("can't be"), "{}", failure.message);
    }
}
