//! The Shopify plugin, its simulator and its catalogue reader.
#![doc = include_str!("../docs.md")]

mod auth;
mod call;
#[cfg(feature = "csv")]
pub mod catalogue;
mod convert;
mod cost;
mod extras;
mod find;
mod gtin;
mod inventory;
mod kinds;
mod losses;
mod manifest;
mod media;
mod observe;
mod operation;
mod orders;
mod plugin;
mod preview;
mod products;
mod reading;
mod refusal;
mod settings;
#[cfg(feature = "simulator")]
mod simulated;
#[cfg(feature = "simulator")]
pub mod simulator;
mod webhooks;
mod wire;

pub use extras::{CatalogueExtras, OrderExtras};
pub use losses::LOSSES;
pub use plugin::Shopify;
