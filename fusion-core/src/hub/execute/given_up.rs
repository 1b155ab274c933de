//! The end of a request whose job nobody works at any more.

use crate::{
    approval::{Event, Phase, Request},
    error::{Error, ErrorKind, Failure, Result},
    hub::{Hub, commit::Rounds, effects::Circumstances, handlers::RequestJob},
    job::{JobKind, NewJob, Settled, Settlement},
    storage::{ChangeSet, Versioned, find},
    tenant::Actor,
};
use serde_json::json;

impl Hub {
    /// Nobody works at the job any more: the queue gave it up, or `last` ends it in the same commit.
    pub(in crate::hub) async fn given_up(
        &self,
        job: &NewJob,
        why: Failure,
        last: Option<Settlement>,
    ) -> Result<Option<Settled>> {
        let payload: RequestJob = serde_json::from_value(job.payload.clone()).map_err(|source| {
            Error::new(ErrorKind::Internal, "the job's payload can't be read").with_source(source)
        })?;
        let hub = Actor::system(&job.tenant, "hub");
        let mut rounds = Rounds::of("the request");
        loop {
            let Some(Versioned { value: request, version }) =
                find::<Request>(&*self.0.backend, &job.tenant, payload.request).await?
            else {
                return Ok(None);
            };
            if !is_in_charge(job, &request) {
                return Ok(None);
            }
            let facts = self.facts(&job.tenant, hub.signature(), &request).await?;
            let event = Event::GivenUp { failure: why.clone() };
            let Ok(transition) = crate::approval::transition(&request, event, &facts.borrow()) else {
                return Ok(None);
            };
            let mut changes = ChangeSet {
                fence: last.as_ref().map(|last| last.lease.clone()),
                settle: last.clone(),
                ..ChangeSet::default()
            };
            let details = json!({ "job": job.id });
            let circumstances = Circumstances::new(&job.tenant, hub.signature(), details);
            self.carry_out(&mut changes, &circumstances, version, transition).await?;
            if let Some(committed) = rounds.store(self, &job.tenant, changes).await? {
                return Ok(committed.settled);
            }
        }
    }
}

/// Whether the request waits for this job: the end of another, or one that was told before, says nothing.
fn is_in_charge(job: &NewJob, request: &Request) -> bool {
    match request.phase {
        Phase::Accepted => job.kind == JobKind::WATCH,
        Phase::Unknown { .. } if request.job.is_none() => job.kind == JobKind::RECONCILE,
        _ => request.job == Some(job.id),
    }
}
