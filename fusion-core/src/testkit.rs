//! Fixtures for tests of back-ends and plugins; no program needs them.

mod clock;

pub use clock::TestClock;
