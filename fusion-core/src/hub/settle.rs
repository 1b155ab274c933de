//! What became of a job, its request and its listing, in one commit.

use super::{
    Hub,
    commit::Rounds,
    effects::{Circumstances, is_doubled, is_touched, serial_key},
    handlers::StockJob,
    listing::edited,
};
use crate::{
    approval::{Event, Phase, Refusal, Request, transition},
    canonical,
    clock::Timestamp,
    error::{Error, ErrorKind, Result, Retry, Severity, When},
    job::{Finish, JobContext, JobEnd, JobKind, NewJob, Settled, Settlement, Unique, WhileRunning},
    model::{
        Candidate, Choice, Issue, Lifecycle, Listing, ListingEdit, ListingId, ListingVariant, Question, Ref,
        Refs, RemoteProduct, Removal, ShippedBy,
    },
    plugin::{Applied, Change, Command, Placed, Receipt, Written},
    storage::{ChangeSet, Versioned, find, load},
    tenant::{Actor, Tenant},
    verb::{Operation, PlatformSlug},
};
use serde_json::{Value, json};

/// The issue of a listing that was given ids of another's.
pub(super) const SHARED_ID: &str = "shared_id";

/// What is to be reported about a request.
pub(super) struct Report<'a> {
    pub(super) job: &'a JobContext,
    pub(super) request: crate::model::RequestId,
    pub(super) event: Event<'a>,
    /// How the job ends, if this ends it.
    pub(super) end: Option<JobEnd>,
    /// Whether all of it is refused when the lease is lost.
    pub(super) fenced: bool,
    /// What the platform answered, for the listing.
    pub(super) written: Option<(&'a Command, &'a Receipt<Applied>)>,
    pub(super) watch_until: Option<Timestamp>,
    /// What a lost creation may have made at the platform.
    pub(super) candidates: Vec<Ref>,
    pub(super) details: Value,
}

/// What a report came to.
pub(super) enum Reported {
    Stored(Box<Request>, Option<Settled>),
    Refused(Refusal),
}

impl Hub {
    /// Stores a report; meets every collision with another round.
    pub(super) async fn report(&self, report: &Report<'_>) -> Result<Reported> {
        let inner = &*self.0;
        let tenant = &report.job.job().tenant;
        let worker = Actor::system(tenant, "worker");
        let mut clashes = false;
        let mut rounds = Rounds::of("the request");
        loop {
            let Versioned { value: request, version } =
                load::<Request>(&*inner.backend, tenant, report.request).await?;
            let mut facts = self.facts(tenant, worker.signature(), &request).await?;
            let mut event = report.event.clone();
            if let Some(grant) = request.grant {
                let steps = self.steps_under(tenant, grant).await?;
                facts.set_touched(is_touched(&steps));
                if !is_doubled(&steps) {
                    speak_for(&mut event, &request);
                }
            }
            let transition = match transition(&request, event, &facts.borrow()) {
                Ok(transition) => transition,
                Err(refusal) => return Ok(Reported::Refused(refusal)),
            };
            let mut changes = ChangeSet {
                fence: report.fenced.then(|| report.job.lease().clone()),
                settle: report.end.clone().map(|end| Settlement { lease: report.job.lease().clone(), end }),
                ..ChangeSet::default()
            };
            if let (Some((command, receipt)), Phase::Done | Phase::Accepted) =
                (report.written, transition.request.phase)
            {
                match clashes {
                    false => {
                        self.keep_written(tenant, &transition.request, command, receipt, &mut changes)
                            .await?;
                    }
                    true => self.keep_clash(tenant, command, receipt, &mut changes).await?,
                }
            }
            let circumstances = Circumstances {
                running: Some(report.job.job()),
                watch_until: report.watch_until,
                candidates: report.candidates.clone(),
                ..Circumstances::new(tenant, worker.signature(), report.details.clone())
            };
            let after = self.carry_out(&mut changes, &circumstances, version, transition).await?;
            match rounds.store(self, tenant, changes).await {
                Ok(Some(committed)) => return Ok(Reported::Stored(Box::new(after), committed.settled)),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists && !clashes => clashes = true,
                Err(error) => return Err(error),
            }
        }
    }

    /// Brings the listing in line with what the platform answered, and lets a stock push follow.
    async fn keep_written(
        &self,
        tenant: &Tenant,
        request: &Request,
        command: &Command,
        receipt: &Receipt<Applied>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        if let Change::Order { order, action } = &command.change {
            return self.keep_acted(tenant, request.id, (*order, action), receipt, changes).await;
        }
        let Some(id) = command.listing() else { return Ok(()) };
        let Some(Versioned { value: mut listing, version }) =
            find::<Listing>(&*self.0.backend, tenant, id).await?
        else {
            return Ok(());
        };
        let applied = match &receipt.result {
            Written::Done(applied) => Some(applied),
            Written::Accepted { so_far, .. } => so_far.as_ref(),
        };
        if let Change::UpdateProduct { edit, .. } = &command.change {
            // Before what the platform answered: its ids need the rows that they belong to.
            bring_rows(&mut listing, edit, matches!(receipt.result, Written::Done(_)));
        }
        match applied {
            Some(Applied::Placed(placed)) => {
                take_over(&mut listing, placed)?;
                listing.issues.clone_from(&placed.product.issues);
                if let Some(first) = listing.refs.current().first().cloned() {
                    // A late answer says more than a person could.
                    let hub = Actor::system(tenant, "hub");
                    let it = Choice::This(Candidate::Remote(first));
                    self.answer_listing(tenant, hub.signature(), &mut listing, it, changes).await?;
                }
            }
            Some(Applied::Removed) => self.take_away(command, &mut listing),
            Some(Applied::Stock | Applied::Order(_) | Applied::Uploaded(_)) => return Ok(()),
            None => listing.state.lifecycle = Lifecycle::Submitted,
        }
        if let Change::CreateProduct { listing: desired } | Change::Publish { listing: desired } =
            &command.change
        {
            listing.applied = Some(canonical::hash(&**desired)?);
            listing.desired = Some(desired.clone());
        }
        if let (Change::UpdateProduct { edit, .. }, Some(desired)) = (&command.change, &mut listing.desired) {
            edited(desired, edit);
            listing.applied = Some(canonical::hash(&**desired)?);
        }
        for issue in &receipt.issues {
            if !listing.issues.contains(issue) {
                listing.issues.push(issue.clone());
            }
        }
        listing.synced = Some(self.0.clock.now());
        let is_counted = listing
            .desired
            .as_ref()
            .is_some_and(|desired| desired.variants.iter().any(|variant| variant.counted));
        if let Some(platform) = request.platform.as_ref().filter(|_| is_counted && !listing.refs.is_empty()) {
            changes.jobs.push(self.push_job(tenant, platform, &listing)?);
        }
        changes.update(version, listing);
        Ok(())
    }

    /// The platform has given the listing ids that another one has: the answer counts, and a person has to say
    /// which is which.
    async fn keep_clash(
        &self,
        tenant: &Tenant,
        command: &Command,
        receipt: &Receipt<Applied>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let Some(id) = command.listing() else { return Ok(()) };
        let Versioned { value: mut listing, version } = load::<Listing>(&*self.0.backend, tenant, id).await?;
        let issue = Issue {
            code: SHARED_ID.to_owned(),
            message: "the platform gave it an id that another listing of the store has; its doubt asks which is which"
                .to_owned(),
            severity: Severity::Error,
            fields: Vec::new(),
        };
        if !listing.issues.contains(&issue) {
            listing.issues.push(issue);
        }
        if listing.doubt.is_none() {
            let applied = match &receipt.result {
                Written::Done(applied) => Some(applied),
                Written::Accepted { so_far, .. } => so_far.as_ref(),
            };
            let given = match applied {
                Some(Applied::Placed(placed)) => placed.product.refs.current(),
                _ => &[],
            };
            let candidates = given.iter().cloned().map(Candidate::Remote).collect();
            let question = Question::SharedId { listing: listing.id };
            self.raise(tenant, &mut listing, question, candidates, changes)?;
        }
        listing.synced = Some(self.0.clock.now());
        changes.update(version, listing);
        Ok(())
    }

    fn take_away(&self, command: &Command, listing: &mut Listing) {
        let Change::DeleteProduct { removal, .. } = &command.change else {
            listing.state.lifecycle = Lifecycle::Hidden;
            return;
        };
        listing.state.lifecycle = match removal {
            Removal::Hide => Lifecycle::Hidden,
            Removal::Archive => Lifecycle::Ended,
            Removal::Delete => {
                listing.refs.retire_all();
                for variant in &mut listing.variants {
                    variant.refs.retire_all();
                }
                listing.desired = None;
                Lifecycle::Gone
            }
        };
    }

    /// The job that brings a listing's stock in line: newest wins, one at a time.
    pub(super) fn push_job(
        &self,
        tenant: &Tenant,
        platform: &PlatformSlug,
        listing: &Listing,
    ) -> Result<NewJob> {
        let unit = self.0.plugins.get(platform)?.plugin.manifest().write_unit;
        let payload = StockJob { listing: listing.id }.to_payload()?;
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::PUSH_STOCK, payload);
        job.partition = Some(listing.store);
        job.begins_work = true;
        job.unique = Some(unique_push(listing.id));
        job.serial = Some(serial_key(unit, Operation::SyncInventory, listing.id));
        Ok(job)
    }
}

/// Attempts that shared every step brought about one effect: the later one's report is that of the attempt that
/// stands, and no reason for an alarm.
fn speak_for(event: &mut Event<'_>, request: &Request) {
    if let (Event::Finished { token, started: true, .. }, Some(stands)) = (event, request.token)
        && matches!(request.phase, Phase::Executing { .. } | Phase::Done | Phase::Accepted)
    {
        *token = stands;
    }
}

fn unique_push(listing: ListingId) -> Unique {
    Unique::new(&JobKind::PUSH_STOCK, &[listing.as_uuid().as_bytes()], WhileRunning::FollowUp)
}

/// Gives added variants a row; once the platform has done the edit, removed ones lose what it called them.
fn bring_rows(listing: &mut Listing, edit: &ListingEdit, is_done: bool) {
    for added in &edit.add {
        if let Some(known) = listing.variants.iter_mut().find(|row| row.id == added.id) {
            known.offered = true;
            continue;
        }
        listing.variants.push(ListingVariant {
            id: added.id,
            variant: added.variant,
            refs: Refs::default(),
            remote_sku: None,
            offered: true,
            offer: None,
            shipped_by: ShippedBy::default(),
        });
    }
    let removed = listing.variants.iter_mut().filter(|row| is_done && edit.remove.contains(&row.id));
    for row in removed {
        row.refs.retire_all();
        row.offered = false;
    }
}

/// Takes over the platform's ids and state.
fn take_over(listing: &mut Listing, placed: &Placed) -> Result<()> {
    listing.refs.merge(&placed.product.refs);
    listing.state = placed.product.state.clone();
    listing.observed = Some(observed(&placed.product)?);
    for (id, refs) in &placed.variants {
        if let Some(row) = listing.variants.iter_mut().find(|row| row.id == *id) {
            row.refs.merge(refs);
        }
    }
    for (id, refs) in &placed.media {
        match listing.media.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => known.merge(refs),
            None => listing.media.push((*id, refs.clone())),
        }
    }
    Ok(())
}

/// Hash of what a buyer sees: times, versions and addresses change without anybody changing the listing.
pub(super) fn observed(product: &RemoteProduct) -> Result<canonical::Hash> {
    canonical::hash(&json!({
        "title": product.title, "description": product.description,
        "bullets": product.bullets, "brand": product.brand, "tags": product.tags,
        "variants": product.variants.value().map(|variants| {
            variants.iter().map(|variant| json!({
                "refs": variant.refs.current(), "sku": variant.sku, "offer": variant.offer, "options": variant.options,
            })).collect::<Vec<_>>()
        }),
    }))
}

/// The handler's last word: the commit's own settlement, or the end that is still to be settled.
pub(super) fn finish(settled: Option<Settled>, end: JobEnd) -> Finish {
    match (settled, end) {
        (Some(settled), _) => Finish::Settled(settled),
        (None, JobEnd::Completed(result)) => Finish::Done(result),
        (None, JobEnd::Snooze { after, close_gate }) => Finish::Snooze { after, close_gate },
        (None, JobEnd::Retry { failure, after }) => {
            Finish::Failed(Error::from(failure).with_retry(Retry::When(after)))
        }
        (None, JobEnd::Dead(failure)) => Finish::Dead(failure),
        (None, JobEnd::Cancelled) => {
            Finish::Failed(Error::new(ErrorKind::Cancelled, "the job was cancelled"))
        }
    }
}

/// An end that says where the request stands.
pub(super) fn ended(phase: Phase) -> JobEnd {
    JobEnd::Completed(json!({ "phase": phase.as_str() }))
}

/// Waits `span` without costing an attempt.
pub(super) const fn wait(span: std::time::Duration) -> JobEnd {
    JobEnd::Snooze { after: When::In(span), close_gate: false }
}
