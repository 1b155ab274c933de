//! What Printify calls things.

use fusion_core::model::RefKind;

/// A product of one shop: 24 hexadecimal digits.
pub const PRODUCT: RefKind = RefKind::of("product");
/// A variant of a blueprint at a provider. The id is the catalogue's, so every product of that blank has it:
/// only together with the product does it name one thing.
pub const VARIANT: RefKind = RefKind::shared("variant");
/// The listing that a product has become in the shop's sales channel.
pub const CHANNEL_LISTING: RefKind = RefKind::of("channel_listing");
/// An order at Printify.
pub const ORDER: RefKind = RefKind::of("order");
/// The order of the sales channel that an order is for; its reprints have the same.
pub const CHANNEL_ORDER: RefKind = RefKind::shared("channel_order");
/// The order that a reprint replaces.
pub const REPRINT_OF: RefKind = RefKind::shared("reprint_of");
/// Who prints: a place of stock that is the supplier's.
pub const PRINT_PROVIDER: RefKind = RefKind::shared("print_provider");
/// A blank of the catalogue.
pub const BLUEPRINT: RefKind = RefKind::shared("blueprint");
/// Uploaded artwork. The same bytes have one id, however often they are uploaded.
pub const UPLOAD: RefKind = RefKind::shared("upload");
/// A picture that the platform makes of a product; it has no id but its address.
pub const MOCKUP: RefKind = RefKind::shared("mockup");
/// A shop.
pub const SHOP: RefKind = RefKind::of("shop");
/// A subscription to one topic.
pub const WEBHOOK: RefKind = RefKind::of("webhook");
