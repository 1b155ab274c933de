//! Bringing in what a store has already: page by page, each page one commit, so that a kill costs no more than a page.

mod alone;
mod batch;
mod convert;
mod decide;
mod ours;
mod page;
mod stock;

use super::{
    Hub,
    commit::Rounds,
    push::shut_out,
    walk::{Walker, overtaken},
};
use crate::{
    clock::Timestamp,
    error::Result,
    job::{Finish, JobContext, JobKind, NewJob, Unique, WhileRunning},
    model::{
        Converted, DoubtId, Import, ImportCounts, Intake, RemoteProduct, Store, StoreId, Unread, Walk,
        Watermark,
    },
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
    walker: Walker<'a>,
    store: &'a Store,
    intake: Intake,
    purpose: Purpose,
    /// Who asked for it.
    by: Actor,
}

/// What products are read for.
enum Purpose {
    /// The import that began then.
    Import(Timestamp),
    /// A person has answered this doubt: its product is none of ours.
    Answer(DoubtId),
}

/// A product as a call has shown it.
#[derive(Clone, Copy)]
struct Shown<'a> {
    read: &'a Converted<RemoteProduct>,
    /// When the call began.
    at: Timestamp,
}

impl Intaking<'_> {
    /// What was read for one import is no page of another one, whose walk begins anew.
    fn check_import(&self, import: &Import) -> Result<()> {
        match self.purpose {
            Purpose::Import(began) if (began, self.intake) != (import.began, import.intake) => {
                Err(overtaken())
            }
            Purpose::Import(_) | Purpose::Answer(_) => Ok(()),
        }
    }

    /// Whether a person has just said that the product is none of ours.
    const fn is_denied(&self) -> bool {
        matches!(self.purpose, Purpose::Answer(_))
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
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such store.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
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
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn import_state(&self, by: &Actor, store: StoreId) -> Result<Option<Import>> {
        Ok(find::<Import>(&*self.0.backend, by.tenant(), store).await?.map(|import| import.value))
    }

    /// Products of a store that no import could read or take, with what is wrong; each import tries them again.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
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
        if let Some(waiting) = self.asleep(job, &store.value, shut_out).await? {
            return Ok(waiting);
        }
        let session = session.within(job.deadline(), job.cancel());
        let by = Actor::new(tenant.clone(), import.by.kind, import.by.id.clone());
        let intaking = Intaking {
            walker: Walker { job: Some(job), store: &store.value, session: &session },
            store: &store.value,
            intake: import.intake,
            purpose: Purpose::Import(import.began),
            by,
        };
        match self.read_all(&intaking).await {
            Err(error) => self.failed_at(job, (store.value.id, store.version), error).await,
            ended => ended,
        }
    }

    async fn read_all(&self, at: &Intaking<'_>) -> Result<Finish> {
        if let Some(waiting) = self.walk(at).await? {
            return Ok(waiting);
        }
        if let Some(waiting) = self.try_alone(at).await? {
            return Ok(waiting);
        }
        self.end_import(at).await
    }

    async fn end_import(&self, at: &Intaking<'_>) -> Result<Finish> {
        let mut rounds = Rounds::of("the import");
        loop {
            let mut import = load::<Import>(&*self.0.backend, at.by.tenant(), at.store.id).await?;
            at.check_import(&import.value)?;
            import.value.ended = Some(self.0.clock.now());
            let counts = import.value.counts;
            let mut changes = ChangeSet { fence: at.walker.fence(), ..ChangeSet::default() };
            changes.update(import.version, import.value);
            self.reread_doubtful(at.by.tenant(), at.store.id, &mut changes).await?;
            if rounds.store(self, at.by.tenant(), changes).await?.is_some() {
                return Ok(Finish::Done(json!(counts)));
            }
        }
    }
}
