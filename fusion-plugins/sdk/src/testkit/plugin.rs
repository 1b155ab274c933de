//! The plugin of the scripted platform.

mod calls;
mod convert;
mod lookups;
mod manifest;
mod orders;
mod preview;
mod products;
mod sign_in;

use super::ScriptedPlatform;
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{
        Converted, ListingEdit, Media, NewListing, Order, OrderAction, Ref, Refs, RemoteOrder, RemoteProduct,
        Removal, StockRow, Store, StoreFacts,
    },
    plugin::{
        Applied, ConnectionContext, Context, Credentials, Difference, Found, Manifest, Page, Placed,
        PlatformPlugin, Preview, ProductQuery, Receipt, SentStep, SignIn, Snapshot, Target, Watch, Webhooks,
        Work, differences, renamed_options,
    },
};

/// Kinds of ids that the scripted platform gives.
pub mod kinds {
    use fusion_core::model::RefKind;

    /// A product.
    pub const PRODUCT: RefKind = RefKind::of("product");
    /// A variant of a product.
    pub const VARIANT: RefKind = RefKind::of("variant");
    /// A picture.
    pub const MEDIA: RefKind = RefKind::of("media");
    /// An order.
    pub const ORDER: RefKind = RefKind::of("order");
    /// Another id of an order, which it may get later.
    pub const RECEIPT: RefKind = RefKind::of("receipt");
    /// Something that was shipped.
    pub const FULFILMENT: RefKind = RefKind::of("fulfilment");
    /// Money that went back.
    pub const REFUND: RefKind = RefKind::of("refund");
}

/// Does every operation at a [`ScriptedPlatform`], through the transport of the call like any plugin.
pub struct ScriptedPlugin {
    platform: ScriptedPlatform,
    manifest: Manifest,
}

impl ScriptedPlugin {
    /// The plugin of `platform`; its manifest tells the habits that the platform has now.
    pub fn new(platform: ScriptedPlatform) -> Self {
        let manifest = manifest::manifest(&platform.copied_script());
        Self { platform, manifest }
    }
}

#[async_trait]
impl PlatformPlugin for ScriptedPlugin {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn authenticate(&self, cx: &ConnectionContext<'_>, sign_in: SignIn) -> Result<Credentials> {
        sign_in::authenticate(self, cx, sign_in).await
    }

    async fn describe(&self, cx: &ConnectionContext<'_>) -> Result<Vec<StoreFacts>> {
        sign_in::describe(self, cx).await
    }

    async fn list_products(
        &self,
        cx: &Context<'_>,
        query: &ProductQuery,
    ) -> Result<Page<Converted<RemoteProduct>>> {
        products::list(self, cx, query).await
    }

    async fn get_product(&self, cx: &Context<'_>, product: &Ref) -> Result<Converted<RemoteProduct>> {
        Ok(convert::product(products::one(self, cx, &product.id).await?))
    }

    async fn create_product(&self, cx: &Context<'_>, listing: &NewListing) -> Result<Receipt<Placed>> {
        products::create(self, cx, listing).await
    }

    async fn update_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        edit: &ListingEdit,
    ) -> Result<Receipt<Placed>> {
        products::update(self, cx, target, edit).await
    }

    async fn delete_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        removal: Removal,
    ) -> Result<Receipt<()>> {
        products::delete(self, cx, target, removal).await
    }

    async fn sync_inventory(&self, cx: &Context<'_>, rows: &[StockRow]) -> Result<Receipt<()>> {
        products::stock(self, cx, rows).await
    }

    async fn process_order(
        &self,
        cx: &Context<'_>,
        order: &Order,
        action: &OrderAction,
    ) -> Result<Receipt<Refs>> {
        orders::process(self, cx, order, action).await
    }

    async fn publish(
        &self,
        cx: &Context<'_>,
        target: &Target,
        listing: &NewListing,
    ) -> Result<Receipt<Placed>> {
        products::publish(self, cx, target, listing).await
    }

    async fn list_orders(
        &self,
        cx: &Context<'_>,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<Page<Converted<RemoteOrder>>> {
        orders::list(self, cx, since, cursor).await
    }

    async fn get_order(&self, cx: &Context<'_>, order: &Ref) -> Result<Converted<RemoteOrder>> {
        orders::one(self, cx, order).await
    }

    async fn snapshot(&self, cx: &Context<'_>, works: &[Work<'_>]) -> Result<Vec<Snapshot>> {
        let mut snapshots = Vec::with_capacity(works.len());
        for work in works {
            snapshots.push(lookups::snapshot(self, cx, *work).await?);
        }
        Ok(snapshots)
    }

    fn preview(&self, _: &Store, work: Work<'_>, snapshot: &Snapshot) -> Result<Preview> {
        preview::preview(&self.platform.copied_script(), work, snapshot)
    }

    async fn observe(&self, cx: &Context<'_>, _: Work<'_>, watch: &Watch) -> Result<Receipt<Applied>> {
        lookups::observe(self, cx, watch).await
    }

    async fn find_by_reference(&self, cx: &Context<'_>, _: Work<'_>, step: SentStep<'_>) -> Result<Found> {
        lookups::find(self, cx, step.request).await
    }

    async fn upload_media(&self, cx: &Context<'_>, media: &Media) -> Result<Receipt<Refs>> {
        products::upload(self, cx, media).await
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(self)
    }

    fn drift(&self, desired: &NewListing, target: &Target, live: &RemoteProduct) -> Vec<Difference> {
        let mut found = differences(desired, target, live);
        found.extend(renamed_options(desired, live));
        found
    }
}
