//! Conversions between Amazon's Selling Partner API and the model.
#![doc = include_str!("../docs.md")]

pub mod convert;
mod extras;
pub mod kinds;
mod losses;
mod refusal;
mod wire;

pub use extras::{ListingExtras, OrderExtras};
pub use losses::LOSSES;
pub use refusal::judge;
