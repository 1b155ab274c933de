//! What is changed and removed in the catalogue reaches the shop once, whatever is dropped on the way.

use super::scene::{Effects, PIECES, Scene};
use crate::kill::trap::Side;
use fusion_core::{
    approval::Phase,
    hub::BundleView,
    model::{Media, MediaId, MediaRole, Product, Removal},
};

impl Scene {
    /// A picture that comes and that a variant shows, beside what only edits of variants tell.
    async fn pictured(&self, product: &Product) -> BundleView {
        let own = self.picture(1);
        let change = move |product: &mut Product| {
            product.variants[0].media = Some(own.id);
            product.media.push(own.clone());
            product.variants[1].cost = Some("3.20 EUR".parse().unwrap());
            product.variants[1].shipping.hs_code = Some("691200".to_owned());
            product.variants[1].shipping.origin = Some("PT".to_owned());
        };
        self.hub.change_product(&self.alice, product.id, change).await.unwrap();
        let bundle = self.hub.update(&self.alice, [product.id], [self.store.id]).await.unwrap();
        self.agreed_to(bundle).await
    }

    fn picture(&self, nth: u8) -> Media {
        let id = MediaId::new(&**self.hub.clock());
        let source = format!("https://pictures.example/{nth}.jpg");
        Media { id, source, role: MediaRole::Gallery, alt: None }
    }

    /// A name, a price, and a variant that goes.
    async fn changed(&self, product: &Product) -> BundleView {
        let change = |product: &mut Product| {
            product.wording.title = "Cup".to_owned();
            product.variants[0].base_price = "9.90 EUR".parse().unwrap();
            product.variants.pop();
        };
        self.hub.change_product(&self.alice, product.id, change).await.unwrap();
        let bundle = self.hub.update(&self.alice, [product.id], [self.store.id]).await.unwrap();
        self.agreed_to(bundle).await
    }

    async fn removed(&self, product: &Product, removal: Removal) -> BundleView {
        let bundle = self.hub.remove(&self.alice, [product.id], [self.store.id], removal).await.unwrap();
        self.agreed_to(bundle).await
    }

    async fn agreed_to(&self, bundle: BundleView) -> BundleView {
        let bundle = self.hub.prepare(&self.alice, bundle.id).await.unwrap();
        self.approve(&bundle).await;
        bundle
    }
}

const PUBLISHED: [(&str, usize); 3] =
    [("inventorySetQuantities", 3), ("productSet", 1), ("publishablePublish", 1)];

fn and<'a>(more: &[(&'a str, usize)]) -> Vec<(&'a str, usize)> {
    PUBLISHED.iter().chain(more).copied().collect()
}

#[tokio::test(start_paused = true)]
async fn only_the_difference_reaches_the_shop_and_nothing_where_there_is_none() {
    let scene = Scene::new().await;
    let (product, _) = scene.published(3).await;
    let effects: Effects<'_> =
        &and(&[("productUpdate", 1), ("productVariantsBulkUpdate", 1), ("productVariantsBulkDelete", 1)]);
    let bundle = scene.changed(&product).await;
    scene.work().await;
    scene.assert_whole(&bundle, effects, "changed").await;
    let kept = scene.shop.products().remove(0);
    assert_eq!((&kept["title"], &kept["variants"][0]["price"]), (&"Cup".into(), &"9.90".into()));
    // Published again: it is read, and that is all.
    let again = scene.ask(product.id).await;
    assert_eq!(again.items[0].phase, Phase::Withdrawn, "{:?}", again.items[0].failure);
    let update = scene.hub.update(&scene.alice, [product.id], [scene.store.id]).await.unwrap();
    assert_eq!((update.items.len(), update.unchanged.len()), (0, 1));
    scene.work().await;
    scene.assert_effects(effects, "again");
    // Somebody changes it in the shop's admin: publishing brings it back in line.
    let gid = scene.product_gid().await;
    scene.shop.edit_product(&gid, |kept| kept["variants"][1]["price"] = "1.00".into()).unwrap();
    let mended = scene.agreed(product.id).await;
    scene.work().await;
    scene.assert_done(&mended, "mended").await;
    assert_eq!(scene.shop.products()[0]["variants"][1]["price"], "11.50");
}

#[tokio::test(start_paused = true)]
async fn a_change_survives_a_drop_at_any_call() {
    let effects =
        and(&[("productUpdate", 1), ("productVariantsBulkUpdate", 1), ("productVariantsBulkDelete", 1)]);
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let scene = Scene::new().await;
            let (product, _) = scene.published(3).await;
            let bundle = scene.changed(&product).await;
            let killed = scene.kill(nth, side).await;
            scene.work_by(&scene.other().await).await;
            let at = format!("call {nth}, {killed:?}");
            scene.assert_whole(&bundle, &effects, &at).await;
            assert_eq!(scene.pieces(), [PIECES; 2], "{at}");
            if killed.is_none() {
                assert!(nth > 5, "{side:?}");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_of_a_variant_and_what_only_edits_tell_survive_a_drop_at_any_call() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let scene = Scene::new().await;
            let (product, _) = scene.published(3).await;
            let bundle = scene.pictured(&product).await;
            let killed = scene.kill(nth, side).await;
            scene.work_by(&scene.other().await).await;
            let at = format!("call {nth}, {killed:?}");
            // Pictures whose answer was lost are sent again: the second sending replaces what the first has made.
            scene.assert_done(&bundle, &at).await;
            let kept = scene.shop.products().remove(0);
            assert_eq!(kept["media"].as_array().unwrap().len(), 1, "{at}");
            assert_eq!(kept["variants"][0]["media"], kept["media"][0]["id"], "{at}");
            let item = &kept["variants"][1]["item"];
            let told = ["cost", "harmonized_code", "country"].map(|field| item[field].as_str().unwrap());
            assert_eq!(told, ["3.20", "691200", "PT"], "{at}");
            if killed.is_none() {
                assert!(nth > 5, "{side:?}");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_survives_a_drop_at_any_call() {
    for (removal, effect) in [
        (Removal::Hide, "publishableUnpublish"),
        (Removal::Archive, "productUpdate"),
        (Removal::Delete, "productDelete"),
    ] {
        for side in [Side::Before, Side::After] {
            for nth in 1.. {
                let scene = Scene::new().await;
                let (product, _) = scene.published(3).await;
                let bundle = scene.removed(&product, removal).await;
                let killed = scene.kill(nth, side).await;
                scene.work_by(&scene.other().await).await;
                let at = format!("{removal:?}, call {nth}, {killed:?}");
                scene.assert_done(&bundle, &at).await;
                scene.assert_effects(&and(&[(effect, 1)]), &at);
                assert_eq!(scene.shop.products().is_empty(), removal == Removal::Delete, "{at}");
                if killed.is_none() {
                    assert!(nth > 1, "{side:?}");
                    break;
                }
            }
        }
    }
}
