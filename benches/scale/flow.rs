//! From a product file to a simulated shop, part by part.

use fusion_core::{
    approval::{Phase, Policy},
    canonical::EphemeralKeys,
    error::{Error, ErrorKind, Result},
    hub::{Hub, NewStore},
    model::{BundleId, ProductId, Store},
    storage::Backend,
    tenant::Actor,
};
use fusion_plugins::shopify::{
    Shopify,
    catalogue::{Entry, Options, Publish, Reader},
    simulator::Simulator,
};
use fusion_queue::Worker;
use std::{io::Cursor, sync::Arc};

/// A hub over `backend` with one simulated shop.
pub(crate) struct Flow {
    hub: Hub,
    alice: Actor,
    bob: Actor,
    store: Store,
}

impl Flow {
    pub(crate) async fn open(backend: impl Backend + 'static, shop: &Simulator) -> Result<Self> {
        let keys = Arc::new(EphemeralKeys::new(&*backend.clock()));
        let hub = Hub::builder(backend)
            .plugin(Shopify::simulated_by(shop))
            .policy(Policy::two_people())
            .keys(keys)
            .build()
            .await?;
        let acme = hub.tenant("acme")?;
        let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
        let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?;
        Ok(Self { hub, alice, bob, store })
    }

    /// Reads the file and saves its products.
    ///
    /// # Errors
    /// A product is refused, or isn't to be published.
    pub(crate) async fn read(&self, file: &str) -> Result<Vec<ProductId>> {
        let options = Options::new(self.store.facts.currency);
        let mut saved = Vec::new();
        for entry in Reader::from_seekable(Cursor::new(file), options)? {
            match entry {
                Entry::Product(read) if read.publish == Publish::Yes => {
                    saved.push(self.hub.save_product(&self.alice, read.product).await?.id);
                }
                other => return Err(Error::new(ErrorKind::Internal, format!("not a product: {other:?}"))),
            }
        }
        Ok(saved)
    }

    /// One person asks for the products to be published, as one bundle.
    pub(crate) async fn ask(&self, products: &[ProductId]) -> Result<BundleId> {
        let bundle = self.hub.publish(&self.alice, products.iter().copied(), [self.store.id]).await?;
        match bundle.skipped.first() {
            None => Ok(bundle.id),
            Some(skipped) => Err(Error::new(ErrorKind::Internal, format!("skipped: {skipped:?}"))),
        }
    }

    /// Another person looks at all of it, and agrees.
    pub(crate) async fn agree(&self, bundle: BundleId) -> Result<()> {
        let shown = self.hub.bundle(&self.bob, bundle).await?;
        self.hub.approve(&self.bob, &shown).await?.all()
    }

    /// A worker performs everything that is due, stock pushes included.
    pub(crate) async fn perform(&self) -> Result<()> {
        Worker::of(&self.hub).run_until_idle().await?;
        Ok(())
    }

    /// How many requests of the bundle are done.
    pub(crate) async fn done(&self, bundle: BundleId) -> Result<usize> {
        let now = self.hub.bundle(&self.bob, bundle).await?;
        Ok(now.items.iter().filter(|item| item.phase == Phase::Done).count())
    }
}
