//! Webhook deliveries are remembered for a time, and forgotten step by step.

use crate::{
    error::{Result, When},
    hub::{Hub, commit::Rounds, handlers::to_payload},
    job::{Finish, JobContext, JobKind, NewJob, SnoozeReason, Unique, WhileRunning},
    model::{ConnectionId, WebhookDelivery},
    storage::{ChangeSet, Query, Versioned, list_page},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Payload of a job that forgets an authorisation's deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ForgetJob {
    connection: ConnectionId,
}

/// Deliveries that one commit forgets: it is over before anybody else waits for it.
const STEP: usize = 100;

impl Hub {
    /// The job that forgets what is taken now, when its time comes; one waits for each authorisation.
    pub(super) fn forget_job(&self, tenant: &Tenant, connection: ConnectionId) -> Result<NewJob> {
        let payload = to_payload(&ForgetJob { connection })?;
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::FORGET_DELIVERIES, payload);
        job.due = When::In(WebhookDelivery::KEPT);
        job.background = true;
        let key = connection.as_uuid();
        job.unique =
            Some(Unique::new(&JobKind::FORGET_DELIVERIES, &[key.as_bytes()], WhileRunning::FollowUp));
        Ok(job)
    }

    pub(in crate::hub) async fn forget_deliveries(&self, job: &JobContext) -> Result<Finish> {
        let ForgetJob { connection } = job.payload()?;
        let tenant = &job.job().tenant;
        let mut forgotten = 0;
        let mut rounds = Rounds::of("the deliveries");
        loop {
            if let Some(waiting) = self.pause(job)? {
                return Ok(waiting);
            }
            // Ids sort by time, so the oldest come first.
            let query = Query::DeliveriesOf(connection);
            let (oldest, _) =
                list_page::<WebhookDelivery>(&*self.0.backend, tenant, &query, None, STEP).await?;
            let now = self.0.clock.now();
            let ends = |one: &Versioned<WebhookDelivery>| one.value.taken + WebhookDelivery::KEPT;
            let Some(first) = oldest.iter().map(ends).min() else {
                return Ok(Finish::Done(json!({ "forgotten": forgotten })));
            };
            if first > now {
                return Ok(Finish::Snooze {
                    after: When::In(first.since(now)),
                    close_gate: false,
                    why: SnoozeReason::Schedule,
                });
            }
            let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
            for one in oldest.iter().filter(|one| ends(one) <= now) {
                changes.delete::<WebhookDelivery>(one.version, one.value.id);
            }
            let count = changes.writes.len();
            // Nobody else changes one; if somebody does, the next round reads anew.
            if rounds.store(self, tenant, changes).await?.is_some() {
                forgotten += count;
                rounds = Rounds::of("the deliveries");
            }
        }
    }
}
