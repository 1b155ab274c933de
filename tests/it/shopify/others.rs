//! Somebody else changes the product between approval and run.

use super::scene::{PIECES, Scene};
use fusion_core::{approval::Phase, error::ErrorKind, hub::BundleView, model::Product};
use serde_json::json;

impl Scene {
    /// The catalogue calls it otherwise, and a second person agrees that the shop does too.
    async fn renamed(&self, product: &Product, title: &str) -> BundleView {
        let change = |product: &mut Product| product.wording.title = title.to_owned();
        self.hub.change_product(&self.alice, product.id, change).await.unwrap();
        self.agreed(product.id).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_product_that_somebody_renamed_meanwhile_is_left_alone() {
    let scene = Scene::new().await;
    let (product, _) = scene.published(2).await;
    let again = scene.renamed(&product, "Cup").await;
    let effects = scene.shop.ledger().len();
    let gid = scene.product_gid().await;
    scene.shop.edit_product(&gid, |kept| kept["title"] = json!("Renamed by hand")).unwrap();
    scene.work().await;
    let now = scene.hub.bundle(&scene.alice, again.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Stale, "{:?}", now.items[0].failure);
    assert_eq!(scene.shop.ledger().len(), effects, "nothing is overwritten");
    assert_eq!(scene.shop.product(&gid).unwrap()["title"], "Renamed by hand");
    // Asked for again, it is shown as it is now, and what people then agree to happens.
    let third = scene.agreed(product.id).await;
    assert!(third.items[0].preview.changes.iter().any(|change| change.path == "title"));
    scene.work().await;
    scene.assert_done(&third, "after the second look").await;
    assert_eq!(scene.shop.product(&gid).unwrap()["title"], "Cup");
}

#[tokio::test(start_paused = true)]
async fn a_product_that_somebody_deleted_meanwhile_is_not_made_again() {
    let scene = Scene::new().await;
    let (product, _) = scene.published(2).await;
    let again = scene.renamed(&product, "Cup").await;
    let effects = scene.shop.ledger().len();
    scene.shop.delete_product(&scene.product_gid().await).unwrap();
    scene.work().await;
    let now = scene.hub.bundle(&scene.alice, again.id).await.unwrap();
    let (phase, failure) = (now.items[0].phase, now.items[0].failure.clone().unwrap());
    assert_eq!((phase, failure.kind), (Phase::Failed, ErrorKind::NotFound), "{failure:?}");
    assert_eq!((scene.shop.ledger().len(), scene.shop.products().len()), (effects, 0));
    let drift = scene.hub.drift(&scene.alice, scene.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted.len()), (1, 1), "the product that is gone is told");
}

#[tokio::test(start_paused = true)]
async fn stock_of_a_product_that_somebody_deleted_is_given_up() {
    let scene = Scene::new().await;
    let (product, _) = scene.published(2).await;
    assert_eq!(scene.pieces(), [PIECES; 2]);
    scene.shop.delete_product(&scene.product_gid().await).unwrap();
    let effects = scene.shop.ledger().len();
    scene.change(scene.item(&product, 0), None, -1, "order 1").await;
    scene.work().await;
    assert_eq!(scene.shop.ledger().len(), effects);
}
