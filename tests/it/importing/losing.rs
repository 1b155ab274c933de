//! What a shop has and the catalogue can't hold is said to whoever takes it in.

use super::*;
use fusion_core::{
    hub::Adoption,
    model::{Loss, LossKind, LossTally},
};

fn film() -> Loss {
    let note = "a shown product's media are pictures".to_owned();
    Loss { path: "films[0]".to_owned(), kind: LossKind::Dropped, note }
}

#[tokio::test(start_paused = true)]
async fn an_import_says_what_of_the_products_was_lost() {
    let world = World::new(small_pages()).await;
    let mugs = [world.published("Mug 0", 1).await, world.published("Mug 1", 1).await];
    world.published("Mug 2", 1).await;
    for mug in &mugs {
        world.platform.add_film(&product_ref(mug), "https://films.example/1.mp4").unwrap();
        world.platform.add_film(&product_ref(mug), "https://films.example/2.mp4").unwrap();
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    let new = world.newcomer().await;
    let import = new.imports(Intake::Everything).await;
    let Loss { kind, note, .. } = film();
    assert_eq!(import.losses, [LossTally { field: "films[]".to_owned(), kind, note, products: 2 }]);
    let products = new.products().await;
    let listing = new.listing(products[0].id).await;
    assert_eq!((listing.losses.len(), &listing.losses[0]), (2, &film()));
    assert_eq!(new.listing(products[2].id).await.losses, []);
    let entries = world.hub.audit(&new.by, 0, 1_000).await.unwrap();
    let lossy = entries.iter().filter(|entry| entry.entry.action.as_str() == "products_imported");
    let lossy: Vec<_> = lossy.map(|entry| entry.entry.details()["lossy"].clone()).collect();
    assert_eq!(lossy.iter().filter_map(serde_json::Value::as_u64).sum::<u64>(), 2, "{lossy:?}");
    // What is known already is read anew, with its losses.
    tokio::time::advance(Duration::from_secs(60)).await;
    let last = new.listing(products[2].id).await;
    world.platform.add_film(&product_ref(&last), "https://films.example/3.mp4").unwrap();
    assert_eq!(new.imports(Intake::Everything).await.counts.known, 1);
    assert_eq!(new.listing(products[2].id).await.losses, [film()]);
}

#[tokio::test(start_paused = true)]
async fn an_adoption_says_what_of_the_product_was_lost() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.platform.add_film(&product_ref(&mug), "https://films.example/1.mp4").unwrap();
    let new = world.newcomer().await;
    let ours = NewProduct::new("Our mug").variant("Mug-0", "9 EUR".parse().unwrap(), 3);
    let ours = world.hub.save_product(&new.by, ours).await.unwrap();
    let adoption = Adoption::new(ours.id, new.store.id, product_ref(&mug));
    let adopted = world.hub.adopt(&new.by, adoption).await.unwrap();
    assert_eq!(adopted.losses, [film()]);
    assert_eq!(new.listing(ours.id).await.losses, [film()]);
}
