//! What became of a job, its request and its listing, in one commit.

mod ends;
mod written;

pub(super) use ends::{ended, finish, wait};
pub(super) use written::{SHARED_ID, observed};

use super::{
    Hub,
    commit::Rounds,
    effects::{Circumstances, serial_key},
    handlers::StockJob,
};
use crate::{
    approval::{Event, Phase, Refusal, Request, transition},
    clock::Timestamp,
    error::{ErrorKind, Result},
    job::{JobContext, JobEnd, JobKind, NewJob, Settled, Settlement, Unique, WhileRunning},
    model::{Listing, ListingId, Ref},
    plugin::{
        Applied, Command, Receipt,
        steps::{is_doubled, is_touched},
    },
    storage::{ChangeSet, Versioned, load},
    tenant::{Actor, Tenant},
    verb::{Operation, PlatformSlug},
};
use serde_json::Value;

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
        // Of an order a pull may have counted the same at this moment: what is there then counts.
        let is_order = report.written.is_some_and(|(command, _)| command.order().is_some());
        let anew_on: &'static [ErrorKind] = if is_order { &[ErrorKind::AlreadyExists] } else { &[] };
        let mut rounds = Rounds::of("the request").anew_on(anew_on);
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
