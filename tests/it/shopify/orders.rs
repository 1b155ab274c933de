//! What is asked to be done to a shop's order is shown by its number, with what goes back to the buyer.

use super::scene::Scene;
use fusion_core::{
    hub::{BundleView, OrdersWanted},
    model::{ChargeKind, Money, OrderAction, OrderId, Restock},
};
use fusion_plugins::shopify::simulator::NewOrder;

impl Scene {
    async fn asked(&self, order: OrderId, action: OrderAction) -> BundleView {
        let bundle = self.hub.act_on_order(&self.alice, order, action).await.unwrap();
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        bundle
    }
}

/// The line for people, and the sums that go back.
fn told(bundle: &BundleView) -> (&str, Vec<(&ChargeKind, Money)>) {
    let preview = &bundle.items[0].preview;
    let back = preview.charges.iter().map(|charge| (&charge.kind, charge.amount.shop));
    (&preview.summary, back.collect())
}

#[tokio::test(start_paused = true)]
async fn whoever_decides_on_an_order_sees_its_number_and_what_goes_back() {
    let scene = Scene::new().await;
    scene.published(1).await;
    scene.shop.place_order(NewOrder::of([("MUG-0", 2)])).unwrap();
    scene.hub.pull_orders(&scene.alice, scene.store.id).await.unwrap();
    scene.work().await;
    let orders = scene.hub.orders(&scene.alice, scene.store.id, OrdersWanted::All, None, 10).await.unwrap();
    let (order, line) = (orders[0].id, orders[0].facts.lines[0].key.clone());
    let piece: Money = "10.50 EUR".parse().unwrap();

    let refund = OrderAction::Refund { total: piece.into(), lines: vec![(line.clone(), 1, Restock::Yes)] };
    let refunded = scene.asked(order, refund).await;
    let back = vec![(&ChargeKind::Refund, piece)];
    assert_eq!(told(&refunded), ("gives 10.50 EUR back for order #1001 of Main shop", back.clone()));
    scene.approve(&refunded).await;
    scene.work().await;
    scene.assert_done(&refunded, "refunded").await;

    let cancel = OrderAction::Cancel {
        lines: Vec::new(),
        reason: "other".to_owned(),
        restock: Restock::Yes,
        refund: true,
        notify: false,
    };
    let cancelled = scene.asked(order, cancel).await;
    assert_eq!(told(&cancelled), ("cancels order #1001 of Main shop", back), "what is left of two");

    let lines = vec![(line.clone(), 1)];
    let ship = OrderAction::Ship { lines, carrier: None, tracking: None, location: None, notify: false };
    let shipped = scene.asked(order, ship).await;
    assert_eq!(told(&shipped), ("ships 1 of order #1001 of Main shop", vec![]));
    assert_eq!(shipped.items[0].preview.changes[0].path, format!("lines.{line}.shipped"));
}
