//! The platform plugins under one name; each stands behind the feature of its platform, none is on by default.

#[cfg(feature = "shopify")]
pub use fusion_plugin_shopify as shopify;
