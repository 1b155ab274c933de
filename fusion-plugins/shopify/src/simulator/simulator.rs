//! The handle that tests and examples hold.

use super::{
    builder::SimulatorBuilder, faults::Fault, gid, ledger::Effect, product::Product, staging,
    transport::Wire, window::Window, world::World,
};
use bytes::Bytes;
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a simulator and its transports share.
pub(super) struct Inner {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) world: Mutex<World>,
    pub(super) window: Option<Window>,
}

impl Inner {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn window(&self) -> Result<(), Duration> {
        self.window.as_ref().map_or(Ok(()), Window::pass)
    }
}

/// A Shopify that lives in memory and keeps a ledger of what was done to it; clones share one shop.
#[derive(Clone)]
pub struct Simulator(pub(super) Arc<Inner>);

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.0.world();
        f.debug_struct("Simulator")
            .field("shop", &world.shop.domain)
            .field("products", &world.shop.products().count())
            .field("effects", &world.ledger.len())
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// The domain of a shop that is given no other.
    pub const DOMAIN: &str = "fusion-demo.myshopify.com";

    /// The shop's domain.
    pub fn domain(&self) -> String {
        self.0.world().shop.domain.clone()
    }

    /// Starts a description of the shop to simulate.
    pub fn builder(clock: Arc<dyn Clock>) -> SimulatorBuilder {
        SimulatorBuilder::new(clock)
    }

    /// Starts a description of the shop that is kept in a folder: what stands there is taken up again.
    pub fn at(clock: Arc<dyn Clock>, folder: impl Into<PathBuf>) -> SimulatorBuilder {
        Self::builder(clock).state_folder(folder)
    }

    /// The platform's end of the wire, to be given to a client in place of the network.
    pub fn transport(&self) -> Arc<dyn HttpTransport> {
        Arc::new(Wire(self.0.clone()))
    }

    /// Adds a fault behind those that are still to strike.
    pub fn inject(&self, fault: impl Into<Fault>) {
        self.0.world().faults.push(fault.into());
    }

    /// Puts these faults in place of those that are still to strike.
    pub fn faults(&self, faults: Vec<Fault>) {
        self.0.world().faults = faults;
    }

    /// How many requests a fault has struck so far.
    pub fn struck(&self) -> u64 {
        self.0.world().struck
    }

    /// Every effect so far, in order.
    pub fn ledger(&self) -> Vec<Effect> {
        let mut world = self.0.world();
        self.settled(&mut world);
        world.ledger.clone()
    }

    /// How often each root field was asked for, refused and faulty requests included.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.0.world().calls.clone()
    }

    /// A product as the shop keeps it; the form is the simulator's own, not the API's.
    pub fn product(&self, gid: &str) -> Option<Value> {
        let mut world = self.0.world();
        self.settled(&mut world);
        let product = world.shop.product(gid::number("Product", gid)?)?;
        serde_json::to_value(product).ok()
    }

    /// All products as the shop keeps them, by id.
    pub fn products(&self) -> Vec<Value> {
        let mut world = self.0.world();
        self.settled(&mut world);
        world.shop.products().filter_map(|product| serde_json::to_value(product).ok()).collect()
    }

    /// What is available of an inventory item at a location; `None` where it isn't stocked.
    pub fn quantity(&self, inventory_item: &str, location: &str) -> Option<i64> {
        let mut world = self.0.world();
        self.settled(&mut world);
        let (_, variant) = world.shop.item(gid::number("InventoryItem", inventory_item)?)?;
        let level = variant.item.levels.get(&gid::number("Location", location)?)?;
        Some(level.available)
    }

    /// The bytes that were carried to a place of the platform's, by the address that a write names them with.
    pub fn uploaded(&self, address: &str) -> Option<Bytes> {
        self.0.world().shop.staged.get(staging::key(address)?)?.clone()
    }

    /// Ids of the pictures that are among the shop's files and on no product.
    pub fn files(&self) -> Vec<String> {
        self.0.world().shop.files.keys().map(|id| gid::of("MediaImage", *id)).collect()
    }

    /// Ids and names of the locations.
    pub fn locations(&self) -> Vec<(String, String)> {
        let world = self.0.world();
        world.shop.locations.iter().map(|(id, it)| (gid::of("Location", *id), it.name.clone())).collect()
    }

    /// Ids and names of the publications.
    pub fn publications(&self) -> Vec<(String, String)> {
        let world = self.0.world();
        world
            .shop
            .publications
            .iter()
            .map(|(id, it)| (gid::of("Publication", *id), it.name.clone()))
            .collect()
    }

    /// Changes a product as somebody in the shop's admin would; the ledger doesn't see it.
    ///
    /// `edit` gets what [`product`](Self::product) answers.
    ///
    /// # Errors
    /// `NotFound` when there is no such product, `InvalidInput` when what `edit` leaves isn't one.
    pub fn edit_product(&self, gid: &str, edit: impl FnOnce(&mut Value)) -> Result<()> {
        let mut world = self.0.world();
        let id = gid::number("Product", gid).filter(|id| world.shop.product(*id).is_some());
        let known = id.and_then(|id| world.shop.product(id)).map(serde_json::to_value);
        let (Some(id), Some(Ok(mut value))) = (id, known) else { return Err(not_found()) };
        edit(&mut value);
        let mut product: Product = serde_json::from_value(value).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "what was left isn't a product").with_source(source)
        })?;
        product.id = id;
        product.updated_at = self.0.clock.now();
        world.shop.put(product);
        world.write_down()
    }

    /// Deletes a product as somebody in the shop's admin would; the ledger doesn't see it.
    ///
    /// # Errors
    /// `NotFound` when there is no such product.
    pub fn delete_product(&self, gid: &str) -> Result<()> {
        let mut world = self.0.world();
        let id = gid::number("Product", gid).ok_or_else(not_found)?;
        world.shop.remove(id).ok_or_else(not_found)?;
        world.write_down()
    }

    /// Sets what is available as somebody in the shop's admin would; the ledger doesn't see it.
    ///
    /// # Errors
    /// `NotFound` when the item isn't stocked there.
    pub fn set_quantity(&self, inventory_item: &str, location: &str, available: i64) -> Result<()> {
        let mut world = self.0.world();
        let item = gid::number("InventoryItem", inventory_item).ok_or_else(not_found)?;
        let location = gid::number("Location", location).ok_or_else(not_found)?;
        let mut product = world.shop.item(item).map(|(product, _)| product.clone()).ok_or_else(not_found)?;
        let variant = product.variants.iter_mut().find(|variant| variant.item.id == item);
        let level =
            variant.and_then(|variant| variant.item.levels.get_mut(&location)).ok_or_else(not_found)?;
        level.available = available;
        level.updated_at = self.0.clock.now();
        world.shop.put(product);
        world.write_down()
    }

    /// Makes every token useless, as an uninstall or a rotation does; new grants are possible.
    pub fn expire_tokens(&self) {
        self.0.world().tokens.revoke_all();
    }

    /// Lets another static token in, as a merchant does who pastes a new one.
    pub fn accept_token(&self, token: impl Into<String>) {
        self.0.world().tokens.fixed.push(token.into());
    }

    /// Takes a scope from the app.
    pub fn revoke_scope(&self, scope: &str) {
        self.0.world().tokens.scopes.retain(|known| known != scope);
    }

    /// Gives the app a scope.
    pub fn grant_scope(&self, scope: impl Into<String>) {
        self.0.world().tokens.scopes.push(scope.into());
    }

    /// Empties the cost bucket, as another worker of the same app would.
    pub fn drain_bucket(&self) {
        let now = self.0.clock.elapsed();
        self.0.world().bucket.drain(now);
    }

    pub(super) fn settled(&self, world: &mut World) {
        // What can't be written now is written with the next request, which fails if it can't either.
        let _later = world.settle(self.0.clock.as_ref());
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "the simulated shop has nothing with this id")
}
