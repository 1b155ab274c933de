//! The door to the network: the embedder's own client, ours, or a simulator.

use async_trait::async_trait;
use bytes::Bytes;
use std::{fmt, sync::Arc, time::Duration};

/// What the transport itself must enforce: whoever gets `Bytes` is too late for a size cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body that is read, in bytes after decompression.
    pub max_response: usize,
    /// Longest time from the first byte sent to the last byte read.
    pub timeout: Duration,
}

/// Whether bytes had left when a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// None; the call can be repeated.
    No,
    /// Some may have; a write may have taken effect.
    Maybe,
}

/// A call that brought no answer.
#[derive(Debug)]
pub struct TransportError {
    /// Whether bytes had left.
    pub sent: Sent,
    /// What happened, without addresses' secrets or bodies.
    pub message: String,
}

impl TransportError {
    /// A failure before any byte left.
    pub fn before(message: impl Into<String>) -> Self {
        Self { sent: Sent::No, message: message.into() }
    }

    /// A failure after bytes may have left.
    pub fn after(message: impl Into<String>) -> Self {
        Self { sent: Sent::Maybe, message: message.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}

/// Sends one request and returns the whole answer.
///
/// Implementors: follow no redirect (a 3xx is an answer), keep no cookies, don't retry, stop reading at
/// `limits.max_response` with an error, and say [`Sent::No`] only when it is certain. Dropping the future
/// may leave the request executed at the other end.
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends `request`.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError>;
}

#[async_trait]
impl<T: HttpTransport + ?Sized> HttpTransport for Arc<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        (**self).send(request, limits).await
    }
}
