//! The kinds of ids that the platform has.

use fusion_core::model::RefKind;

/// Kind of a product's id.
pub(crate) const PRODUCT: RefKind = RefKind::of("product");
/// Kind of a variant's id.
pub(crate) const VARIANT: RefKind = RefKind::of("variant");
/// Kind of the id of what is counted, one for each variant.
pub(crate) const INVENTORY_ITEM: RefKind = RefKind::of("inventory_item");
/// Kind of a location's id.
pub(crate) const LOCATION: RefKind = RefKind::of("location");
/// Kind of a sales channel's id.
pub(crate) const PUBLICATION: RefKind = RefKind::of("publication");
/// Kind of a shop's own address.
pub(crate) const SHOP: RefKind = RefKind::of("shop");
/// Kind of an order's id.
pub(crate) const ORDER: RefKind = RefKind::of("order");
/// Kind of a fulfilment's id.
pub(crate) const FULFILLMENT: RefKind = RefKind::of("fulfillment");
/// Kind of a refund's id.
pub(crate) const REFUND: RefKind = RefKind::of("refund");
/// Kind of a picture's id.
pub(crate) const MEDIA: RefKind = RefKind::shared("media");
/// Kind of the hash of what a picture shows: a changed one is sent anew.
pub(crate) const CONTENT: RefKind = RefKind::shared("content");
