//! A worker that is dropped at any of its calls to the shop leaves nothing half done and nothing doubled.

use super::scene::{Effects, PIECES, Scene};
use crate::kill::trap::Side;

/// A publish is dropped at every call in turn, and another worker brings it to its end.
async fn publish_survives(variants: usize, side: Side, effects: Effects<'_>) -> u64 {
    for nth in 1.. {
        let scene = Scene::new().await;
        let bundle = scene.agreed(scene.save(variants).await.id).await;
        let killed = scene.kill(nth, side).await;
        scene.work_by(&scene.other().await).await;
        let at = format!("call {nth}, {killed:?}");
        scene.assert_whole(&bundle, effects, &at).await;
        assert_eq!(scene.pieces(), vec![PIECES; variants], "{at}");
        if killed.is_none() {
            return nth - 1;
        }
    }
    unreachable!()
}

#[tokio::test(start_paused = true)]
async fn a_publish_survives_a_drop_at_any_call() {
    let effects = [("inventorySetQuantities", 2), ("productSet", 1), ("publishablePublish", 1)];
    for side in [Side::Before, Side::After] {
        assert!(publish_survives(2, side, &effects).await >= 3, "{side:?}");
    }
}

/// So many variants are worked off by the platform later: the call is accepted, and asked about until it is done.
#[tokio::test(start_paused = true)]
async fn a_publish_that_is_worked_off_later_survives_a_drop_at_any_call() {
    let effects = [("inventorySetQuantities", 120), ("productSet", 1), ("publishablePublish", 1)];
    for side in [Side::Before, Side::After] {
        assert!(publish_survives(120, side, &effects).await >= 5, "{side:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stock_push_survives_a_drop_at_any_call() {
    let effects = [("inventorySetQuantities", 3), ("productSet", 1), ("publishablePublish", 1)];
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let scene = Scene::new().await;
            let (product, bundle) = scene.published(2).await;
            scene.change(scene.item(&product, 1), None, -3, "order 1").await;
            let killed = scene.kill(nth, side).await;
            scene.work_by(&scene.other().await).await;
            let at = format!("call {nth}, {killed:?}");
            scene.assert_whole(&bundle, &effects, &at).await;
            assert_eq!(scene.pieces(), [PIECES, PIECES - 3], "{at}");
            if killed.is_none() {
                assert!(nth > 1, "{side:?}");
                break;
            }
        }
    }
}
