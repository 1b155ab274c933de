//! A listing's rows follow what an edit or a removal made of it.

use crate::{
    scene::{product_ref, variant_ref},
    world::World,
};
use fusion_core::{
    hub::Submission,
    model::{Lifecycle, Listing, ListingEdit, ListingVariantId, NewListingVariant, Removal, VariantId},
    plugin::{Change, Command},
};
use fusion_plugin_sdk::testkit::{Late, LateOutcome, Script};
use serde_json::json;
use std::time::Duration;

/// A third variant comes to the product, with stock of its own; the row that a listing would have for it.
async fn third_variant(world: &World, listing: &Listing) -> NewListingVariant {
    let clock = world.hub.clock();
    let id = VariantId::new(&**clock);
    world
        .hub
        .change_product(&world.alice, listing.product, move |product| {
            let mut third = product.variants[1].clone();
            third.id = id;
            third.sku = Some("Mug-9".to_owned());
            third.options.set("Size", "size 9");
            product.options[0].values.push("size 9".to_owned());
            product.variants.push(third);
        })
        .await
        .unwrap();
    let mut row = listing.desired.as_ref().unwrap().variants[1].clone();
    row.id = ListingVariantId::new(&**clock);
    row.variant = Some(id);
    row.sku = Some("Mug-9".to_owned());
    row.options.set("Size", "size 9");
    row
}

async fn exchanged(script: Script) {
    let world = World::new(Script::default()).await;
    let before = world.published("Mug", 2).await;
    let row = third_variant(&world, &before).await;
    let is_late = script.late.is_some();
    world.platform.script(|now| *now = script);
    let edit =
        ListingEdit { add: vec![row.clone()], remove: vec![before.variants[0].id], ..Default::default() };
    let change = Change::UpdateProduct { listing: before.id, edit: Box::new(edit) };
    let bundle = world.submit(&world.alice, Command::on(world.store.id, change)).await;
    world.approve(&bundle).await;
    world.live(Duration::from_secs(300)).await;

    let after = world.listing(before.product).await;
    assert_eq!(after.variants.len(), 3, "late: {is_late}");
    let [removed, kept, added] = after.variants.as_slice() else { panic!() };
    assert!(removed.refs.is_empty() && !removed.offered, "{removed:?}");
    assert_eq!(kept, &before.variants[1]);
    assert_eq!((added.id, added.variant), (row.id, row.variant));
    assert_eq!(world.platform.available(&variant_ref(&after, 2)), Some(40), "its stock has arrived");

    let item = world.item(before.product, 1).await;
    world.adjust(item, -5, "sale").await;
    world.run().await;
    assert_eq!(world.platform.available(&variant_ref(&after, 2)), Some(35));
    // Told once more as a whole, nothing is doubled.
    world.platform.script(|script| script.late = None);
    let again = world.publish(&[before.product]).await;
    world.approve(&again).await;
    world.run().await;
    let last = world.listing(before.product).await;
    assert_eq!(last.variants.len(), 3);
    assert_eq!(variant_ref(&last, 2), variant_ref(&after, 2));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_exchanges_variants_keeps_their_ids_and_stock() {
    exchanged(Script::default()).await;
    exchanged(Script { late: Some(Late { asks: 2, outcome: LateOutcome::Done }), ..Script::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_stands_as_the_platform_has_it() {
    for (removal, stands) in [
        (Removal::Hide, Lifecycle::Hidden),
        (Removal::Archive, Lifecycle::Ended),
        (Removal::Delete, Lifecycle::Gone),
    ] {
        let world = World::new(Script::default()).await;
        let listing = world.published("Mug", 1).await;
        let change = Change::DeleteProduct { listing: listing.id, removal };
        let bundle = world.submit(&world.alice, Command::on(world.store.id, change)).await;
        world.approve(&bundle).await;
        world.run().await;
        assert_eq!(world.listing(listing.product).await.state.lifecycle, stands);
        if let Some(shown) = world.platform.lifecycle(&product_ref(&listing)) {
            assert_eq!(shown, stands);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_by_hand_of_numbers_that_cannot_be_meant_is_refused() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let row = mug.variants[0].id;
    let mut asked = Vec::new();
    for fields in [
        json!({"price": {"set": "-1 EUR"}}),
        json!({"price": {"set": "12.505 EUR"}}),
        json!({"cost": {"set": "-1 EUR"}}),
        json!({"cost": {"set": "12.505 EUR"}}),
        json!({"weight": {"set": {"value": "-5", "unit": "gram"}}}),
    ] {
        let edit: ListingEdit = serde_json::from_value(json!({"variants": [[row, fields]]})).unwrap();
        let change = Change::UpdateProduct { listing: mug.id, edit: Box::new(edit) };
        let command = Command::on(world.store.id, change);
        if let Ok(bundle) = world.hub.submit(&world.alice, [Submission::from(command)]).await
            && bundle.skipped.is_empty()
        {
            asked.push(fields.to_string());
        }
    }
    assert_eq!(asked, Vec::<String>::new(), "people are asked to agree to these");
}
