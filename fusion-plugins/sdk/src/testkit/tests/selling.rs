use super::*;

fn row(placed: &Placed, nth: usize, available: u32) -> StockRow {
    StockRow {
        variant: placed.variants[nth].0,
        listing_refs: placed.product.refs.clone(),
        refs: placed.variants[nth].1.clone(),
        location: None,
        pool: None,
        available,
        expected: None,
        sequence: 1,
    }
}

#[tokio::test]
async fn refused_rows_are_told_and_the_others_are_set() {
    let mut world = world(Script::default());
    let placed = world.shown(3).await;
    world.platform.refuse_stock(&variant_ref(&placed, 1), Some("in_production"));
    let mut rows: Vec<_> = (0..3).map(|nth| row(&placed, nth, 7)).collect();
    rows[2].expected = Some(5);
    let receipt = world.plugin.sync_inventory(&world.bench.cx(), &rows).await.unwrap();
    let codes: Vec<_> = receipt
        .rows
        .iter()
        .map(|row| (row.row, row.failure.as_ref().and_then(|failure| failure.platform_code.as_deref())))
        .collect();
    assert_eq!(codes, [(0, None), (1, Some("in_production")), (2, Some("changed"))]);
    let levels: Vec<_> = (0..3).map(|nth| world.platform.available(&variant_ref(&placed, nth))).collect();
    assert_eq!(levels, [Some(7), Some(0), Some(0)]);
    assert_eq!(world.platform.count("stock"), 1);
}

#[tokio::test]
async fn a_stock_call_that_fails_after_another_tells_the_rows_that_were_not_set() {
    let mut world = world(Script::default());
    let placed = world.shown(60).await;
    world.platform.fail_nth("POST /stock", 1, Fault::Refused("closed"));
    let rows: Vec<_> = (0..60).map(|nth| row(&placed, nth, 1)).collect();
    let receipt = world.plugin.sync_inventory(&world.bench.cx(), &rows).await.unwrap();
    let failed: Vec<_> = receipt.rows.iter().filter(|row| row.failure.is_some()).map(|row| row.row).collect();
    assert_eq!((receipt.rows.len(), failed), (60, (50..60).collect()));
}

#[tokio::test]
async fn variants_of_one_pool_show_one_stock() {
    for pools in [Pools::ByProduct, Pools::BySku] {
        let mut world = world(Script { pools, ..Script::default() });
        let mut listing = listing(&world.clock, 2);
        listing.variants[1].sku = listing.variants[0].sku.clone();
        let placed = done(world.publish(&listing).await.unwrap());
        world.bench.next_work("stock");
        done(world.plugin.sync_inventory(&world.bench.cx(), &[row(&placed, 0, 7)]).await.unwrap());
        assert_eq!(world.platform.available(&variant_ref(&placed, 1)), Some(7), "{pools:?}");
        let live = world.plugin.get_product(&world.bench.cx(), &product_ref(&placed)).await.unwrap().value;
        let Seen::Value(variants) = live.variants else { panic!() };
        let pool = |nth: usize| variants[nth].levels.value().unwrap()[0].pool.clone();
        assert!(pool(0).is_some() && pool(0) == pool(1), "{pools:?}");
    }
}

#[tokio::test]
async fn rewritten_ids_come_back_and_keep_their_stock() {
    let mut world = world(Script { rewrites_ids: true, ..Script::default() });
    let placed = world.shown(2).await;
    world.platform.set_available(&variant_ref(&placed, 0), 9).unwrap();
    let edit = ListingEdit { title: Edit::Set("Cup".into()), ..ListingEdit::default() };
    let newer = done(world.plugin.update_product(&world.bench.cx(), &target(&placed), &edit).await.unwrap());
    assert_ne!(variant_ref(&newer, 0), variant_ref(&placed, 0));
    assert_eq!(newer.variants[0].0, placed.variants[0].0);
    assert_eq!(world.platform.available(&variant_ref(&newer, 0)), Some(9));
    assert_eq!(world.platform.available(&variant_ref(&placed, 0)), None);
}

#[tokio::test]
async fn a_listing_that_is_gone_already_is_deleted() {
    let mut world = world(Script::default());
    let placed = world.shown(1).await;
    for work in ["work-3", "work-4"] {
        world.bench.next_work(work);
        let receipt = world.plugin.delete_product(&world.bench.cx(), &target(&placed), Removal::Delete).await;
        done(receipt.unwrap());
    }
    assert_eq!(world.platform.count("delete"), 1);
}

#[tokio::test]
async fn edits_change_what_they_name_and_nothing_else() {
    let mut world = world(Script::default());
    let placed = world.shown(3).await;
    let rows: Vec<_> = placed.variants.iter().map(|(row, _)| *row).collect();
    let price = VariantEdit { price: Edit::Set(euros("9.00")), ..VariantEdit::default() };
    let edit = ListingEdit {
        tags: Edit::Clear,
        variants: vec![(rows[1], price)],
        remove: vec![rows[2]],
        ..ListingEdit::default()
    };
    let newer =
        done(world.plugin.update_product(&world.bench.cx(), &target(&placed), &edit).await.unwrap()).product;
    assert_eq!((newer.title, newer.tags), (Seen::Value("Mug".into()), Seen::Value(vec![])));
    let Seen::Value(variants) = newer.variants else { panic!() };
    let prices: Vec<_> = variants.iter().map(|variant| variant.offer.value().unwrap().price).collect();
    assert_eq!(prices, [euros("12.50"), euros("9.00")]);
}

/// The order as the hub would keep it.
async fn stored(world: &World, order: &Ref) -> Order {
    let page = world.plugin.list_orders(&world.bench.cx(), None, None).await.unwrap();
    let remote = page.items.into_iter().map(|one| one.value).find(|one| one.facts.refs.knows(order)).unwrap();
    assert!(!format!("{remote:?}").contains('@'));
    Order::new(OrderId::new(&world.clock), world.bench.store.id, remote.facts, Timestamp::EPOCH)
}

#[tokio::test]
async fn an_order_reserves_ships_and_is_shipped_once() {
    let mut world = world(Script::default());
    let placed = world.shown(1).await;
    let variant = variant_ref(&placed, 0);
    world.platform.set_available(&variant, 5).unwrap();
    let placed_order = world.platform.place_order("main", &[(variant.clone(), 2)]).unwrap();
    assert_eq!(world.platform.available(&variant), Some(3));
    let order = stored(&world, &placed_order).await;
    let ship = OrderAction::Ship {
        lines: Vec::new(),
        carrier: Some("post".into()),
        tracking: Some("T1".into()),
        location: None,
        notify: false,
    };
    world.platform.fail_at("ship_order", Fault::ResetAfter);
    let error = world.plugin.process_order(&world.bench.cx(), &order, &ship).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    let error = world.plugin.process_order(&world.bench.cx(), &order, &ship).await.unwrap_err();
    assert_eq!((error.kind(), world.platform.count("ship_order")), (ErrorKind::Conflict, 1));
    let order = stored(&world, &placed_order).await;
    assert_eq!(order.facts.shipment, Axis::Known(Shipment::All));
    assert_eq!(order.facts.fulfilments[0].tracking, [("T1".to_owned(), None)]);
}

#[tokio::test]
async fn a_cancelled_order_gives_its_stock_back_once() {
    let mut world = world(Script::default());
    let placed = world.shown(1).await;
    let variant = variant_ref(&placed, 0);
    world.platform.set_available(&variant, 5).unwrap();
    let order = world.platform.place_order("main", &[(variant.clone(), 2)]).unwrap();
    for _ in 0..2 {
        world.platform.change_order(&order, OrderChange::Cancel).unwrap();
    }
    assert_eq!(world.platform.available(&variant), Some(5));
    assert_eq!(stored(&world, &order).await.facts.life, Axis::Known(Life::Cancelled));
}

#[tokio::test]
async fn every_action_on_an_order_reaches_it() {
    let mut world = world(Script::default());
    let placed = world.shown(1).await;
    let order = world.platform.place_order("main", &[(variant_ref(&placed, 0), 2)]).unwrap();
    let order = stored(&world, &order).await;
    let line = order.facts.lines[0].key.clone();
    let refund =
        OrderAction::Refund { total: euros("5").into(), lines: vec![(line.clone(), 1, Restock::No)] };
    let cancel = OrderAction::Cancel {
        lines: vec![(line, 1)],
        reason: "buyer".into(),
        restock: Restock::Yes,
        refund: false,
        notify: false,
    };
    for action in [OrderAction::Acknowledge, refund, cancel, OrderAction::Submit, OrderAction::Produce] {
        world.bench.next_work(action.operation().as_str());
        done(world.plugin.process_order(&world.bench.cx(), &order, &action).await.unwrap());
        assert_eq!(world.platform.count(action.operation().as_str()), 1);
    }
}

#[tokio::test]
async fn a_delivery_is_verified_under_either_secret_and_read() {
    let world = world(Script::default());
    let webhooks = world.plugin.webhooks().unwrap();
    let facts = world.bench.store.facts.clone();
    let set_up =
        webhooks.subscribe(&world.bench.connection_cx(), &facts, "https://me.test/hook").await.unwrap();
    assert_eq!((set_up.len(), world.platform.subscriptions().len()), (2, 2));
    let about = Ref::new(kinds::ORDER, "order-1");
    let (headers, body) = world.platform.delivery("orders", Some(&about), "new");
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let delivery = Delivery { headers: &headers, body: &body };
    webhooks.verify(delivery, &["old".into(), "new".into()]).unwrap();
    assert_eq!(webhooks.verify(delivery, &["old".into()]).unwrap_err().kind(), ErrorKind::Unauthenticated);
    let unsigned = Delivery { headers: &[], body: &body };
    assert_eq!(webhooks.verify(unsigned, &["new".into()]).unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!(
        webhooks.parse(delivery).unwrap(),
        [Hint { topic: "orders".into(), about: Some(about), asks: Asks::Look(Matter::Orders) }]
    );
}
