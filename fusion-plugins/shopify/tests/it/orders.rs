//! Orders: read whole, worked on once.

use crate::bench::{Bench, listing};
use fusion_core::{
    model::{Money, Order, OrderAction, OrderFacts, OrderId, Ref, RefKind, Refs, RemoteOrder, StockRow},
    plugin::{PlatformPlugin, Target},
};
use fusion_plugin_shopify::simulator::NewOrder;

mod acting;
mod cancelling;
mod reading;
mod refunding;
mod shipping;

/// A shop with a red and a blue mug, ten of each at the first location.
pub(crate) async fn stocked() -> (Bench, Target) {
    stocked_by(|shop| shop).await
}

pub(crate) async fn stocked_by(
    build: impl FnOnce(
        fusion_plugin_shopify::simulator::SimulatorBuilder,
    ) -> fusion_plugin_shopify::simulator::SimulatorBuilder,
) -> (Bench, Target) {
    let mut bench = Bench::with(build).await;
    let target = bench.publish("publish", &Target::default(), &listing(&["Red", "Blue"])).await;
    let place = bench.shop.locations().remove(0).0;
    let rows: Vec<StockRow> = target
        .variants
        .iter()
        .map(|row| StockRow {
            variant: row.id,
            listing_refs: Refs::default(),
            refs: row.refs.clone(),
            location: Some(Ref::new(RefKind::of("location"), place.clone())),
            pool: None,
            available: 10,
            expected: None,
            sequence: 1,
        })
        .collect();
    bench.bench.next_work("stock");
    let receipt = bench.plugin.sync_inventory(&bench.cx(), &rows).await.unwrap();
    assert!(receipt.rows.iter().all(|row| row.failure.is_none()), "{:?}", receipt.rows);
    (bench, target)
}

pub(crate) fn order_ref(gid: &str) -> Ref {
    Ref::new(RefKind::of("order"), gid)
}

/// The order as the platform shows it, read alone.
pub(crate) async fn read(bench: &Bench, gid: &str) -> RemoteOrder {
    bench.plugin.get_order(&bench.cx(), &order_ref(gid)).await.unwrap().value
}

/// The order as a hub keeps it.
pub(crate) async fn stored(bench: &Bench, gid: &str) -> Order {
    let facts = read(bench, gid).await.facts;
    let now = fusion_core::clock::Clock::now(&*bench.clock);
    Order::new(OrderId::new(&*bench.clock), bench.bench.store.id, facts, now)
}

/// Sums of each line: ordered, current.
pub(crate) fn counts(facts: &OrderFacts) -> Vec<(i64, i64)> {
    facts.lines.iter().map(|line| (line.ordered, line.current)).collect()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn ship(lines: &[(&str, i64)], tracking: Option<&str>) -> OrderAction {
    OrderAction::Ship {
        lines: lines.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect(),
        carrier: tracking.map(|_| "DHL".to_owned()),
        tracking: tracking.map(str::to_owned),
        location: None,
        notify: false,
    }
}

/// What is available of the `nth` row.
pub(crate) fn available(bench: &Bench, target: &Target, nth: usize) -> i64 {
    let item = crate::bench::id(&target.variants[nth].refs, "inventory_item");
    bench.shop.quantity(item, &bench.shop.locations().remove(0).0).unwrap()
}

pub(crate) fn mugs(count: u32) -> NewOrder {
    NewOrder::of([("MUG-0", count)])
}
