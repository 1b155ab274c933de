//! Pictures on their way into the shop: their bytes, and what the platform makes of them later.

mod bytes;
mod upload;
mod watching;

pub(crate) use bytes::staged;
pub(crate) use upload::upload;
pub(crate) use watching::{FILE, PICTURES, awaited, of_product, ready, refs, seen, until};
