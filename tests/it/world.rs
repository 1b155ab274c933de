//! A hub over memory with the scripted platform, in paused time.

use fusion_core::{
    approval::{Directory, Policy, StaticDirectory},
    hub::{BundleView, Hub, NewStore, TenantHandle},
    model::{NewProduct, NewVariant, ProductId, Store},
    plugin::{PlatformSetup, SignIn},
    storage::Backend,
    tenant::{Actor, PersonId},
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform, ScriptedPlugin};
use fusion_queue::{Memory, TokioClock, Worker};
use std::sync::Arc;

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) memory: Memory,
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
        let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
        let clock = fusion_core::storage::Storage::clock(&memory);
        let platform = ScriptedPlatform::with_script(clock, script);
        let hub = hub_over(memory.clone(), &platform, policy, people()).await;
        let acme = hub.tenant("acme").unwrap();
        let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
        let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
        Self { hub, memory, platform, acme, alice, bob, store }
    }

    pub(crate) fn worker(&self) -> Worker {
        Worker::of(&self.hub)
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
        bundle
    }

    pub(crate) async fn approve(&self, bundle: &BundleView) {
        let _ = self.hub.approve(&self.bob, bundle).await.unwrap().all().unwrap();
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

pub(crate) async fn hub_over(
    backend: impl Backend + 'static,
    platform: &ScriptedPlatform,
    policy: Policy,
    people: impl Directory + 'static,
) -> Hub {
    let setup = PlatformSetup::from(ScriptedPlugin::new(platform.clone()))
        .with_transport(platform.transport())
        .with_sign_in(SignIn::Token(platform.credentials().access));
    Hub::builder(backend).plugin(setup).policy(policy).directory(people).build().await.unwrap()
}
