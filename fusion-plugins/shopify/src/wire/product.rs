//! Products and variants as answers hold them: only what was selected is there.

use super::{answer::PageInfo, told::Told};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of entries that are read one by one, so that a bad one spoils no other.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawPage {
    pub(crate) nodes: Vec<Box<RawValue>>,
    pub(crate) page_info: PageInfo,
}

/// A page of entries.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Nodes<T> {
    pub(crate) nodes: Vec<T>,
    /// Never left out: without it nobody knows whether the page is all there is.
    pub(crate) page_info: PageInfo,
}

/// Something of which only the id was asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Id {
    pub(crate) id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) title: Told<String>,
    pub(crate) description_html: Told<String>,
    pub(crate) vendor: Told<String>,
    pub(crate) product_type: Told<String>,
    pub(crate) status: Told<String>,
    pub(crate) tags: Told<Vec<String>>,
    pub(crate) updated_at: Told<String>,
    pub(crate) online_store_url: Told<String>,
    pub(crate) category: Told<Category>,
    pub(crate) options: Told<Vec<ProductOption>>,
    pub(crate) media: Told<Nodes<Media>>,
    pub(crate) resource_publications_v2: Told<Nodes<Published>>,
    pub(crate) variants: Told<Nodes<Variant>>,
    pub(crate) handle: Told<String>,
    pub(crate) is_gift_card: Told<bool>,
    pub(crate) seo: Told<Seo>,
    pub(crate) metafields: Told<Nodes<Metafield>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Seo {
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metafield {
    pub(crate) namespace: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Category {
    pub(crate) id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ProductOption {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Media {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) alt: Told<String>,
    /// Absent for what isn't a picture, null while one is being worked on.
    #[serde(default)]
    pub(crate) image: Told<Image>,
    /// `UPLOADED`, `PROCESSING`, `READY`, `FAILED`.
    #[serde(default)]
    pub(crate) status: Told<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Image {
    pub(crate) url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Published {
    pub(crate) is_published: bool,
    pub(crate) publication: Id,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Variant {
    pub(crate) id: String,
    pub(crate) sku: Told<String>,
    pub(crate) barcode: Told<String>,
    pub(crate) price: Told<String>,
    pub(crate) compare_at_price: Told<String>,
    pub(crate) selected_options: Vec<SelectedOption>,
    pub(crate) media: Told<Nodes<Id>>,
    pub(crate) inventory_item: Told<InventoryItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct SelectedOption {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InventoryItem {
    pub(crate) id: String,
    pub(crate) tracked: Told<bool>,
    pub(crate) unit_cost: Told<Amount>,
    pub(crate) harmonized_system_code: Told<String>,
    pub(crate) country_code_of_origin: Told<String>,
    pub(crate) measurement: Told<Measurement>,
    pub(crate) inventory_levels: Told<Nodes<Level>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Amount {
    pub(crate) amount: String,
    pub(crate) currency_code: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Measurement {
    #[serde(default)]
    pub(crate) weight: Told<Weight>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Weight {
    /// A JSON number, read as text: a float would change it.
    pub(crate) value: Box<RawValue>,
    pub(crate) unit: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Level {
    pub(crate) location: Id,
    pub(crate) quantities: Vec<LevelQuantity>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LevelQuantity {
    pub(crate) name: String,
    pub(crate) quantity: i64,
}

/// `product(id:)`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ProductData {
    pub(crate) product: Option<Product>,
}

/// `product(id:) { variants }`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct VariantsData {
    pub(crate) product: Option<VariantsOf>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct VariantsOf {
    pub(crate) variants: Nodes<Variant>,
}

/// `products`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ProductsData {
    pub(crate) products: RawPage,
}

/// `products`, with the mark of the step that made each.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct NewestData {
    pub(crate) products: Nodes<Marked>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Marked {
    pub(crate) id: String,
    pub(crate) created_at: String,
    pub(crate) metafield: Option<Mark>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mark {
    pub(crate) value: String,
}

/// `productSet`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductSetData {
    pub(crate) product_set: ProductSet,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductSet {
    pub(crate) product: Option<Product>,
    #[serde(default)]
    pub(crate) product_set_operation: Option<Id>,
}

/// `productDelete`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductDeleteData {
    pub(crate) product_delete: ProductDelete,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductDelete {
    #[serde(default)]
    pub(crate) product_delete_operation: Option<Id>,
}

/// `productOperation`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationData {
    pub(crate) product_operation: Option<Operation>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) product: Option<Id>,
    #[serde(default)]
    pub(crate) user_errors: Vec<super::answer::UserError>,
}
