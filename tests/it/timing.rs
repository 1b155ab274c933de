//! Time that runs out: of a job, of a call, of a request.

use crate::{
    scene::{DAY, HOUR},
    world::World,
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    approval::{Phase, Verdict},
    http::{HttpTransport, Limits, TransportError},
    hub::Submission,
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, Script};
use std::{sync::Arc, time::Duration};

#[tokio::test(start_paused = true)]
async fn a_job_that_ran_out_of_time_is_tried_again_and_doubles_nothing() {
    for (part, fault) in [
        ("POST /stores/main/products", Fault::HangAfter),
        ("POST /stores/main/products", Fault::Hang),
        ("/show", Fault::HangAfter),
        ("GET /references", Fault::Hang),
        ("POST /stock", Fault::Hang),
    ] {
        let world = World::new(Script::default()).await;
        let bundle = world.agreed(1).await;
        if part == "GET /references" {
            world.platform.fail_at("POST /stores/main/products", Fault::ResetAfter);
        }
        world.platform.fail_at(part, fault.clone());
        world.work(&world.worker()).await;
        let at = format!("{fault:?} at {part}");
        world.assert_whole(&bundle, &[("create", 1), ("show", 1), ("stock", 1)], &at).await;
    }
}

/// A platform that takes its time for each answer.
struct SlowWay {
    way: Arc<dyn HttpTransport>,
    takes: Duration,
}

#[async_trait]
impl HttpTransport for SlowWay {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        tokio::time::sleep(self.takes).await;
        self.way.send(request, limits).await
    }
}

#[tokio::test(start_paused = true)]
async fn many_slow_calls_are_no_call_that_takes_too_long() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let mut listings = Vec::new();
    for nth in 0..120 {
        listings.push(world.published(&format!("Mug {nth}"), 1).await);
    }
    let way = SlowWay { way: world.platform.transport(), takes: Duration::from_secs(2) };
    let slow = world.another_hub(world.memory.clone(), Arc::new(way)).await;
    let drift = slow.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (120, vec![]));
    let retitled = listings.iter().map(|listing| Submission::from(world.retitle(listing, "Cup")));
    let bundle = slow.submit(&world.alice, retitled.collect::<Vec<_>>()).await.unwrap();
    assert_eq!((bundle.items.len(), bundle.skipped), (120, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_again_after_its_time_expires_behind_a_closed_gate() {
    let world = World::new(Script { look_up: LookUp::Doubtful, ..Script::default() }).await;
    let bundle = world.agreed(1).await;
    let id = bundle.items[0].id;
    world.platform.fail_at("POST /stores", Fault::LostBefore);
    world.live(HOUR).await;
    assert!(matches!(world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    tokio::time::sleep(20 * DAY).await;
    world.live(HOUR).await;
    world.hub.pause_store(&world.alice, world.store.id).await.unwrap();
    world.hub.decide(&world.person("dora"), id, Verdict::Again, "there is no such product").await.unwrap();
    world.live(HOUR).await;
    assert_eq!(world.phase(id).await, Phase::Expired);
    assert_eq!(world.platform.count("create"), 0);
}
