//! The Shopify plugin, its simulator and its catalogue reader.

#[cfg(feature = "simulator")]
pub mod simulator;
