//! The plugin itself: delegates.

use crate::{
    auth,
    call::Shop,
    convert, find, inventory,
    kinds::PRODUCT,
    manifest::{MANIFEST, SLUG},
    media, observe, orders, preview, products, reading,
};
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{
        Converted, ListingEdit, Media, NewListing, Order, OrderAction, Ref, Refs, RemoteOrder, RemoteProduct,
        Removal, StockRow, Store, StoreFacts,
    },
    plugin::{
        Applied, ConnectionContext, Context, Credentials, Difference, Found, Manifest, Page, Placed,
        PlatformPlugin, Preview, ProductQuery, Receipt, SentStep, SignIn, Snapshot, Target, Watch, Webhooks,
        Work, differences, renamed_options,
    },
    verb::Operation,
};

/// The Shopify plugin. Stateless: everything it needs comes with the call.
///
/// ```
/// use fusion_core::{plugin::PlatformPlugin, verb::Operation};
///
/// let shopify = fusion_plugin_shopify::Shopify::new();
/// assert!(shopify.manifest().supports(Operation::Publish));
/// assert!(!shopify.manifest().supports(Operation::AcknowledgeOrder));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Shopify(());

impl Shopify {
    /// The plugin.
    pub const fn new() -> Self {
        Self(())
    }
}

#[async_trait]
impl PlatformPlugin for Shopify {
    fn manifest(&self) -> &Manifest {
        &MANIFEST
    }

    async fn authenticate(&self, cx: &ConnectionContext<'_>, sign_in: SignIn) -> Result<Credentials> {
        auth::authenticate(cx, sign_in).await
    }

    async fn describe(&self, cx: &ConnectionContext<'_>) -> Result<Vec<StoreFacts>> {
        reading::describe(cx).await.map(|facts| vec![facts])
    }

    async fn list_products(
        &self,
        cx: &Context<'_>,
        query: &ProductQuery,
    ) -> Result<Page<Converted<RemoteProduct>>> {
        reading::list(cx, query).await
    }

    async fn get_product(&self, cx: &Context<'_>, product: &Ref) -> Result<Converted<RemoteProduct>> {
        if product.kind != PRODUCT {
            return Err(Error::new(ErrorKind::InvalidInput, "the id isn't a product's").with_platform(SLUG));
        }
        let shop = Shop::of(*cx, Operation::GetProduct)?;
        reading::whole_told(&shop, cx.facts(), &product.id).await
    }

    async fn create_product(&self, cx: &Context<'_>, listing: &NewListing) -> Result<Receipt<Placed>> {
        products::create(cx, listing).await
    }

    async fn update_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        edit: &ListingEdit,
    ) -> Result<Receipt<Placed>> {
        products::update(cx, target, edit).await
    }

    async fn delete_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        removal: Removal,
    ) -> Result<Receipt<()>> {
        products::delete(cx, target, removal).await
    }

    async fn sync_inventory(&self, cx: &Context<'_>, rows: &[StockRow]) -> Result<Receipt<()>> {
        inventory::sync(cx, rows).await
    }

    async fn process_order(
        &self,
        cx: &Context<'_>,
        order: &Order,
        action: &OrderAction,
    ) -> Result<Receipt<Refs>> {
        orders::process(cx, order, action).await
    }

    async fn list_orders(
        &self,
        cx: &Context<'_>,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<Page<Converted<RemoteOrder>>> {
        orders::list(cx, since, cursor).await
    }

    async fn get_order(&self, cx: &Context<'_>, order: &Ref) -> Result<Converted<RemoteOrder>> {
        orders::get(cx, order).await
    }

    async fn publish(
        &self,
        cx: &Context<'_>,
        target: &Target,
        listing: &NewListing,
    ) -> Result<Receipt<Placed>> {
        products::publish(cx, target, listing).await
    }

    async fn snapshot(&self, cx: &Context<'_>, works: &[Work<'_>]) -> Result<Vec<Snapshot>> {
        preview::snapshot(cx, works).await
    }

    fn preview(&self, store: &Store, work: Work<'_>, snapshot: &Snapshot) -> Result<Preview> {
        preview::preview(store, work, snapshot)
    }

    async fn observe(&self, cx: &Context<'_>, work: Work<'_>, watch: &Watch) -> Result<Receipt<Applied>> {
        observe::observe(cx, work, watch).await
    }

    async fn find_by_reference(&self, cx: &Context<'_>, _: Work<'_>, step: SentStep<'_>) -> Result<Found> {
        find::find(cx, step).await
    }

    async fn upload_media(&self, cx: &Context<'_>, media: &Media) -> Result<Receipt<Refs>> {
        media::upload(cx, media).await
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(self)
    }

    fn drift(&self, desired: &NewListing, target: &Target, live: &RemoteProduct) -> Vec<Difference> {
        let mut found = differences(&convert::as_shown(desired), target, live);
        // Where a listing names no brand, the platform writes the shop's name.
        found.retain(|difference| difference.path != "brand" || desired.brand.is_some());
        found.extend(renamed_options(desired, live));
        found
    }
}
