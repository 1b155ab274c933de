//! The Shopify plugin, its simulator and its catalogue reader.

#[cfg(feature = "csv")]
pub mod catalogue;
#[cfg(feature = "simulator")]
pub mod simulator;
mod wire;
