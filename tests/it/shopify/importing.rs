//! Another merchant's program over the same shop brings in what is there.

use super::scene::{PIECES, Scene, mug};
use fusion_core::{
    approval::Phase,
    hub::{Adoption, NewStore},
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
async fn a_variant_that_came_in_is_given_another_of_the_pictures_that_came_in() {
    let scene = Scene::new().await;
    let mut mug = mug(2);
    for nth in 0..2 {
        let source = format!("https://pictures.example/{nth}.jpg");
        mug.images.push(NewImage { source, alt: Some(format!("picture {nth}")) });
        mug.variants[nth].image = Some(nth);
    }
    let product = scene.hub.save_product(&scene.alice, mug).await.unwrap();
    scene.agreed(product.id).await;
    scene.work().await;
    let bolt = scene.hub.tenant("bolt").unwrap();
    let (bob, carol) = (bolt.person("bob").unwrap(), bolt.person("carol").unwrap());
    let store = scene.hub.register_store(&bob, NewStore::new("shopify", "Main shop")).await.unwrap();
    scene.hub.import(&bob, store.id, Intake::Everything).await.unwrap();
    scene.work().await;
    let found = list_all::<Product>(&scene.memory, bob.tenant(), &Query::Products).await.unwrap();
    let product = found[0].value.id;
    let update = async |change: &dyn Fn(&mut Product)| {
        scene.hub.change_product(&bob, product, change).await.unwrap();
        let bundle = scene.hub.update(&bob, [product], [store.id]).await.unwrap();
        let bundle = scene.hub.prepare(&bob, bundle.id).await.unwrap();
        scene.hub.approve(&carol, &bundle).await.unwrap().all().unwrap();
        scene.work().await;
        let request = scene.hub.bundle(&bob, bundle.id).await.unwrap().items.remove(0);
        assert_eq!(request.phase, Phase::Done, "{:?}", request.failure);
    };
    update(&|product| product.variants[0].media = Some(product.media[1].id)).await;
    let pictures = || scene.shop.products().remove(0)["media"].clone();
    let shown = scene.shop.products().remove(0);
    assert_eq!(shown["variants"][0]["media"], shown["media"][1]["id"]);
    // Those that came in are told from those that come: they aren't sent a second time.
    let known = pictures();
    update(&|product| product.media.swap(0, 1)).await;
    let swapped = pictures();
    assert_eq!(swapped.as_array().unwrap().len(), 2);
    assert_eq!((&swapped[0]["id"], &swapped[1]["id"]), (&known[1]["id"], &known[0]["id"]));
    // One that lies elsewhere now is another one, which takes its place.
    update(&|product| product.media[0].source = "https://pictures.example/9.jpg".to_owned()).await;
    let replaced = pictures();
    assert_eq!((replaced.as_array().unwrap().len(), &replaced[1]["id"]), (2, &known[0]["id"]));
    assert_ne!(replaced[0]["id"], known[1]["id"]);
}

#[tokio::test(start_paused = true)]
async fn an_adoption_knows_the_pictures_that_lie_in_the_shop() {
    let scene = Scene::new().await;
    let mut there = mug(1);
    there.images.push(NewImage { source: "https://pictures.example/1.jpg".to_owned(), alt: None });
    let product = scene.hub.save_product(&scene.alice, there).await.unwrap();
    scene.agreed(product.id).await;
    scene.work().await;
    let bolt = scene.hub.tenant("bolt").unwrap().person("bob").unwrap();
    let store = scene.hub.register_store(&bolt, NewStore::new("shopify", "Main shop")).await.unwrap();
    scene.hub.import(&bolt, store.id, Intake::Everything).await.unwrap();
    scene.work().await;
    let found = list_all::<Product>(&scene.memory, bolt.tenant(), &Query::Products).await.unwrap();
    let address = found[0].value.media[0].source.clone();
    let carp = scene.hub.tenant("carp").unwrap().person("carl").unwrap();
    let store = scene.hub.register_store(&carp, NewStore::new("shopify", "Main shop")).await.unwrap();
    let mut ours = mug(1);
    for source in ["https://pictures.example/2.jpg".to_owned(), address] {
        ours.images.push(NewImage { source, alt: None });
    }
    let ours = scene.hub.save_product(&carp, ours).await.unwrap();
    let remote = scene.listing().await.refs.current()[0].clone();
    let adopted = scene.hub.adopt(&carp, Adoption::new(ours.id, store.id, remote)).await.unwrap();
    let known: Vec<_> = adopted.listing.media.iter().map(|(id, _)| *id).collect();
    assert_eq!(known, [ours.media[1].id], "the other one may be any");
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
