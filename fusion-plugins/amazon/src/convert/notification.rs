//! Notifications, as a queue delivers them: hints where to look.

use crate::{
    kinds::{ORDER, SKU},
    wire::notification::{Notification, Wrapped},
};
use fusion_core::{
    error::Result,
    model::Ref,
    plugin::{Asks, Hint, Matter},
};
use fusion_plugin_sdk::{parse, unreadable};
use serde_json::Value;

/// Where the ids stand, by type: what is named there changed.
const ORDER_PATHS: [&str; 2] =
    ["/OrderChangeNotification/AmazonOrderId", "/orderChangeNotification/amazonOrderId"];
const SKU_PATHS: [&str; 4] = ["/Sku", "/sku", "/SKU", "/SellerSKU"];

/// What a notification of another marketplace is about is another store's.
const MARKETPLACE_PATHS: [&str; 4] = [
    "/MarketplaceId",
    "/marketplaceId",
    "/OrderChangeNotification/Summary/MarketplaceId",
    "/orderChangeNotification/summary/marketplaceId",
];

/// What one notification, bare or wrapped by EventBridge, says to look at; `marketplace` is the store's. Empty: it
/// is about another store.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it isn't a notification.
pub fn heard(message: &[u8], marketplace: &str) -> Result<Vec<Hint>> {
    let read: Notification = match parse::<Wrapped>(message, "") {
        Ok(wrapped) => wrapped.detail,
        Err(_) => parse(message, "")?,
    };
    if read.kind.is_empty() {
        return Err(unreadable("NotificationType", "there is none"));
    }
    let text = |paths: &[&str]| {
        let found = paths.iter().find_map(|path| read.payload.pointer(path));
        found.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if text(&MARKETPLACE_PATHS).is_some_and(|told| told != marketplace) {
        return Ok(Vec::new());
    }
    let about = text(&ORDER_PATHS)
        .map(|id| Ref::new(ORDER, id))
        .or_else(|| text(&SKU_PATHS).map(|sku| Ref::new(SKU, sku)));
    let asks = Asks::Look(matter(about.as_ref(), &read.kind));
    Ok(vec![Hint { topic: read.kind, about, asks }])
}

/// What has changed: an order is named, or the type tells it.
fn matter(about: Option<&Ref>, kind: &str) -> Matter {
    if about.is_some_and(|about| about.kind == ORDER) {
        return Matter::Orders;
    }
    match kind {
        "ORDER_CHANGE" | "ORDER_STATUS_CHANGE" | "FULFILLMENT_ORDER_STATUS" => Matter::Orders,
        "FBA_INVENTORY_AVAILABILITY_CHANGES" | "LISTINGS_ITEM_MFN_QUANTITY_CHANGE" => Matter::Stock,
        _ if kind.starts_with("APPLICATION_") => Matter::Store,
        "PRICING_HEALTH" => Matter::Products,
        _ if kind.starts_with("LISTINGS_") || kind.starts_with("PRODUCT_TYPE_") || kind.contains("OFFER") => {
            Matter::Products
        }
        _ => Matter::Unknown,
    }
}
