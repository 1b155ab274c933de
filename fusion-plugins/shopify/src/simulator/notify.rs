//! Notifications as the platform sends them: signed, late, twice, and given up after too many failures.

use super::{
    Simulator,
    desk::{Parcel, topic_text},
    gid,
    slot::time,
    world::World,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    http::{HttpTransport, Limits},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;

/// Tries of one notification after the first, and failures in a row that cost a topic its subscription.
const TRIES: u32 = 8;

/// The pause before the next try; it doubles, so that eight of them take about four hours.
const FIRST_PAUSE: Duration = Duration::from_secs(57);

/// How long the platform waits for an answer.
const LIMITS: Limits = Limits { max_response: 64 * 1024, timeout: Duration::from_secs(5) };

/// A delivery as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Where it goes.
    pub address: String,
    /// `orders/create`.
    pub topic: String,
    /// Name and value of each header.
    pub headers: Vec<(String, String)>,
    /// The body that is signed, byte for byte.
    pub body: Bytes,
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    mac.map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes())).unwrap_or_default()
}

fn written(world: &World, id: u64, address: String, parcel: &Parcel) -> Notification {
    let topic = topic_text(&parcel.topic);
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        header("Content-Type", "application/json".to_owned()),
        header("X-Shopify-Topic", topic.clone()),
        header("X-Shopify-Hmac-Sha256", signature(world.tokens.signing_secret(), parcel.body.as_bytes())),
        header("X-Shopify-Shop-Domain", world.shop.domain.clone()),
        header("X-Shopify-API-Version", "2026-10".to_owned()),
        header("X-Shopify-Webhook-Id", format!("00000000-0000-4000-9000-{id:012}")),
        header("X-Shopify-Event-Id", format!("00000000-0000-4000-a000-{:012}", parcel.event)),
        header("X-Shopify-Triggered-At", time(parcel.triggered_at)),
    ];
    Notification { address, topic, headers, body: Bytes::from(parcel.body.clone()) }
}

impl Simulator {
    /// Hands every notification that is due to `take`, oldest first, and answers how many were taken. What isn't
    /// answered with success comes again, with growing pauses; after eight failures in a row the platform drops
    /// the subscription.
    pub fn deliver(&self, mut take: impl FnMut(&Notification) -> u16) -> usize {
        let mut taken = 0;
        for (id, notification) in self.due() {
            // The callback may use the shop.
            let status = take(&notification);
            taken += usize::from(self.delivered(id, (200..300).contains(&status)));
        }
        taken
    }

    /// Posts every notification that is due to its address, as [`deliver`](Self::deliver) does.
    ///
    /// # Errors
    /// `InvalidConfig` when an address isn't one.
    pub async fn deliver_over(&self, transport: &dyn HttpTransport) -> Result<usize> {
        let mut taken = 0;
        for (id, notification) in self.due() {
            let mut request = http::Request::post(&notification.address);
            for (name, value) in &notification.headers {
                request = request.header(name, value);
            }
            let request = request.body(notification.body.clone()).map_err(|source| {
                Error::new(ErrorKind::InvalidConfig, "the subscription's address isn't one")
                    .with_source(source)
            })?;
            let answer = transport.send(request, LIMITS).await;
            let is_taken = answer.is_ok_and(|answer| answer.status().is_success());
            taken += usize::from(self.delivered(id, is_taken));
        }
        Ok(taken)
    }

    /// A signed delivery of any topic and body, for those that the simulator never sends by itself.
    pub fn notification(&self, topic: &str, body: &Value) -> Notification {
        let world = self.0.world();
        let now = self.0.clock.now();
        let parcel = Parcel {
            subscription: 0,
            event: 0,
            topic: String::new(),
            body: body.to_string(),
            triggered_at: now,
            due: now,
            tries: 0,
        };
        let mut notification = written(&world, 0, String::new(), &parcel);
        topic.clone_into(&mut notification.topic);
        for (name, value) in &mut notification.headers {
            if name == "X-Shopify-Topic" {
                topic.clone_into(value);
            }
        }
        notification
    }

    /// Topic and address of every subscription.
    pub fn subscriptions(&self) -> Vec<(String, String)> {
        let world = self.0.world();
        world.shop.desk.subscriptions.values().map(|one| (topic_text(&one.topic), one.uri.clone())).collect()
    }

    /// How many notifications are on their way.
    pub fn notifications(&self) -> usize {
        self.0.world().shop.desk.parcels.len()
    }

    /// Puts everything that is on its way a second time on its way, as the platform does now and then.
    ///
    /// # Errors
    /// When the state folder can't be written.
    pub fn repeat_notifications(&self) -> Result<()> {
        let mut world = self.0.world();
        let all: Vec<Parcel> = world.shop.desk.parcels.values().cloned().collect();
        for parcel in all {
            let id = world.shop.new_id();
            world.shop.desk.parcels.insert(id, parcel);
        }
        world.shop.touched.desk = true;
        world.write_down()
    }

    /// Signs with another secret from now on, as after a rotation.
    pub fn rotate_secret(&self, secret: impl Into<String>) {
        self.0.world().tokens.secret = Some(secret.into());
    }

    fn due(&self) -> Vec<(u64, Notification)> {
        let mut world = self.0.world();
        self.settled(&mut world);
        let now = self.0.clock.now();
        let desk = &world.shop.desk;
        let due = desk.parcels.iter().filter(|(_, parcel)| parcel.due <= now);
        let due = due.filter_map(|(id, parcel)| {
            let address = desk.subscriptions.get(&parcel.subscription)?.uri.clone();
            Some((*id, written(&world, *id, address, parcel)))
        });
        due.collect()
    }

    /// Notes whether a delivery was taken.
    fn delivered(&self, id: u64, is_taken: bool) -> bool {
        let mut world = self.0.world();
        let now = self.0.clock.now();
        settle(&mut world, id, is_taken, now);
        // What can't be written now is written with the next request, which fails if it can't either.
        let _later = world.write_down();
        is_taken
    }
}

fn settle(world: &mut World, id: u64, is_taken: bool, now: Timestamp) {
    let desk = &mut world.shop.desk;
    let Some(mut parcel) = desk.parcels.remove(&id) else { return };
    world.shop.touched.desk = true;
    let Some(subscription) = desk.subscriptions.get_mut(&parcel.subscription) else { return };
    if is_taken {
        subscription.failures = 0;
        return;
    }
    subscription.failures += 1;
    if subscription.failures >= TRIES {
        let topic = subscription.topic.clone();
        desk.subscriptions.remove(&parcel.subscription);
        let gone = gid::of("WebhookSubscription", parcel.subscription);
        tracing::warn!(topic, subscription = gone, "the simulated platform drops a subscription");
        return;
    }
    if parcel.tries < TRIES {
        parcel.due = now + FIRST_PAUSE * 2_u32.pow(parcel.tries);
        parcel.tries += 1;
        desk.parcels.insert(id, parcel);
    }
}
