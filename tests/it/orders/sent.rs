//! What is kept of calls about an order goes with its buyer.

use super::acting::{Bought, bought, ship};
use crate::{
    kill::trap::{Side, Trap},
    world::World,
};
use fusion_core::{
    approval::{Phase, Request},
    hub::BundleView,
    model::{OrderId, PersonalId, Step},
    storage::{PersonalValue, Query, find, list_all, load},
    vault::Envelope,
};
use fusion_queue::Worker;

impl World {
    /// The keys that the calls of a request were sealed under, requests and answers.
    async fn sealed_under(&self, bundle: &BundleView) -> Vec<String> {
        let request = load::<Request>(&self.memory, self.acme.tenant(), bundle.items[0].id).await.unwrap();
        let query = Query::StepsUnder(request.value.grant.unwrap());
        let steps = list_all::<Step>(&self.memory, self.acme.tenant(), &query).await.unwrap();
        let sealed = steps.iter().filter_map(|step| match &step.value {
            Step::Begun(begun) => Some(&begun.request_sealed),
            Step::Ended(ended) => ended.answer.as_ref(),
        });
        sealed.map(|sealed| Envelope::from_sealed(sealed).unwrap().key().as_str().to_owned()).collect()
    }

    /// Whether there is a key for what is kept of calls about an order.
    async fn has_key(&self, order: OrderId) -> bool {
        let key = PersonalId::from_uuid(order.as_uuid());
        find::<PersonalValue>(&self.memory, self.acme.tenant(), key).await.unwrap().is_some()
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_about_an_order_is_sealed_under_a_key_that_goes_with_its_buyer() {
    let Bought { world, order, line, .. } = bought(2).await;
    let id = world.order_id(&order).await;
    let first = world.agreed_to(&order, ship(&[(&line, 1)])).await;
    world.run().await;
    let keys = world.sealed_under(&first).await;
    assert_eq!((keys.len(), keys.iter().all(|key| key.starts_with("order-"))), (2, true), "{keys:?}");
    assert!(world.has_key(id).await);

    world.hub.erase(&world.bob, id).await.unwrap();
    assert!(!world.has_key(id).await);
    // It is shipped all the same; nothing that is sent from now on knows the buyer.
    let second = world.agreed_to(&order, ship(&[])).await;
    world.run().await;
    assert_eq!(world.phase(second.items[0].id).await, Phase::Done);
    assert!(!world.has_key(id).await);
    assert!(!world.sealed_under(&second).await.iter().any(|key| key.starts_with("order-")));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_answered_waits_for_a_person_once_it_cannot_be_read() {
    let Bought { world, order, .. } = bought(1).await;
    let id = world.order_id(&order).await;
    let bundle = world.agreed_to(&order, ship(&[])).await;
    let trap = Trap::at_sent(1, Side::After);
    let dying = Worker::of(&world.trapped_hub(&trap).await).with_name("dying");
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        ended = dying.run_until_idle() => panic!("{ended:?}"),
    }
    world.hub.erase(&world.bob, id).await.unwrap();
    world.work(&world.other_worker().await).await;
    let phase = world.phase(bundle.items[0].id).await;
    assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
    assert_eq!(world.platform.count("ship_order"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_erasure_at_any_call_of_a_shipment_leaves_no_key_and_ships_once() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let Bought { world, order, .. } = bought(1).await;
            let id = world.order_id(&order).await;
            let bundle = world.agreed_to(&order, ship(&[])).await;
            let trap = Trap::at(nth, side);
            let worker = Worker::of(&world.trapped_hub(&trap).await).with_name("shipping");
            let working = worker.run_until_idle();
            tokio::pin!(working);
            let met = tokio::select! {
                biased;
                what = trap.sprung() => {
                    world.hub.erase(&world.bob, id).await.unwrap();
                    trap.open();
                    let _ = working.await.unwrap();
                    Some(what)
                }
                worked = &mut working => {
                    let _ = worked.unwrap();
                    world.hub.erase(&world.bob, id).await.unwrap();
                    None
                }
            };
            world.run().await;
            let at = format!("{side:?} {nth}, {met:?}");
            assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done, "{at}");
            assert_eq!((world.has_key(id).await, world.platform.count("ship_order")), (false, 1), "{at}");
            if met.is_none() {
                break;
            }
        }
    }
}
