//! The platform's wire format: what answers hold and what requests take. Knows nothing of our model.
//!
//! Everything enum-like is text, because the platform adds words; amounts are read as they are written, never
//! through a float.

pub(crate) mod attributes;
pub(crate) mod envelope;
pub(crate) mod feed;
pub(crate) mod input;
pub(crate) mod listing;
pub(crate) mod notification;
pub(crate) mod order;
pub(crate) mod order_v0;
pub(crate) mod seller;
pub(crate) mod stock;
