//! A piece of work as it is put into a queue.

use super::{ParentFailed, RetryPolicy};
use crate::{
    canonical::{Hash, Hasher},
    clock::Clock,
    error::{Error, ErrorKind, Failure, Fate, Result, Retry, When},
    model::{GrantId, JobId, StoreId},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{borrow::Cow, fmt, time::Duration};

/// What kind of work; names its handler.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobKind(Cow<'static, str>);

impl JobKind {
    /// Carries out a grant.
    pub const EXECUTE: Self = Self(Cow::Borrowed("fusion.execute"));
    /// Asks what became of an accepted write.
    pub const WATCH: Self = Self(Cow::Borrowed("fusion.watch"));
    /// Looks up unanswered steps of a job that was given up.
    pub const RECONCILE: Self = Self(Cow::Borrowed("fusion.reconcile"));
    /// Ends a request whose deadline has passed.
    pub const EXPIRE: Self = Self(Cow::Borrowed("fusion.expire"));
    /// Brings a store's products into the catalogue.
    pub const IMPORT: Self = Self(Cow::Borrowed("fusion.import"));
    /// Reads what a draft would overwrite and puts it before people.
    pub const PREPARE: Self = Self(Cow::Borrowed("fusion.prepare"));
    /// Brings a listing's stock in line.
    pub const PUSH_STOCK: Self = Self(Cow::Borrowed("fusion.push_stock"));

    /// Reads a store's orders, or one of them.
    pub const PULL_ORDERS: Self = Self(Cow::Borrowed("fusion.pull_orders"));
    /// Makes a platform send its notifications.
    pub const SUBSCRIBE: Self = Self(Cow::Borrowed("fusion.subscribe"));
    /// Forgets webhook deliveries after their time.
    pub const FORGET_DELIVERIES: Self = Self(Cow::Borrowed("fusion.forget_deliveries"));
    /// Erases what is known about many buyers.
    pub const ERASE_BUYERS: Self = Self(Cow::Borrowed("fusion.erase_buyers"));

    /// A kind of the embedder's own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: kinds that begin with `fusion.` belong to the hub.
    pub fn custom(name: impl Into<Cow<'static, str>>) -> Result<Self> {
        let name = name.into();
        if name.starts_with("fusion.") || name.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "kinds that begin with `fusion.` belong to the hub",
            ));
        }
        Ok(Self(name))
    }

    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of two due jobs goes first. Bands are weighted: none starves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Before the others.
    High,
    /// As it comes.
    #[default]
    Normal,
    /// When there is room.
    Low,
}

/// What happens to a job whose unique key is held by one that a worker has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileRunning {
    /// It joins the running one and is not kept.
    Join,
    /// One follow-up is kept and runs afterwards: the running one may have read an older state.
    FollowUp,
}

/// What a dead letter means to those that wait behind it in its serial key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadHead {
    /// The next one's turn comes.
    #[default]
    GoOn,
    /// They wait until somebody requeues it, which then goes first, or says
    /// [`go_on`](super::QueueControl::go_on). It isn't forgotten before.
    Hold,
    /// Those that wait behind it at that moment are cancelled, under a grant or not, as [`failure`](Self::failure)
    /// says; later ones go on. Their handlers are told.
    CancelRest,
}

impl DeadHead {
    /// Why a job is cancelled that waited behind the dead letter `head`.
    pub fn failure(head: JobId) -> Failure {
        Error::new(
            ErrorKind::Cancelled,
            format!("job {head}, which went before it in its serial key, failed for good"),
        )
        .with_retry(Retry::AfterUserAction)
        .with_fate(Fate::NotSent)
        .to_failure()
    }
}

/// A key that at most one waiting job of a tenant holds. Freed at every final state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// Hash over kind and parts, each with its length.
    pub key: Hash,
    /// What happens beside a running holder. Beside a waiting one the newer payload takes its place.
    pub while_running: WhileRunning,
}

impl Unique {
    /// The key of `kind` over `parts`.
    pub fn new(kind: &JobKind, parts: &[&[u8]], while_running: WhileRunning) -> Self {
        let hasher = Hasher::new("fusion.unique.v1").part(kind.as_str());
        let key = parts.iter().fold(hasher, |hasher, part| hasher.part(part)).finish();
        Self { key, while_running }
    }
}

/// A piece of work as it is put into a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewJob {
    /// Which one; a second one of the same id, living or finished, is left out.
    pub id: JobId,
    /// Whose.
    pub tenant: Tenant,
    /// What kind of work.
    pub kind: JobKind,
    /// What its handler needs, at most [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES) as JSON; no secrets, no personal
    /// data.
    pub payload: Value,
    /// The store whose gate it passes; `None`: the tenant's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<StoreId>,
    /// The permit it carries out; queue verbs on such a job are refused in favour of the hub's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// Which band.
    #[serde(default)]
    pub priority: Priority,
    /// When it may begin at the earliest.
    pub due: When,
    /// At most one waiting job of this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<Unique>,
    /// Jobs of one key run one after the other, in the order they were put in; a retry keeps its place. At most
    /// [`MAX_KEY_BYTES`](super::MAX_KEY_BYTES).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Becomes the head of its serial key in the commit that settles this job, before all that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_key_of: Option<JobId>,
    /// What becomes of its serial key when it fails for good.
    #[serde(default)]
    pub dead_head: DeadHead,
    /// Jobs of the tenant that have to end before it may begin, at most [`MAX_PARENTS`](super::MAX_PARENTS). It
    /// takes its place in its serial key when they have. It has no unique key and takes over no serial one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<JobId>,
    /// What becomes of it when one of them failed or was cancelled.
    #[serde(default)]
    pub parent_failed: ParentFailed,
    /// How often and how fast it is tried again.
    #[serde(default)]
    pub retry: RetryPolicy,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// Whether it begins work at a platform; only such jobs wait while their store is paused.
    pub begins_work: bool,
    /// Whether nobody waits for it: timers, polls, schedules.
    #[serde(default)]
    pub background: bool,
}

/// How long an attempt may take unless the job says otherwise: a family of some thirty calls at a slow platform.
const TIMEOUT: Duration = Duration::from_secs(300);

impl NewJob {
    /// A job that is due at once, of normal priority, without keys.
    pub fn new(clock: &dyn Clock, tenant: &Tenant, kind: JobKind, payload: Value) -> Self {
        Self {
            id: JobId::new(clock),
            tenant: tenant.clone(),
            kind,
            payload,
            partition: None,
            grant: None,
            priority: Priority::default(),
            due: When::In(Duration::ZERO),
            unique: None,
            serial: None,
            takes_key_of: None,
            dead_head: DeadHead::default(),
            parents: Vec::new(),
            parent_failed: ParentFailed::default(),
            retry: RetryPolicy::default(),
            timeout: TIMEOUT,
            begins_work: false,
            background: false,
        }
    }
}
