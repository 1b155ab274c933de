//! What a reviewer is shown.

use super::{Hub, Skipped};
use crate::{
    approval::{Note, Phase, Request, Revision, Seat, Stage},
    canonical::Hash,
    clock::Timestamp,
    error::{Failure, Result},
    model::{BundleId, ListingId, OrderId, RequestId, StoreId},
    plugin::{Command, Preview},
    storage::{Entity, Query, list_all, load, load_each},
    tenant::{Actor, Signature, Tenant},
    verb::{Operation, PlatformSlug},
};
use serde::Serialize;

/// One request as a reviewer is shown it; a vote on it is a vote on its digest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestView {
    /// Which one.
    pub id: RequestId,
    /// With what it is reviewed.
    pub bundle: BundleId,
    /// Its place in the bundle.
    pub position: u32,
    /// Who wants it.
    pub requester: Signature,
    /// What is to be done.
    pub operation: Operation,
    /// On which platform.
    pub platform: Option<PlatformSlug>,
    /// In which store.
    pub store: Option<StoreId>,
    /// On which listing.
    pub listing: Option<ListingId>,
    /// On which order.
    pub order: Option<OrderId>,
    /// Where it stands.
    pub phase: Phase,
    /// Which revision is shown.
    pub revision: u32,
    /// What a vote has to name; `None` while it is a draft.
    pub digest: Option<Hash>,
    /// What it will change, ask, cost and lose.
    pub preview: Preview,
    /// Who has to agree, stage after stage.
    pub stages: Vec<Stage>,
    /// Who has said what.
    pub seats: Vec<Seat>,
    /// The words that people left, oldest first.
    pub notes: Vec<Note>,
    /// Until when people may decide.
    pub decide_by: Timestamp,
    /// Until when it may begin.
    pub execute_by: Timestamp,
    /// Why it failed, went stale or was sent back.
    pub failure: Option<Failure>,
}

impl RequestView {
    /// Nobody has left words yet.
    pub(super) fn new(request: &Request, preview: Preview) -> Self {
        let stages = match request.route.as_ref().map(|route| &route.answer) {
            Some(crate::approval::Answer::People(stages)) => stages.clone(),
            _ => Vec::new(),
        };
        Self {
            id: request.id,
            bundle: request.bundle,
            position: request.position,
            requester: request.requester.clone(),
            operation: request.operation,
            platform: request.platform.clone(),
            store: request.store,
            listing: request.listing,
            order: request.order,
            phase: request.phase,
            revision: request.revision,
            digest: request.digest,
            preview,
            stages,
            seats: request.seats.clone(),
            notes: Vec::new(),
            decide_by: request.decide_by,
            execute_by: request.execute_by,
            failure: request.failure.clone(),
        }
    }
}

/// Requests that are reviewed as one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BundleView {
    /// Which one.
    pub id: BundleId,
    /// Each request, in order.
    pub items: Vec<RequestView>,
    /// What could not be asked for, and why; only told by the call that made the bundle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Listings that stand as they are asked for already; only told by the call that made the bundle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<ListingId>,
}

/// Which requests are listed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestsWanted {
    /// Those that aren't closed: what waits for people or for its work.
    Open,
    /// A store's, open or closed.
    In(StoreId),
    /// A listing's, open or closed.
    On(ListingId),
}

impl BundleView {
    /// A bundle of nothing yet.
    pub(super) const fn new(id: BundleId) -> Self {
        Self { id, items: Vec::new(), skipped: Vec::new(), unchanged: Vec::new() }
    }

    /// How many of the items can be decided on or are beyond that. The others are drafts whose stores a job has to
    /// read first; look at the bundle again, or read them now with [`Hub::prepare`].
    pub fn ready(&self) -> usize {
        self.items.iter().filter(|item| item.phase != Phase::Draft).count()
    }

    /// Whether every item is [`ready`](Self::ready).
    pub fn is_ready(&self) -> bool {
        self.ready() == self.items.len()
    }
}

/// What somebody was shown who votes: requests, each with the digest of what was shown of it.
///
/// Made of a [`BundleView`] or [`RequestView`], or of an id and a digest that came back from wherever those were shown.
#[derive(Clone, Debug)]
pub struct Shown(pub(super) Vec<(RequestId, Option<Hash>)>);

impl From<&BundleView> for Shown {
    fn from(bundle: &BundleView) -> Self {
        Self(bundle.items.iter().map(|item| (item.id, item.digest)).collect())
    }
}

impl From<&RequestView> for Shown {
    fn from(request: &RequestView) -> Self {
        Self(vec![(request.id, request.digest)])
    }
}

impl From<(RequestId, Hash)> for Shown {
    fn from((request, digest): (RequestId, Hash)) -> Self {
        Self(vec![(request, Some(digest))])
    }
}

impl FromIterator<(RequestId, Hash)> for Shown {
    fn from_iter<I: IntoIterator<Item = (RequestId, Hash)>>(shown: I) -> Self {
        Self(shown.into_iter().map(|(request, digest)| (request, Some(digest))).collect())
    }
}

impl Hub {
    /// A bundle as it stands now.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn bundle(&self, by: &Actor, bundle: BundleId) -> Result<BundleView> {
        let requests = list_all::<Request>(&*self.0.backend, by.tenant(), &Query::RequestsOf(bundle)).await?;
        let requests: Vec<Request> = requests.into_iter().map(|request| request.value).collect();
        let mut items = self.views_of(by.tenant(), &requests).await?;
        items.sort_by_key(|item| item.position);
        Ok(BundleView { items, ..BundleView::new(bundle) })
    }

    /// A request as it stands now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such request.
    pub async fn request(&self, by: &Actor, request: RequestId) -> Result<RequestView> {
        let request = load::<Request>(&*self.0.backend, by.tenant(), request).await?;
        self.view_of(by.tenant(), &request.value).await
    }

    /// Requests, `limit` at most, in the order in which they were made, by the millisecond; the next page begins `after`
    /// the last one's id.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn requests(
        &self,
        by: &Actor,
        wanted: RequestsWanted,
        after: Option<RequestId>,
        limit: usize,
    ) -> Result<Vec<RequestView>> {
        let query = match wanted {
            RequestsWanted::Open => Query::OpenRequests,
            RequestsWanted::In(store) => Query::RequestsIn(store),
            RequestsWanted::On(listing) => Query::RequestsOn(listing),
        };
        let page: Vec<Request> = self.page(by, &query, after.map(Request::key), limit).await?;
        self.views_of(by.tenant(), &page).await
    }

    /// The command that a request asks for, as it stands in its current revision.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such request.
    pub async fn command(&self, by: &Actor, request: RequestId) -> Result<Command> {
        let request = load::<Request>(&*self.0.backend, by.tenant(), request).await?.value;
        load::<Revision>(&*self.0.backend, by.tenant(), (request.id, request.revision)).await?.value.open()
    }

    pub(super) async fn view_of(&self, tenant: &Tenant, request: &Request) -> Result<RequestView> {
        let revision = load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?;
        self.view_with(tenant, request, revision.value).await
    }

    async fn views_of(&self, tenant: &Tenant, requests: &[Request]) -> Result<Vec<RequestView>> {
        let current = requests.iter().map(|request| (request.id, request.revision));
        let revisions = load_each::<Revision>(&*self.0.backend, tenant, current).await?;
        let mut views = Vec::with_capacity(requests.len());
        for (request, revision) in requests.iter().zip(revisions) {
            views.push(self.view_with(tenant, request, revision.value).await?);
        }
        Ok(views)
    }

    async fn view_with(&self, tenant: &Tenant, request: &Request, revision: Revision) -> Result<RequestView> {
        let notes = list_all::<Note>(&*self.0.backend, tenant, &Query::NotesOn(request.id)).await?;
        let notes = notes.into_iter().map(|note| note.value).collect();
        Ok(RequestView { notes, ..RequestView::new(request, revision.preview) })
    }
}
