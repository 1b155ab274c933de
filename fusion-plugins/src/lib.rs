//! The platform plugins under one name; each stands behind the feature of its platform, none is on by default.
//!
//! `shopify` is there. `simulator` adds the platforms' simulators, so that everything runs offline, and
//! `Shopify::simulated()`; `csv` adds the reader of product files.

#[cfg(feature = "shopify")]
pub use fusion_plugin_shopify as shopify;
