//! What the conversions promise, held against everything that Amazon has published of its answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod fixture;
mod listings;
mod losses;
mod mutated;
mod orders;
mod outcomes;
mod recorded;
mod round;
mod writing;
