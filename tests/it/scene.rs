//! What the tests of the hub do over and over.

use crate::world::World;
use fusion_core::{
    approval::{Answer, Group, Phase, Policy, Request, Stage, Waiting},
    clock::Cancel,
    hub::{BundleView, RequestView, StockChange, Submission},
    model::{
        Edit, Listing, ListingEdit, MoveKind, ProductId, Ref, Removal, RequestId, StockItemId, StockLevel,
    },
    plugin::{Change, Command},
    storage::{Query, list_all, load},
    tenant::Actor,
};
use fusion_plugin_sdk::testkit::kinds;
use std::time::Duration;

pub(crate) const STAGE_1: Phase = Phase::Pending(Waiting::Stage(1));
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Nothing is critical enough for less than these people.
pub(crate) fn everything_needs(stages: Vec<Stage>) -> Policy {
    Policy { rules: Vec::new(), otherwise: Answer::People(stages) }
}

pub(crate) fn anyone(quorum: u32) -> Stage {
    Stage::new("review", Group::Anyone, quorum)
}

impl World {
    pub(crate) fn person(&self, name: &str) -> Actor {
        self.acme.person(name).unwrap()
    }

    /// Performs what is due and what retries, and waits for nothing in the background.
    pub(crate) async fn run(&self) {
        self.worker().run_until_idle().await.unwrap();
    }

    /// Lets a worker run for so long: polls and timers too.
    pub(crate) async fn live(&self, span: Duration) {
        let (worker, stop) = (self.worker(), Cancel::default());
        let stopped = stop.clone();
        let running = tokio::spawn(async move { worker.run(stopped).await });
        tokio::time::sleep(span).await;
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    pub(crate) async fn phase(&self, request: RequestId) -> Phase {
        self.view(request).await.phase
    }

    pub(crate) async fn view(&self, request: RequestId) -> RequestView {
        self.hub.request(&self.alice, request).await.unwrap()
    }

    pub(crate) async fn stored(&self, request: RequestId) -> Request {
        load::<Request>(&self.memory, self.acme.tenant(), request).await.unwrap().value
    }

    pub(crate) async fn bundle_of(&self, request: RequestId) -> BundleView {
        let bundle = self.stored(request).await.bundle;
        self.hub.bundle(&self.alice, bundle).await.unwrap()
    }

    pub(crate) async fn listings(&self, product: ProductId) -> Vec<Listing> {
        let query = Query::ListingsOf(product);
        let found = list_all::<Listing>(&self.memory, self.acme.tenant(), &query).await.unwrap();
        found.into_iter().map(|one| one.value).collect()
    }

    pub(crate) async fn listing(&self, product: ProductId) -> Listing {
        let mut found = self.listings(product).await;
        assert_eq!(found.len(), 1, "one listing in one store");
        found.remove(0)
    }

    /// Saves, publishes, approves and performs; the listing as the store has it.
    pub(crate) async fn published(&self, title: &str, variants: usize) -> Listing {
        let product = self.save(title, variants).await;
        let bundle = self.publish(&[product]).await;
        if bundle.items[0].phase == STAGE_1 {
            self.approve(&bundle).await;
        }
        self.run().await;
        let view = self.view(bundle.items[0].id).await;
        assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
        self.listing(product).await
    }

    pub(crate) async fn submit(&self, by: &Actor, command: Command) -> BundleView {
        let bundle = self.hub.submit(by, [Submission::from(command)]).await.unwrap();
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        bundle
    }

    pub(crate) fn retitle(&self, listing: &Listing, title: &str) -> Command {
        let edit = ListingEdit { title: Edit::Set(title.to_owned()), ..ListingEdit::default() };
        Command::on(self.store.id, Change::UpdateProduct { listing: listing.id, edit: Box::new(edit) })
    }

    pub(crate) fn delete(&self, listing: &Listing) -> Command {
        let removal = Removal::Delete;
        Command::on(self.store.id, Change::DeleteProduct { listing: listing.id, removal })
    }

    pub(crate) async fn item(&self, product: ProductId, variant: usize) -> StockItemId {
        self.hub.product(&self.alice, product).await.unwrap().variants[variant].consumes[0].item
    }

    pub(crate) async fn adjust(&self, item: StockItemId, delta: i64, cause: &str) -> StockLevel {
        let change =
            StockChange { item, location: None, kind: MoveKind::Adjust, delta, cause: cause.to_owned() };
        self.hub.move_stock(&self.alice, change).await.unwrap()
    }

    pub(crate) fn shown(&self, listing: &Listing, variant: usize) -> Option<i64> {
        self.platform.available(&variant_ref(listing, variant))
    }

    /// Actions of the whole audit, in order; it verifies.
    pub(crate) async fn actions(&self) -> Vec<&'static str> {
        let _ = self.hub.verify_audit(&self.alice, None).await.unwrap();
        let entries = self.hub.audit(&self.alice, 0, 100_000).await.unwrap();
        entries.iter().map(|entry| entry.entry.action.as_str()).collect()
    }
}

pub(crate) fn product_ref(listing: &Listing) -> Ref {
    Ref::new(kinds::PRODUCT, listing.refs.get(&kinds::PRODUCT).unwrap())
}

pub(crate) fn variant_ref(listing: &Listing, variant: usize) -> Ref {
    Ref::new(kinds::VARIANT, listing.variants[variant].refs.get(&kinds::VARIANT).unwrap())
}
