//! What documents cost at most, in the platform's points, and what they would cost beyond the limit of one
//! call.
//!
//! Upper bounds to plan with; every answer tells what it really was, and the budget follows that.

use crate::wire::input::ProductSetInput;

/// The most that one call may cost, whatever the bucket holds (<https://shopify.dev/docs/api/usage/limits>).
pub(crate) const MAX: u32 = 1_000;

/// [`SHOP`](crate::wire::documents::SHOP).
pub(crate) const SHOP: u32 = 8;
/// [`LOCATIONS`](crate::wire::documents::LOCATIONS).
pub(crate) const LOCATIONS: u32 = 16;
/// [`PUBLICATIONS`](crate::wire::documents::PUBLICATIONS).
pub(crate) const PUBLICATIONS: u32 = 14;
/// [`LOCALES`](crate::wire::documents::LOCALES).
pub(crate) const LOCALES: u32 = 4;
/// [`PRODUCT`](crate::wire::documents::PRODUCT).
pub(crate) const PRODUCT: u32 = 353;
/// [`VARIANTS`](crate::wire::documents::VARIANTS).
pub(crate) const VARIANTS: u32 = 293;
/// [`NEWEST`](crate::wire::documents::NEWEST).
pub(crate) const NEWEST: u32 = 30;
/// [`OPERATION`](crate::wire::documents::OPERATION).
pub(crate) const OPERATION: u32 = 4;
/// [`FILE_CREATE`](crate::wire::documents::FILE_CREATE) of one picture; recorded were 23 points.
pub(crate) const FILE: u32 = 26;
/// Mutations that take the platform's flat price.
pub(crate) const MUTATION: u32 = 14;

/// What [`PRODUCT_SET`](crate::wire::documents::PRODUCT_SET) costs for its answer.
const PRODUCT_SET: u32 = 137;

/// [`ORDER`](crate::wire::order_documents::ORDER).
pub(crate) const ORDER: u32 = 180;
/// [`ORDER_LINES`](crate::wire::order_documents::ORDER_LINES).
pub(crate) const ORDER_LINES: u32 = 64;
/// [`FULFILLMENT_ORDERS`](crate::wire::order_documents::FULFILLMENT_ORDERS).
pub(crate) const FULFILLMENT_ORDERS: u32 = 110;
/// [`RETURNS`](crate::wire::order_documents::RETURNS).
pub(crate) const RETURNS: u32 = 150;
/// [`EXCHANGE_LINES`](crate::wire::order_documents::EXCHANGE_LINES).
pub(crate) const EXCHANGE_LINES: u32 = 64;
/// Further lines of a fulfilment order, fulfilment or refund.
pub(crate) const PART_LINES: u32 = 28;
/// [`PAYMENTS`](crate::wire::order_documents::PAYMENTS).
pub(crate) const PAYMENTS: u32 = 6;
/// [`CANCELLATION`](crate::wire::order_documents::CANCELLATION).
pub(crate) const CANCELLATION: u32 = 4;
/// [`TRACKING`](crate::wire::order_documents::TRACKING): ten points in April 2026, fifty in July.
pub(crate) const TRACKING: u32 = 54;
/// [`REFUND`](crate::wire::order_documents::REFUND).
pub(crate) const REFUND: u32 = 40;
/// [`SUBSCRIPTIONS`](crate::wire::order_documents::SUBSCRIPTIONS).
pub(crate) const SUBSCRIPTIONS: u32 = 14;

/// A page of `first` [`ORDERS`](crate::wire::order_documents::ORDERS).
pub(crate) fn orders(first: u32) -> u32 {
    2 + factor(first) * ORDER
}

/// A page of `first` [`PRODUCTS`](crate::wire::documents::PRODUCTS).
pub(crate) fn products(first: u32) -> u32 {
    /// A product with its pictures and first variants.
    const ONE: u32 = 73;
    2 + factor(first) * ONE
}

/// A look at so many pictures: each with its image and its errors.
pub(crate) fn pictures(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(3) + 4
}

/// How many entries a page of `n` is charged as.
fn factor(n: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "twice a logarithm of a page size"
    )]
    let factor = (2.0 * f64::from(n.max(1)).ln()).floor() as u32;
    factor.max(1)
}

/// A change of so many fields of the merchant's own: the flat price, and 0.4 for each.
pub(crate) fn fields(count: usize) -> u32 {
    MUTATION + u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(4).div_ceil(10)
}

/// A `productSet` with this input: 0.2 for a variant, 0.6 for its own picture, 1.9 for a picture, 0.4 for a
/// field.
pub(crate) fn product_set(input: &ProductSetInput) -> u32 {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let variants = input.variants.as_deref().unwrap_or_default();
    let pictured = variants.iter().filter(|variant| variant.file.is_some()).count();
    let tenths = count(variants.len()) * 2
        + count(pictured) * 6
        + count(input.files.as_ref().map_or(0, Vec::len)) * 19
        + count(input.metafields.as_ref().map_or(0, Vec::len)) * 4;
    PRODUCT_SET + tenths.div_ceil(10)
}
