//! Webhook deliveries that were taken.

use super::{ConnectionId, Ref, StoreId, WebhookDeliveryId};
use crate::{canonical::Hash, clock::Timestamp};
use serde::{Deserialize, Serialize};

/// A verified webhook delivery, as it is remembered: a second one of the same connection, topic and body is a
/// duplicate.
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
    /// What changed, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Ref>,
    /// When it was taken.
    pub taken: Timestamp,
}
