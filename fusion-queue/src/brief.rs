//! What of a job is stored as its body: what isn't as usual.

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

use fusion_core::{
    error::When,
    job::{DeadHead, JobKind, NewJob, ParentFailed, Priority, RetryPolicy, Unique},
    model::{GrantId, JobId, StoreId},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{borrow::Cow, time::Duration};

/// What a body says nothing of.
const DUE: When = When::In(Duration::ZERO);
const TIMEOUT: Duration = Duration::from_secs(300);

/// Every job is written, logged, moved and read at least once with its body, so what most jobs have in common stays
/// out. Reads a `NewJob` as it is written by serde as well, but for whose it is, which columns say: embedders put in such
/// ones, and older files hold them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Brief<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<GrantId>,
    #[serde(default, skip_serializing_if = "is_usual")]
    priority: Priority,
    #[serde(default = "due", skip_serializing_if = "is_due_at_once")]
    due: When,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique: Option<Unique>,
    #[serde(default, skip_serializing_if = "is_usual")]
    dead_head: DeadHead,
    #[serde(default, skip_serializing_if = "is_usual")]
    parent_failed: ParentFailed,
    #[serde(default, skip_serializing_if = "is_usual")]
    retry: RetryPolicy,
    #[serde(default = "timeout", skip_serializing_if = "is_usual_timeout")]
    timeout: Duration,
    #[serde(default, skip_serializing_if = "is_usual")]
    begins_work: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<Cow<'a, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    takes_key_of: Option<JobId>,
    #[serde(default, skip_serializing_if = "<[JobId]>::is_empty")]
    parents: Cow<'a, [JobId]>,
    #[serde(default, skip_serializing_if = "is_usual")]
    background: bool,
}

/// What names a job, and its place in the queue.
pub(crate) struct Whose {
    pub(crate) id: JobId,
    pub(crate) tenant: Tenant,
    pub(crate) kind: JobKind,
    pub(crate) partition: Option<StoreId>,
}

const fn due() -> When {
    DUE
}

const fn timeout() -> Duration {
    TIMEOUT
}

fn is_due_at_once(due: &When) -> bool {
    *due == DUE
}

fn is_usual_timeout(timeout: &Duration) -> bool {
    *timeout == TIMEOUT
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<'a> Brief<'a> {
    /// All of a job but whose it is.
    #[cfg(feature = "sqlite")]
    pub(crate) fn unnamed(job: &'a NewJob) -> Self {
        Self {
            payload: Some(Cow::Borrowed(&job.payload)),
            serial: job.serial.as_deref().map(Cow::Borrowed),
            takes_key_of: job.takes_key_of,
            parents: Cow::Borrowed(&job.parents),
            background: job.background,
            ..Self::beside_columns(job)
        }
    }

    /// A job but for what may change in it or is looked for: whose it is, payload, serial key and whose it takes,
    /// parents, and whether it is in the background.
    pub(crate) fn beside_columns(job: &'a NewJob) -> Self {
        Self {
            grant: job.grant,
            priority: job.priority,
            due: job.due,
            unique: job.unique,
            dead_head: job.dead_head,
            parent_failed: job.parent_failed,
            retry: job.retry,
            timeout: job.timeout,
            begins_work: job.begins_work,
            payload: None,
            serial: None,
            takes_key_of: None,
            parents: Cow::Borrowed(&[]),
            background: false,
        }
    }

    /// The job, whoever its body says it belongs to.
    pub(crate) fn job_of(self, Whose { id, tenant, kind, partition }: Whose) -> NewJob {
        NewJob {
            id,
            tenant,
            kind,
            payload: self.payload.map(Cow::into_owned).unwrap_or_default(),
            partition,
            grant: self.grant,
            priority: self.priority,
            due: self.due,
            unique: self.unique,
            serial: self.serial.map(Cow::into_owned),
            takes_key_of: self.takes_key_of,
            dead_head: self.dead_head,
            parents: self.parents.into_owned(),
            parent_failed: self.parent_failed,
            retry: self.retry,
            timeout: self.timeout,
            begins_work: self.begins_work,
            background: self.background,
        }
    }
}
