//! A window over requests, judged by governor on the given clock.

use fusion_core::clock::Clock as Time;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use std::{num::NonZeroU32, sync::Arc, time::Duration};

/// The given clock as governor reads it.
#[derive(Clone)]
struct Ticks(Arc<dyn Time>);

impl Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.elapsed())
    }
}

/// At most so many requests a second.
pub(super) struct Window {
    limiter: RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>,
    clock: Ticks,
}

impl Window {
    /// A window of `each_second` requests.
    pub(super) fn new(each_second: NonZeroU32, clock: Arc<dyn Time>) -> Self {
        let clock = Ticks(clock);
        let quota = Quota::per_second(each_second);
        Self { limiter: RateLimiter::direct_with_clock(quota, clock.clone()), clock }
    }

    /// Lets a request pass, or says when one will.
    pub(super) fn pass(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|until| {
            let wait = until.earliest_possible().duration_since(self.clock.now());
            Duration::from(wait)
        })
    }
}
