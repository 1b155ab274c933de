use async_trait::async_trait;
use fusion_core::clock::{Clock, Timestamp};
use fusion_queue::TokioClock;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Real time that a test sets forward.
pub(super) struct Leaping {
    clock: TokioClock,
    leapt_ms: AtomicU64,
}

impl Leaping {
    pub(super) fn new() -> Self {
        let begin = Timestamp::from_micros(1_700_000_000_000_000);
        Self { clock: TokioClock::scaled(begin, 1), leapt_ms: AtomicU64::new(0) }
    }

    pub(super) fn leap(&self, span: Duration) {
        self.leapt_ms.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn leapt(&self) -> Duration {
        Duration::from_millis(self.leapt_ms.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        self.clock.now() + self.leapt()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed() + self.leapt()
    }

    async fn sleep(&self, span: Duration) {
        self.clock.sleep(span).await;
    }

    fn entropy(&self) -> [u8; 16] {
        self.clock.entropy()
    }
}
