//! How often and how fast a job is tried again.

use crate::clock::{Clock, full_jitter};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Full jitter: each pause is drawn evenly between zero and a bound that doubles up to a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Bound of the first pause.
    pub base: Duration,
    /// Largest bound.
    pub cap: Duration,
    /// Attempts in all; the last failure is final.
    pub attempts: u32,
}

impl RetryPolicy {
    /// Eight attempts over about ten minutes: longer outages end in a dead letter that a person sees.
    pub const DEFAULT: Self =
        Self { base: Duration::from_secs(2), cap: Duration::from_secs(300), attempts: 8 };

    /// The pause before the attempt after `attempt`, which is counted from 1.
    pub fn delay(&self, attempt: u32, clock: &dyn Clock) -> Duration {
        let doublings = attempt.saturating_sub(1).min(20);
        let bound = self.base.saturating_mul(1 << doublings).min(self.cap);
        full_jitter(bound, clock)
    }

    /// Whether another attempt is due after `attempt` of them.
    pub const fn has_more(&self, attempt: u32) -> bool {
        attempt < self.attempts
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
