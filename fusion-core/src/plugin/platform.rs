//! The one trait that a platform has to offer.

use super::{
    Applied, ConnectionContext, Context, Credentials, Difference, Manifest, Page, Placed, Preview, Receipt,
    SignIn, Snapshot, Target, Watch, Webhooks, WireRequest, WireResponse, Work, differences,
};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{
        Converted, ListingEdit, Media, NewListing, Order, OrderAction, Ref, Refs, RemoteOrder, RemoteProduct,
        Removal, StockRow, Store, StoreFacts,
    },
    verb::Operation,
};
use async_trait::async_trait;

/// Which products a walk is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// Only those changed since then.
    pub changed_since: Option<Timestamp>,
    /// Where to go on: [`Page::next`] of the page before.
    pub cursor: Option<String>,
    /// Products a page, at most; `None` lets the plugin choose.
    pub page_size: Option<u32>,
}

/// What a look-up found out about an unanswered write.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It took effect. The answer is what the platform would have said, in its wire form: the run that goes on
    /// reads it as if it had arrived.
    Applied(WireResponse),
    /// Part of it took effect.
    Partial(WireResponse),
    /// It did not.
    NotApplied {
        /// Whether that is final; if not, it may still show up and is looked up again.
        settled: bool,
    },
    /// Several things could be it; a person has to say.
    Doubtful(Vec<Ref>),
}

/// A step that was sent and never answered, as the journal has kept it.
#[derive(Clone, Copy, Debug)]
pub struct SentStep<'a> {
    /// The step's name, unique within the work.
    pub name: &'a str,
    /// What was sent.
    pub request: &'a WireRequest,
    /// When it began: nothing that is older can be its effect.
    pub at: Timestamp,
}

fn unsupported<T>(plugin: &(impl PlatformPlugin + ?Sized), operation: Operation) -> Result<T> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "the plugin doesn't offer this operation; its manifest lists what it does",
    )
    .with_operation(operation)
    .with_platform(plugin.manifest().slug.clone()))
}

/// A platform, without state of its own: everything it needs comes with the call.
///
/// Implementors promise:
/// - every writing call goes through [`Call::journal`](super::Call::journal) (the sdk's client does it), under a
///   name that is unique within the work and the same in a repeated run;
/// - a field that can't be carried is refused or stands in the receipt's losses: taking a request, leaving a part
///   out and reporting success is the worst fault a plugin can have;
/// - an error tells the fate of the write, and says `NotSent` or `Rejected` only when it is certain;
/// - no secret and no personal value appears in an error, receipt, snapshot or preview.
///
/// Callers may drop any future: the journal then tells what is open.
#[async_trait]
pub trait PlatformPlugin: Send + Sync {
    /// What the plugin says about itself. Always the same.
    fn manifest(&self) -> &Manifest;

    /// Obtains or renews credentials.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: the platform doesn't accept what was given.
    async fn authenticate(&self, cx: &ConnectionContext<'_>, sign_in: SignIn) -> Result<Credentials>;

    /// The storefronts that the authorisation gives access to.
    ///
    /// # Errors
    /// As any read.
    async fn describe(&self, cx: &ConnectionContext<'_>) -> Result<Vec<StoreFacts>>;

    /// One page of products, each with what of it the model can't hold. A record that can't be read never stops it.
    ///
    /// # Errors
    /// As any read.
    async fn list_products(
        &self,
        cx: &Context<'_>,
        query: &ProductQuery,
    ) -> Result<Page<Converted<RemoteProduct>>>;

    /// One product, whole: all its variants, and what of it the model can't hold.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: the platform has no such product.
    async fn get_product(&self, cx: &Context<'_>, product: &Ref) -> Result<Converted<RemoteProduct>>;

    /// Makes a product that buyers can't see yet.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn create_product(&self, cx: &Context<'_>, listing: &NewListing) -> Result<Receipt<Placed>>;

    /// Changes what `edit` names and nothing else.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn update_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        edit: &ListingEdit,
    ) -> Result<Receipt<Placed>>;

    /// Takes a product away. One that is gone already is a success.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn delete_product(
        &self,
        cx: &Context<'_>,
        target: &Target,
        removal: Removal,
    ) -> Result<Receipt<()>>;

    /// Sets stock levels; the receipt answers row by row.
    ///
    /// `rows` are all of one listing that have to be told, however many: the plugin parts them into calls, with
    /// [`WriteUnit::stock_calls`](super::WriteUnit::stock_calls) of its manifest, and nobody before it. It alone
    /// knows which rows become one line, and how the steps of its calls are named. A row that may be tried again
    /// says so in its failure's `retry`.
    ///
    /// # Errors
    /// As any write, where no row was tried; else the rows tell.
    async fn sync_inventory(&self, cx: &Context<'_>, rows: &[StockRow]) -> Result<Receipt<()>>;

    /// Does `action` to `order`; the receipt holds the platform's ids of what was made.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn process_order(
        &self,
        cx: &Context<'_>,
        order: &Order,
        action: &OrderAction,
    ) -> Result<Receipt<Refs>>;

    /// Makes a product visible: creates it or brings it in line, then shows it, as steps.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn publish(
        &self,
        _cx: &Context<'_>,
        _target: &Target,
        _listing: &NewListing,
    ) -> Result<Receipt<Placed>> {
        unsupported(self, Operation::Publish)
    }

    /// Takes a product out of buyers' sight.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn unpublish(&self, cx: &Context<'_>, target: &Target) -> Result<Receipt<()>> {
        self.delete_product(cx, target, Removal::Hide).await
    }

    /// One page of orders changed at `since` or later, each whole: all its lines, fulfilments and refunds. One that
    /// can't be read never stops it.
    ///
    /// # Errors
    /// As any read.
    async fn list_orders(
        &self,
        _cx: &Context<'_>,
        _since: Option<Timestamp>,
        _cursor: Option<&str>,
    ) -> Result<Page<Converted<RemoteOrder>>> {
        unsupported(self, Operation::ListOrders)
    }

    /// One order, whole, read past every index. Belongs to the operation [`Operation::ListOrders`]: a plugin that
    /// lists orders reads one alone too, since a notification names one, a record that a page couldn't read is
    /// tried again alone, and a command on an order is held against what the order is now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: the platform has no such order. [`ErrorKind::Protocol`]: it can't be read.
    async fn get_order(&self, _cx: &Context<'_>, _order: &Ref) -> Result<Converted<RemoteOrder>> {
        unsupported(self, Operation::ListOrders)
    }

    /// What each command reads or overwrites, as the platform has it now. Commands on orders don't come here: the
    /// hub reads the order with [`get_order`](Self::get_order), checks counts and amounts, and takes the snapshot
    /// itself; its paths stand at [`preview`](Self::preview). Commands that make something new need no call and
    /// have no fields here: the default.
    ///
    /// # Errors
    /// As any read.
    async fn snapshot(&self, cx: &Context<'_>, works: &[Work<'_>]) -> Result<Vec<Snapshot>> {
        if let Some(work) = works.iter().find(|work| !work.target.refs.is_empty()) {
            return unsupported(self, work.command.operation());
        }
        Ok(works
            .iter()
            .map(|_| Snapshot { facts_version: cx.store.facts_version, ..Snapshot::default() })
            .collect())
    }

    /// What the command will change, ask, cost and lose. Pure: reads only what is given.
    ///
    /// Of a command on an order, `snapshot` has these fields, and the hub fills [`Preview::changes`] where they are
    /// left empty:
    ///
    /// | path | value | of which actions |
    /// |---|---|---|
    /// | `number` | the number that people say, or null | all |
    /// | `life` | [`OrderFacts::life`](crate::model::OrderFacts::life) | all |
    /// | `lines.KEY.current` | pieces that are still wanted | ship, cancel, refund, submit, produce |
    /// | `lines.KEY.shipped` | pieces that have left | ship, cancel |
    /// | `paid` | what was paid less what went back, a [`Paired`](crate::model::Paired); isn't there where the platform doesn't tell or currencies differ | refund, cancel with refund |
    /// | `refunds` | what went back, a list in the shop's currency | refund |
    /// | `fulfilments.KEY.tracking` | numbers, a list | amend tracking |
    /// | `fulfilments.KEY.carrier` | who carries it, or null | amend tracking |
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: it can't be done, with every problem.
    fn preview(&self, store: &Store, work: Work<'_>, snapshot: &Snapshot) -> Result<Preview>;

    /// Asks what became of an accepted write.
    ///
    /// # Errors
    /// As any read.
    async fn observe(&self, _cx: &Context<'_>, _work: Work<'_>, _watch: &Watch) -> Result<Receipt<Applied>> {
        unsupported(self, Operation::Observe)
    }

    /// Looks up whether the unanswered step `step` took effect.
    ///
    /// # Errors
    /// As any read.
    async fn find_by_reference(
        &self,
        _cx: &Context<'_>,
        _work: Work<'_>,
        _step: SentStep<'_>,
    ) -> Result<Found> {
        unsupported(self, Operation::FindByReference)
    }

    /// Hands the platform the bytes of a picture or file and returns its ids.
    ///
    /// # Errors
    /// As any write; the fate says what became of it.
    async fn upload_media(&self, _cx: &Context<'_>, _media: &Media) -> Result<Receipt<Refs>> {
        unsupported(self, Operation::UploadMedia)
    }

    /// The platform's notifications, if it has any.
    fn webhooks(&self) -> Option<&dyn Webhooks> {
        None
    }

    /// Where `live` differs from `desired`; what was not read is no difference. Names of options are compared by plugins
    /// whose platform shows them as they were given, with [`renamed_options`](super::renamed_options).
    fn drift(&self, desired: &NewListing, target: &Target, live: &RemoteProduct) -> Vec<Difference> {
        differences(desired, target, live)
    }
}
