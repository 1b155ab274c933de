//! Global ids and what they stand for.

use super::shop::Shop;

/// Something of the shop that has a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The shop itself.
    Shop,
    /// The installation of the calling app.
    Installation,
    /// A product.
    Product(u64),
    /// A variant of a product.
    Variant(u64),
    /// The stock side of a variant.
    Item(u64),
    /// The stock of an item at a location.
    Level {
        /// The inventory item.
        item: u64,
        /// The location.
        location: u64,
    },
    /// A place that holds stock.
    Location(u64),
    /// A sales channel's publication.
    Publication(u64),
    /// A picture of a product.
    Media(u64),
    /// A line of an order.
    Line(u64),
    /// A `productSet` or `productDelete` that runs in the background.
    Operation(u64),
}

impl Thing {
    /// The thing that `gid` names, whether or not it exists.
    pub(super) fn parse(gid: &str) -> Option<Self> {
        let (kind, id) = gid.strip_prefix("gid://shopify/")?.split_once('/')?;
        if kind == "InventoryLevel" {
            let (location, item) = id.split_once("?inventory_item_id=")?;
            return Some(Self::Level { item: item.parse().ok()?, location: location.parse().ok()? });
        }
        let id: u64 = id.parse().ok()?;
        Some(match kind {
            "Shop" => Self::Shop,
            "AppInstallation" => Self::Installation,
            "Product" => Self::Product(id),
            "ProductVariant" => Self::Variant(id),
            "InventoryItem" => Self::Item(id),
            "Location" => Self::Location(id),
            "Publication" => Self::Publication(id),
            "MediaImage" => Self::Media(id),
            "LineItem" => Self::Line(id),
            "ProductSetOperation" | "ProductDeleteOperation" => Self::Operation(id),
            _ => return None,
        })
    }

    /// The type under which the schema knows it.
    pub(super) fn type_name(self, shop: &Shop) -> &'static str {
        match self {
            Self::Shop => "Shop",
            Self::Installation => "AppInstallation",
            Self::Product(_) => "Product",
            Self::Variant(_) => "ProductVariant",
            Self::Item(_) => "InventoryItem",
            Self::Level { .. } => "InventoryLevel",
            Self::Location(_) => "Location",
            Self::Publication(_) => "Publication",
            Self::Media(_) => "MediaImage",
            Self::Line(_) => "LineItem",
            Self::Operation(id) => {
                shop.operations.get(&id).map_or("ProductSetOperation", |it| it.type_name())
            }
        }
    }

    /// Whether the shop has it.
    pub(super) fn exists(self, shop: &Shop) -> bool {
        match self {
            Self::Shop | Self::Installation => true,
            Self::Product(id) => shop.product(id).is_some(),
            Self::Variant(id) => shop.variant(id).is_some(),
            Self::Item(id) => shop.item(id).is_some(),
            Self::Level { item, location } => {
                shop.item(item).is_some_and(|(_, variant)| variant.item.levels.contains_key(&location))
            }
            Self::Location(id) => shop.locations.contains_key(&id),
            Self::Publication(id) => shop.publications.contains_key(&id),
            Self::Media(id) => shop.medium(id).is_some(),
            Self::Line(id) => shop.line(id).is_some(),
            Self::Operation(id) => shop.operations.contains_key(&id),
        }
    }

    /// Its global id.
    pub(super) fn gid(self, shop: &Shop) -> String {
        match self {
            Self::Shop => of("Shop", shop.id),
            Self::Installation => of("AppInstallation", shop.id),
            Self::Level { item, location } => level(item, location),
            Self::Product(id)
            | Self::Variant(id)
            | Self::Item(id)
            | Self::Location(id)
            | Self::Publication(id)
            | Self::Media(id)
            | Self::Line(id)
            | Self::Operation(id) => of(self.type_name(shop), id),
        }
    }
}

/// The global id of the `id`-th `kind`.
pub(super) fn of(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// The global id of an inventory level, which carries a query part.
pub(super) fn level(item: u64, location: u64) -> String {
    format!("gid://shopify/InventoryLevel/{location}?inventory_item_id={item}")
}

/// The number in a gid of this kind.
pub(super) fn number(kind: &str, gid: &str) -> Option<u64> {
    gid.strip_prefix("gid://shopify/")?.strip_prefix(kind)?.strip_prefix('/')?.parse().ok()
}
