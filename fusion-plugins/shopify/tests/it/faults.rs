use crate::bench::{Bench, done, id, listing};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{Lifecycle, Ref, RefKind, StockRow},
    plugin::{Change, Credentials, Ending, Found, Journal, PlatformPlugin, SentStep, Target, Work},
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind, Plan};
use serde_json::json;
use std::time::Duration;

/// Answers that never came, after the effect.
fn lost_answers() -> [FaultKind; 5] {
    [
        FaultKind::ResetAfterWrite,
        FaultKind::Truncated,
        FaultKind::BadGatewayAfterEffect,
        FaultKind::InternalAfterEffect,
        FaultKind::Slow(Duration::from_secs(90)),
    ]
}

#[tokio::test]
async fn a_product_whose_answer_was_lost_is_found_and_never_made_twice() {
    for fault in lost_answers() {
        let mut bench = Bench::new().await;
        bench.bench.next_work("other");
        bench.create(&listing(&["Grey"])).await;
        bench.bench.next_work("one");
        bench.shop.inject(Fault::new(fault.clone()).on("productSet"));
        let wanted = listing(&["Red"]);
        let target = Target::default();
        let lost = bench.plugin.publish(&bench.cx(), &target, &wanted).await.unwrap_err();
        assert_eq!(lost.fate(), Fate::Unknown, "{fault:?}");
        // Another run asks first.
        let open = bench.plugin.publish(&bench.cx(), &target, &wanted).await.unwrap_err();
        assert_eq!((open.kind(), open.fate()), (ErrorKind::Conflict, Fate::Unknown));
        let row = bench.bench.journal.rows().remove(0);
        let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
        let work = Work { command: &command, target: &target };
        let found = bench.plugin.find_by_reference(&bench.cx(), work, row.sent()).await.unwrap();
        let Found::Applied(answer) = found else { panic!("{fault:?}: {found:?}") };
        let ending = Ending { fate: Fate::Applied, answer: Some(answer), failure: None };
        bench.bench.journal.end(row.id, ending).await.unwrap();
        let placed = done(bench.plugin.publish(&bench.cx(), &target, &wanted).await.unwrap());
        assert_eq!(placed.product.state.lifecycle, Lifecycle::Live);
        assert_eq!(placed.variants.len(), 1);
        assert_eq!(bench.shop.products().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_product_that_never_arrived_isnt_found() {
    let bench = Bench::new().await;
    bench.shop.inject(Fault::new(FaultKind::ResetBefore).on("productSet"));
    let wanted = listing(&["Red"]);
    let lost = bench.plugin.create_product(&bench.cx(), &wanted).await.unwrap_err();
    assert_eq!(lost.fate(), Fate::Unknown);
    let row = bench.bench.journal.rows().remove(0);
    let command = bench.command(Change::CreateProduct { listing: Box::new(wanted) });
    let target = Target::default();
    let work = Work { command: &command, target: &target };
    let found = bench.plugin.find_by_reference(&bench.cx(), work, row.sent()).await.unwrap();
    assert_eq!(found, Found::NotApplied { settled: true });
}

#[tokio::test]
async fn a_look_up_goes_as_far_back_as_the_call_and_no_further() {
    let mut bench = Bench::with(|shop| shop.plan(Plan::Plus)).await;
    bench.bench.time = Duration::from_secs(600);
    let others = async |bench: &mut Bench, count: usize, since: &str| {
        for nth in 0..count {
            bench.bench.next_work(&format!("{since} {nth}"));
            let mut other = listing(&["Grey"]);
            other.title = format!("{since} {nth}");
            other.media.clear();
            bench.create(&other).await;
        }
    };
    others(&mut bench, 300, "before").await;
    bench.clock.advance(Duration::from_secs(2 * 60 * 60));
    bench.bench.next_work("one");
    bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("productSet"));
    let wanted = listing(&["Red"]);
    bench.plugin.create_product(&bench.cx(), &wanted).await.unwrap_err();
    let row = bench.bench.journal.rows().remove(0);
    let command = bench.command(Change::CreateProduct { listing: Box::new(wanted) });
    let target = Target::default();
    let work = Work { command: &command, target: &target };
    let look = async |bench: &Bench, at| {
        let before = bench.shop.calls().get("products").copied().unwrap_or_default();
        let sent = SentStep { at, ..row.sent() };
        let found = bench.plugin.find_by_reference(&bench.cx(), work, sent).await.unwrap();
        (found, bench.shop.calls()["products"] - before)
    };
    let (found, pages) = look(&bench, row.at).await;
    assert!(matches!(found, Found::Applied(_)));
    assert_eq!(pages, 1, "what is older than the call isn't looked at");
    // A thousand later ones don't hide it, a month later.
    others(&mut bench, 1_010, "after").await;
    bench.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    let (found, pages) = look(&bench, row.at).await;
    assert!(matches!(found, Found::Applied(_)), "{found:?}");
    assert_eq!(pages, 5);
}

#[tokio::test]
async fn a_product_that_somebody_duplicated_is_a_doubt() {
    let bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let placed = bench.create(&wanted).await;
    let kept = bench.shop.product(id(&placed.product.refs, "product")).unwrap();
    let marks = kept["metafields"].clone();
    // Duplicating in the shop's admin copies the mark too.
    let other = {
        let mut bench_two = listing(&["Blue"]);
        bench_two.title = "Copy of Mug".to_owned();
        bench_two
    };
    let row = bench.bench.journal.rows().remove(0);
    let mut second = bench;
    second.bench.next_work("two");
    let copy = second.create(&other).await;
    second.shop.edit_product(id(&copy.product.refs, "product"), |kept| kept["metafields"] = marks).unwrap();
    let command = second.command(Change::CreateProduct { listing: Box::new(wanted) });
    let target = Target::default();
    let work = Work { command: &command, target: &target };
    let found = second.plugin.find_by_reference(&second.cx(), work, row.sent()).await.unwrap();
    assert!(matches!(found, Found::Doubtful(candidates) if candidates.len() == 2));
}

#[tokio::test]
async fn stock_whose_answer_was_lost_is_set_once() {
    for fault in lost_answers() {
        let mut bench = Bench::new().await;
        let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
        let place = bench.shop.locations()[0].0.clone();
        let rows = [StockRow {
            variant: target.variants[0].id,
            listing_refs: target.refs.clone(),
            refs: target.variants[0].refs.clone(),
            location: Some(Ref::new(RefKind::of("location"), place.as_str())),
            pool: None,
            available: 9,
            expected: Some(0),
            sequence: 1,
        }];
        bench.bench.next_work("stock");
        bench.bench.time = Duration::from_secs(600);
        bench.shop.inject(Fault::new(fault.clone()).on("inventorySetQuantities"));
        let receipt = bench.plugin.sync_inventory(&bench.cx(), &rows).await.unwrap();
        // Sent again under the same key it gets the first one's answer, not a stale comparison.
        assert!(receipt.rows.iter().all(|row| row.failure.is_none()), "{fault:?}: {:?}", receipt.rows);
        let item = id(&target.variants[0].refs, "inventory_item");
        assert_eq!(bench.shop.quantity(item, &place), Some(9));
        let sets = bench.effects().iter().filter(|field| *field == "inventorySetQuantities").count();
        assert_eq!(sets, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn passing_troubles_are_waited_out() {
    for fault in [
        FaultKind::Throttle,
        FaultKind::TooManyRequests(Duration::from_secs(2)),
        FaultKind::Unreachable,
        FaultKind::BadGateway,
        FaultKind::Internal,
    ] {
        let mut bench = Bench::new().await;
        let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
        bench.shop.inject(Fault::new(fault.clone()).on("publishableUnpublish"));
        bench.shop.inject(Fault::new(fault.clone()).on("product"));
        bench.bench.next_work("two");
        let removal = fusion_core::model::Removal::Hide;
        done(bench.plugin.delete_product(&bench.cx(), &target, removal).await.unwrap());
        let live = bench.plugin.get_product(&bench.cx(), &target.refs.current()[0]).await.unwrap().value;
        assert_eq!(live.state.lifecycle, Lifecycle::Hidden, "{fault:?}");
    }
}

#[tokio::test]
async fn a_throttled_create_is_looked_up_before_anything_is_sent_again() {
    for (fault, made) in [(FaultKind::Throttle, 0), (FaultKind::ThrottleAfterEffect, 1)] {
        let bench = Bench::new().await;
        bench.shop.inject(Fault::new(fault.clone()).on("productSet"));
        let throttled = bench.plugin.create_product(&bench.cx(), &listing(&["Red"])).await.unwrap_err();
        assert_eq!(
            (throttled.kind(), throttled.fate()),
            (ErrorKind::RateLimited, Fate::Unknown),
            "{fault:?}"
        );
        assert_eq!(bench.shop.products().len(), made, "{fault:?}");
    }
}

#[tokio::test]
async fn an_expired_token_is_replaced_and_the_call_goes_on() {
    let bench = Bench::new().await;
    bench.shop.accept_token("shpat_2");
    bench.bench.credentials.then(Credentials::token("shpat_2"));
    bench.shop.inject(Fault::new(FaultKind::ExpireToken).on("productSet"));
    bench.create(&listing(&["Red"])).await;
    assert_eq!(bench.shop.products().len(), 1);
}

#[tokio::test]
async fn a_word_of_tomorrow_is_kept_as_it_is() {
    let bench = Bench::new().await;
    let placed = bench.create(&listing(&["Red"])).await;
    bench.shop.inject(FaultKind::UnknownEnum);
    let live = bench.plugin.get_product(&bench.cx(), &placed.product.refs.current()[0]).await.unwrap().value;
    assert!(matches!(live.state.lifecycle, Lifecycle::Unknown(_)), "{:?}", live.state);
}

#[tokio::test]
async fn new_variants_whose_answer_was_lost_are_found_by_their_options() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let new = &listing(&["Grey", "Green"]).variants[1];
    let edit = serde_json::from_value::<fusion_core::model::ListingEdit>(json!({"add": [new]})).unwrap();
    for (fault, expected) in [(FaultKind::ResetBefore, false), (FaultKind::ResetAfterWrite, true)] {
        bench.bench.next_work(&format!("{fault:?}"));
        bench.shop.inject(Fault::new(fault).on("productVariantsBulkCreate"));
        let lost = bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap_err();
        assert_eq!(lost.fate(), Fate::Unknown);
        let row = bench.bench.journal.rows().remove(0);
        let command = bench.command(Change::UpdateProduct {
            listing: listing(&["Red"]).listing,
            edit: Box::new(edit.clone()),
        });
        let work = Work { command: &command, target: &target };
        let found = bench.plugin.find_by_reference(&bench.cx(), work, row.sent()).await.unwrap();
        assert_eq!(matches!(found, Found::Applied(_)), expected, "{found:?}");
    }
}

#[tokio::test]
async fn work_that_stops_halfway_says_so_and_goes_on_from_there() {
    let bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    bench.shop.inject(Fault::new(FaultKind::Status(402)).on("publishablePublish"));
    let stopped = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap_err();
    assert_eq!((stopped.kind(), stopped.fate()), (ErrorKind::PlatformRefused, Fate::Partial));
    let placed = done(bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap());
    assert_eq!(placed.product.state.lifecycle, Lifecycle::Live);
    assert_eq!(bench.shop.products().len(), 1);
}

#[tokio::test]
async fn an_edit_of_which_a_part_is_refused_is_partial() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let edit = json!({"title": {"set": "Cup"}, "variants": [[crate::bench::uuid(100), {"price": {"set": "-1.00 EUR"}}]]});
    let edit = serde_json::from_value::<fusion_core::model::ListingEdit>(edit).unwrap();
    bench.bench.next_work("two");
    let refused = bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap_err();
    assert_eq!(refused.fate(), Fate::Partial);
    assert!(refused.problems()[0].path.starts_with("variants[0]"), "{:?}", refused.problems());
}
