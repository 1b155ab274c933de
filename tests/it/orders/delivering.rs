//! Webhooks: hints that wake a pull.

use crate::world::World;
use fusion_core::{
    error::ErrorKind,
    hub::Delivered,
    job::{JobFilter, JobKind, JobStatus, QueueControl},
    model::{ConnectionId, Ref},
    plugin::Delivery,
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};
use std::time::Duration;

const SECRET: &str = "webhook-secret";

impl World {
    /// Hands the hub a notification as it would arrive.
    pub(crate) async fn notify(&self, about: Option<&Ref>, secret: &str) -> Delivered {
        self.told("orders", about, secret).await
    }

    /// As [`Self::notify`], of any topic.
    pub(super) async fn told(&self, topic: &str, about: Option<&Ref>, secret: &str) -> Delivered {
        let (headers, body) = self.platform.delivery(topic, about, secret);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let delivery = Delivery { headers: &headers, body: &body };
        self.hub.deliver(self.acme.tenant(), self.store.connection, delivery).await.unwrap()
    }

    /// A worker reads one order that is known already.
    pub(crate) async fn pull_alone(&self, order: &Ref) {
        self.tick().await;
        assert_ne!(self.notify(Some(order), crate::world::WEBHOOK_SECRET).await, Delivered::Refused);
        self.run().await;
    }

    async fn waiting_pulls(&self) -> usize {
        let jobs = self.memory.list(self.acme.tenant(), &JobFilter::default(), None, 1_000).await.unwrap();
        let is_pull = |row: &&fusion_core::job::JobRow| {
            row.state.job.kind == JobKind::PULL_ORDERS && row.state.status == JobStatus::Pending
        };
        jobs.iter().filter(is_pull).count()
    }
}

#[tokio::test(start_paused = true)]
async fn a_delivery_wakes_one_pull_and_a_second_one_is_a_duplicate() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 1);
    let calls = world.platform.calls().len();
    assert_eq!(world.notify(Some(&order), crate::world::WEBHOOK_SECRET).await, Delivered::Taken);
    assert_eq!(world.notify(Some(&order), crate::world::WEBHOOK_SECRET).await, Delivered::Duplicate);
    assert_eq!(world.waiting_pulls().await, 1);
    assert_eq!(world.platform.calls().len(), calls, "no platform is called while one waits for the answer");
    world.run().await;
    assert_eq!(world.stock(item).await, (40, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_told_twice_in_the_same_words_is_looked_at_twice() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 2);
    world.pull_alone(&order).await;
    assert_eq!(world.stock(item).await, (40, 2));
    world.change(&order, OrderChange::Cancel).await;
    world.pull_alone(&order).await;
    assert_eq!(world.stock(item).await, (40, 0), "the same body told of another change");
}

#[tokio::test(start_paused = true)]
async fn a_delivery_under_a_wrong_secret_is_refused_and_leaves_nothing() {
    let world = World::new(Script::default()).await;
    assert_eq!(world.notify(None, SECRET).await, Delivered::Refused);
    assert_eq!(world.waiting_pulls().await, 0);
    let delivery = Delivery { headers: &[], body: b"{}" };
    let unknown = ConnectionId::new(&**world.hub.clock());
    let error = world.hub.deliver(world.acme.tenant(), unknown, delivery).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_being_replaced_still_fits() {
    let world = World::new(Script::default()).await;
    for secret in [crate::world::WEBHOOK_SECRET, crate::world::OLD_WEBHOOK_SECRET] {
        let about = Ref::new(fusion_plugin_sdk::testkit::kinds::ORDER, secret);
        assert_eq!(world.notify(Some(&about), secret).await, Delivered::Taken);
    }
}

#[tokio::test(start_paused = true)]
async fn notifications_are_looked_after_and_what_was_missed_is_pulled() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.hub.subscribe(&world.alice, world.store.id, "https://me.test/hook").await.unwrap();
    world.live(Duration::from_secs(60)).await;
    let wanted = world.platform.subscriptions();
    assert_eq!(wanted.len(), 2);
    // Dropped by the platform after too many failures, and an order came that nobody was told of.
    world.platform.drop_subscriptions();
    world.order(&mug, 1);
    world.live(Duration::from_secs(25 * 3_600)).await;
    assert_eq!((world.platform.subscriptions(), world.orders().await.len()), (wanted, 1));
    let error = world.hub.subscribe(&world.alice, world.store.id, "http://me.test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
