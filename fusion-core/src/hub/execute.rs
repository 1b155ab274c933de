//! Carries out a grant: checks what was shown, performs the command through the plugin, stores what came of it.

mod given_up;

use super::{
    Hub,
    asleep::is_locked_out,
    handlers::RequestJob,
    journal::{JobJournal, Permit},
    lost::check_lost,
    settle::{Report, Reported, ended, finish, wait},
    submit::added_before,
    undertaking::Undertaking,
};
use crate::{
    approval::{ClaimCheck, Event, Grant, GrantRecord, Phase, Refusal, Request, Revision},
    error::{Error, ErrorKind, Failure, Fate, Result, Retry},
    job::{Finish, JobContext, JobEnd},
    model::StoreId,
    plugin::{Applied, Carried, Change, Receipt, Written, dispatch, steps::is_touched},
    storage::{Version, load},
};
use serde_json::json;

/// Rounds of looking at the request before the job waits: lost claim, look-up, and the run itself.
const MAX_ROUNDS: u32 = 4;

/// Everything that one attempt works with.
struct Attempt<'a> {
    job: &'a JobContext,
    request: Request,
    revision: Revision,
    undertaking: Undertaking<'a>,
}

impl Hub {
    pub(super) async fn execute(&self, job: &JobContext) -> Result<Finish> {
        let payload: RequestJob = job.payload()?;
        let tenant = &job.job().tenant;
        for _ in 0..MAX_ROUNDS {
            let request = load::<Request>(&*self.0.backend, tenant, payload.request).await?.value;
            match request.phase {
                Phase::Approved => return self.attempt(job, request).await,
                // Claimed by a worker that is gone: its lease ended, else this job would not be ours.
                Phase::Executing { token } => {
                    let report = report(job, &request, Event::LeaseLost { token });
                    self.report(&Report { fenced: true, ..report }).await?;
                }
                Phase::Unknown { needs_person: true, .. } => {
                    return Ok(Finish::Dead(
                        Error::new(
                            ErrorKind::Conflict,
                            "nobody can tell what became of it; a person has to decide",
                        )
                        .with_fate(Fate::Unknown)
                        .to_failure(),
                    ));
                }
                Phase::Unknown { .. } => {
                    if let Some(waiting) = self.look_up(job, &request).await? {
                        return Ok(waiting);
                    }
                }
                phase => return Ok(finish(None, ended(phase))),
            }
        }
        Ok(finish(None, wait(self.0.periods.watch_every)))
    }

    async fn attempt(&self, job: &JobContext, request: Request) -> Result<Finish> {
        let Some((revision, undertaking)) = self.undertake_request(job, &request).await? else {
            return Ok(Finish::Dead(
                Error::new(ErrorKind::Internal, "the request has no command on a store").to_failure(),
            ));
        };
        let attempt = Attempt { job, request, revision, undertaking };
        if let Some(waiting) = self.kept_from(job, &attempt.undertaking.store).await? {
            return Ok(waiting);
        }
        if let Some(listing) = &attempt.undertaking.listing
            && self
                .is_made_elsewhere(&job.job().tenant, &attempt.request, &attempt.undertaking.command, listing)
                .await?
        {
            return Ok(finish(None, wait(self.0.periods.watch_every)));
        }
        let permit = match self.permit(&attempt).await {
            Ok(permit) => permit,
            Err(error) => return self.before_begin(&attempt, job.meant(error, &*self.0.clock)).await,
        };
        let check = permit.check.clone();
        let journal =
            JobJournal::open_for(self, &attempt.undertaking.store.platform, job, Some(permit)).await?;
        let outcome = self.perform(&attempt, &journal).await;
        match outcome.map_err(|error| job.meant(error, &*self.0.clock)) {
            Ok(receipt) => self.finished(&attempt, &journal, &check, &receipt).await,
            Err(error) if journal.has_begun().await => self.set_back(&attempt, &journal, error).await,
            Err(error) => self.before_begin(&attempt, error).await,
        }
    }

    /// Opens the grant and holds what was shown against what is there now.
    async fn permit(&self, attempt: &Attempt<'_>) -> Result<Permit> {
        let Attempt { undertaking, revision: shown, .. } = attempt;
        let tenant = &undertaking.session.tenant;
        if let Some(listing) = &undertaking.listing {
            check_lost(&undertaking.command, listing)?;
        }
        let grant = attempt
            .request
            .grant
            .ok_or_else(|| Error::new(ErrorKind::Refused, "the request has no grant"))?;
        shown.check(tenant, &attempt.request)?;
        let record = load::<GrantRecord>(&*self.0.backend, tenant, grant).await?.value;
        Grant::reopen(record, &attempt.request, tenant, &*self.0.keys).await?;
        let fresh = undertaking.snapshot().await?;
        let touched = attempt.request.attempt > 0 && is_touched(&self.steps_under(tenant, grant).await?);
        let plugin = undertaking.plugin();
        let same_basis = shown.plugin_version == plugin.manifest().version
            && shown.snapshot.facts_version == undertaking.store.facts_version;
        let same_preview = same_basis || undertaking.preview(&shown.snapshot)? == shown.preview;
        let account = undertaking.session.connection.account.clone().unwrap_or_default();
        let mut stale = undertaking.stale_fields(&shown.snapshot, &fresh, touched);
        // Another update has added them meanwhile, which no field of the snapshot tells.
        if let Change::UpdateProduct { edit, .. } = &undertaking.command.change
            && !touched
            && added_before(edit, &undertaking.target).next().is_some()
        {
            stale.push("variants".to_owned());
        }
        let listing_ref = undertaking.target.refs.current().first().map(ToString::to_string);
        // People have agreed to a change of one thing at the platform; a run's own new thing is known to it.
        if listing_ref != shown.listing_ref && !(touched && shown.listing_ref.is_none()) {
            stale.push("listing".to_owned());
        }
        let check =
            ClaimCheck { stale, same_account: account == shown.account, same_preview, grant_holds: true };
        let order = undertaking.order.as_ref().map(|order| order.id);
        Ok(Permit { request: attempt.request.id, grant, order, check })
    }

    async fn perform(&self, attempt: &Attempt<'_>, journal: &JobJournal<'_>) -> Result<Receipt<Applied>> {
        let undertaking = &attempt.undertaking;
        let cx = undertaking.session.journaled(&undertaking.store, journal, attempt.job.progress());
        if let Change::PushStock { unit } = &undertaking.command.change {
            return self.push_agreed(&cx, undertaking.work(), unit, journal, undertaking.plugin()).await;
        }
        let carried = undertaking.order.as_ref().map_or(Carried::Nothing, Carried::Order);
        dispatch(undertaking.plugin(), &cx, undertaking.work(), carried).await
    }

    async fn finished(
        &self,
        attempt: &Attempt<'_>,
        journal: &JobJournal<'_>,
        check: &ClaimCheck,
        receipt: &Receipt<Applied>,
    ) -> Result<Finish> {
        let (watch, until) = match &receipt.result {
            Written::Done(_) => (None, None),
            Written::Accepted { watch, until, .. } => (Some(watch.clone()), Some(*until)),
        };
        let token = attempt.job.lease().token;
        let started = journal.is_started().await;
        let event = Event::Finished { token, started, watch, check };
        let report = Report {
            end: Some(ended(if until.is_some() { Phase::Accepted } else { Phase::Done })),
            // With nothing sent, finishing is a beginning too: it must not happen under two workers.
            fenced: !journal.has_begun().await,
            written: Some((&attempt.undertaking.command, receipt)),
            watch_until: until,
            details: json!({ "losses": receipt.losses.len(), "issues": receipt.issues.len() }),
            ..report(attempt.job, &attempt.request, event)
        };
        match self.report(&report).await? {
            Reported::Stored(request, settled) => Ok(finish(settled, ended(request.phase))),
            Reported::Refused(Refusal::AlreadyRecorded) => Ok(finish(None, ended(Phase::Done))),
            Reported::Refused(refusal) => {
                Ok(Finish::Dead(super::submit::refused(refusal, &attempt.request).to_failure()))
            }
        }
    }

    /// An attempt that sent something ended without the whole effect.
    async fn set_back(
        &self,
        attempt: &Attempt<'_>,
        journal: &JobJournal<'_>,
        error: Error,
    ) -> Result<Finish> {
        let store = self.learn_of(attempt, &error).await;
        let clock = &*self.0.clock;
        let token = attempt.job.lease().token;
        if error.kind() == ErrorKind::Fenced {
            // Another worker owns the job; what was answered is in the journal.
            return Ok(Finish::Failed(error));
        }
        if !journal.has_unanswered().await {
            let end = attempt.job.end_of(&error, clock);
            let again = matches!(end, JobEnd::Retry { .. } | JobEnd::Snooze { .. });
            let failure = partly(error.to_failure(), journal.is_touched().await);
            let event = Event::Setback { token, failure, again };
            return self.end_at(attempt, store, event, end).await;
        }
        // Unanswered: an error that would end it all is no reason not to look at the steps, and nothing else is
        // sent before that. Advice to wait still holds.
        let later = match error.retry() {
            Retry::Never | Retry::AfterUserAction => error.with_retry(Retry::Backoff),
            Retry::Backoff | Retry::When(_) | Retry::AfterReauth => error,
        };
        let end = attempt.job.end_of(&later, clock);
        let event = Event::LeaseLost { token };
        if matches!(end, JobEnd::Dead(_)) {
            self.report(&report(attempt.job, &attempt.request, event)).await?;
            return self.hand_to_person(attempt.job, &attempt.request, end).await;
        }
        self.end_at(attempt, store, event, end).await
    }

    /// Reports `event`, and ends the job in the same commit; one that waits for a sign-in at `store` falls asleep behind it.
    async fn end_at(
        &self,
        attempt: &Attempt<'_>,
        store: (StoreId, Version),
        event: Event<'_>,
        end: JobEnd,
    ) -> Result<Finish> {
        let is_locked_out = is_locked_out(&end);
        let report = Report {
            end: (!is_locked_out).then(|| end.clone()),
            ..report(attempt.job, &attempt.request, event)
        };
        let settled = match self.report(&report).await? {
            Reported::Stored(_, settled) => settled,
            Reported::Refused(_) => None,
        };
        match is_locked_out {
            true => self.sleep(attempt.job, store, end).await,
            false => Ok(finish(settled, end)),
        }
    }

    /// The attempts are used up and a step is unanswered: only a person can say what became of it.
    async fn hand_to_person(&self, job: &JobContext, request: &Request, end: JobEnd) -> Result<Finish> {
        let event = Event::Resolve { open: 1, needs_person: true };
        let report = Report { end: Some(end.clone()), ..report(job, request, event) };
        Ok(match self.report(&report).await? {
            Reported::Stored(_, settled) => finish(settled, end),
            Reported::Refused(_) => finish(None, end),
        })
    }

    async fn learn_of(&self, attempt: &Attempt<'_>, error: &Error) -> (StoreId, Version) {
        let Undertaking { command, store, version, session, .. } = &attempt.undertaking;
        (store.id, self.learn(&session.tenant, (store, *version), command.operation(), error).await)
    }

    /// Nothing was sent by this attempt: the job waits, is tried again, or the request fails untouched.
    async fn before_begin(&self, attempt: &Attempt<'_>, error: Error) -> Result<Finish> {
        let store = self.learn_of(attempt, &error).await;
        if error.kind() == ErrorKind::Fenced {
            // Another worker owns the job, and tells the request what becomes of it.
            return Ok(Finish::Failed(error));
        }
        let now =
            load::<Request>(&*self.0.backend, &attempt.job.job().tenant, attempt.request.id).await?.value;
        if now.phase.is_closed() {
            return Ok(finish(None, ended(now.phase)));
        }
        let end = attempt.job.end_of(&error, &*self.0.clock);
        if let JobEnd::Dead(failure) = &end {
            let event = Event::GivenUp { failure: failure.clone() };
            let report = Report { end: Some(end.clone()), ..report(attempt.job, &attempt.request, event) };
            return Ok(match self.report(&report).await? {
                Reported::Stored(_, settled) => finish(settled, end),
                Reported::Refused(_) => finish(None, end),
            });
        }
        match is_locked_out(&end) {
            true => self.sleep(attempt.job, store, end).await,
            false => Ok(finish(None, end)),
        }
    }
}

/// A report that doesn't end the job yet.
pub(super) fn report<'a>(job: &'a JobContext, request: &Request, event: Event<'a>) -> Report<'a> {
    Report {
        job,
        request: request.id,
        event,
        end: None,
        fenced: false,
        written: None,
        watch_until: None,
        candidates: Vec::new(),
        details: json!({}),
    }
}

/// A failure after steps took effect says so.
fn partly(mut failure: Failure, touched: bool) -> Failure {
    if touched && failure.fate != Fate::Unknown {
        failure.fate = Fate::Partial;
    }
    failure
}
