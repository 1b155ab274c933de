//! Webhooks: hints that wake a pull.

use crate::{
    kill::trap::Side,
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    error::ErrorKind,
    hub::Delivered,
    job::{JobFilter, JobKind, JobStatus, QueueControl},
    model::{ConnectionId, Ref, WebhookDelivery},
    plugin::Delivery,
    storage::{Query, list_all},
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
    pub(super) async fn told(
        &self,
        topic: &str,
        about: impl IntoIterator<Item = &Ref>,
        secret: &str,
    ) -> Delivered {
        self.told_as(None, topic, about, secret).await
    }

    /// As [`Self::told`], of an event that has a name.
    pub(super) async fn told_as(
        &self,
        event: Option<&str>,
        topic: &str,
        about: impl IntoIterator<Item = &Ref>,
        secret: &str,
    ) -> Delivered {
        let (headers, body) = self.platform.delivery(topic, about, secret);
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = headers.chain(event.map(|event| ("scripted-event", event))).collect();
        let delivery = Delivery { headers: &headers, body: &body };
        self.hub.deliver(self.acme.tenant(), self.store.connection, delivery).await.unwrap()
    }

    /// A worker reads one order that is known already.
    pub(crate) async fn pull_alone(&self, order: &Ref) {
        self.tick().await;
        assert_ne!(self.notify(Some(order), WEBHOOK_SECRET).await, Delivered::Refused);
        self.run().await;
    }

    async fn remembered(&self) -> Vec<WebhookDelivery> {
        let query = Query::DeliveriesOf(self.store.connection);
        let all = list_all(&self.memory, self.acme.tenant(), &query).await.unwrap();
        all.into_iter().map(|one| one.value).collect()
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
    let told = async |event, about| world.told_as(event, "orders", Some(about), WEBHOOK_SECRET).await;
    assert_eq!(told(Some("1"), &order).await, Delivered::Taken);
    assert_eq!(told(Some("1"), &order).await, Delivered::Duplicate);
    assert_eq!(told(Some("2"), &order).await, Delivered::Taken, "another event in the same words");
    let other = world.order(&mug, 1);
    assert_eq!(
        told(Some("1"), &other).await,
        Delivered::Taken,
        "a name that isn't signed hides no other body"
    );
    assert_eq!(told(None, &order).await, Delivered::Taken);
    assert_eq!(
        told(None, &order).await,
        Delivered::Taken,
        "without a name nobody knows whether it is the same"
    );
    assert_eq!((world.waiting_pulls().await, world.remembered().await.len()), (1, 5));
    assert_eq!(world.platform.calls().len(), calls, "no platform is called while one waits for the answer");
    world.run().await;
    assert_eq!(world.stock(item).await, (40, 2));
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
    for secret in [WEBHOOK_SECRET, crate::world::OLD_WEBHOOK_SECRET] {
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

#[tokio::test(start_paused = true)]
async fn a_delivery_wakes_what_it_is_about_and_nothing_else() {
    for (topic, pulls) in [("products/changed", 0), ("stock/changed", 0), ("store/closed", 0), ("news", 1)] {
        let world = World::new(Script::default()).await;
        assert_eq!(world.told(topic, None, WEBHOOK_SECRET).await, Delivered::Taken);
        assert_eq!((world.waiting_pulls().await, world.remembered().await.len()), (pulls, 1), "{topic}");
    }
}

/// More deliveries than two steps forget, and one that came a day later.
async fn remembering() -> World {
    let world = World::new(Script::default()).await;
    for _ in 0..205 {
        assert_eq!(world.told("products/changed", None, WEBHOOK_SECRET).await, Delivered::Taken);
    }
    tokio::time::advance(Duration::from_secs(24 * 3_600)).await;
    assert_eq!(world.told("products/changed", None, WEBHOOK_SECRET).await, Delivered::Taken);
    tokio::time::advance(WebhookDelivery::KEPT - Duration::from_secs(24 * 3_600 + 1)).await;
    world.run().await;
    assert_eq!(world.remembered().await.len(), 206, "none before its time");
    tokio::time::advance(Duration::from_secs(2)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn deliveries_are_forgotten_when_their_time_is_over_step_by_step() {
    let mut between = false;
    for at in 1.. {
        let world = remembering().await;
        let Some(what) = world.kill(at, Side::After).await else { break };
        between |= world.remembered().await.len() == 106;
        // Nobody waits for it, so that its lease has to end first.
        tokio::time::advance(Duration::from_secs(120)).await;
        world.work(&world.other_worker().await).await;
        assert_eq!(world.remembered().await.len(), 1, "{what}");
        tokio::time::advance(Duration::from_secs(24 * 3_600)).await;
        world.run().await;
        assert_eq!(world.remembered().await, [], "{what}");
    }
    assert!(between, "a hundred at a time");
}

#[tokio::test(start_paused = true)]
async fn the_audit_shows_where_notifications_go_and_no_code() {
    let world = World::new(Script::default()).await;
    for (address, shown) in [
        ("https://me.test/hook?code=sesame&hmac=1f", "https://me.test/hook"),
        ("https://ada:sesame@me.test/hook#sesame", "https://me.test/hook"),
        ("https://me.test?code=sesame@x/y", "https://me.test"),
    ] {
        world.hub.subscribe(&world.alice, world.store.id, address).await.unwrap();
        let entries = world.hub.audit(&world.alice, 0, 1_000).await.unwrap();
        let last = entries.iter().rfind(|entry| entry.entry.action.as_str() == "notices_wanted").unwrap();
        assert_eq!(last.entry.details()["address"], shown);
    }
}
