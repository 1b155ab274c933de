//! What a product may become.

use crate::world::World;
use fusion_core::{
    error::ErrorKind,
    hub::RepeatedSku,
    model::{NewProduct, NewVariant, Product},
};
use fusion_plugin_sdk::testkit::Script;

#[tokio::test(start_paused = true)]
async fn a_change_is_checked_as_a_new_product_is() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 2).await;
    world.save("Cup", 1).await;
    type Change = fn(&mut Product);
    let changes: [(ErrorKind, Change); 8] = [
        (ErrorKind::InvalidInput, |product| product.wording.title.clear()),
        (ErrorKind::InvalidInput, |product| product.variants.clear()),
        (ErrorKind::InvalidInput, |product| {
            product.variants[1].options = product.variants[0].options.clone()
        }),
        (ErrorKind::InvalidInput, |product| product.variants[0].base_price = "-1 EUR".parse().unwrap()),
        (ErrorKind::InvalidInput, |product| product.variants[1].base_price = "9 USD".parse().unwrap()),
        (ErrorKind::InvalidInput, |product| product.variants[0].compare_at = Some("9 USD".parse().unwrap())),
        (ErrorKind::AlreadyExists, |product| product.variants[0].sku = Some("Cup-0".to_owned())),
        (ErrorKind::AlreadyExists, |product| product.variants[0].sku = product.variants[1].sku.clone()),
    ];
    let before = world.hub.product(&world.alice, mug).await.unwrap();
    for (nth, (kind, change)) in changes.into_iter().enumerate() {
        let refused = world.hub.change_product(&world.alice, mug, change).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{nth}: {refused}");
    }
    assert_eq!(world.hub.product(&world.alice, mug).await.unwrap(), before);
    let swap = |product: &mut Product| {
        product.wording.title = "Beaker".to_owned();
        product.variants[0].sku = Some("beaker".to_owned());
    };
    world.hub.change_product(&world.alice, mug, swap).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sku_that_was_saved_although_it_repeats_keeps_nobody_from_changing_the_product() {
    let world = World::new(Script::default()).await;
    world.save("Mug", 1).await;
    let price = "3 EUR".parse().unwrap();
    let twin = NewProduct::new("Twin").with_variant(NewVariant::new("Mug-0", price, 1));
    let twin = world.hub.save_product_as(&world.alice, twin, RepeatedSku::Report).await.unwrap();
    assert_eq!(twin.repeated_skus, ["Mug-0"]);
    let retitle = |product: &mut Product| product.wording.title = "Pair".to_owned();
    world.hub.change_product(&world.alice, twin.product.id, retitle).await.unwrap();
}
