//! Orders as they are read: whole, with money, buyer and what is lost.

use super::{available, counts, money, mugs, order_ref, read, stocked, stocked_by};
use fusion_core::{
    error::ErrorKind,
    model::{Axis, ChargeKind, Collector, Life, Payment, Restock, Seen, Shipment},
    plugin::PlatformPlugin,
};
use fusion_plugin_shopify::{
    OrderExtras,
    simulator::{NewOrder, Restocked},
};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_order_is_read_with_its_lines_money_and_buyer_and_stock_has_fallen() {
    let (bench, target) = stocked().await;
    let wanted = mugs(2)
        .custom("Gift card paper", "3.00", 1)
        .engraved("engraving", "For Ada")
        .shipping("4.90")
        .tax("VAT", 1900, Some(false))
        .buyer("ada@example.test")
        .note("ring twice");
    let gid = bench.shop.place_order(wanted).unwrap();
    assert_eq!(available(&bench, &target, 0), 8);
    let page = bench.plugin.list_orders(&bench.cx(), None, None).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable.len(), page.next), (1, 0, None));
    let order = page.items[0].value.clone();
    assert_eq!(order, read(&bench, &gid).await);
    let facts = &order.facts;
    assert_eq!(facts.number.as_deref(), Some("#1001"));
    assert_eq!(
        (&facts.life, &facts.payment, &facts.shipment),
        (&Axis::Known(Life::Open), &Axis::Known(Payment::Paid), &Axis::Known(Shipment::None))
    );
    let (mug, paper) = (&facts.lines[0], &facts.lines[1]);
    let row = &target.variants[0].refs;
    assert!(mug.refs.current().iter().any(|one| row.knows(one)), "{mug:?}");
    assert_eq!((mug.sku.as_deref(), mug.options.get("Colour")), (Some("MUG-0"), Some("Red")));
    assert_eq!(
        (mug.unit_price.unwrap().shop, mug.unit_price.unwrap().presentment),
        (money("12.50 EUR"), None)
    );
    assert_eq!(mug.location.as_ref().map(|place| place.id.clone()), Some(bench.shop.locations().remove(0).0));
    assert!(paper.refs.is_empty() && paper.sku.is_none());
    // 25.00 and 3.00, 4.90 for the way, 19 % of 32.90.
    assert_eq!(
        (facts.total.unwrap().shop, facts.paid.unwrap().shop),
        (money("39.15 EUR"), money("39.15 EUR"))
    );
    let charge = |kind: ChargeKind| facts.charges.iter().find(|charge| charge.kind == kind).unwrap();
    assert_eq!(charge(ChargeKind::Shipping).amount.shop, money("4.90 EUR"));
    let tax = charge(ChargeKind::Tax);
    assert_eq!(
        (tax.amount.shop, tax.collector, tax.included),
        (money("6.25 EUR"), Collector::Merchant, false)
    );
    let address = order.buyer.ship_to.value().unwrap().reveal();
    assert_eq!((address.name.as_deref(), address.city.as_deref()), (Some("Ada Muster"), Some("Berlin")));
    assert_eq!(order.buyer.email.value().unwrap().reveal(), "ada@example.test");
    let texts: Vec<_> =
        order.buyer.texts.iter().map(|(name, text)| (name.clone(), text.reveal().clone())).collect();
    assert_eq!(texts[0], ("note".to_owned(), "ring twice".to_owned()));
    assert_eq!(texts[1], (format!("lines.{}.engraving", paper.key), "For Ada".to_owned()));
    assert!(
        !format!("{order:?}").contains("Ada") && !serde_json::to_string(facts).unwrap().contains("twice")
    );
}

#[tokio::test]
async fn an_edited_order_mixes_no_old_figure_with_a_new_one() {
    let (bench, target) = stocked().await;
    // 48.00 for two with a fifth off; then one is taken off the order.
    let gid = bench
        .shop
        .place_order(NewOrder::of([] as [(&str, u32); 0]).custom("Lamp", "48.00", 2).discount(20))
        .unwrap();
    let before = read(&bench, &gid).await.facts;
    assert_eq!(before.lines[0].charges[0].amount.shop, money("-19.20 EUR"));
    bench.shop.edit_order(&gid, 0, 1).unwrap();
    let after = read(&bench, &gid).await.facts;
    assert_eq!(counts(&after), [(2, 1)]);
    let discount = &after.lines[0].charges[0];
    assert_eq!((&discount.kind, discount.amount.shop), (&ChargeKind::Discount, money("-9.60 EUR")));
    assert_eq!(
        (after.total.unwrap().shop, after.paid.unwrap().shop),
        (money("38.40 EUR"), money("76.80 EUR"))
    );
    assert_eq!(available(&bench, &target, 0), 10);
}

#[tokio::test]
async fn money_stands_in_both_currencies_and_is_never_added_across() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1).shown_in("CAD", "1.50").shipping("2.00")).unwrap();
    let facts = read(&bench, &gid).await.facts;
    let price = facts.lines[0].unit_price.unwrap();
    assert_eq!((price.shop, price.presentment), (money("12.50 EUR"), Some(money("18.75 CAD"))));
    let total = facts.total.unwrap();
    assert_eq!((total.shop, total.presentment), (money("14.50 EUR"), Some(money("21.75 CAD"))));
    assert_eq!(facts.charges[0].amount.presentment, Some(money("3.00 CAD")));
}

#[tokio::test]
async fn the_axes_say_what_became_of_an_order() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(2).pending()).unwrap();
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((facts.life, facts.payment), (Axis::Known(Life::Open), Axis::Known(Payment::Pending)));
    bench.shop.set_parts(&gid, "ON_HOLD").unwrap();
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((facts.life, facts.shipment), (Axis::Known(Life::OnHold), Axis::Known(Shipment::Blocked)));
    bench.shop.cancel_order(&gid, Restocked::Yes).unwrap();
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((&facts.life, &facts.payment), (&Axis::Known(Life::Cancelled), &Axis::NotTold));
    assert_eq!(
        facts.extensions.get::<OrderExtras>().unwrap().unwrap().cancel_reason.as_deref(),
        Some("CUSTOMER")
    );
    assert_eq!(available(&bench, &target, 0), 10);
}

#[tokio::test]
async fn refunds_tell_what_goes_back_on_the_shelf_and_exchanges_are_sales_of_their_own() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    bench.shop.refund_order(&gid, "12.50", &[(0, 1, "CANCEL")]).unwrap();
    bench.shop.fulfil_order(&gid).unwrap();
    bench.shop.exchange(&gid, 0, 1, "MUG-1").unwrap();
    let facts = read(&bench, &gid).await.facts;
    assert_eq!(counts(&facts), [(3, 1), (1, 1)]);
    assert_eq!(facts.lines[1].sku.as_deref(), Some("MUG-1"));
    let refunds: Vec<_> =
        facts.refunds.iter().map(|one| (one.total.shop, one.lines[0].1, one.lines[0].2)).collect();
    assert_eq!(refunds, [(money("12.50 EUR"), 1, Restock::Yes), (money("0.00 EUR"), 1, Restock::Yes)]);
    assert_eq!((available(&bench, &target, 0), available(&bench, &target, 1)), (9, 9));
    let shipped: i64 = facts.fulfilments.iter().flat_map(|one| &one.lines).map(|(_, count)| count).sum();
    assert_eq!(shipped, 2);
}

#[tokio::test]
async fn an_exchange_that_nobody_has_processed_is_told_as_a_loss() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    bench.shop.open_return(&gid, 2).unwrap();
    let read = bench.plugin.get_order(&bench.cx(), &order_ref(&gid)).await.unwrap();
    assert_eq!(counts(&read.value.facts), [(1, 1)]);
    let losses: Vec<_> = read.losses.iter().map(|loss| (loss.path.as_str(), loss.note.as_str())).collect();
    assert_eq!(losses, [("exchanges[0]", "2 pieces become a line once they are on their way")]);
}

#[tokio::test]
async fn protected_customer_data_is_withheld_and_not_empty() {
    let (bench, _) = stocked_by(|shop| shop.hide_buyers()).await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let buyer = read(&bench, &gid).await.buyer;
    assert!(matches!(&buyer.ship_to, Seen::Withheld(why) if why.contains("approved")), "{buyer:?}");
    assert!(matches!(&buyer.email, Seen::Withheld(_)) && matches!(&buyer.bill_to, Seen::Withheld(_)));
}

#[tokio::test]
async fn everything_of_a_long_order_is_read() {
    let (bench, _) = stocked().await;
    let mut wanted = NewOrder::of([] as [(&str, u32); 0]);
    for nth in 0..270 {
        wanted = wanted.custom(format!("Thing {nth}"), "1.00", 4);
    }
    let gid = bench.shop.place_order(wanted).unwrap();
    bench.shop.place_order(mugs(1)).unwrap();
    // Each split makes twice as many parts as there were, beyond the first page of them.
    bench.shop.split_parts(&gid).unwrap();
    bench.shop.split_parts(&gid).unwrap();
    let page = bench.plugin.list_orders(&bench.cx(), None, None).await.unwrap();
    let long = page.items.iter().find(|one| one.value.facts.refs.knows(&order_ref(&gid))).unwrap();
    assert_eq!(long.value.facts.lines.len(), 270);
    assert!(long.value.facts.lines.iter().all(|line| line.location.is_some()));
    bench.shop.fulfil_order(&gid).unwrap();
    let lines: Vec<(usize, u32, &str)> = (0..270).map(|nth| (nth, 1, "RETURN")).collect();
    bench.shop.refund_order(&gid, "270", &lines).unwrap();
    let facts = read(&bench, &gid).await.facts;
    let shipped: i64 = facts.fulfilments.iter().flat_map(|one| &one.lines).map(|(_, count)| count).sum();
    assert_eq!((shipped, facts.refunds[0].lines.len()), (270 * 4, 270));
    assert!(facts.lines.iter().all(|line| (line.ordered, line.current) == (4, 3)));
}

#[tokio::test]
async fn a_walk_finds_what_changed_since_and_one_bad_order_stops_no_page() {
    let (bench, _) = stocked().await;
    let first = bench.shop.place_order(mugs(1)).unwrap();
    bench.clock.advance(Duration::from_secs(3600));
    let since = fusion_core::clock::Clock::now(&*bench.clock);
    for _ in 0..45 {
        bench.shop.place_order(mugs(1)).unwrap();
    }
    let (mut cursor, mut orders, mut watermark) = (None, Vec::new(), None);
    loop {
        let page = bench.plugin.list_orders(&bench.cx(), Some(since), cursor.as_deref()).await.unwrap();
        orders.extend(page.items);
        assert!(watermark.is_none());
        watermark = page.watermark;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((orders.len(), watermark), (45, Some(since)));
    bench.shop.edit_order(&first, 0, 0).unwrap();
    let page = bench.plugin.list_orders(&bench.cx(), Some(since), None).await.unwrap();
    assert!(page.next.is_some());
    let gone = bench.plugin.get_order(&bench.cx(), &order_ref("gid://shopify/Order/1")).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let product =
        fusion_core::model::Ref::new(fusion_core::model::RefKind::of("product"), "gid://shopify/Product/1");
    let wrong = bench.plugin.get_order(&bench.cx(), &product).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidInput);
    assert_eq!(json!(first), json!(bench.shop.orders()[0]));
}
