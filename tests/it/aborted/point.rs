//! The points at which a process ends itself: on both sides of each call that may change something, of the back-end's
//! and of the platform's, and behind each statement that SQLite has performed within one.

use super::platform::Way;
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    error::Result,
    http::{HttpTransport, Limits, TransportError},
    testkit::{Answer, Call, Watch},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Counts the points that are passed; at one of them the process ends as if it were killed.
#[derive(Clone)]
pub(super) struct Points(Arc<Inner>);

struct Inner {
    passed: AtomicU64,
    end_at: Option<u64>,
}

impl Points {
    pub(super) fn new(end_at: Option<u64>) -> Self {
        Self(Arc::new(Inner { passed: AtomicU64::new(0), end_at }))
    }

    pub(super) fn passed(&self) -> u64 {
        self.0.passed.load(Ordering::SeqCst)
    }

    fn pass(&self) {
        if Some(self.0.passed.fetch_add(1, Ordering::SeqCst) + 1) == self.0.end_at {
            std::process::abort();
        }
    }
}

#[async_trait]
impl Watch for Points {
    type Held = bool;

    async fn before(&self, call: &Call<'_>) -> Result<bool> {
        if call.changes {
            self.pass();
        }
        Ok(call.changes)
    }

    async fn after(&self, changes: bool, _: &Answer<'_>) -> Result<()> {
        if changes {
            self.pass();
        }
        Ok(())
    }
}

/// The way to the platform.
pub(super) struct Pointed {
    pub(super) way: Way,
    pub(super) points: Points,
}

#[async_trait]
impl HttpTransport for Pointed {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.points.pass();
        let answer = self.way.send(request).await;
        self.points.pass();
        Ok(answer)
    }
}

/// Hears of each statement behind it; those of the server are calls of the back-end's, and aren't told.
impl Subscriber for Points {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut reads = Reads(false);
        event.record(&mut reads);
        if !reads.0 {
            self.pass();
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Whether a statement changes nothing: to end behind it is to end before it.
struct Reads(bool);

impl Visit for Reads {
    fn record_str(&mut self, field: &Field, value: &str) {
        let reads = ["SELECT", "WITH asked", "PRAGMA"];
        self.0 |= field.name() == "summary" && reads.iter().any(|word| value.starts_with(word));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, format!("{value:?}").trim_matches('"'));
    }
}
