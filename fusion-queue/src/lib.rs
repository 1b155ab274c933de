//! The worker and the back-ends: queue, storage and budgets in one object. Knows no platform.

pub mod clock;
pub mod memory;
pub mod worker;

pub use clock::TokioClock;
pub use memory::Memory;
pub use worker::Worker;
