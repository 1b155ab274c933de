//! What tests of back-ends and plugins need; no program does.

mod clock;
pub mod queue;
pub mod storage;

pub use clock::TestClock;
