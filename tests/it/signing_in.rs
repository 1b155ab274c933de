//! Whoever signs in while a job finds out that it isn't let in: the job doesn't sleep through it.

use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    Result,
    http::{HttpTransport, Limits, TransportError},
    hub::Hub,
    job::QueueControl as _,
    model::{ConnectionId, Intake, Repeat, StoreStatus},
    plugin::SignIn,
    tenant::Actor,
    testkit::{Answer, Call, Through, Watch},
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, Script};
use fusion_queue::Worker;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering::SeqCst},
    },
    time::Duration,
};

/// A platform that is heard of when it refuses credentials.
struct Heard {
    way: Arc<dyn HttpTransport>,
    is_refused: Arc<AtomicBool>,
}

#[async_trait]
impl HttpTransport for Heard {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> std::result::Result<http::Response<Bytes>, TransportError> {
        let answer = self.way.send(request, limits).await?;
        self.is_refused.fetch_or(answer.status() == http::StatusCode::UNAUTHORIZED, SeqCst);
        Ok(answer)
    }
}

/// Signs in before the call of that number that comes behind the refusal.
struct SignsIn {
    is_refused: Arc<AtomicBool>,
    left: Arc<AtomicI32>,
    hub: Hub,
    by: Actor,
    connection: ConnectionId,
}

#[async_trait]
impl Watch for SignsIn {
    type Held = ();

    async fn before(&self, _: &Call<'_>) -> Result<()> {
        if self.is_refused.load(SeqCst) && self.left.fetch_sub(1, SeqCst) == 1 {
            let sign_in = SignIn::Token("another-token".into());
            self.hub.reauthorise(&self.by, self.connection, sign_in).await?;
        }
        Ok(())
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

/// What is under way when the platform refuses the credentials.
#[derive(Clone, Copy, Debug)]
enum Work {
    Creates,
    Shows,
    LooksUp,
    Watches,
    Pushes,
    Imports,
    Pulls,
    Drafts,
}

impl Work {
    const ALL: [Self; 8] = [
        Self::Creates,
        Self::Shows,
        Self::LooksUp,
        Self::Watches,
        Self::Pushes,
        Self::Imports,
        Self::Pulls,
        Self::Drafts,
    ];

    fn script(self) -> Script {
        let late = matches!(self, Self::Watches).then_some(Late { asks: 2, outcome: LateOutcome::Done });
        Script { create: Repeat::Once, late, ..Script::default() }
    }

    async fn begin(self, world: &World) {
        let (hub, alice, store) = (&world.hub, &world.alice, world.store.id);
        let refused = |part| world.platform.fail_at(part, Fault::Withdrawn);
        match self {
            Self::Creates | Self::Shows | Self::LooksUp | Self::Watches => {
                world.agreed(1).await;
                match self {
                    Self::Creates => refused("POST /stores/main/products"),
                    Self::Shows => refused("/show"),
                    Self::LooksUp => {
                        world.platform.fail_at("POST /stores/main/products", Fault::ResetAfter);
                        refused("GET /references");
                    }
                    _ => refused("GET"),
                }
            }
            Self::Pushes | Self::Imports | Self::Pulls | Self::Drafts => {
                let listing = world.published("Mug", 1).await;
                match self {
                    Self::Pushes => {
                        world.sell(3).await;
                        refused("POST /stock");
                    }
                    Self::Imports => {
                        hub.import(alice, store, Intake::Everything).await.unwrap();
                        refused("GET");
                    }
                    Self::Pulls => {
                        hub.pull_orders(alice, store).await.unwrap();
                        refused("GET");
                    }
                    _ => {
                        let retitled =
                            |product: &mut fusion_core::model::Product| product.wording.title = "Cup".into();
                        hub.change_product(alice, listing.product, retitled).await.unwrap();
                        hub.update(alice, [listing.product], [store]).await.unwrap();
                        refused("GET");
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_isnt_let_in_doesnt_sleep_through_the_sign_in() {
    for work in Work::ALL {
        for nth in 1.. {
            let world = World::new(work.script()).await;
            work.begin(&world).await;
            let is_refused = Arc::<AtomicBool>::default();
            let left = Arc::new(AtomicI32::new(nth));
            let watch = SignsIn {
                is_refused: is_refused.clone(),
                left: left.clone(),
                hub: world.hub.clone(),
                by: world.alice.clone(),
                connection: world.store.connection,
            };
            let through = Through { backend: world.memory.clone(), watch };
            let way = Heard { way: world.platform.transport(), is_refused: is_refused.clone() };
            let hub = world.another_hub(through, Arc::new(way)).await;
            let worker = Worker::of(&hub);
            // What is watched is looked at again each half a minute.
            for _ in 0..6 {
                worker.run_until_idle().await.unwrap();
                tokio::time::sleep(Duration::from_secs(31)).await;
            }
            assert!(is_refused.load(SeqCst), "{work:?}: nothing was refused");
            if left.load(SeqCst) > 0 {
                assert!(nth > 3, "{work:?}: nobody signed in behind the refusal");
                break;
            }
            let closed = world.memory.stats(world.alice.tenant()).await.unwrap().closed_gates;
            assert!(closed.is_empty(), "{work:?}: it sleeps, though somebody signed in before call {nth}");
            let status = world.hub.stores(&world.alice).await.unwrap()[0].status;
            assert_eq!(status, StoreStatus::Active, "{work:?}: before call {nth}");
        }
    }
}
