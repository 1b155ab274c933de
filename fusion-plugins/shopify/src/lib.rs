//! The Shopify plugin, its simulator and its catalogue reader.

mod call;
#[cfg(feature = "csv")]
pub mod catalogue;
mod convert;
mod cost;
mod manifest;
mod problem;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod wire;
