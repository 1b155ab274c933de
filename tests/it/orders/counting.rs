//! What an order does to stock and revenue.

use crate::{scene::variant_ref, world::World};
use fusion_core::{
    approval::Phase,
    model::{
        Axis, Consumes, Edit, Life, ListingEdit, Money, OrderRole, Paired, Payment, Restock, VariantEdit,
    },
    plugin::{Change, Command},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};

fn euros(amount: &str) -> Money {
    format!("{amount} EUR").parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pending_order_that_is_cancelled_gives_its_units_back_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 2);
    world.change(&order, OrderChange::Pend).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.shown(&mug, 0)), ((40, 2), Some(38)), "reserved and told");
    assert_eq!(world.taken(&order).await.facts.life, Axis::Known(Life::Pending));
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.shown(&mug, 0)), ((40, 0), Some(40)));
    assert_eq!(world.takings().await, ["0.00 EUR"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_reserved_shipped_and_restocked_piece_by_piece() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 4);
    let line = world.platform.lines_of(&order).remove(0);
    let back = |count, restock| vec![(line.clone(), count, restock)];
    let steps = [
        (OrderChange::Ship(vec![(line.clone(), 1)]), (39, 3)),
        (OrderChange::Edit(line.clone(), 3), (39, 2)),
        (OrderChange::Ship(vec![(line.clone(), 2)]), (37, 0)),
        (OrderChange::Refund(euros("10.50"), back(1, Restock::Yes)), (38, 0)),
        (OrderChange::Refund(euros("10.50"), back(1, Restock::No)), (38, 0)),
        (OrderChange::Refund(euros("1.00"), back(1, Restock::Unknown)), (38, 0)),
        (OrderChange::Close, (38, 0)),
    ];
    world.pull().await;
    assert_eq!(world.stock(item).await, (40, 4));
    for (step, wanted) in steps {
        world.change(&order, step.clone()).await;
        world.pull().await;
        assert_eq!(world.stock(item).await, wanted, "{step:?}");
    }
    assert_eq!(world.shown(&mug, 0), Some(38));
    assert_eq!(world.takings().await, ["20.00 EUR"], "four at 10.50, less what went back");
}

#[tokio::test(start_paused = true)]
async fn two_lines_of_one_variant_stay_two_and_count_once_each() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let wanted = [(variant_ref(&mug, 0), 1), (variant_ref(&mug, 0), 2)];
    let order = world.platform.place_order("main", &wanted).unwrap();
    for _ in 0..2 {
        world.pull().await;
        let taken = world.taken(&order).await;
        let ordered: Vec<i64> = taken.facts.lines.iter().map(|line| line.ordered).collect();
        assert_eq!((ordered, taken.ledger.len()), (vec![1, 2], 2));
        assert_eq!(world.stock(item).await, (40, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_with_restock_and_a_cancellation_bring_a_piece_back_once() {
    for is_refund_first in [true, false] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let item = world.item(mug.product, 0).await;
        let order = world.order(&mug, 1);
        let line = world.platform.lines_of(&order).remove(0);
        let refund = OrderChange::Refund(euros("10.50"), vec![(line, 1, Restock::Yes)]);
        world.pull().await;
        let mut steps = [refund, OrderChange::Cancel];
        if !is_refund_first {
            steps.reverse();
        }
        for step in steps {
            world.change(&order, step).await;
            for _ in 0..2 {
                world.pull().await;
            }
            assert_eq!(world.stock(item).await, (40, 0), "refund first: {is_refund_first}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kit_takes_every_part_and_gives_back_what_it_took() {
    let world = World::new(Script::default()).await;
    let (cup, set) = (world.published("Cup", 1).await, world.published("Set", 1).await);
    let cups = world.item(cup.product, 0).await;
    let lay_out = async |units| {
        let change = |product: &mut fusion_core::model::Product| {
            product.variants[0].consumes = vec![Consumes { item: cups, units }];
        };
        world.hub.change_product(&world.alice, set.product, change).await.unwrap();
    };
    lay_out(4).await;
    world.tick().await;
    let order = world.order(&set, 2);
    world.pull().await;
    assert_eq!((world.stock(cups).await, world.shown(&cup, 0)), ((40, 8), Some(32)));
    lay_out(6).await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!(world.stock(cups).await, (40, 0), "a kit laid out anew gives back what it took");
}

#[tokio::test(start_paused = true)]
async fn an_exchange_is_a_return_and_a_sale() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let (small, large) = (world.item(mug.product, 0).await, world.item(mug.product, 1).await);
    let order = world.order(&mug, 1);
    let line = world.platform.lines_of(&order).remove(0);
    world.change(&order, OrderChange::Ship(vec![(line.clone(), 1)])).await;
    world.pull().await;
    world.change(&order, OrderChange::Refund(euros("0"), vec![(line, 1, Restock::Yes)])).await;
    world.change(&order, OrderChange::Add(variant_ref(&mug, 1), 1)).await;
    world.pull().await;
    assert_eq!((world.stock(small).await, world.stock(large).await), ((40, 0), (40, 1)));
}

#[tokio::test(start_paused = true)]
async fn a_price_change_pending_while_a_unit_is_sold_runs_and_keeps_the_sold_stock() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let price = VariantEdit { price: Edit::Set(euros("11.00")), ..VariantEdit::default() };
    let edit = ListingEdit { variants: vec![(mug.variants[0].id, price)], ..ListingEdit::default() };
    let change = Change::UpdateProduct { listing: mug.id, edit: Box::new(edit) };
    let bundle = world.submit(&world.alice, Command::on(world.store.id, change)).await;
    world.order(&mug, 1);
    world.pull().await;
    assert_eq!(world.shown(&mug, 0), Some(39));
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!((world.stock(item).await, world.shown(&mug, 0)), ((40, 1), Some(39)));
}

#[tokio::test(start_paused = true)]
async fn a_sale_its_supply_order_and_a_reprint_move_stock_once_and_count_revenue_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let sale = world.order(&mug, 2);
    world.pull().await;
    let sold = world.order_id(&sale).await;
    let (supply, reprint) = (world.order(&mug, 2), world.order(&mug, 1));
    world.change(&supply, OrderChange::Role(OrderRole::Supply { sale: Some(sold) })).await;
    world.change(&reprint, OrderChange::Role(OrderRole::Replacement { of: Some(sold) })).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.takings().await), ((40, 2), vec!["21.00 EUR".to_owned()]));
    for order in [&supply, &reprint, &sale] {
        let line = world.platform.lines_of(order).remove(0);
        world.change(order, OrderChange::Ship(vec![(line, 1)])).await;
    }
    world.pull().await;
    assert_eq!((world.stock(item).await, world.takings().await), ((39, 1), vec!["21.00 EUR".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn what_the_buyer_paid_in_another_currency_is_judged_in_the_shops_books() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    let paired = |shop: &str, shown: &str| Paired {
        shop: shop.parse().unwrap(),
        presentment: Some(shown.parse().unwrap()),
    };
    let paid = OrderChange::Pay(paired("9.00 USD", "13.50 CAD"), paired("9.00 USD", "12.77 CAD"));
    world.change(&order, paid).await;
    world.pull().await;
    let facts = world.taken(&order).await.facts;
    assert_eq!((facts.payment.clone(), facts.paid_state()), (Axis::NotTold, Axis::Known(Payment::Paid)));
    assert_eq!(world.takings().await, ["9.00 USD"]);
}

#[tokio::test(start_paused = true)]
async fn oversold_lines_are_reported_until_enough_is_there() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    world.adjust(item, -39, "broken").await;
    world.run().await;
    let (first, second) = (world.order(&mug, 1), world.order(&mug, 1));
    world.pull().await;
    let short = world.hub.oversold(&world.alice).await.unwrap();
    let second = world.taken(&second).await;
    assert_eq!(
        (short.len(), short[0].order, short[0].missing),
        (1, second.id, 1),
        "who bought first is served"
    );
    assert_eq!((world.stock(item).await, world.shown(&mug, 0)), ((1, 2), Some(0)));
    world.change(&first, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!(world.hub.oversold(&world.alice).await.unwrap(), []);
}
