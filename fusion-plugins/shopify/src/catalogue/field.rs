//! The columns that are read, by all their names.

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Handle,
    Title,
    Body,
    Vendor,
    Category,
    GoogleCategory,
    Type,
    Tags,
    Published,
    Status,
    GiftCard,
    SeoTitle,
    SeoDescription,
    OptionName(u8),
    OptionValue(u8),
    Sku,
    Barcode,
    Mpn,
    Price,
    CompareAt,
    Cost,
    Tracker,
    Quantity,
    Grams,
    WeightUnit,
    RequiresShipping,
    HsCode,
    Origin,
    ImageSource,
    ImagePosition,
    ImageAlt,
    VariantImage,
}

/// Header names, old and new; the first of a field is how it is called where a file has none.
const NAMES: &[(&str, Field)] = &[
    ("Handle", Field::Handle),
    ("URL handle", Field::Handle),
    ("Title", Field::Title),
    ("Body (HTML)", Field::Body),
    ("Body HTML", Field::Body),
    ("Description", Field::Body),
    ("Vendor", Field::Vendor),
    ("Product Category", Field::Category),
    ("Standardized Product Type", Field::Category),
    ("Standard Product Type", Field::Category),
    ("Google Shopping / Google Product Category", Field::GoogleCategory),
    ("Type", Field::Type),
    ("Custom Product Type", Field::Type),
    ("Tags", Field::Tags),
    ("Published", Field::Published),
    ("Published on online store", Field::Published),
    ("Status", Field::Status),
    ("Gift Card", Field::GiftCard),
    ("SEO Title", Field::SeoTitle),
    ("SEO Description", Field::SeoDescription),
    ("Option1 Name", Field::OptionName(0)),
    ("Option2 Name", Field::OptionName(1)),
    ("Option3 Name", Field::OptionName(2)),
    ("Option1 Value", Field::OptionValue(0)),
    ("Option2 Value", Field::OptionValue(1)),
    ("Option3 Value", Field::OptionValue(2)),
    ("Variant SKU", Field::Sku),
    ("SKU", Field::Sku),
    ("Variant Barcode", Field::Barcode),
    ("Barcode", Field::Barcode),
    ("Google Shopping / MPN", Field::Mpn),
    ("Google Shopping / Manufacturer Part Number (MPN)", Field::Mpn),
    ("Variant Price", Field::Price),
    ("Price", Field::Price),
    ("Variant Compare At Price", Field::CompareAt),
    ("Compare-at price", Field::CompareAt),
    ("Compare At Price", Field::CompareAt),
    ("Cost per item", Field::Cost),
    ("Variant Inventory Tracker", Field::Tracker),
    ("Inventory Tracker", Field::Tracker),
    ("Variant Inventory Qty", Field::Quantity),
    ("Variant Inventory Quantity", Field::Quantity),
    ("Inventory Quantity", Field::Quantity),
    ("Variant Grams", Field::Grams),
    ("Weight value (grams)", Field::Grams),
    ("Variant Weight Unit", Field::WeightUnit),
    ("Weight unit for display", Field::WeightUnit),
    ("Variant Requires Shipping", Field::RequiresShipping),
    ("Requires Shipping", Field::RequiresShipping),
    ("Variant HS Code", Field::HsCode),
    ("HS Code", Field::HsCode),
    ("Harmonized System Code", Field::HsCode),
    ("Variant Country of Origin", Field::Origin),
    ("Country of origin", Field::Origin),
    ("COO", Field::Origin),
    ("Image Src", Field::ImageSource),
    ("Product image URL", Field::ImageSource),
    ("Image Position", Field::ImagePosition),
    ("Image Alt Text", Field::ImageAlt),
    ("Variant Image", Field::VariantImage),
    ("Variant image URL", Field::VariantImage),
];

impl Field {
    /// The field that a header's cell names, whatever its case.
    pub(super) fn named(cell: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(cell)).map(|(_, field)| *field)
    }

    /// How Shopify calls it, or called it first.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }
}

/// Namespace and key of a product metafield: `Stuff (product.metafields.custom.material)`.
pub(super) fn metafield(name: &str) -> Option<String> {
    let (_, key) = name.split_once("product.metafields.")?;
    let key = key.trim_end().trim_end_matches(')').trim();
    (!key.is_empty()).then(|| key.to_owned())
}
