//! What the plugin says about Shopify.

use crate::kinds::{
    CONTENT, FULFILLMENT, INVENTORY_ITEM, LOCATION, MEDIA, ORDER, PRODUCT, PUBLICATION, REFUND, SHOP, VARIANT,
};
use fusion_core::{
    clock::Timestamp,
    plugin::{
        ApiVersion, AuthScheme, Bucket, BudgetUnit, Capability, FieldRule, Manifest, Rule, Scope, Setting,
        Support, WriteUnit,
    },
    verb::{Operation, PlatformSlug},
};
use std::{sync::LazyLock, time::Duration};

/// Names the platform.
pub(crate) const SLUG: PlatformSlug = PlatformSlug::of("shopify");

/// Versions that the documents are held against, newest first.
pub(crate) const VERSIONS: [&str; 2] = ["2026-10", "2026-07"];

/// Where the platform takes bytes of pictures.
pub(crate) const STAGED_UPLOADS: &str = "shopify-staged-uploads.storage.googleapis.com";

/// The bucket of points per app and shop.
pub(crate) const COST: &str = "cost";

/// Rows that one stock call takes.
const STOCK_ROWS: usize = 250;

/// Variants that a product may have.
pub(crate) const MAX_VARIANTS: usize = 2_048;

/// The manifest; the same for every instance.
pub(crate) static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| Manifest {
    slug: SLUG,
    name: "Shopify",
    version: env!("CARGO_PKG_VERSION"),
    // A version lives at least twelve months (https://shopify.dev/docs/api/usage/versioning): 1 October 2027,
    // 17:00.
    api: ApiVersion { version: "2026-10", sunset: Some(Timestamp::from_micros(1_822_410_000_000_000)) },
    capabilities: capabilities(),
    fields: fields(),
    buckets: vec![Bucket {
        name: COST.into(),
        scope: Scope::Connection,
        unit: BudgetUnit::Cost,
        // The smallest plan's; every answer tells the shop's real figures.
        capacity: 2_000,
        refill: 100,
        per: Duration::from_secs(1),
    }],
    auth: vec![AuthScheme::Token, AuthScheme::ClientCredentials],
    scopes: scopes(),
    settings: settings(),
    refs: vec![
        PRODUCT,
        VARIANT,
        INVENTORY_ITEM,
        LOCATION,
        PUBLICATION,
        ORDER,
        FULFILLMENT,
        REFUND,
        SHOP,
        MEDIA,
        CONTENT,
    ],
    write_unit: WriteUnit::Apart { stock_rows: STOCK_ROWS },
    // A call is cut after a minute at the latest, so a write that wasn't found by then isn't under way any
    // more.
    settle: Duration::from_secs(90),
    api_hosts: vec!["*.myshopify.com"],
    asset_hosts: vec!["cdn.shopify.com", "*.shopifycdn.com", STAGED_UPLOADS],
});

const PRODUCT_SET: &str = "https://shopify.dev/docs/api/admin-graphql/latest/mutations/productSet";
const LIMITS: &str = "https://shopify.dev/docs/api/usage/limits";
const INVENTORY_ITEM_INPUT: &str =
    "https://shopify.dev/docs/api/admin-graphql/latest/input-objects/InventoryItemInput";
const PRODUCT_OBJECT: &str = "https://shopify.dev/docs/api/admin-graphql/latest/objects/Product";

fn capabilities() -> Vec<Capability> {
    use Operation::*;
    let native = |operation, description| Capability { operation, support: Support::Native, description };
    let unsupported = |operation, reason, link| Capability {
        operation,
        support: Support::Unsupported { reason, link },
        description: "not offered",
    };
    let orders = "https://shopify.dev/docs/api/admin-graphql/latest/objects/Order";
    let no_supplier = "the platform sells and doesn't produce; there is no such step";
    vec![
        native(Authenticate, "takes a custom app's token, or gets one by client credentials and renews it"),
        native(Describe, "reads shop, currency, tax basis, locations, sales channels and permissions"),
        native(
            ListProducts,
            "pages by time of change; products with more than 25 variants come without them",
        ),
        native(GetProduct, "reads a product whole, up to 2,048 variants, with stock by location"),
        native(CreateProduct, "makes a draft with all its variants in one call; stock starts at 0"),
        Capability {
            operation: UpdateProduct,
            support: Support::Workaround {
                reason: "fields, variants and pictures take a call each, and each is whole or not done",
                link: "https://shopify.dev/docs/api/admin-graphql/latest/mutations/productVariantsBulkUpdate",
            },
            description: "changes the named fields and variants and nothing else",
        },
        native(DeleteProduct, "takes it out of the channel, archives or deletes it"),
        Capability {
            operation: Publish,
            support: Support::Workaround {
                reason: "an active product is seen only in the channels it is published to: a second call",
                link: "https://shopify.dev/docs/api/admin-graphql/latest/mutations/publishablePublish",
            },
            description: "creates it or brings it in line, then shows it in the channel; strange variants stay",
        },
        native(Unpublish, "takes it out of the channel"),
        native(SyncInventory, "sets stock by location, 250 rows a call; the newest number wins"),
        Capability {
            operation: UploadMedia,
            support: Support::Workaround {
                reason: "the platform takes over pictures later: they are waited for, and asked about after that",
                link: "https://shopify.dev/docs/api/admin-graphql/latest/mutations/fileCreate",
            },
            description: "takes a picture by address, or its bytes through a staged upload, into the shop's files",
        },
        native(
            ListOrders,
            "pages by time of change, each order whole; sixty days back without `read_all_orders`",
        ),
        unsupported(
            AcknowledgeOrder,
            "the platform has no such step: an order is accepted when it is placed",
            orders,
        ),
        native(ShipOrder, "ships whole or in part, from one place at a time; the parts are read anew before"),
        native(AmendTracking, "sets carrier and number of a shipment; the buyer isn't told"),
        native(CancelOrder, "cancels an order whole, some time later, with or without money and pieces back"),
        native(RefundOrder, "gives money back by the way it came, and pieces back to the shelf"),
        unsupported(SubmitOrder, no_supplier, orders),
        unsupported(ProduceOrder, no_supplier, orders),
        Capability {
            operation: FindByReference,
            support: Support::Workaround {
                reason: "there is no look-up by key; a new product carries the step's key in a field",
                link: "https://shopify.dev/docs/apps/build/custom-data/ownership",
            },
            description: "finds a product by its step's mark, new variants by their options, shipments by their lines",
        },
        native(
            Observe,
            "asks what became of large products, pictures and cancellations that the platform works off later",
        ),
        native(
            Webhooks,
            "checks signatures, reads hints, and sets up again the topics that the platform has dropped",
        ),
    ]
}

fn fields() -> Vec<FieldRule> {
    let rule = |path, rule, link| FieldRule { path, rule, link };
    vec![
        rule("title", Rule::Required, PRODUCT_SET),
        rule("title", Rule::MaxChars(255), PRODUCT_OBJECT),
        rule("brand", Rule::MaxChars(255), PRODUCT_OBJECT),
        rule("description.text", Rule::Transformed("plain text becomes HTML; HTML stays"), PRODUCT_OBJECT),
        rule("tags", Rule::MaxCount(250), LIMITS),
        rule(
            "tags",
            Rule::Transformed("trimmed; repeats that differ only in case are dropped"),
            PRODUCT_OBJECT,
        ),
        rule("tags[]", Rule::MaxChars(255), PRODUCT_OBJECT),
        rule("options", Rule::MaxCount(3), PRODUCT_SET),
        rule("options[].name", Rule::Required, PRODUCT_SET),
        rule("options[].name", Rule::MaxChars(255), PRODUCT_SET),
        rule("options[].values", Rule::MaxCount(250), LIMITS),
        rule("options[].values[]", Rule::MaxChars(255), PRODUCT_SET),
        rule("variants", Rule::Required, PRODUCT_SET),
        rule("variants", Rule::MaxCount(MAX_VARIANTS), LIMITS),
        rule("variants[].sku", Rule::MaxChars(255), PRODUCT_SET),
        rule("variants[].codes[].value", Rule::MaxChars(255), PRODUCT_SET),
        rule(
            "variants[].shipping.hs_code",
            Rule::Transformed("its digits alone, of which the platform takes 6 to 13"),
            INVENTORY_ITEM_INPUT,
        ),
        rule("variants[].shipping.origin", Rule::MaxChars(2), INVENTORY_ITEM_INPUT),
        rule(
            "media",
            Rule::MaxCount(250),
            "https://shopify.dev/docs/apps/build/product-merchandising/products-and-collections/manage-media",
        ),
        rule("media[].source", Rule::Required, PRODUCT_SET),
        rule(
            "media[].alt",
            Rule::MaxChars(512),
            "https://shopify.dev/docs/api/admin-graphql/latest/input-objects/FileSetInput",
        ),
    ]
}

fn scopes() -> Vec<(Operation, &'static [&'static str])> {
    use Operation::*;
    const READ: &[&str] = &["read_products", "read_inventory"];
    const WRITE: &[&str] = &["write_products", "write_inventory"];
    const SHOW: &[&str] = &["write_products", "write_inventory", "read_publications", "write_publications"];
    const ORDERS: &[&str] = &["read_orders", "read_merchant_managed_fulfillment_orders"];
    const SHIP: &[&str] = &["write_orders", "write_merchant_managed_fulfillment_orders"];
    vec![
        (Describe, &["read_locations"]),
        (ListProducts, READ),
        (GetProduct, READ),
        (CreateProduct, WRITE),
        (UpdateProduct, WRITE),
        (DeleteProduct, &["write_products", "write_publications"]),
        (Publish, SHOW),
        (Unpublish, &["write_publications"]),
        (SyncInventory, &["write_inventory"]),
        (ListOrders, ORDERS),
        (ShipOrder, SHIP),
        (AmendTracking, SHIP),
        (CancelOrder, &["write_orders"]),
        (RefundOrder, &["write_orders", "read_merchant_managed_fulfillment_orders"]),
        (UploadMedia, &["write_files"]),
        (FindByReference, READ),
        (Observe, READ),
    ]
}

fn settings() -> Vec<Setting> {
    let setting = |name, required, help| Setting { name, required, help };
    vec![
        setting("shop", true, "the shop's own address: `my-shop.myshopify.com`"),
        setting("api_version", false, "`2026-10`, which is taken when nothing stands here, or `2026-07`"),
        setting(
            "auth",
            false,
            "`token` for a custom app's token, which is taken when nothing stands here, or `client_credentials`",
        ),
        setting(
            "publication",
            false,
            "the sales channel, by name or id; `Online Store` when nothing stands here",
        ),
        setting("locale", false, "the shop's main language, such as `de`, when the app may not read it"),
    ]
}

#[cfg(test)]
mod tests;
