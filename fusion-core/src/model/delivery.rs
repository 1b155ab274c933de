//! Webhook deliveries that were taken.

use super::{ConnectionId, Ref, StoreId, WebhookDeliveryId};
use crate::{canonical::Hash, clock::Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A verified webhook delivery, as it is remembered for [`WebhookDelivery::KEPT`]: a second one of the same
/// connection, topic, event and body is a duplicate. Where the platform gives its events no names, there are no
/// duplicates: the same words may tell of another change.
///
/// The body isn't kept: it may hold personal data, and it's no more than a hint to pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDelivery {
    /// Which one.
    pub id: WebhookDeliveryId,
    /// On which authorisation it came.
    pub connection: ConnectionId,
    /// The store it is about, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// The platform's topic.
    pub topic: String,
    /// Hash of the raw body.
    pub body: Hash,
    /// Hash of what the platform calls the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Hash>,
    /// What changed, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Ref>,
    /// When it was taken.
    pub taken: Timestamp,
}

impl WebhookDelivery {
    /// How long one is remembered. Platforms send a delivery again for 28 hours at most (Etsy; Shopify for 4), and
    /// people replay some by hand some days later.
    pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
}
