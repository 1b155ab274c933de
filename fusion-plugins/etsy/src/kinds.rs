//! The kinds of ids that the platform has.

use fusion_core::model::RefKind;

/// A listing: stable.
pub const LISTING: RefKind = RefKind::of("listing");
/// A combination of a listing. A rewritten inventory gives new ones, and receipts still name the old.
pub const PRODUCT: RefKind = RefKind::of("product");
/// Price and stock of a combination; changes as [`PRODUCT`] does.
pub const OFFERING: RefKind = RefKind::of("offering");
/// A listing with what the buyer chose of it, as property ids and texts: what a combination keeps when its ids are
/// replaced.
pub const CHOICE: RefKind = RefKind::of("choice");
/// A picture.
pub const IMAGE: RefKind = RefKind::of("image");
/// An order.
pub const RECEIPT: RefKind = RefKind::of("receipt");
/// A parcel.
pub const SHIPMENT: RefKind = RefKind::of("shipment");
