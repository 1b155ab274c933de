//! The platform plugins under one name; each stands behind the feature of its platform, none is on by default.
//!
//! `shopify` is there; `amazon`, `etsy` and `printify` are conversions so far, without a client.
//! `simulator` adds the platforms' simulators, so that everything runs offline, and `Shopify::simulated()`; `csv`
//! adds the reader of product files.

#[cfg(feature = "amazon")]
pub use fusion_plugin_amazon as amazon;
#[cfg(feature = "etsy")]
pub use fusion_plugin_etsy as etsy;
#[cfg(feature = "printify")]
pub use fusion_plugin_printify as printify;
#[cfg(feature = "shopify")]
pub use fusion_plugin_shopify as shopify;
