//! Another merchant's program over the same shop brings in what is there.

use super::scene::{PIECES, Scene, mug};
use fusion_core::{
    hub::NewStore,
    model::{Intake, NewImage, Product},
    storage::{Query, list_all},
};

#[tokio::test(start_paused = true)]
async fn a_new_product_comes_in_with_its_stock_and_extras() {
    let scene = Scene::new().await;
    let (mug, _) = scene.published(2).await;
    let bolt = scene.hub.tenant("bolt").unwrap().person("bob").unwrap();
    let store = scene.hub.register_store(&bolt, NewStore::new("shopify", "Main shop")).await.unwrap();
    scene.hub.import(&bolt, store.id, Intake::Everything).await.unwrap();
    scene.work().await;
    let import = scene.hub.import_state(&bolt, store.id).await.unwrap().unwrap();
    assert_eq!((import.counts.created, &*import.losses), (1, &[][..]));
    let found = list_all::<Product>(&scene.memory, bolt.tenant(), &Query::Products).await.unwrap();
    let product = &found[0].value;
    assert_eq!(product.wording.title, mug.wording.title);
    assert!(!product.extensions.is_empty(), "pages show no extras");
    for variant in &product.variants {
        let levels = scene.hub.levels(&bolt, variant.consumes[0].item).await.unwrap();
        assert_eq!(levels.iter().map(|level| level.on_hand).sum::<i64>(), PIECES);
    }
}

#[tokio::test(start_paused = true)]
async fn a_variant_comes_in_with_its_picture_and_what_customs_ask() {
    let scene = Scene::new().await;
    let mut mug = mug(2);
    mug.images.push(NewImage { source: "https://pictures.example/1.jpg".to_owned(), alt: None });
    mug.variants[1].image = Some(0);
    mug.variants[1].shipping.hs_code = Some("691200".to_owned());
    mug.variants[1].shipping.origin = Some("PT".to_owned());
    let product = scene.hub.save_product(&scene.alice, mug).await.unwrap();
    scene.agreed(product.id).await;
    scene.work().await;
    let bolt = scene.hub.tenant("bolt").unwrap().person("bob").unwrap();
    let store = scene.hub.register_store(&bolt, NewStore::new("shopify", "Main shop")).await.unwrap();
    scene.hub.import(&bolt, store.id, Intake::Everything).await.unwrap();
    scene.work().await;
    let found = list_all::<Product>(&scene.memory, bolt.tenant(), &Query::Products).await.unwrap();
    let product = &found[0].value;
    let own: Vec<_> = product.variants.iter().map(|variant| variant.media).collect();
    assert_eq!(own, [None, Some(product.media[0].id)]);
    let customs = &product.variants[1].shipping;
    assert_eq!((customs.hs_code.as_deref(), customs.origin.as_deref()), (Some("691200"), Some("PT")));
}

#[tokio::test(start_paused = true)]
async fn only_what_comes_in_is_read_alone() {
    let scene = Scene::new().await;
    scene.published(2).await;
    let bolt = scene.hub.tenant("bolt").unwrap().person("bob").unwrap();
    let store = scene.hub.register_store(&bolt, NewStore::new("shopify", "Main shop")).await.unwrap();
    let read_alone = || scene.shop.calls().get("product").copied().unwrap_or(0);
    let mut read = Vec::new();
    for intake in [Intake::OnlyOurs, Intake::Everything, Intake::Everything] {
        let before = read_alone();
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        scene.hub.import(&bolt, store.id, intake).await.unwrap();
        scene.work().await;
        read.push(read_alone() - before);
    }
    assert_eq!(read, [0, 1, 0], "left, brought in, and known by then");
}
