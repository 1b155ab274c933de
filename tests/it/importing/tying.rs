//! Which of the shop's products are ours already.

use super::*;
use crate::scene::variant_ref;
use fusion_core::{
    ErrorKind,
    model::{Candidate, Choice, Question, StoreId},
};
use fusion_plugin_sdk::testkit::LookUp;

#[tokio::test(start_paused = true)]
async fn what_is_ours_by_single_skus_is_tied_and_the_rest_is_left() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    world.published("Cup", 1).await;
    let new = world.newcomer().await;
    let ours = ["Mug-0", "Mug-1"].iter().fold(NewProduct::new("Our mug"), |product, sku| {
        product.with_variant(NewVariant::new(*sku, "9 EUR".parse().unwrap(), 3).option("Size", *sku))
    });
    let ours = world.hub.save_product(&new.by, ours).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(new.imports(Intake::OnlyOurs).await.counts, counts(0, 1, 0, 0, 1));
    let listing = new.listing(ours.id).await;
    assert_eq!(listing.refs, mug.refs);
    assert_eq!(variant_ref(&listing, 1), variant_ref(&mug, 1));
    // What was left comes in when everything is asked for, though it hasn't changed.
    assert_eq!(new.imports(Intake::Everything).await.counts, counts(1, 0, 1, 0, 0));
    assert_eq!(new.products().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_could_be_several_products_waits_for_a_person() {
    for is_ours in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 2).await;
        let new = world.newcomer().await;
        let mut ours = Vec::new();
        for nth in 0..2 {
            let one = NewProduct::new(format!("Our mug {nth}")).with_variant(NewVariant::new(
                format!("Mug-{nth}"),
                "9 EUR".parse().unwrap(),
                3,
            ));
            ours.push(world.hub.save_product(&new.by, one).await.unwrap().id);
        }
        assert_eq!(new.imports(Intake::Everything).await.counts, counts(0, 0, 0, 1, 0));
        let doubt = new.doubts().await.remove(0);
        assert_eq!(doubt.question, Question::RemoteProduct { product: product_ref(&mug) });
        let candidates: BTreeSet<_> = doubt.candidates.iter().cloned().collect();
        assert_eq!(candidates, ours.iter().copied().map(Candidate::Product).collect());
        world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
        world.run().await;
        assert_eq!(new.doubts().await.len(), 1, "it is asked once");
        let choice = if is_ours { Choice::This(Candidate::Product(ours[0])) } else { Choice::Nothing };
        world.hub.resolve(&new.by, doubt.id, choice).await.unwrap();
        assert_eq!(new.doubts().await, []);
        let listed = if is_ours { ours[0] } else { new.products().await.remove(0).id };
        assert_eq!(product_ref(&new.listing(listed).await), product_ref(&mug));
        assert_eq!(new.products().await.len(), if is_ours { 2 } else { 3 });
    }
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_product_cannot_be_brought_in_and_stays_in_doubt() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    for nth in 0..2 {
        let one = NewProduct::new(format!("Our mug {nth}")).variant("Mug-0", "9 EUR".parse().unwrap(), 3);
        world.hub.save_product_as(&new.by, one, Slips::Report).await.unwrap();
    }
    new.imports(Intake::Everything).await;
    let doubt = new.doubts().await.remove(0);
    world.platform.edit_title(&product_ref(&mug), "").unwrap();
    let refused = world.hub.resolve(&new.by, doubt.id, Choice::Nothing).await.unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].path.as_str()), (ErrorKind::PlatformRefused, "title"));
    assert_eq!((new.doubts().await.len(), new.products().await.len()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_may_be_lost_is_never_tied_by_guess() {
    let world = World::new(Script { look_up: LookUp::Doubtful, ..Script::default() }).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("POST /stores", Fault::ResetAfter);
    world.live(crate::scene::HOUR).await;
    world.hub.import(&world.alice, world.store.id, Intake::Everything).await.unwrap();
    world.run().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    assert_eq!(doubts.len(), 2, "the lost one, and what the shop has: {doubts:?}");
    let found = doubts.iter().find(|doubt| matches!(doubt.question, Question::RemoteProduct { .. })).unwrap();
    assert_eq!(found.candidates, [Candidate::Product(mug)]);
    world.hub.resolve(&world.bob, found.id, Choice::This(Candidate::Product(mug))).await.unwrap();
    assert_eq!(world.hub.doubts(&world.alice).await.unwrap(), [], "one answer for both");
    assert_eq!(
        world
            .hub
            .import(&world.alice, StoreId::new(&**world.hub.clock()), Intake::Everything)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}
