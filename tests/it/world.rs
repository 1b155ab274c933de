//! A hub over memory with the scripted platform, in paused time.

use fusion_core::{
    approval::{Policy, StaticDirectory},
    canonical::EphemeralKeys,
    clock::Clock,
    http::HttpTransport,
    hub::{BundleView, Hub, HubBuilder, NewStore, TenantHandle},
    model::{NewProduct, NewVariant, ProductId, Store},
    plugin::{PlatformSetup, SignIn},
    storage::Backend,
    tenant::{Actor, PersonId},
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform, ScriptedPlugin};
use fusion_queue::{Memory, TokioClock, Worker};
use std::sync::Arc;

/// What the platform signs its notifications with, now and before.
pub(crate) const WEBHOOK_SECRET: &str = "webhook-secret-now";
pub(crate) const OLD_WEBHOOK_SECRET: &str = "webhook-secret-before";

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) memory: Memory,
    pub(crate) keys: Arc<EphemeralKeys>,
    pub(crate) platform: ScriptedPlatform,
    pub(crate) acme: TenantHandle,
    pub(crate) alice: Actor,
    pub(crate) bob: Actor,
    pub(crate) store: Store,
}

impl World {
    pub(crate) async fn new(script: Script) -> Self {
        Self::with(script, Policy::two_people()).await
    }

    pub(crate) async fn with(script: Script, policy: Policy) -> Self {
        Self::keyed(script, policy, EphemeralKeys::new).await
    }

    pub(crate) async fn keyed(
        script: Script,
        policy: Policy,
        keys: impl FnOnce(&dyn Clock) -> EphemeralKeys,
    ) -> Self {
        let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
        let clock = fusion_core::storage::Storage::clock(&memory);
        let platform = ScriptedPlatform::with_script(clock, script);
        let keys = Arc::new(keys(&*fusion_core::storage::Storage::clock(&memory)));
        let hub = builder(memory.clone(), &platform, platform.transport())
            .policy(policy)
            .keys(keys.clone())
            .build()
            .await
            .unwrap();
        let acme = hub.tenant("acme").unwrap();
        let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
        let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
        Self { hub, memory, keys, platform, acme, alice, bob, store }
    }

    pub(crate) fn worker(&self) -> Worker {
        Worker::of(&self.hub)
    }

    /// Another process: a hub of its own over the same keys, by way of `backend` and `way`.
    pub(crate) async fn another_hub(
        &self,
        backend: impl Backend + 'static,
        way: Arc<dyn HttpTransport>,
    ) -> Hub {
        builder(backend, &self.platform, way).keys(self.keys.clone()).build().await.unwrap()
    }

    pub(crate) async fn save(&self, title: &str, variants: usize) -> ProductId {
        let mut product = NewProduct::new(title);
        for nth in 0..variants {
            let price = format!("{}.50 EUR", 10 + nth).parse().unwrap();
            let sku = format!("{title}-{nth}");
            product =
                product.with_variant(NewVariant::new(sku, price, 40).option("Size", format!("size {nth}")));
        }
        self.hub.save_product(&self.alice, product).await.unwrap().id
    }

    pub(crate) async fn publish(&self, products: &[ProductId]) -> BundleView {
        let bundle = self.hub.publish(&self.alice, products.iter().copied(), [self.store.id]).await.unwrap();
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        self.prepared(bundle).await
    }

    /// The bundle with its drafts put before people.
    pub(crate) async fn prepared(&self, bundle: BundleView) -> BundleView {
        if bundle.is_ready() { bundle } else { self.hub.prepare(&self.alice, bundle.id).await.unwrap() }
    }

    pub(crate) async fn approve(&self, bundle: &BundleView) {
        self.hub.approve(&self.bob, bundle).await.unwrap().all().unwrap();
    }
}

pub(crate) fn people() -> StaticDirectory {
    let person = |id: &str| PersonId::new(id).unwrap();
    StaticDirectory::default()
        .with(person("alice"), &[])
        .with(person("bob"), &[])
        .with(person("carol"), &[])
        .with_admin(person("dora"))
}

pub(crate) fn builder(
    backend: impl Backend + 'static,
    platform: &ScriptedPlatform,
    way: Arc<dyn HttpTransport>,
) -> HubBuilder {
    Hub::builder(backend).plugin(setup(platform, way)).directory(people())
}

pub(crate) fn setup(platform: &ScriptedPlatform, way: Arc<dyn HttpTransport>) -> PlatformSetup {
    PlatformSetup::from(ScriptedPlugin::new(platform.clone()))
        .with_transport(way)
        .with_webhook_secret(WEBHOOK_SECRET)
        .with_webhook_secret(OLD_WEBHOOK_SECRET)
        .with_sign_in(SignIn::Token(platform.credentials().access))
}
