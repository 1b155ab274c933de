//! Notifications: the envelope in both spellings, and the ids inside.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Notification {
    #[serde(rename = "NotificationType", alias = "notificationType")]
    pub(crate) kind: String,
    #[serde(rename = "Payload", alias = "payload")]
    pub(crate) payload: Value,
}

/// EventBridge wraps the same object.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Wrapped {
    pub(crate) detail: Notification,
}
