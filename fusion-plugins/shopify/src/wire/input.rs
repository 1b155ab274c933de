//! What is sent: input objects. A list field of `productSet` deletes what it leaves out, so each is either
//! whole or not there (<https://shopify.dev/docs/api/admin-graphql/latest/mutations/productSet>).

use super::told::Told;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Identifier {
    pub(crate) id: String,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductSetInput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_type: Option<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) category: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<String>,
    /// Whether the old address leads to the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_new_handle: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gift_card: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seo: Option<Seo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_options: Option<Vec<OptionSet>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variants: Option<Vec<VariantSet>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Vec<File>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metafields: Option<Vec<Metafield>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OptionSet {
    pub(crate) name: String,
    pub(crate) position: usize,
    pub(crate) values: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

/// One variant of `productSet`. Scalars that are absent stay as they are.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariantSet {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) option_values: Vec<OptionValue>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) sku: Told<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) barcode: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) compare_at_price: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inventory_item: Option<InventoryItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<File>,
}

/// One variant of the bulk mutations; the SKU lives in the inventory item here.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariantBulk {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) option_values: Vec<OptionValue>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) barcode: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) compare_at_price: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inventory_item: Option<InventoryItem>,
    /// One of the product's pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_id: Option<String>,
}

/// Pictures that no longer belong to a variant; one call takes a hundred, one for each variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detached {
    pub(crate) variant_id: String,
    pub(crate) media_ids: [String; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptionValue {
    pub(crate) option_name: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InventoryItem {
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) sku: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requires_shipping: Option<bool>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) cost: Told<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) harmonized_system_code: Told<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) country_code_of_origin: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) measurement: Option<Measurement>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) weight: Weight,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Weight {
    pub(crate) unit: &'static str,
    /// A JSON number written from its decimal digits.
    pub(crate) value: Box<RawValue>,
}

/// A file of a product: an old one by id, a new one by address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filename: Option<String>,
    /// What becomes of a file that has the name already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duplicate_resolution_mode: Option<&'static str>,
}

/// Bytes that want a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StagedUpload {
    pub(crate) resource: &'static str,
    pub(crate) filename: String,
    pub(crate) mime_type: &'static str,
    pub(crate) http_method: &'static str,
    /// A number that travels as text.
    pub(crate) file_size: String,
}

/// A picture for the shop's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewFile {
    pub(crate) original_source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alt: Option<String>,
    pub(crate) content_type: &'static str,
    pub(crate) filename: String,
    pub(crate) duplicate_resolution_mode: &'static str,
}

/// What search engines show; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Seo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Metafield {
    pub(crate) namespace: String,
    pub(crate) key: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) value: String,
}

/// Fields of a product that change; the rest stays.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductUpdate {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_type: Option<String>,
    #[serde(skip_serializing_if = "Told::is_absent")]
    pub(crate) category: Told<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Vec<String>>,
    /// Written over those of the same name; others stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) metafields: Vec<Metafield>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetQuantities {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) reference_document_uri: String,
    pub(crate) quantities: Vec<QuantityRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuantityRow {
    pub(crate) inventory_item_id: String,
    pub(crate) location_id: String,
    pub(crate) quantity: u32,
    /// Never left out: null says that nothing is compared, absence is an error
    /// (<https://shopify.dev/changelog/making-changefromquantity-field-required>).
    pub(crate) change_from_quantity: Option<i64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicationRow {
    pub(crate) publication_id: String,
}
