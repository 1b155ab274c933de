//! What happens in a shop reaches our stock by what its orders and levels tell, although nothing tells of the product.

use super::scene::{PIECES, Scene};
use fusion_core::{hub::Delivered, model::StockItemId, plugin::Delivery};
use fusion_plugins::shopify::simulator::{NewOrder, Notification, Restocked};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

impl Scene {
    /// Hands over whatever the shop has sent that isn't about a product, in the order that `arranged` makes of it;
    /// the topics.
    async fn hear(&self, arranged: impl FnOnce(&mut Vec<Notification>)) -> Vec<String> {
        let mut told = Vec::new();
        self.shop.deliver(|one| {
            told.push(one.clone());
            200
        });
        told.retain(|one| !one.topic.starts_with("products/"));
        arranged(&mut told);
        for one in &told {
            let headers: Vec<_> =
                one.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let delivery = Delivery { headers: &headers, body: &one.body };
            let tenant = self.alice.tenant();
            let taken = self.hub.deliver(tenant, self.store.connection, delivery).await.unwrap();
            assert_eq!(taken, Delivered::Taken, "{}", one.topic);
        }
        told.into_iter().map(|one| one.topic).collect()
    }

    /// What of the item can be sold by our books.
    async fn left(&self, item: StockItemId) -> i64 {
        let levels = self.hub.levels(&self.alice, item).await.unwrap();
        levels.iter().map(|level| level.on_hand - level.committed).sum()
    }
}

#[tokio::test(start_paused = true)]
async fn stock_follows_what_orders_and_levels_tell_without_any_event_of_the_product() {
    for backwards in [false, true] {
        let scene = Scene::new().await;
        let (mug, _) = scene.published(2).await;
        let item = scene.item(&mug, 0);
        scene.hub.subscribe(&scene.alice, scene.store.id, "https://hooks.example/shop").await.unwrap();
        scene.work().await;
        let asked: Vec<String> = scene.shop.subscriptions().into_iter().map(|(topic, _)| topic).collect();
        assert!(asked.iter().any(|topic| topic == "inventory_levels/update"), "{asked:?}");
        scene.hear(|_| {}).await;
        scene.work().await;
        // The platform tells whole seconds: this one is behind the count.
        tokio::time::advance(SECOND).await;

        let order = scene.shop.place_order(NewOrder::of([("MUG-0", 3)])).unwrap();
        let steps: [(&str, i64, &dyn Fn()); 3] = [
            ("sold", PIECES - 3, &|| {}),
            ("edited", PIECES - 1, &|| scene.shop.edit_order(&order, 0, 1).unwrap()),
            ("cancelled", PIECES, &|| scene.shop.cancel_order(&order, Restocked::Yes).unwrap()),
        ];
        for (what, left, happen) in steps {
            happen();
            let topics = scene
                .hear(|told| {
                    if backwards {
                        told.reverse();
                    }
                })
                .await;
            assert!(topics.iter().any(|topic| topic == "inventory_levels/update"), "{what}: {topics:?}");
            let before = scene.left(item).await;
            assert_ne!(before, left, "{what}: a delivery changes nothing by itself");
            scene.work().await;
            assert_eq!((scene.left(item).await, scene.pieces()), (left, vec![left, PIECES]), "{what}");
            let drift = scene.hub.drift(&scene.alice, scene.store.id).await.unwrap();
            assert_eq!((drift.checked, drift.drifted), (1, vec![]), "{what}");
            // What we wrote into the shop is told too, and is no news.
            scene.hear(|_| {}).await;
            scene.work().await;
            assert_eq!((scene.left(item).await, scene.pieces()), (left, vec![left, PIECES]), "{what}, later");
            tokio::time::advance(SECOND).await;
        }
    }
}
