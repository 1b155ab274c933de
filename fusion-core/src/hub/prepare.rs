//! Drafts: what is asked for before its store has been read, and the job that reads it and puts it before people.

mod changes_nothing;
mod draft;

pub(super) use draft::Wish;

use self::changes_nothing::changes_nothing;
use super::{
    BundleView, Hub,
    commit::Rounds,
    effects::Circumstances,
    handlers::RequestJob,
    settle::{ended, finish},
    submit::{check_listing, refused},
};
use crate::{
    approval::{Event, Phase, PolicyRecord, Request, Revision, transition},
    error::{Error, ErrorKind, Failure, Result},
    job::{Finish, JobContext, NewJob},
    model::{BundleId, RequestId, StoreId},
    plugin::guard,
    storage::{ChangeSet, Query, Version, Versioned, list_all, load},
    tenant::{Actor, Tenant},
};
use futures_util::stream::{self, StreamExt as _};
use serde_json::json;

/// Drafts that [`Hub::prepare`] reads at once: the platform's budgets slow them down anyway.
const AT_ONCE: usize = 8;

/// What reading a store for a draft came to.
enum Prepared {
    /// It asks for agreement now.
    Asked,
    /// It is no draft any more.
    Gone,
    /// It can't or needn't be asked for.
    Ended(Failure),
    /// Its store, as it was at this version, could not be read.
    Unread(Error, StoreId, Version),
}

impl Hub {
    /// Reads what the drafts of `bundle` would overwrite and puts them before people, instead of waiting for a worker.
    ///
    /// # Errors
    /// Storage's. A draft that can't be put before people is withdrawn with the reason; one whose store can't be
    /// reached now stays a draft, and its job tries again.
    ///
    /// # Cancellation
    /// Dropping the future leaves the others drafts; their jobs go on.
    pub async fn prepare(&self, by: &Actor, bundle: BundleId) -> Result<BundleView> {
        let requests = list_all::<Request>(&*self.0.backend, by.tenant(), &Query::RequestsOf(bundle)).await?;
        let drafts: Vec<RequestId> = requests
            .into_iter()
            .map(|request| request.value)
            .filter(is_draft)
            .map(|draft| draft.id)
            .collect();
        let read = stream::iter(drafts).map(|draft| async move {
            if let Err(error) | Ok(Prepared::Unread(error, ..)) =
                self.prepare_request(by.tenant(), draft, None).await
            {
                tracing::info!(request = %draft, %error, "a draft waits for its store");
            }
        });
        read.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        self.bundle(by, bundle).await
    }

    /// One attempt of a draft's job.
    pub(super) async fn prepare_job(&self, job: &JobContext) -> Result<Finish> {
        let payload: RequestJob = job.payload()?;
        let tenant = &job.job().tenant;
        match self.prepare_request(tenant, payload.request, Some(job)).await {
            Ok(Prepared::Asked | Prepared::Gone | Prepared::Ended(_)) => {
                let request = load::<Request>(&*self.0.backend, tenant, payload.request).await?.value;
                Ok(finish(None, ended(request.phase)))
            }
            Ok(Prepared::Unread(error, store, version)) => self.failed_at(job, (store, version), error).await,
            Err(error) => Ok(Finish::Failed(job.meant(error, &*self.0.clock))),
        }
    }

    /// The queue gave a draft's job up.
    pub(super) async fn not_prepared(&self, job: &NewJob, why: Failure) -> Result<()> {
        let payload: RequestJob = serde_json::from_value(job.payload.clone()).map_err(|source| {
            Error::new(ErrorKind::Internal, "the job's payload can't be read").with_source(source)
        })?;
        self.end_draft(&job.tenant, payload.request, why).await
    }

    async fn prepare_request(
        &self,
        tenant: &Tenant,
        id: RequestId,
        job: Option<&JobContext>,
    ) -> Result<Prepared> {
        let prepared = match self.put_before_people(tenant, id, job).await {
            // It would be refused the same way tomorrow.
            Err(error) | Ok(Prepared::Unread(error, ..)) if error.is_final() => {
                Prepared::Ended(error.to_failure())
            }
            other => other?,
        };
        if let Prepared::Ended(failure) = &prepared {
            self.end_draft(tenant, id, failure.clone()).await?;
        }
        Ok(prepared)
    }

    async fn put_before_people(
        &self,
        tenant: &Tenant,
        id: RequestId,
        job: Option<&JobContext>,
    ) -> Result<Prepared> {
        let backend = &*self.0.backend;
        let mut rounds = Rounds::of("what it is made from");
        loop {
            let Versioned { value: draft, version } = load::<Request>(backend, tenant, id).await?;
            if !is_draft(&draft) {
                return Ok(Prepared::Gone);
            }
            let wanted = load::<Revision>(backend, tenant, (id, 0)).await?.value;
            let by = Actor::new(tenant.clone(), draft.requester.kind, draft.requester.id.clone());
            let Some(mut undertaking) = self.undertake(tenant, wanted.open()?).await? else {
                return Ok(Prepared::Gone);
            };
            if let Some(job) = job {
                undertaking.session = undertaking.session.within(job.deadline(), job.cancel());
            }
            check_listing(&undertaking.command, undertaking.listing.as_ref())?;
            guard(undertaking.plugin().manifest(), &undertaking.store, &undertaking.command)?;
            let snapshot = match undertaking.snapshot().await {
                Ok(snapshot) => snapshot,
                Err(error) => return Ok(Prepared::Unread(error, undertaking.store.id, undertaking.version)),
            };
            let preview = undertaking.plugin().preview(&undertaking.store, undertaking.work(), &snapshot)?;
            if changes_nothing(undertaking.work(), undertaking.listing.as_ref(), &preview) {
                let why = "the store shows it as it is asked for; there is nothing to change";
                return Ok(Prepared::Ended(Error::new(ErrorKind::AlreadyExists, why).to_failure()));
            }
            let policy = self.policy_of(tenant).await?;
            let next = Request { revision: 1, ..draft };
            // Before the seats are held against the people there are.
            let facts = self.facts(tenant, by.signature(), &next).await?;
            let (revision, submitted) = self
                .revise(
                    &by,
                    &next,
                    &policy,
                    &undertaking.command,
                    &undertaking.session,
                    &undertaking.target,
                    snapshot,
                    preview,
                )
                .await?;
            let asked = transition(&next, Event::Submit(submitted), &facts.borrow())
                .map_err(|refusal| refused(refusal, &next))?;
            let mut changes = ChangeSet::default();
            changes.rely_on::<PolicyRecord>((), policy.version);
            let details = json!({
                "digest": revision.digest, "revision": 1, "policy": policy.value.hash, "bundle": next.bundle,
            });
            let circumstances = Circumstances::new(tenant, by.signature(), details);
            self.carry_out(&mut changes, &circumstances, version, asked).await?;
            changes.create(revision);
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(Prepared::Asked);
            }
        }
    }

    async fn end_draft(&self, tenant: &Tenant, id: RequestId, why: Failure) -> Result<()> {
        let hub = Actor::system(tenant, "hub");
        let mut rounds = Rounds::of("the request");
        loop {
            let Versioned { value: draft, version } = load::<Request>(&*self.0.backend, tenant, id).await?;
            let facts = self.facts(tenant, hub.signature(), &draft).await?;
            let event = Event::GivenUp { failure: why.clone() };
            // Somebody else was quicker.
            let Ok(ended) = transition(&draft, event, &facts.borrow()) else { return Ok(()) };
            let mut changes = ChangeSet::default();
            let circumstances = Circumstances::new(tenant, hub.signature(), json!({ "why": why.message }));
            self.carry_out(&mut changes, &circumstances, version, ended).await?;
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(());
            }
        }
    }
}

/// Whether its store is still to be read; a draft that was sent back for changes isn't one of these.
fn is_draft(request: &Request) -> bool {
    request.phase == Phase::Draft && request.digest.is_none()
}
