//! What Amazon calls things.

use fusion_core::model::RefKind;

/// The seller's own number of a listing: in a marketplace it names one listing.
pub const SKU: RefKind = RefKind::of("sku");
/// Amazon's number of a catalogue entry; many sellers' listings, and several of one seller's, share it.
pub const ASIN: RefKind = RefKind::shared("asin");
/// The number on the label of a piece in Amazon's warehouse.
pub const FNSKU: RefKind = RefKind::shared("fnsku");
/// A fulfilment channel: `DEFAULT` is the merchant, `AMAZON_…` Amazon's own warehouses.
pub const CHANNEL: RefKind = RefKind::shared("channel");
/// An order's id.
pub const ORDER: RefKind = RefKind::of("order");
/// The earlier order that this one replaces or was exchanged for.
pub const EARLIER: RefKind = RefKind::shared("earlier_order");
/// A package of an order; the number counts within it.
pub const PACKAGE: RefKind = RefKind::shared("package");
