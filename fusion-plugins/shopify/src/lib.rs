//! The Shopify plugin, its simulator and its catalogue reader.
