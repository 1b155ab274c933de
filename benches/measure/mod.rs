//! What the benches of rates share: options, turns in which two sides are measured, the server, and the table.

#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod options;
pub(crate) mod processor;
pub(crate) mod server;
pub(crate) mod table;
pub(crate) mod turns;

use fusion_core::clock::Clock;
use std::time::Duration;

/// Whatever ends a bench; its text is for who runs it.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// How long something takes, by the clock.
pub(crate) async fn timed<T>(
    clock: &dyn Clock,
    doing: impl Future<Output = Result<T>>,
) -> Result<(T, Duration)> {
    let begun = clock.elapsed();
    let done = doing.await?;
    Ok((done, clock.elapsed().saturating_sub(begun)))
}
