//! The variables of each document. A test holds every struct against its document's declarations.

use super::{
    documents,
    input::{
        Detached, Identifier, NewFile, ProductSetInput, ProductUpdate, PublicationRow, SetQuantities,
        StagedUpload, VariantBulk,
    },
};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Variables that know their document.
pub(crate) trait Variables: Serialize {
    /// What they belong to.
    const DOCUMENT: &'static str;
}

/// Begins the comment at the end of a document that is for nobody but this plugin.
const NOTE: &str = "# fusion ";

/// Writes the body of a request.
pub(crate) fn body<V: Variables>(variables: &V) -> Bytes {
    written(V::DOCUMENT, variables)
}

/// Writes the body of a request whose document ends with a comment.
pub(crate) fn noted_body<V: Variables>(variables: &V, note: &impl Serialize) -> Bytes {
    #[expect(clippy::expect_used, reason = "plain structs with text keys always have a JSON form")]
    let note = serde_json::to_string(note).expect("notes have a JSON form");
    // JSON has no line breaks of its own, so the comment is one line.
    written(&format!("{}{NOTE}{note}\n", V::DOCUMENT), variables)
}

/// The comment that [`noted_body`] has written.
pub(crate) fn noted<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    #[derive(Deserialize)]
    struct Request {
        query: String,
    }
    let request: Request = serde_json::from_slice(body).ok()?;
    serde_json::from_str(request.query.lines().last()?.strip_prefix(NOTE)?).ok()
}

fn written(query: &str, variables: &impl Serialize) -> Bytes {
    #[derive(Serialize)]
    struct Request<'a, V> {
        query: &'a str,
        variables: &'a V,
    }
    let body = serde_json::to_vec(&Request { query, variables });
    #[expect(clippy::expect_used, reason = "plain structs with text keys always have a JSON form")]
    let body = body.expect("variables have a JSON form");
    body.into()
}

macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident = $document:ident { $($field:ident: $ty:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name { $(pub(crate) $field: $ty,)* }

        impl Variables for $name {
            const DOCUMENT: &'static str = documents::$document;
        }
    )*};
}
pub(super) use variables;

variables! {
    /// None.
    Shop = SHOP {}
    /// Which page.
    Locations = LOCATIONS { after: Option<String> }
    /// None.
    Publications = PUBLICATIONS {}
    /// None.
    Locales = LOCALES {}
    /// Which page of which products.
    Products = PRODUCTS { first: u32, after: Option<String>, query: Option<String>, channels: bool }
    /// Which product.
    Product = PRODUCT { id: String, channels: bool }
    /// Which page of whose variants.
    Variants = VARIANTS { id: String, after: String }
    /// Which mark, and which page.
    Newest = NEWEST { namespace: &'static str, key: &'static str, after: Option<String> }
    /// Which pictures.
    Pictures = PICTURES { ids: Vec<String> }
    /// What kind of bytes.
    Stage = STAGE { input: Vec<StagedUpload> }
    /// Which picture.
    CreateFile = FILE_CREATE { files: Vec<NewFile> }
    /// Which operation.
    Operation = OPERATION { id: String }
    /// Without an identifier it makes a product.
    ProductSet = PRODUCT_SET {
        identifier: Option<Identifier>, input: ProductSetInput, synchronous: bool, channels: bool,
    }
    /// What changes.
    UpdateProduct = PRODUCT_UPDATE { product: ProductUpdate }
    /// Which variants change.
    UpdateVariants = VARIANTS_UPDATE { product_id: String, variants: Vec<VariantBulk> }
    /// Which variants are new.
    CreateVariants = VARIANTS_CREATE { product_id: String, variants: Vec<VariantBulk> }
    /// Which variants go.
    DeleteVariants = VARIANTS_DELETE { product_id: String, variants_ids: Vec<String> }
    /// Which pictures no longer belong to which variants.
    DetachMedia = VARIANTS_DETACH_MEDIA { product_id: String, variant_media: Vec<Detached> }
    /// Which product goes.
    DeleteProduct = PRODUCT_DELETE { input: Identifier, synchronous: bool }
    /// What is shown where.
    Publish = PUBLISH { id: String, input: Vec<PublicationRow> }
    /// What is no longer shown where.
    Unpublish = UNPUBLISH { id: String, input: Vec<PublicationRow> }
    /// Which numbers, under which key.
    Quantities = SET_QUANTITIES { input: SetQuantities, key: String }
    /// Which item begins where, under which key.
    Activate = ACTIVATE { inventory_item_id: String, location_id: String, available: u32, key: String }
}
