//! What follows a write: looking up, watching, reconciling, expiring.

use super::{
    Hub,
    execute::report,
    handlers::RequestJob,
    journal::{step_place, unseal_step},
    listing::keep_shown,
    settle::{Report, Reported, ended, finish, wait},
    undertaking::Undertaking,
};
use crate::{
    approval::{Event, Observation, Phase, Refusal, Request},
    error::{Error, ErrorKind, Failure, Fate, Result, Retry},
    job::{Finish, JobContext},
    model::{Listing, Ref, Step, StepBegun, StepEnded, StepId},
    plugin::{
        Found, SentStep, WireRequest, Written,
        steps::{doubtful, look_up_in, looked_up, unanswered},
    },
    storage::{ChangeSet, Versioned, load},
    vault::Content,
};
use std::time::Duration;

/// What looking up one step came to.
enum LookedUp {
    Known,
    Later(Duration),
    /// A person has to say; what it could be, as far as that was found.
    Person(Vec<Ref>),
}

impl Hub {
    /// Looks up the unanswered steps of an unknown request. `None`: it may go on; else how the job waits.
    pub(super) async fn look_up(&self, job: &JobContext, request: &Request) -> Result<Option<Finish>> {
        let tenant = &job.job().tenant;
        let Some(grant) = request.grant else { return Ok(Some(finish(None, ended(request.phase)))) };
        let Some((_, undertaking)) = self.undertake_request(job, request).await? else {
            return Ok(Some(finish(None, ended(request.phase))));
        };
        let steps = self.steps_under(tenant, grant).await?;
        let mut open = 0;
        let mut needs_person = false;
        let mut candidates = Vec::new();
        let mut soonest: Option<Duration> = None;
        for begun in doubtful(&steps) {
            match self.look_up_step(&undertaking, &steps, begun).await {
                Err(error) => {
                    let store = (undertaking.store.id, undertaking.version);
                    return self.failed_at(job, store, error).await.map(Some);
                }
                Ok(LookedUp::Known) => {}
                Ok(LookedUp::Later(span)) => {
                    open += 1;
                    soonest = Some(soonest.map_or(span, |known| known.min(span)));
                }
                Ok(LookedUp::Person(found)) => {
                    open += 1;
                    needs_person = true;
                    candidates.extend(found);
                }
            }
        }
        let event = Event::Resolve { open, needs_person };
        let outcome = self.report(&Report { candidates, ..report(job, request, event) }).await?;
        if let Reported::Refused(refusal) = &outcome
            && *refusal != Refusal::AlreadyRecorded
        {
            return Ok(Some(finish(None, ended(request.phase))));
        }
        Ok(match (open, needs_person) {
            (0, _) => None,
            (_, true) => Some(Finish::Dead(
                Error::new(ErrorKind::Conflict, "nobody can tell what became of it; a person has to decide")
                    .with_fate(Fate::Unknown)
                    .to_failure(),
            )),
            (_, false) => Some(finish(None, wait(soonest.unwrap_or(self.0.periods.watch_every)))),
        })
    }

    async fn look_up_step(
        &self,
        undertaking: &Undertaking<'_>,
        steps: &[Step],
        begun: &StepBegun,
    ) -> Result<LookedUp> {
        let settle = undertaking.plugin().manifest().settle;
        let now = self.0.clock.now();
        let wait = look_up_in(steps, begun, now, settle);
        if !wait.is_zero() {
            return Ok(LookedUp::Later(wait));
        }
        let (tenant, platform) = (&undertaking.session.tenant, &undertaking.store.platform);
        let order = undertaking.order.as_ref().map(|order| order.id);
        let keys = self.step_keys(tenant, order).await?;
        let place = step_place(tenant, platform, Content::StepRequest, &begun.key);
        let request: WireRequest = unseal_step(&keys, &place, &begun.request_sealed).await?;
        let (cx, work) = (undertaking.context(), undertaking.work());
        let sent = SentStep { name: &begun.name, request: &request, at: begun.at };
        let found = undertaking.plugin().find_by_reference(&cx, work, sent).await?;
        let Some((fate, failure)) = looked_up(steps, begun, &found) else {
            let Found::Doubtful(candidates) = found else { return Ok(LookedUp::Person(Vec::new())) };
            return Ok(LookedUp::Person(candidates));
        };
        let answer = match found {
            Found::Applied(answer) | Found::Partial(answer) => {
                let place = step_place(tenant, platform, Content::StepAnswer, &begun.key);
                Some(self.seal_answer(&keys, &place, &answer).await?)
            }
            Found::NotApplied { .. } | Found::Doubtful(_) => None,
        };
        let ended = StepEnded {
            id: StepId::new(&*self.0.clock),
            begun: begun.id,
            grant: begun.grant,
            job: begun.job,
            fate,
            answer,
            failure,
            at: now,
        };
        let changes = ChangeSet { steps: vec![Step::Ended(ended)], ..ChangeSet::default() };
        self.store_changes(tenant, changes).await?;
        Ok(if fate == Fate::Unknown { LookedUp::Later(settle) } else { LookedUp::Known })
    }

    /// Asks what became of an accepted write.
    pub(super) async fn watch(&self, job: &JobContext) -> Result<Finish> {
        let payload: RequestJob = job.payload()?;
        let tenant = &job.job().tenant;
        let request = load::<Request>(&*self.0.backend, tenant, payload.request).await?.value;
        let (Phase::Accepted, Some(watch)) = (request.phase, request.watch.clone()) else {
            return Ok(finish(None, ended(request.phase)));
        };
        let Some((_, undertaking)) = self.undertake_request(job, &request).await? else {
            return Ok(finish(None, ended(request.phase)));
        };
        let answer = undertaking.plugin().observe(&undertaking.context(), undertaking.work(), &watch).await;
        let (observation, receipt) = match answer {
            Ok(receipt) => match &receipt.result {
                Written::Done(_) => (Observation::Done, Some(receipt)),
                Written::Accepted { watch: now, .. } if *now == watch => (Observation::Still(watch), None),
                Written::Accepted { watch: now, .. } => (Observation::Still(now.clone()), Some(receipt)),
            },
            // Only what is said about the write itself: a look that was refused says nothing about it.
            Err(error) if error.fate() == Fate::Rejected => (Observation::Failed(error.to_failure()), None),
            Err(error) => {
                return self.failed_at(job, (undertaking.store.id, undertaking.version), error).await;
            }
        };
        let is_overdue = payload.until.is_some_and(|until| self.0.clock.now() >= until);
        let again = wait(self.0.periods.watch_every);
        let (observation, end) = match observation {
            Observation::Still(_) if is_overdue => (Observation::Overdue, ended(Phase::Accepted)),
            // Nothing new: no transition, no audit entry.
            Observation::Still(_) if receipt.is_none() => return Ok(finish(None, again)),
            still @ Observation::Still(_) => (still, again),
            other => (other, ended(Phase::Done)),
        };
        let report = Report {
            end: Some(end.clone()),
            written: receipt.as_ref().map(|receipt| (&undertaking.command, receipt)),
            ..report(job, &request, Event::Observe(observation))
        };
        Ok(match self.report(&report).await? {
            Reported::Stored(after, settled) => {
                if after.phase == Phase::Failed
                    && let Err(error) = self.read_back(&undertaking, &after).await
                {
                    tracing::warn!(request = %after.id, %error, "what the store shows now could not be read");
                }
                finish(settled, end)
            }
            Reported::Refused(_) => finish(None, ended(request.phase)),
        })
    }

    /// Takes over how a listing stands after a write that came to nothing: it is no longer submitted.
    async fn read_back(&self, undertaking: &Undertaking<'_>, request: &Request) -> Result<()> {
        let (Some(listing), Some(first)) = (request.listing, undertaking.target.refs.current().first())
        else {
            return Ok(());
        };
        let tenant = &undertaking.session.tenant;
        let shown = undertaking.plugin().get_product(&undertaking.context(), first).await?;
        let Versioned { value: mut listing, version } =
            load::<Listing>(&*self.0.backend, tenant, listing).await?;
        keep_shown(&mut listing, &shown);
        let mut changes = ChangeSet::default();
        changes.update(version, listing);
        self.store_changes(tenant, changes).await
    }

    /// Looks up what a job that was given up has left open.
    pub(super) async fn reconcile(&self, job: &JobContext) -> Result<Finish> {
        let payload: RequestJob = job.payload()?;
        let request = load::<Request>(&*self.0.backend, &job.job().tenant, payload.request).await?.value;
        let Phase::Unknown { token, needs_person: false } = request.phase else {
            return Ok(finish(None, ended(request.phase)));
        };
        if let Some(failure) = self.final_failure(job, &request).await? {
            let end = ended(Phase::Failed);
            let event = Event::Setback { token, failure, again: false };
            let report = Report { end: Some(end.clone()), ..report(job, &request, event) };
            return Ok(match self.report(&report).await? {
                Reported::Stored(_, settled) => finish(settled, end),
                Reported::Refused(_) => finish(None, ended(request.phase)),
            });
        }
        Ok(match self.look_up(job, &request).await? {
            Some(waiting) => waiting,
            None => finish(None, ended(Phase::Approved)),
        })
    }

    /// Why a request whose job was given up ends, though part of it took effect: nothing is left to look up, and
    /// running it again would fail the same way.
    async fn final_failure(&self, job: &JobContext, request: &Request) -> Result<Option<Failure>> {
        let (Some(grant), Some(failure)) = (request.grant, &request.failure) else { return Ok(None) };
        let steps = self.steps_under(&job.job().tenant, grant).await?;
        if failure.retry != Retry::Never || !unanswered(&steps).is_empty() {
            return Ok(None);
        }
        Ok(Some(Failure { fate: Fate::Partial, ..failure.clone() }))
    }

    /// Ends a request whose deadline has passed.
    pub(super) async fn expire(&self, job: &JobContext) -> Result<Finish> {
        let payload: RequestJob = job.payload()?;
        let request = load::<Request>(&*self.0.backend, &job.job().tenant, payload.request).await?.value;
        let end = ended(Phase::Expired);
        let report = Report { end: Some(end.clone()), ..report(job, &request, Event::Expire) };
        Ok(match self.report(&report).await? {
            Reported::Stored(_, settled) => finish(settled, end),
            // It may be set back, and then wait behind a gate that nobody opens: nobody but this timer ends it.
            Reported::Refused(Refusal::WrongPhase)
                if may_wait_again(request.phase) && self.0.clock.now() >= request.execute_by =>
            {
                finish(None, wait(self.0.periods.watch_every))
            }
            // Amended or approved meanwhile: its new deadline has a timer of its own.
            Reported::Refused(_) => finish(None, ended(request.phase)),
        })
    }
}

/// Whether an expired request may come back to waiting for a worker, and then has to end.
fn may_wait_again(phase: Phase) -> bool {
    matches!(phase, Phase::Executing { .. } | Phase::Unknown { .. } | Phase::Accepted)
}
