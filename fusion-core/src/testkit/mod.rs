//! What tests of back-ends and plugins need; no program does.

pub mod budget;
mod clauses;
mod clock;
pub mod queue;
pub mod storage;
mod through;

pub use clock::TestClock;
pub use through::{Answer, Call, Carries, Through, Watch};
