//! Stock pushes that the policy wants people for.

use crate::{scene::anyone, world::World};
use fusion_core::{
    approval::{Answer, Condition, Consequence, Phase, Policy, PolicyRule, Request},
    storage::{Query, list_all},
    verb::Operation,
};
use fusion_plugin_sdk::testkit::Script;

fn pushes_need_people() -> Policy {
    let free = PolicyRule {
        name: "everything else is free".to_owned(),
        when: vec![Condition::Operation([Operation::Publish, Operation::UpdateProduct].into())],
        then: Consequence::Route(Answer::Automatic),
    };
    Policy { rules: vec![free], otherwise: Answer::People(vec![anyone(1)]) }
}

#[tokio::test(start_paused = true)]
async fn where_the_policy_wants_people_a_push_waits_for_them_once() {
    let world = World::with(Script::default(), pushes_need_people()).await;
    let mug = world.save("Mug", 1).await;
    let _ = world.publish(&[mug]).await;
    world.run().await;
    let listing = world.listing(mug).await;
    let item = world.item(mug, 0).await;
    for nth in 0..5 {
        world.adjust(item, -1, &format!("sale {nth}")).await;
        world.run().await;
    }
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!(open.len(), 1, "one question, however many sales");
    assert_eq!((open[0].value.operation, world.shown(&listing, 0)), (Operation::SyncInventory, Some(0)));
    let id = open[0].value.id;
    world.approve(&world.bundle_of(id).await).await;
    world.adjust(item, -1, "sale at the last moment").await;
    world.run().await;
    assert_eq!((world.phase(id).await, world.shown(&listing, 0)), (Phase::Done, Some(34)));
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!(open.len(), 0, "what is told already is not asked for");
    world.adjust(item, -1, "another sale").await;
    world.run().await;
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!((open.len(), world.shown(&listing, 0)), (1, Some(34)));
    assert!(world.actions().await.contains(&"stock_pushed"));
}

#[tokio::test(start_paused = true)]
async fn an_agreed_push_whose_rows_are_refused_has_not_been_done() {
    let world = World::with(Script::default(), pushes_need_people()).await;
    let mug = world.save("Mug", 1).await;
    let _ = world.publish(&[mug]).await;
    world.run().await;
    let listing = world.listing(mug).await;
    world.platform.refuse_stock(&crate::scene::variant_ref(&listing, 0), Some("frozen"));
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    let id = open[0].value.id;
    world.approve(&world.bundle_of(id).await).await;
    world.run().await;
    let view = world.view(id).await;
    assert_eq!(view.phase, Phase::Failed);
    assert_eq!(view.failure.unwrap().problems[0].code, "frozen");
}

#[tokio::test(start_paused = true)]
async fn a_push_that_wants_a_confirmation_is_confirmed_by_any_member() {
    let policy = Policy { rules: Vec::new(), otherwise: Answer::Confirm };
    let world = World::with(Script::default(), policy).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.hub.confirm(&world.alice, &bundle).await.unwrap().all().unwrap();
    world.run().await;
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!((open.len(), world.shown(&world.listing(mug).await, 0)), (1, Some(0)));
    let asked = world.bundle_of(open[0].value.id).await;
    let stranger = world.hub.confirm(&world.person("mallory"), &asked).await.unwrap();
    assert!(stranger.all().is_err(), "no member of the tenant");
    world.hub.confirm(&world.bob, &asked).await.unwrap().all().unwrap();
    world.run().await;
    assert_eq!(world.shown(&world.listing(mug).await, 0), Some(40));
}
