//! Bringing in what a store has already: page by page, each page one commit, so that a kill costs no more than a page.

mod alone;
mod convert;
mod decide;
mod ours;
mod page;
mod stock;

pub(super) use convert::unheld;

use super::{Hub, commit::Rounds, push::shut_out, session::Session};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result, Retry},
    job::{Finish, JobContext, JobKind, Lease, NewJob, Unique, WhileRunning},
    model::{
        Converted, Cursor, Import, ImportCounts, Intake, RemoteProduct, Store, StoreId, Unread, Walk,
        Watermark,
    },
    plugin::{Page, Paged, ProductQuery},
    storage::{ChangeSet, Query, Version, find, list_all, load},
    tenant::Actor,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Payload of a job that imports a store's products.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ImportJob {
    store: StoreId,
}

/// Everything that one attempt works with.
struct Intaking<'a> {
    /// `None`: a person waits for it.
    job: Option<&'a JobContext>,
    store: &'a Store,
    session: &'a Session<'a>,
    intake: Intake,
    /// When the import began that it works for; `None`: for none.
    began: Option<Timestamp>,
    /// Who asked for it.
    by: Actor,
}

impl Intaking<'_> {
    /// A lost lease refuses what is stored under it.
    fn fence(&self) -> Option<Lease> {
        self.job.map(|job| job.lease().clone())
    }

    /// What was read for one import is no page of another one, whose walk begins anew.
    fn check_import(&self, import: &Import) -> Result<()> {
        match self.began.is_none_or(|began| (began, self.intake) == (import.began, import.intake)) {
            true => Ok(()),
            false => Err(overtaken()),
        }
    }
}

impl Hub {
    /// Starts to bring a store's products into the catalogue, or goes on with what was begun; a worker does it.
    ///
    /// A product whose listing is known is read anew, one whose SKUs say which product of ours it is gets tied to
    /// it, and one that could be several waits as a [doubt](Self::doubts). After an import that came to its end
    /// the next one reads only what has changed since. [`import_state`](Self::import_state) tells how far it is.
    /// Cancelling its job leaves every page that was stored whole.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn import(&self, by: &Actor, store: StoreId, intake: Intake) -> Result<Import> {
        let backend = &*self.0.backend;
        load::<Store>(backend, by.tenant(), store).await?;
        let mut rounds = Rounds::of("the import");
        loop {
            let mark = find::<Watermark>(backend, by.tenant(), (store, Walk::Products)).await?;
            let (mut mark, mark_version) = mark
                .map_or((Watermark::new(store, Walk::Products), Version::NEW), |mark| {
                    (mark.value, mark.version)
                });
            let last = find::<Import>(backend, by.tenant(), store).await?;
            let (last, version) = last.map_or((None, Version::NEW), |last| (Some(last.value), last.version));
            let mut changes = ChangeSet::default();
            let import = match last {
                Some(last) if last.ended.is_none() && last.intake == intake => last,
                last => {
                    let now = self.0.clock.now();
                    // What an earlier one has left would stay unseen otherwise.
                    let is_covered =
                        last.is_none_or(|last| last.intake == intake || last.intake == Intake::Everything);
                    mark.begin(mark.covered.filter(|_| is_covered), now);
                    changes.update(mark_version, mark);
                    let by = by.signature().clone();
                    Import {
                        store,
                        intake,
                        by,
                        began: now,
                        ended: None,
                        counts: ImportCounts::default(),
                        repeated_skus: Vec::new(),
                        losses: Vec::new(),
                    }
                }
            };
            changes.update(version, import.clone());
            changes.jobs.push(self.import_job(by, store)?);
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(import);
            }
        }
    }

    /// How far the newest import of a store is, and what it has brought; `None`: there was none.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn import_state(&self, by: &Actor, store: StoreId) -> Result<Option<Import>> {
        Ok(find::<Import>(&*self.0.backend, by.tenant(), store).await?.map(|import| import.value))
    }

    /// Products of a store that no import could read or take, with what is wrong; each import tries them again.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn unread(&self, by: &Actor, store: StoreId) -> Result<Vec<Unread>> {
        let query = Query::UnreadIn(store, Walk::Products);
        let unread = list_all::<Unread>(&*self.0.backend, by.tenant(), &query).await?;
        Ok(unread.into_iter().map(|unread| unread.value).collect())
    }

    fn import_job(&self, by: &Actor, store: StoreId) -> Result<NewJob> {
        let payload = json!(ImportJob { store });
        let mut job = NewJob::new(&*self.0.clock, by.tenant(), JobKind::IMPORT, payload);
        job.partition = Some(store);
        job.begins_work = true;
        job.unique =
            Some(Unique::new(&JobKind::IMPORT, &[store.as_uuid().as_bytes()], WhileRunning::FollowUp));
        Ok(job)
    }

    pub(super) async fn run_import(&self, job: &JobContext) -> Result<Finish> {
        let ImportJob { store } = job.payload()?;
        let tenant = &job.job().tenant;
        let Some(import) = find::<Import>(&*self.0.backend, tenant, store).await? else {
            return Ok(Finish::Done(json!({ "skipped": "nobody has asked for it" })));
        };
        let import = import.value;
        if import.ended.is_some() {
            return Ok(Finish::Done(json!(import.counts)));
        }
        let (store, session) = self.store_session(tenant, store).await?;
        if let Some(waiting) = shut_out(&store.value) {
            return Ok(waiting);
        }
        let session = session.within(job.deadline(), job.cancel());
        let by = Actor::new(tenant.clone(), import.by.kind, import.by.id.clone());
        let intaking = Intaking {
            job: Some(job),
            store: &store.value,
            session: &session,
            intake: import.intake,
            began: Some(import.began),
            by,
        };
        if let Some(waiting) = self.walk_products(&intaking).await? {
            return Ok(waiting);
        }
        if let Some(waiting) = self.try_alone(&intaking).await? {
            return Ok(waiting);
        }
        self.end_import(&intaking).await
    }

    /// Stores page after page; says how the job waits if its time is over before the last.
    async fn walk_products(&self, at: &Intaking<'_>) -> Result<Option<Finish>> {
        let mut is_anew = false;
        while let Some(cursor) = self.cursor(at).await? {
            let begins_at = cursor.page.clone();
            let mut walk = Paged::new(begins_at.clone(), name_of, |page| fetch(at, &cursor, page));
            let mut is_first = true;
            let mut from = begins_at.clone();
            loop {
                if let Some(waiting) = self.pause_at(at)? {
                    return Ok(Some(waiting));
                }
                match walk.next().await {
                    Ok(Some(page)) => {
                        let next = page.next.clone();
                        self.store_page(at, from, page).await?;
                        from = next;
                    }
                    Ok(None) => break,
                    // The platform no longer knows the page that was next: all over again, and only once.
                    Err(error) if is_first && begins_at.is_some() && !is_anew && error.is_final() => {
                        is_anew = true;
                        self.walk_anew(at, &cursor).await?;
                        break;
                    }
                    Err(error) => return Err(error),
                }
                is_first = false;
            }
        }
        Ok(None)
    }

    fn pause_at(&self, at: &Intaking<'_>) -> Result<Option<Finish>> {
        at.job.map_or(Ok(None), |job| self.pause(job))
    }

    async fn cursor(&self, at: &Intaking<'_>) -> Result<Option<Cursor>> {
        let id = (at.store.id, Walk::Products);
        Ok(load::<Watermark>(&*self.0.backend, at.by.tenant(), id).await?.value.cursor)
    }

    async fn walk_anew(&self, at: &Intaking<'_>, cursor: &Cursor) -> Result<()> {
        let id = (at.store.id, Walk::Products);
        let mut mark = load::<Watermark>(&*self.0.backend, at.by.tenant(), id).await?;
        if mark.value.cursor.as_ref() != Some(cursor) {
            return Err(overtaken());
        }
        mark.value.begin(cursor.since, self.0.clock.now());
        let mut changes = ChangeSet { fence: at.fence(), ..ChangeSet::default() };
        changes.update(mark.version, mark.value);
        self.store_changes(at.by.tenant(), changes).await
    }

    async fn end_import(&self, at: &Intaking<'_>) -> Result<Finish> {
        let mut rounds = Rounds::of("the import");
        loop {
            let mut import = load::<Import>(&*self.0.backend, at.by.tenant(), at.store.id).await?;
            at.check_import(&import.value)?;
            import.value.ended = Some(self.0.clock.now());
            let counts = import.value.counts;
            let mut changes = ChangeSet { fence: at.fence(), ..ChangeSet::default() };
            changes.update(import.version, import.value);
            self.reread_doubtful(at.by.tenant(), at.store.id, &mut changes).await?;
            if rounds.store(self, at.by.tenant(), changes).await?.is_some() {
                return Ok(Finish::Done(json!(counts)));
            }
        }
    }
}

async fn fetch(
    at: &Intaking<'_>,
    cursor: &Cursor,
    page: Option<String>,
) -> Result<Page<Converted<RemoteProduct>>> {
    let query = ProductQuery { changed_since: cursor.since, cursor: page, page_size: None };
    at.session.plugin().list_products(&at.session.context(at.store), &query).await
}

/// Another import was asked for meanwhile, or another worker is at the walk.
fn overtaken() -> Error {
    Error::new(ErrorKind::Unavailable, "the import was begun anew meanwhile").with_retry(Retry::Backoff)
}

fn name_of(product: &Converted<RemoteProduct>) -> String {
    product.value.refs.current().first().map(ToString::to_string).unwrap_or_default()
}
