//! The words that even an error needs: what is done, and where.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// Everything a platform may be asked to do; capabilities, approvals and jobs all name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Obtain or renew credentials.
    Authenticate,
    /// Read what the authorisation gives access to: stores, currencies, locations.
    Describe,
    /// Read products page by page.
    ListProducts,
    /// Read one product.
    GetProduct,
    /// Make a product that buyers can't see yet.
    CreateProduct,
    /// Change named fields of a product.
    UpdateProduct,
    /// Hide, archive or delete a product.
    DeleteProduct,
    /// Make a product visible, creating it if need be.
    Publish,
    /// Hide a product from buyers.
    Unpublish,
    /// Set stock levels.
    SyncInventory,
    /// Upload a picture or file.
    UploadMedia,
    /// Read orders page by page.
    ListOrders,
    /// Tell the platform that an order was seen and accepted.
    AcknowledgeOrder,
    /// Ship an order, whole or in part.
    ShipOrder,
    /// Correct the tracking of a shipment.
    AmendTracking,
    /// Cancel an order or some of its lines.
    CancelOrder,
    /// Give money back.
    RefundOrder,
    /// Place an order with a supplier.
    SubmitOrder,
    /// Start the production of a supplier order.
    ProduceOrder,
    /// Look up whether an earlier write took effect.
    FindByReference,
    /// Ask what became of an accepted write.
    Observe,
    /// Receive notifications of changes.
    Webhooks,
    /// Change the tenant's approval policy; touches no platform.
    ChangePolicy,
}

impl Operation {
    /// Every operation a platform may be asked for, in the order of the capability tables.
    pub const OF_PLATFORMS: [Self; 22] = [
        Self::Authenticate,
        Self::Describe,
        Self::ListProducts,
        Self::GetProduct,
        Self::CreateProduct,
        Self::UpdateProduct,
        Self::DeleteProduct,
        Self::Publish,
        Self::Unpublish,
        Self::SyncInventory,
        Self::UploadMedia,
        Self::ListOrders,
        Self::AcknowledgeOrder,
        Self::ShipOrder,
        Self::AmendTracking,
        Self::CancelOrder,
        Self::RefundOrder,
        Self::SubmitOrder,
        Self::ProduceOrder,
        Self::FindByReference,
        Self::Observe,
        Self::Webhooks,
    ];

    /// The stable name used in digests, storage and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Describe => "describe",
            Self::ListProducts => "list_products",
            Self::GetProduct => "get_product",
            Self::CreateProduct => "create_product",
            Self::UpdateProduct => "update_product",
            Self::DeleteProduct => "delete_product",
            Self::Publish => "publish",
            Self::Unpublish => "unpublish",
            Self::SyncInventory => "sync_inventory",
            Self::UploadMedia => "upload_media",
            Self::ListOrders => "list_orders",
            Self::AcknowledgeOrder => "acknowledge_order",
            Self::ShipOrder => "ship_order",
            Self::AmendTracking => "amend_tracking",
            Self::CancelOrder => "cancel_order",
            Self::RefundOrder => "refund_order",
            Self::SubmitOrder => "submit_order",
            Self::ProduceOrder => "produce_order",
            Self::FindByReference => "find_by_reference",
            Self::Observe => "observe",
            Self::Webhooks => "webhooks",
            Self::ChangePolicy => "change_policy",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names a platform, and so its plugin: `shopify`, `etsy`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlatformSlug(Cow<'static, str>);

impl PlatformSlug {
    /// A slug known when the program is built.
    pub const fn of(slug: &'static str) -> Self {
        Self(Cow::Borrowed(slug))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for PlatformSlug {
    fn from(slug: &str) -> Self {
        Self(Cow::Owned(slug.to_owned()))
    }
}

impl fmt::Display for PlatformSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
