//! Which of our variants a line of an order means.

use crate::{
    scene::{product_ref, variant_ref},
    world::World,
};
use fusion_core::{
    hub::Slips,
    model::{Candidate, Choice, Money, NewProduct, NewVariant, Question},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};

fn euros(amount: &str) -> Money {
    format!("{amount} EUR").parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_receipt_naming_a_product_id_that_a_rewrite_has_retired_finds_its_variant() {
    let world = World::new(Script { rewrites_ids: true, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    // Another product has the same SKU, so that nothing but the id tells which one was bought.
    let twin = NewProduct::new("Twin").with_variant(NewVariant::new("Mug-0", euros("9.00"), 40));
    let twin = world.hub.save_product_as(&world.alice, twin, Slips::Report).await.unwrap();
    let bundle = world.publish(&[twin.product.id]).await;
    world.approve(&bundle).await;
    world.run().await;
    let order = world.order(&mug, 1);
    let edit = world.submit(&world.alice, world.retitle(&mug, "Cup")).await;
    world.approve(&edit).await;
    world.run().await;
    let rewritten = world.listing(mug.product).await;
    assert_ne!(variant_ref(&rewritten, 0), variant_ref(&mug, 0), "the platform has given it a new id");
    world.pull().await;
    let line = &world.taken(&order).await.facts.lines[0];
    assert_eq!(line.refs.current(), [variant_ref(&mug, 0)]);
    assert_eq!((line.variant, world.stock(item).await), (Some(mug.variants[0].id), (40, 1)));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_means_nothing_known_waits_for_a_person_and_counts_once_they_have_said_what_it_is() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let foreign = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let order = world.platform.place_order("main", &[(foreign, 3)]).unwrap();
    world.pull().await;
    world.pull().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    let taken = world.taken(&order).await;
    let question = Question::OrderLine { order: taken.id, line: taken.facts.lines[0].key.clone() };
    assert_eq!((doubts.len(), &doubts[0].question), (1, &question), "asked once");
    assert_eq!(world.stock(item).await, (40, 0), "nothing is guessed");
    let it = Choice::This(Candidate::Row(mug.variants[0].id));
    world.hub.resolve(&world.bob, doubts[0].id, it).await.unwrap();
    world.run().await;
    assert_eq!(world.stock(item).await, (40, 3));
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (40, 0));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_a_person_calls_nothing_of_ours_is_not_asked_about_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let foreign = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let order = world.platform.place_order("main", &[(foreign, 3)]).unwrap();
    world.pull().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    world.hub.resolve(&world.bob, doubts[0].id, Choice::Nothing).await.unwrap();
    world.change(&order, OrderChange::Close).await;
    world.pull().await;
    assert_eq!((world.hub.doubts(&world.alice).await.unwrap(), world.stock(item).await), (vec![], (40, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_line_whose_chosen_row_is_gone_waits_for_a_person_again() {
    let world = World::new(Script::default()).await;
    let (mug, cup) = (world.published("Mug", 2).await, world.published("Cup", 1).await);
    let foreign = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let order = world.platform.place_order("main", &[(foreign, 3)]).unwrap();
    world.pull().await;
    let doubt = world.hub.doubts(&world.alice).await.unwrap().remove(0);
    let it = Choice::This(Candidate::Row(mug.variants[1].id));
    world.hub.resolve(&world.bob, doubt.id, it).await.unwrap();
    // Before it is counted, the variant leaves the catalogue.
    let leaves = |product: &mut fusion_core::model::Product| drop(product.variants.remove(1));
    world.hub.change_product(&world.alice, mug.product, leaves).await.unwrap();
    world.run().await;
    let again = world.hub.doubts(&world.alice).await.unwrap();
    assert_eq!((again.len(), &again[0].question), (1, &doubt.question), "asked anew");
    assert_ne!(again[0].id, doubt.id);
    let it = Choice::This(Candidate::Row(cup.variants[0].id));
    world.hub.resolve(&world.bob, again[0].id, it).await.unwrap();
    world.run().await;
    assert_eq!(world.stock(world.item(cup.product, 0).await).await, (40, 3));
    assert_eq!(world.taken(&order).await.facts.lines[0].variant, Some(cup.variants[0].id));
}
