//! What we write off beside refunds, edits and counts, and whatever people say of it.

use super::{lost_in, right_or_asked};
use crate::orders::acting::{Bought, bought_at, cancel, ship};
use crate::{
    scene::product_ref,
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    approval::{Phase, Verdict},
    hub::{Delivered, StockChange},
    model::{Candidate, Choice, Money, MoveKind, OrderAction, RequestId, Restock},
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, OrderChange, Script};
use std::time::Duration;

/// Three of one line, and a cancellation of so many of it of which nobody can tell whether it had its effect.
async fn lost(lines: Option<i64>, restock: Restock, fault: Fault) -> (Bought, RequestId) {
    let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 3).await;
    let id = lost_in(&it, lines, restock, fault).await;
    (it, id)
}

#[tokio::test(start_paused = true)]
async fn pieces_written_off_are_gone_besides_a_refund_of_what_was_sold_since() {
    for is_pulled_between in [true, false] {
        let Bought { world, item, order, line, .. } = bought_at(Script::default(), 3).await;
        world.done(&order, cancel(&[(&line, 2)], Restock::No)).await;
        assert_eq!(world.stock(item).await, (38, 1));
        world.change(&order, OrderChange::Edit(line.clone(), 2)).await;
        if is_pulled_between {
            world.pull().await;
            assert_eq!(world.stock(item).await, (38, 2));
        }
        let rows = vec![(line, 2, Restock::No)];
        world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), rows)).await;
        world.pull().await;
        assert_eq!(world.stock(item).await, (36, 0), "pulled between: {is_pulled_between}");
    }
}

#[tokio::test(start_paused = true)]
async fn pieces_written_off_and_pieces_refunded_stay_gone_if_their_line_is_raised_again() {
    let Bought { world, item, order, line, .. } = bought_at(Script::default(), 3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    let rows = vec![(line.clone(), 1, Restock::No)];
    world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), rows)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (38, 1));
    world.change(&order, OrderChange::Edit(line, 2)).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((38, 2), 0));
}

#[tokio::test(start_paused = true)]
async fn who_counts_answers_what_a_denied_cancellation_leaves_open() {
    let (Bought { world, item, order, .. }, id) = lost(Some(1), Restock::No, Fault::LostBefore).await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    world.decided(id, Verdict::Again).await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((39, 0), 1));
    world.finds(item, 1).await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 0), 0));
    world.pull_alone(&order).await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 0), 0));
}

/// The first doubt is answered while the pieces are still kept.
#[tokio::test(start_paused = true)]
async fn what_a_denied_cancellation_took_is_asked_about_when_others_cancel_later() {
    let (Bought { world, item, order, line, .. }, id) = lost(Some(1), Restock::No, Fault::LostBefore).await;
    // Refused when it is sent again, because something else has changed.
    world.change(&order, OrderChange::Edit(line, 4)).await;
    world.decided(id, Verdict::Again).await;
    world.pull().await;
    assert!(world.phase(id).await.is_closed());
    let (there, _) = world.stock(item).await;
    let change = StockChange {
        item,
        location: None,
        kind: MoveKind::Count,
        delta: 40 - there,
        cause: "all are there".to_owned(),
    };
    world.hub.move_stock(&world.alice, change).await.unwrap();
    world.pull_alone(&order).await;
    if world.levels_in_doubt().await > 0 {
        world.finds(item, 0).await;
    }
    world.tick().await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    let ((there, kept), doubts) = (world.stock(item).await, world.levels_in_doubt().await);
    right_or_asked((there, kept), doubts, (40, 0));
}

#[tokio::test(start_paused = true)]
async fn pieces_that_somebody_found_on_the_shelf_come_back_once_if_it_was_not_us() {
    let (Bought { world, item, order, line, .. }, id) = lost(Some(1), Restock::No, Fault::LostBefore).await;
    world.change(&order, OrderChange::Edit(line, 2)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (39, 2), "it looks like ours");
    // All forty lie there.
    world.finds(item, 1).await;
    assert_eq!(world.stock(item).await, (40, 2));
    world.decided(id, Verdict::Failed).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 2), 0));
}

#[tokio::test(start_paused = true)]
async fn pieces_that_had_come_back_before_and_were_found_on_the_shelf_come_back_once() {
    let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 3).await;
    it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
    assert_eq!(it.world.stock(it.item).await, (40, 2));
    let id = lost_in(&it, Some(1), Restock::No, Fault::LostBefore).await;
    let Bought { world, item, .. } = it;
    world.pull().await;
    let (there, _) = world.stock(item).await;
    world.tick().await;
    if there != 40 {
        world.finds(item, 40 - there).await;
    }
    world.decided(id, Verdict::Failed).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 2), 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_in_flight_takes_nothing_that_had_come_back_before() {
    let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 3).await;
    it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
    let _id = lost_in(&it, Some(1), Restock::No, Fault::LostBefore).await;
    it.world.pull_alone(&it.order).await;
    it.world.pull().await;
    assert_eq!(it.world.stock(it.item).await, (40, 2));
}

#[tokio::test(start_paused = true)]
async fn what_a_person_says_is_done_counts_once_though_others_took_more_away() {
    for restock in [Restock::Yes, Restock::No] {
        let (Bought { world, item, order, line, .. }, id) = lost(Some(1), restock, Fault::ResetAfter).await;
        world.change(&order, OrderChange::Edit(line, 1)).await;
        world.pull_alone(&order).await;
        let left = world.stock(item).await;
        for _ in 0..20 {
            world.platform.fail_at("GET /orders/", Fault::Refused("broken"));
        }
        world.decided(id, Verdict::Done).await;
        assert_eq!(world.stock(item).await, left, "{restock:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pieces_found_on_the_shelf_come_back_once_if_a_cancellation_that_waits_is_revoked() {
    let it = bought_at(Script::default(), 3).await;
    it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
    let Bought { world, item, order, line, .. } = it;
    assert_eq!(world.stock(item).await, (40, 2));
    let bundle = world.agreed_to(&order, cancel(&[(&line, 1)], Restock::No)).await;
    world.platform.fail_at("POST /orders/", Fault::Throttle(Some(Duration::from_secs(7_200))));
    world.live(Duration::from_secs(60)).await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Approved);
    assert_eq!(world.notify(Some(&order), WEBHOOK_SECRET).await, Delivered::Taken);
    world.live(Duration::from_secs(60)).await;
    let (there, _) = world.stock(item).await;
    world.finds(item, 40 - there).await;
    world.hub.revoke(&world.bob, bundle.items[0].id, "not now").await.unwrap();
    world.pull_alone(&order).await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 2), 0), "{there} before");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_says_is_done_counts_once_beside_what_others_did_alike() {
    let one = |line: &str, restock| vec![(line.to_owned(), 1, restock)];
    for is_refund in [true, false] {
        let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 4).await;
        let Bought { world, item, order, line, .. } = it;
        let euro: Money = "1 EUR".parse().unwrap();
        let (action, others) = match is_refund {
            true => {
                world.done(&order, ship(&[])).await;
                let lines = one(&line, Restock::Yes);
                let refund = OrderAction::Refund { total: euro.into(), lines };
                (refund, OrderChange::Refund(euro, Vec::new()))
            }
            false => (ship(&[(&line, 1)]), OrderChange::Ship(vec![(line.clone(), 1)])),
        };
        let bundle = world.agreed_to(&order, action).await;
        world.platform.fail_at("POST /orders/", Fault::ResetAfter);
        world.live(Duration::from_secs(3_600)).await;
        world.change(&order, others).await;
        world.pull_alone(&order).await;
        let left = world.stock(item).await;
        assert_eq!(left, if is_refund { (37, 0) } else { (38, 2) });
        for _ in 0..20 {
            world.platform.fail_at("GET /orders/", Fault::Refused("broken"));
        }
        world.decided(bundle.items[0].id, Verdict::Done).await;
        assert_eq!(world.stock(item).await, left, "refund: {is_refund}");
    }
}

/// Nobody knows what the line is when its cancellation is denied.
#[tokio::test(start_paused = true)]
async fn what_a_denied_cancellation_took_of_a_line_that_was_named_later_is_in_doubt() {
    let world = World::new(Script { look_up: LookUp::Doubtful, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    world.tick().await;
    let variant = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let order = world.platform.place_order("main", &[(variant, 3)]).unwrap();
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    let bundle = world.agreed_to(&order, cancel(&[(&line, 1)], Restock::No)).await;
    world.platform.fail_at("POST /orders/", Fault::LostBefore);
    world.live(Duration::from_secs(3_600)).await;
    // Others take one away, with restock; ours is refused then.
    world.change(&order, OrderChange::Edit(line, 2)).await;
    world.decided(bundle.items[0].id, Verdict::Again).await;
    assert!(world.phase(bundle.items[0].id).await.is_closed());
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    let it = Choice::This(Candidate::Row(mug.variants[0].id));
    world.hub.resolve(&world.bob, doubts[0].id, it).await.unwrap();
    world.pull_alone(&order).await;
    let (stock, doubts) = (world.stock(item).await, world.levels_in_doubt().await);
    right_or_asked(stock, doubts, (40, 2));
}

#[tokio::test(start_paused = true)]
async fn what_left_before_a_count_leaves_once_of_a_line_that_grew_after_a_write_off() {
    let Bought { world, item, order, line, .. } = bought_at(Script::default(), 4).await;
    world.done(&order, cancel(&[(&line, 2)], Restock::No)).await;
    world.change(&order, OrderChange::Ship(vec![(line.clone(), 2)])).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (36, 0));
    world.change(&order, OrderChange::Edit(line.clone(), 3)).await;
    world.change(&order, OrderChange::Ship(vec![(line, 1)])).await;
    world.tick().await;
    // Thirty-five lie there.
    world.finds(item, -1).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((35, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn pieces_written_off_of_a_line_that_grew_before_anybody_named_it_stay_gone() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    world.tick().await;
    let variant = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let order = world.platform.place_order("main", &[(variant, 3)]).unwrap();
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    world.change(&order, OrderChange::Edit(line, 3)).await;
    world.pull().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    let it = Choice::This(Candidate::Row(mug.variants[0].id));
    world.hub.resolve(&world.bob, doubts[0].id, it).await.unwrap();
    world.run().await;
    let (stock, doubts) = (world.stock(item).await, world.levels_in_doubt().await);
    right_or_asked(stock, doubts, (39, 3));
}

#[tokio::test(start_paused = true)]
async fn what_leaves_after_a_count_leaves_though_its_line_grew_and_shrank_after_a_write_off() {
    let Bought { world, item, order, line, .. } = bought_at(Script::default(), 4).await;
    world.done(&order, cancel(&[(&line, 2)], Restock::No)).await;
    world.change(&order, OrderChange::Edit(line.clone(), 3)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (38, 3));
    world.change(&order, OrderChange::Edit(line.clone(), 1)).await;
    world.tick().await;
    // Thirty-eight lie there, as is known.
    world.finds(item, 0).await;
    world.change(&order, OrderChange::Ship(vec![(line, 1)])).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((37, 0), 0));
}

/// Only one of two cancellations wrote anything off, and it is the other that is known to have happened.
#[tokio::test(start_paused = true)]
async fn a_lost_cancellation_does_not_take_what_another_of_ours_put_back() {
    let (it, id) = lost(Some(1), Restock::No, Fault::LostBefore).await;
    it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
    let Bought { world, item, .. } = it;
    let meanwhile = world.stock(item).await;
    world.decided(id, Verdict::Failed).await;
    assert_eq!((meanwhile, world.stock(item).await), ((40, 2), (40, 2)));
}

/// What was sold before the store was registered comes in with a count.
#[tokio::test(start_paused = true)]
async fn what_a_count_brings_in_leaves_out_what_we_wrote_off_though_the_line_grew() {
    for grows in [false, true] {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let item = world.item(mug.product, 0).await;
        let order = world.order(&mug, 3);
        let line = world.platform.lines_of(&order).remove(0);
        world.platform.backdate(&order, Duration::from_secs(24 * 3_600)).unwrap();
        world.pull().await;
        assert_eq!(world.stock(item).await, (40, 0));
        world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
        if grows {
            world.change(&order, OrderChange::Edit(line.clone(), 3)).await;
            world.pull().await;
        }
        world.moment().await;
        let (there, _) = world.stock(item).await;
        assert_eq!(there, 40);
        world.finds(item, 42 - there).await;
        world.run().await;
        let kept = if grows { 3 } else { 2 };
        let (stock, doubts) = (world.stock(item).await, world.levels_in_doubt().await);
        right_or_asked(stock, doubts, (42, kept));
    }
}

/// The cancellation waits when somebody counts, and is sent only afterwards.
#[tokio::test(start_paused = true)]
async fn pieces_found_on_the_shelf_while_a_cancellation_waits_are_gone_once_it_is_done() {
    let it = bought_at(Script::default(), 3).await;
    it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
    let Bought { world, item, order, line, .. } = it;
    let bundle = world.agreed_to(&order, cancel(&[(&line, 1)], Restock::No)).await;
    world.platform.fail_at("POST /orders/", Fault::Throttle(Some(Duration::from_secs(7_200))));
    world.live(Duration::from_secs(60)).await;
    assert_eq!(world.notify(Some(&order), WEBHOOK_SECRET).await, Delivered::Taken);
    world.live(Duration::from_secs(60)).await;
    let (there, _) = world.stock(item).await;
    world.finds(item, 40 - there).await;
    world.live(Duration::from_secs(10_000)).await;
    world.pull().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    let ((there, kept), doubts) = (world.stock(item).await, world.levels_in_doubt().await);
    assert!(there - kept <= 38, "{there} {kept}, {doubts} in doubt");
}

/// One piece was lost in the house before, and of the two it is the one that counts as given back.
#[tokio::test(start_paused = true)]
async fn what_came_back_before_a_count_comes_back_once_beside_a_piece_that_was_lost() {
    for is_pulled_first in [true, false] {
        let Bought { world, item, order, line, .. } = bought_at(Script::default(), 2).await;
        let refund = |restock| {
            let rows = vec![(line.clone(), 1, restock)];
            OrderChange::Refund("1 EUR".parse().unwrap(), rows)
        };
        world.change(&order, refund(Restock::No)).await;
        world.change(&order, OrderChange::Ship(vec![(line.clone(), 1)])).await;
        world.pull().await;
        assert_eq!(world.stock(item).await, (38, 0));
        world.change(&order, refund(Restock::Yes)).await;
        world.moment().await;
        if is_pulled_first {
            world.pull().await;
            assert_eq!(world.stock(item).await, (39, 0));
            world.moment().await;
        }
        // Thirty-nine lie there.
        let (there, _) = world.stock(item).await;
        world.finds(item, 39 - there).await;
        world.moment().await;
        world.pull().await;
        world.pull_alone(&order).await;
        let at = format!("pulled first: {is_pulled_first}");
        assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((39, 0), 0), "{at}");
    }
}
