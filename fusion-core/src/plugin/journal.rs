//! The journal of writing calls as a plugin's client sees it.

use crate::{
    canonical::{Hash, Hasher},
    error::{Failure, Fate, Result},
    model::{Repeat, StepId, StepKey},
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Uri;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A request as it is kept: everything but the credentials, which are added when it leaves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireRequest {
    /// `POST`.
    pub method: String,
    /// The whole address.
    pub uri: String,
    /// Name and value of each header; no credentials.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub body: Bytes,
}

impl WireRequest {
    /// SHA-256 over everything that is sent.
    pub fn fingerprint(&self) -> Hash {
        let mut hasher = Hasher::new("fusion.wire.v1").part(&self.method).part(&self.uri);
        for (name, value) in &self.headers {
            hasher = hasher.part(name).part(value);
        }
        hasher.part(&self.body).finish()
    }
}

/// Shows method, host and length: paths, headers and bodies carry secrets and personal data.
impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WireRequest");
        shown.field("method", &self.method).field("host", &host(&self.uri));
        shown.field("body_length", &self.body.len()).finish_non_exhaustive()
    }
}

/// An answer as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireResponse {
    /// The HTTP status.
    pub status: u16,
    /// Name and value of each header that the profile keeps.
    pub headers: Vec<(String, String)>,
    /// What came back.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub body: Bytes,
}

impl WireResponse {
    /// The first header of this name, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Shows status and length: headers and bodies carry secrets and personal data.
impl fmt::Debug for WireResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WireResponse");
        shown.field("status", &self.status).field("body_length", &self.body.len()).finish_non_exhaustive()
    }
}

fn host(uri: &str) -> String {
    let parsed = uri.parse::<Uri>().ok();
    parsed.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    STANDARD.decode(text.as_bytes()).map(Bytes::from).map_err(de::Error::custom)
}

/// What the journal knows about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It was answered: go on from this answer and call nobody.
    Recorded(WireResponse),
    /// It failed for good in an earlier run: fail the same way.
    Failed(Failure),
    /// It has to be sent.
    New {
        /// The idempotency key to send.
        key: StepKey,
        /// Counts up after a retryable refusal.
        n: u32,
    },
    /// It was sent and nobody knows what became of it. If its kind allows, send exactly `request` again.
    Unanswered {
        /// The idempotency key that was sent.
        key: StepKey,
        /// The count it was sent under.
        n: u32,
        /// What was sent.
        request: WireRequest,
    },
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What became of it. `Applied` and `Partial` are recorded, `NotSent` opens it again, `Unknown` leaves it
    /// unanswered, `Rejected` is final unless `failure` may be retried.
    pub fate: Fate,
    /// The platform's answer, if one came.
    pub answer: Option<WireResponse>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// Remembers the writing calls of one job, so that a killed one goes on where it stopped.
///
/// Names are unique within the work: `create`, `variants:250`. The client calls
/// `open` → (budget) → `begin` → transport → `end`, and calls nobody when `open` says it is recorded.
#[async_trait]
pub trait Journal: Send + Sync {
    /// What is known about the step `name`. `content` is the fingerprint of what would be sent, without a key.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable): storage was not reached.
    async fn open(&self, name: &str, content: Hash) -> Result<Opened>;

    /// Stores that the step is about to be sent. On an error nothing may be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Fenced`](crate::error::ErrorKind::Fenced): another worker owns the job.
    /// [`ErrorKind::Refused`](crate::error::ErrorKind::Refused): the grant may not be claimed (any more).
    async fn begin(
        &self,
        name: &str,
        n: u32,
        key: &StepKey,
        repeat: Repeat,
        request: &WireRequest,
    ) -> Result<StepId>;

    /// Stores what became of it, in every phase and under every token.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable): storage was not reached; the step stays
    /// unanswered.
    async fn end(&self, step: StepId, ending: Ending) -> Result<()>;
}

/// Remembers nothing, for calls without a hub; the key covers name and content.
#[derive(Clone, Copy, Debug)]
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn open(&self, name: &str, content: Hash) -> Result<Opened> {
        let key = Hasher::new("fusion.step.v1").part(name).part(content).finish();
        Ok(Opened::New { key: StepKey(key.to_string()), n: 0 })
    }
    async fn begin(&self, _: &str, _: u32, _: &StepKey, _: Repeat, _: &WireRequest) -> Result<StepId> {
        Ok(StepId::from_uuid(uuid::Uuid::nil()))
    }
    async fn end(&self, _: StepId, _: Ending) -> Result<()> {
        Ok(())
    }
}
