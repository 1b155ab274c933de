//! Notifications: asked for, and looked after, since platforms drop what failed too often.

use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result, Retry, When},
    hub::{Hub, handlers::to_payload},
    job::{Finish, JobContext, JobKind, NewJob, SnoozeReason, Unique, WhileRunning},
    model::{Store, StoreId},
    storage::{ChangeSet, load},
    tenant::Actor,
    verb::Operation,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Payload of a job that looks after a store's notifications.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SubscribeJob {
    store: StoreId,
    address: String,
}

/// Between two looks at the notifications: Shopify drops a topic after 8 failures in 4 hours, so a day's changes
/// are the most that a pull has to catch up with.
const LOOK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// After a look that failed.
const LOOK_AGAIN: Duration = Duration::from_secs(60 * 60);

impl Hub {
    /// Makes the store's platform send its notifications to `address`, an HTTPS address of the program's that
    /// hands them to [`deliver`](Self::deliver). A worker asks for them now and looks once a day whether they
    /// are still there; each time it pulls the orders that were missed. Another address replaces the one before;
    /// what other programs have asked for stays. The audit shows the address without its query.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Unsupported`]: its platform sends no notifications.
    /// [`ErrorKind::InvalidInput`]: not an HTTPS address.
    pub async fn subscribe(&self, by: &Actor, store: StoreId, address: &str) -> Result<()> {
        let store = load::<Store>(&*self.0.backend, by.tenant(), store).await?.value;
        if self.0.plugins.get(&store.platform)?.plugin.webhooks().is_none() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the platform sends no notifications; pull on a schedule",
            )
            .with_operation(Operation::Webhooks)
            .with_platform(store.platform));
        }
        if !address.starts_with("https://") {
            return Err(Error::new(ErrorKind::InvalidInput, "notifications need an address with https"));
        }
        let payload = to_payload(&SubscribeJob { store: store.id, address: address.to_owned() })?;
        let mut job = NewJob::new(&*self.0.clock, by.tenant(), JobKind::SUBSCRIBE, payload);
        job.partition = Some(store.id);
        job.background = true;
        let key = store.id.as_uuid();
        job.unique = Some(Unique::new(&JobKind::SUBSCRIBE, &[key.as_bytes()], WhileRunning::FollowUp));
        let mut changes = ChangeSet { jobs: vec![job], ..ChangeSet::default() };
        let entry = self.note(by, Action::NoticesWanted, SubjectKind::Store, store.id);
        changes.audit.push(entry.with_details(json!({ "address": bare(address) }))?);
        self.store_changes(by.tenant(), changes).await
    }

    pub(in crate::hub) async fn renew_subscription(&self, job: &JobContext) -> Result<Finish> {
        let SubscribeJob { store, address } = job.payload()?;
        let tenant = &job.job().tenant;
        let (store, session) = self.store_session(tenant, store).await?;
        if let Some(waiting) = self.kept_from(job, &store.value).await? {
            return Ok(waiting);
        }
        let session = session.within(job.deadline(), job.cancel());
        let Some(webhooks) = session.plugin().webhooks() else {
            return Ok(Finish::Done(json!({ "skipped": "the platform sends no notifications any more" })));
        };
        let cx = session.context(&store.value).into();
        let after = match webhooks.subscribe(&cx, &store.value.facts, &address).await {
            Ok(set_up) => {
                if !set_up.is_empty() {
                    tracing::info!(store = %store.value.id, topics = ?set_up, "notifications were set up");
                }
                LOOK_EVERY
            }
            Err(error) => {
                self.learn(tenant, (&store.value, store.version), Operation::Webhooks, &error).await;
                if error.retry() == Retry::Never {
                    return Ok(Finish::Failed(error));
                }
                tracing::warn!(store = %store.value.id, %error, "the notifications could not be looked after");
                LOOK_AGAIN
            }
        };
        // Whatever was not told meanwhile.
        self.0.backend.enqueue(vec![self.pull_job(tenant, store.value.id, None)?]).await?;
        Ok(Finish::Snooze { after: When::In(after), close_gate: false, why: SnoozeReason::Schedule })
    }
}

/// The address without what may be secret in it: a name and password, and everything behind the path.
fn bare(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, below) = path.split_once('/').map_or((path, None), |(host, below)| (host, Some(below)));
    let host = host.rsplit('@').next().unwrap_or_default();
    match below {
        Some(below) => format!("{scheme}://{host}/{below}"),
        None => format!("{scheme}://{host}"),
    }
}
