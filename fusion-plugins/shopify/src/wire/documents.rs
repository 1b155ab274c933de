//! The GraphQL documents. Each one is held against every supported version's schema by a test.
//!
//! Page sizes are part of a document, since they make its cost: a page of n costs 2 + ⌊2 ln n⌋ times one
//! entry (<https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits>), so big pages are cheap.

/// Fields of a product that don't grow with its variants.
macro_rules! product_fields {
    () => {
        "fragment ProductFields on Product {
  id title descriptionHtml vendor productType status tags updatedAt onlineStoreUrl
  category { id fullName }
  options { name values }
  media(first: 250) {
    nodes { id alt mediaContentType status ... on MediaImage { image { url } } } pageInfo { hasNextPage }
  }
  resourcePublicationsV2(first: 25) @include(if: $channels) {
    nodes { isPublished publication { id } } pageInfo { hasNextPage }
  }
}
"
    };
}

/// Fields of a variant without stock.
macro_rules! variant_fields {
    () => {
        "fragment VariantFields on ProductVariant {
  id sku barcode price compareAtPrice
  selectedOptions { name value }
  media(first: 1) { nodes { id } pageInfo { hasNextPage } }
  inventoryItem { id tracked requiresShipping harmonizedSystemCode countryCodeOfOrigin
    unitCost { amount currencyCode } measurement { weight { value unit } } }
}
"
    };
}

/// What a product has that other platforms have no place for.
macro_rules! extra_fields {
    () => {
        "fragment ExtraFields on Product {
  handle isGiftCard seo { title description }
  metafields(first: 250) { nodes { namespace key value } pageInfo { hasNextPage } }
}
"
    };
}

/// What a page of variants of one product also tells: stock by location.
macro_rules! level_fields {
    () => {
        "fragment LevelFields on ProductVariant {
  inventoryItem {
    inventoryLevels(first: 10) {
      nodes { location { id } quantities(names: [\"available\"]) { name quantity } } pageInfo { hasNextPage }
    }
  }
}
"
    };
}

/// Shop, currency and permissions.
pub(crate) const SHOP: &str = "query FusionShop {
  shop {
    id name myshopifyDomain currencyCode taxesIncluded
    resourceLimits { maxProductOptions maxProductVariants }
  }
  currentAppInstallation { accessScopes { handle } }
}
";

/// Locations that stock can be set at: those of fulfilment services belong to other apps.
pub(crate) const LOCATIONS: &str = "query FusionLocations($after: String) {
  locations(first: 250, after: $after) {
    nodes { id name isFulfillmentService } pageInfo { hasNextPage endCursor }
  }
}
";

/// Sales channels.
pub(crate) const PUBLICATIONS: &str = "query FusionPublications {
  publications(first: 100, catalogType: APP) { nodes { id name } pageInfo { hasNextPage endCursor } }
}
";

/// The shop's languages.
pub(crate) const LOCALES: &str = "query FusionLocales { shopLocales { locale primary } }
";

/// A page of products, with the first variants of each.
pub(crate) const PRODUCTS: &str = concat!(
    "query FusionProducts($first: Int!, $after: String, $query: String, $channels: Boolean!) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id title descriptionHtml vendor productType status tags updatedAt onlineStoreUrl
      category { id fullName }
      options { name values }
      media(first: 10) {
        nodes { id alt mediaContentType status ... on MediaImage { image { url } } } pageInfo { hasNextPage }
      }
      resourcePublicationsV2(first: 10) @include(if: $channels) {
        nodes { isPublished publication { id } } pageInfo { hasNextPage }
      }
      variants(first: 25) { nodes { ...VariantFields } pageInfo { hasNextPage endCursor } } }
    pageInfo { hasNextPage endCursor }
  }
}
",
    variant_fields!()
);

/// One product with its first page of variants.
pub(crate) const PRODUCT: &str = concat!(
    "query FusionProduct($id: ID!, $channels: Boolean!) {
  product(id: $id) {
    ...ProductFields ...ExtraFields
    variants(first: 250) { nodes { ...VariantFields ...LevelFields } pageInfo { hasNextPage endCursor } }
  }
}
",
    product_fields!(),
    extra_fields!(),
    variant_fields!(),
    level_fields!()
);

/// Further variants of one product.
pub(crate) const VARIANTS: &str = concat!(
    "query FusionVariants($id: ID!, $after: String!) {
  product(id: $id) {
    variants(first: 250, after: $after) {
      nodes { ...VariantFields ...LevelFields } pageInfo { hasNextPage endCursor }
    }
  }
}
",
    variant_fields!(),
    level_fields!()
);

/// The newest products with the mark of the step that made them. Without a filter: the search index that
/// filters use lags behind writes.
pub(crate) const NEWEST: &str = "query FusionNewest($namespace: String!, $key: String!, $after: String) {
  products(first: 250, after: $after, sortKey: ID, reverse: true) {
    nodes { id createdAt metafield(namespace: $namespace, key: $key) { value } }
    pageInfo { hasNextPage endCursor }
  }
}
";

/// How far the platform is with pictures that it was given.
pub(crate) const PICTURES: &str = "query FusionPictures($ids: [ID!]!) {
  nodes(ids: $ids) { ... on MediaImage { id status image { url } mediaErrors { code message } } }
}
";

/// Places for bytes; nothing of the shop changes.
pub(crate) const STAGE: &str = "mutation FusionStage($input: [StagedUploadInput!]!) {
  stagedUploadsCreate(input: $input) {
    stagedTargets { url resourceUrl parameters { name value } } userErrors { field message }
  }
}
";

/// Takes a picture into the shop's files.
pub(crate) const FILE_CREATE: &str = "mutation FusionFileCreate($files: [FileCreateInput!]!) {
  fileCreate(files: $files) { files { id fileStatus } userErrors { field message code } }
}
";

/// What became of a `productSet` or `productDelete` that the platform works off later.
pub(crate) const OPERATION: &str = "query FusionOperation($id: ID!) {
  productOperation(id: $id) {
    status
    product { id }
    ... on ProductSetOperation { id userErrors { field message code } }
    ... on ProductDeleteOperation { id deletedProductId userErrors { field message } }
  }
}
";

/// Makes a whole product or brings one in line.
pub(crate) const PRODUCT_SET: &str = concat!(
    "mutation FusionProductSet(
  $identifier: ProductSetIdentifiers, $input: ProductSetInput!, $synchronous: Boolean!, $channels: Boolean!
) {
  productSet(identifier: $identifier, input: $input, synchronous: $synchronous) {
    product {
      ...ProductFields
      variants(first: 100) { nodes { ...VariantFields } pageInfo { hasNextPage endCursor } }
    }
    productSetOperation { id status }
    userErrors { field message code }
  }
}
",
    product_fields!(),
    variant_fields!()
);

/// Changes fields of a product.
pub(crate) const PRODUCT_UPDATE: &str = "mutation FusionProductUpdate($product: ProductUpdateInput!) {
  productUpdate(product: $product) { product { id } userErrors { field message } }
}
";

/// Changes variants of one product, all or none.
pub(crate) const VARIANTS_UPDATE: &str =
    "mutation FusionVariantsUpdate($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: false) {
    productVariants { id } userErrors { field message code }
  }
}
";

/// Adds variants to one product.
pub(crate) const VARIANTS_CREATE: &str =
    "mutation FusionVariantsCreate($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkCreate(productId: $productId, variants: $variants) {
    productVariants { id } userErrors { field message code }
  }
}
";

/// Takes variants off one product, by name.
pub(crate) const VARIANTS_DELETE: &str =
    "mutation FusionVariantsDelete($productId: ID!, $variantsIds: [ID!]!) {
  productVariantsBulkDelete(productId: $productId, variantsIds: $variantsIds) {
    product { id } userErrors { field message code }
  }
}
";

/// Takes pictures off variants of one product, all or none; the product keeps them.
pub(crate) const VARIANTS_DETACH_MEDIA: &str =
    "mutation FusionVariantsDetachMedia($productId: ID!, $variantMedia: [ProductVariantDetachMediaInput!]!) {
  productVariantDetachMedia(productId: $productId, variantMedia: $variantMedia) {
    productVariants { id } userErrors { field message code }
  }
}
";

/// Deletes a product for good.
pub(crate) const PRODUCT_DELETE: &str =
    "mutation FusionProductDelete($input: ProductDeleteInput!, $synchronous: Boolean!) {
  productDelete(input: $input, synchronous: $synchronous) {
    deletedProductId productDeleteOperation { id status } userErrors { field message }
  }
}
";

/// Shows a product in a sales channel.
pub(crate) const PUBLISH: &str = "mutation FusionPublish($id: ID!, $input: [PublicationInput!]!) {
  publishablePublish(id: $id, input: $input) { userErrors { field message } }
}
";

/// Takes a product out of a sales channel.
pub(crate) const UNPUBLISH: &str = "mutation FusionUnpublish($id: ID!, $input: [PublicationInput!]!) {
  publishableUnpublish(id: $id, input: $input) { userErrors { field message } }
}
";

/// Sets stock, all rows or none. The directive isn't optional, though the schema doesn't say so
/// (<https://shopify.dev/changelog/making-idempotency-mandatory-for-inventory-adjustments-and-refund-mutations>).
pub(crate) const SET_QUANTITIES: &str =
    "mutation FusionSetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id } userErrors { field message code }
  }
}
";

/// Begins to stock an item at a location, with a quantity.
pub(crate) const ACTIVATE: &str =
    "mutation FusionActivate($inventoryItemId: ID!, $locationId: ID!, $available: Int!, $key: String!) {
  inventoryActivate(inventoryItemId: $inventoryItemId, locationId: $locationId, available: $available)
    @idempotent(key: $key) { inventoryLevel { id } userErrors { field message } }
}
";
