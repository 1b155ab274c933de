//! The plugin against a simulated shop.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of it is test code"
)]

mod auth;
mod bench;
mod budget;
mod changing;
mod extras;
mod faults;
mod keeping;
mod mutations;
mod notifying;
mod options;
mod orders;
mod others_pictures;
mod own_pictures;
mod pictures;
mod publishing;
mod reading;
mod reviewing;
mod roundtrip;
#[cfg(feature = "serve")]
mod serving;
mod stock;
mod zones;
