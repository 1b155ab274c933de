//! The clock of a running program, on tokio's timer.

use async_trait::async_trait;
use fusion_core::{
    canonical::Hash,
    clock::{Clock, Timestamp},
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

/// A clock on tokio's timer: real time, or time that runs faster.
///
/// Wall time is what it was at the start plus what has passed since, so it never goes back while the program
/// runs. Under tokio's paused time it stands still and jumps with it.
#[derive(Debug)]
pub struct TokioClock {
    start: Instant,
    epoch: Timestamp,
    factor: u32,
    seed: Option<u64>,
    drawn: AtomicU64,
}

impl TokioClock {
    /// Real time, from the machine's clock as it is now.
    pub fn system() -> Self {
        Self::scaled(machine_time(), 1)
    }

    /// Time that begins at `epoch` and runs `factor` times as fast as real time; a factor of 0 counts as 1.
    pub fn scaled(epoch: Timestamp, factor: u32) -> Self {
        Self { start: Instant::now(), epoch, factor: factor.max(1), seed: None, drawn: AtomicU64::new(0) }
    }

    /// Draws chance from `seed`, the same from run to run: for demonstrations and tests, never where ids have to
    /// be unpredictable.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many times as fast as real time it runs.
    pub fn factor(&self) -> u32 {
        self.factor
    }
}

#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.epoch + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed().saturating_mul(self.factor)
    }

    async fn sleep(&self, span: Duration) {
        // Rounded up: waking a moment early would make every caller sleep twice.
        tokio::time::sleep((span / self.factor).saturating_add(Duration::from_nanos(1))).await;
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        match self.seed {
            Some(seed) => {
                let mut input = seed.to_be_bytes().to_vec();
                input.extend(self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                for (to, from) in bytes.iter_mut().zip(Hash::of(input).as_ref()) {
                    *to = *from;
                }
            }
            None => fill(&mut bytes),
        }
        bytes
    }
}

#[expect(clippy::expect_used, reason = "no id or key may be made on a machine that has no chance to give")]
fn fill(bytes: &mut [u8; 16]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[expect(clippy::disallowed_methods, reason = "here the machine's time enters, once")]
fn machine_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::EPOCH + since
}
