//! Whatever goes wrong between hub and shop: what was agreed happens, once.

use super::scene::{Effects, PIECES, Scene};
use fusion_plugins::shopify::simulator::{Fault, FaultKind};
use std::time::Duration;

/// Everything that the simulated shop can do to a call.
fn every_fault() -> [FaultKind; 16] {
    [
        FaultKind::Throttle,
        FaultKind::ThrottleAfterEffect,
        FaultKind::TooManyRequests(Duration::from_secs(5)),
        FaultKind::Unreachable,
        FaultKind::ResetBefore,
        FaultKind::ResetAfterWrite,
        FaultKind::Slow(Duration::from_secs(5)),
        FaultKind::Slow(Duration::from_secs(300)),
        FaultKind::Truncated,
        FaultKind::UnknownEnum,
        FaultKind::ExpireToken,
        FaultKind::Status(503),
        FaultKind::BadGateway,
        FaultKind::BadGatewayAfterEffect,
        FaultKind::Internal,
        FaultKind::InternalAfterEffect,
    ]
}

const PUBLISHED: Effects<'static> =
    &[("inventorySetQuantities", 2), ("productSet", 1), ("publishablePublish", 1)];

/// Each fault strikes `field` as often as `times` says, and the product is published all the same.
async fn heals(field: &str, times: u32) {
    // A second refusal of a token that was just got means that a person has to sign in.
    let heals_itself = |fault: &FaultKind| times == 1 || *fault != FaultKind::ExpireToken;
    for fault in every_fault().into_iter().filter(heals_itself) {
        let scene = Scene::new().await;
        let bundle = scene.agreed(scene.save(2).await.id).await;
        scene.shop.inject(Fault::new(fault.clone()).on(field).times(times));
        scene.work().await;
        let at = format!("{fault:?} at {field}, {times} times");
        scene.assert_whole(&bundle, PUBLISHED, &at).await;
        assert_eq!(scene.pieces(), [PIECES; 2], "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_making_a_product_makes_two_or_none() {
    heals("productSet", 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_showing_a_product_leaves_it_hidden() {
    heals("publishablePublish", 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_setting_stock_leaves_it_wrong() {
    heals("inventorySetQuantities", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_strikes_twice_is_borne_as_well() {
    for field in ["productSet", "publishablePublish", "inventorySetQuantities"] {
        heals(field, 2).await;
    }
}

/// A sale is told to the shop while each fault strikes.
#[tokio::test(start_paused = true)]
async fn a_sale_is_told_once_whatever_goes_wrong() {
    for fault in every_fault() {
        let scene = Scene::new().await;
        let (product, bundle) = scene.published(2).await;
        scene.change(scene.item(&product, 0), None, -3, "order 1").await;
        scene.shop.inject(Fault::new(fault.clone()).on("inventorySetQuantities"));
        scene.work().await;
        let at = format!("{fault:?}");
        let effects = [("inventorySetQuantities", 3), ("productSet", 1), ("publishablePublish", 1)];
        scene.assert_whole(&bundle, &effects, &at).await;
        assert_eq!(scene.pieces(), [PIECES - 3, PIECES], "{at}");
    }
}
