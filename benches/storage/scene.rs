//! A hub with the scripted platform, and what it commits.

use crate::{Result, plain::Commit};
use async_trait::async_trait;
use fusion_core::{
    approval::{Phase, Policy, StaticDirectory},
    canonical::EphemeralKeys,
    clock::Clock,
    error::Result as Done,
    hub::{BundleView, Hub, NewStore},
    model::{NewProduct, NewVariant, Store},
    plugin::{PlatformSetup, SignIn},
    storage::{Backend, ChangeSet},
    tenant::{Actor, PersonId, Tenant},
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_plugin_sdk::testkit::{ScriptedPlatform, ScriptedPlugin};
use fusion_queue::{Memory, TokioClock, Worker};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::{
    mem::take,
    sync::{Arc, Mutex, PoisonError},
};

/// Products that are saved at once.
const AT_ONCE: usize = 16;

pub(crate) struct Scene {
    hub: Hub,
    platform: ScriptedPlatform,
    alice: Actor,
    bob: Actor,
    store: Store,
}

impl Scene {
    pub(crate) async fn over(backend: impl Backend + 'static) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::system());
        let platform = ScriptedPlatform::new(clock.clone());
        let plugin = PlatformSetup::from(ScriptedPlugin::new(platform.clone()))
            .with_transport(platform.transport())
            .with_sign_in(SignIn::Token(platform.credentials().access));
        let people =
            StaticDirectory::default().with(PersonId::new("alice")?, &[]).with_admin(PersonId::new("bob")?);
        let hub = Hub::builder(backend).plugin(plugin).directory(people).policy(Policy::two_people());
        let hub = hub.keys(Arc::new(EphemeralKeys::new(&*clock))).build().await?;
        let acme = hub.tenant("acme")?;
        let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
        let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await?;
        Ok(Self { hub, platform, alice, bob, store })
    }

    /// So many products, which somebody asks to have published, as a reviewer is shown them.
    pub(crate) async fn asked(&self, products: usize) -> Result<BundleView> {
        let saving = (0..products).map(async |nth| {
            let variant = NewVariant::new(format!("MUG-{nth}"), "12.50 EUR".parse()?, 40);
            let mug = NewProduct::new(format!("Enamel mug, 300 ml, number {nth}")).with_variant(variant);
            Ok::<_, crate::Fault>(self.hub.save_product(&self.alice, mug).await?.id)
        });
        let saved: Vec<_> = futures_util::stream::iter(saving).buffered(AT_ONCE).try_collect().await?;
        let bundle = self.hub.publish(&self.alice, saved, [self.store.id]).await?;
        let bundle = match bundle.is_ready() {
            true => bundle,
            false => self.hub.prepare(&self.alice, bundle.id).await?,
        };
        if bundle.ready() != products {
            return Err(format!("of {products} products {} can be published", bundle.ready()).into());
        }
        Ok(bundle)
    }

    /// Agrees to all of it.
    pub(crate) async fn agree(&self, shown: &BundleView) -> Result<()> {
        Ok(self.hub.approve(&self.bob, shown).await?.all()?)
    }

    /// A worker performs what is due.
    pub(crate) async fn perform(&self) -> Result<()> {
        Worker::of(&self.hub).run_until_idle().await?;
        Ok(())
    }

    /// # Errors
    /// A request isn't done, or was carried out more than once.
    pub(crate) async fn check(&self, shown: &BundleView) -> Result<()> {
        let now = self.hub.bundle(&self.bob, shown.id).await?;
        let done = now.items.iter().filter(|item| item.phase == Phase::Done).count();
        let (wanted, made) = (shown.items.len(), self.platform.count("create"));
        if (done, made) == (wanted, wanted) {
            return Ok(());
        }
        Err(format!("of {wanted} requests {done} are done, with {made} products at the platform").into())
    }
}

/// What passes a back-end in memory.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    changes: Vec<(Tenant, ChangeSet)>,
    /// The same, and what else a worker has written, as plain rows.
    commits: Vec<Commit>,
}

impl Seen {
    /// A scene in memory that is seen.
    pub(crate) async fn scene() -> Result<(Scene, Self)> {
        let seen = Self::default();
        let backend = Through { backend: Memory::new(), watch: seen.clone() };
        Ok((Scene::over(backend).await?, seen))
    }

    /// What was committed since this was asked last.
    pub(crate) fn changes(&self) -> Vec<(Tenant, ChangeSet)> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).changes
    }

    /// The same as rows.
    pub(crate) fn commits(&self) -> Vec<Commit> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).commits
    }
}

#[async_trait]
impl Watch for Seen {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Done<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let commit = match call.carries {
            Carries::Changes(tenant, changes) => {
                kept.changes.push((tenant.clone(), changes.clone()));
                Commit::of(&TokioClock::system(), tenant, changes).unwrap_or_default()
            }
            Carries::Settlements(ended) => Commit::of_jobs(
                ended
                    .iter()
                    .map(|one| (one.lease.job.as_uuid().as_bytes().to_vec(), format!("{:?}", one.end))),
            ),
            Carries::Jobs(jobs) => Commit::of_jobs(
                jobs.iter().map(|job| (job.id.as_uuid().as_bytes().to_vec(), format!("{job:?}"))),
            ),
            // A booking of a call.
            Carries::Other if call.name == "reserve" => {
                Commit::of_jobs([(b"budget".to_vec(), String::new())])
            }
            Carries::Other | Carries::Keys(_) => Commit::default(),
        };
        if !commit.is_empty() {
            kept.commits.push(commit);
        }
        Ok(())
    }

    async fn after(&self, (): (), answer: &Answer<'_>) -> Done<()> {
        if let Answer::Exchanged(exchange) = answer
            && !exchange.claimed.is_empty()
        {
            let claimed = exchange.claimed.iter().map(|one| one.lease.job.as_uuid().as_bytes().to_vec());
            let commit = Commit::of_jobs(claimed.map(|job| (job, String::new())));
            self.0.lock().unwrap_or_else(PoisonError::into_inner).commits.push(commit);
        }
        Ok(())
    }
}
