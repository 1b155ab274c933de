//! The journal of one job: what it has sent, and the claim of its grant with the first thing it sends.

mod claim;
mod sealed;
mod step_keys;

pub(super) use sealed::{step_place, unseal_step};
pub(super) use step_keys::{JOURNAL_KEY, StepKeys, is_step_key, step_key_of, step_key_place};

use super::Hub;
use crate::{
    approval::ClaimCheck,
    canonical::{Hash, Hasher},
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result, Retry},
    job::JobContext,
    model::{GrantId, OrderId, Repeat, RequestId, Step, StepBegun, StepEnded, StepId, StepKey},
    plugin::{
        Ending, Journal, Opened, WireRequest,
        steps::{Known, Sameness, is_touched, known, sendings, unanswered},
    },
    storage::{ChangeSet, Query, list_all},
    tenant::Tenant,
    vault::Content,
    verb::PlatformSlug,
};
use async_trait::async_trait;
use futures_util::lock::Mutex;

/// The permit that the first step claims.
pub(super) struct Permit {
    pub(super) request: RequestId,
    pub(super) grant: GrantId,
    /// The order that is worked on, if one is.
    pub(super) order: Option<OrderId>,
    pub(super) check: ClaimCheck,
}

/// Remembers one job's steps in storage.
pub(super) struct JobJournal<'a> {
    hub: &'a Hub,
    tenant: &'a Tenant,
    platform: &'a PlatformSlug,
    job: &'a JobContext,
    permit: Option<Permit>,
    keys: StepKeys,
    state: Mutex<State>,
}

struct State {
    steps: Vec<Step>,
    claimed: bool,
    /// Whether this attempt has begun a step.
    began: bool,
}

impl<'a> JobJournal<'a> {
    pub(super) async fn open_for(
        hub: &'a Hub,
        platform: &'a PlatformSlug,
        job: &'a JobContext,
        permit: Option<Permit>,
    ) -> Result<JobJournal<'a>> {
        let tenant = &job.job().tenant;
        let steps = match &permit {
            Some(permit) => hub.steps_under(tenant, permit.grant).await?,
            None => list_all::<Step>(&*hub.0.backend, tenant, &Query::StepsOf(job.job().id))
                .await?
                .into_iter()
                .map(|row| row.value)
                .collect(),
        };
        let order = permit.as_ref().and_then(|permit| permit.order);
        let keys = hub.step_keys(tenant, order).await?;
        let state = State { steps, claimed: permit.is_none(), began: false };
        Ok(JobJournal { hub, tenant, platform, job, permit, keys, state: Mutex::new(state) })
    }

    /// Whether this attempt has begun a step, and so claimed its grant.
    pub(super) async fn has_begun(&self) -> bool {
        self.state.lock().await.began
    }

    /// Whether any attempt has begun a step.
    pub(super) async fn is_started(&self) -> bool {
        !self.state.lock().await.steps.is_empty()
    }

    /// Whether a step was sent of which nobody knows what became.
    pub(super) async fn has_unanswered(&self) -> bool {
        !unanswered(&self.state.lock().await.steps).is_empty()
    }

    pub(super) async fn is_touched(&self) -> bool {
        is_touched(&self.state.lock().await.steps)
    }

    fn key(&self, name: &str, n: u32, content: Hash) -> StepKey {
        let hasher = Hasher::new("fusion.step.v1");
        let hasher = match &self.permit {
            // The grant names what is sent: one thing, one key, whatever a later version would send for it.
            Some(permit) => hasher.part("grant").part(permit.grant.as_uuid().as_bytes()),
            None => hasher.part("job").part(self.job.job().id.as_uuid().as_bytes()).part(content),
        };
        StepKey(hasher.part(name).part(n.to_be_bytes()).finish().to_string())
    }
}

fn not_sent(begun: &StepBegun, at: Timestamp, id: StepId) -> StepEnded {
    StepEnded {
        id,
        begun: begun.id,
        grant: begun.grant,
        job: begun.job,
        fate: Fate::NotSent,
        answer: None,
        failure: None,
        at,
    }
}

#[async_trait]
impl Journal for JobJournal<'_> {
    async fn open(&self, name: &str, content: Hash) -> Result<Opened> {
        let state = self.state.lock().await;
        // Without a grant a step is known by what it sends: another quantity is another step.
        let is_it = |begun: &StepBegun| begun.key == self.key(name, begun.n, content);
        let sameness = match &self.permit {
            Some(_) => Sameness::Granted,
            None => Sameness::Content(&is_it),
        };
        Ok(match known(&state.steps, name, sameness) {
            Known::New { n } => Opened::New { key: self.key(name, n, content), n },
            Known::Recorded(begun, answer) => {
                Opened::Recorded(self.unseal(Content::StepAnswer, &begun.key, answer).await?)
            }
            Known::Failed(failure) => Opened::Failed(failure.clone()),
            Known::Unanswered(begun) => Opened::Unanswered {
                key: begun.key.clone(),
                n: begun.n,
                request: self.unseal(Content::StepRequest, &begun.key, &begun.request_sealed).await?,
            },
        })
    }

    async fn begin(
        &self,
        name: &str,
        n: u32,
        key: &StepKey,
        repeat: Repeat,
        request: &WireRequest,
    ) -> Result<StepId> {
        let inner = &*self.hub.0;
        let mut state = self.state.lock().await;
        let sending = sendings(&state.steps, key);
        let begun = StepBegun {
            id: StepId::new(&*inner.clock),
            request: self.permit.as_ref().map(|permit| permit.request),
            grant: self.permit.as_ref().map(|permit| permit.grant),
            job: self.job.job().id,
            key: key.clone(),
            name: name.to_owned(),
            n,
            sending,
            repeat,
            attempt: self.job.attempt(),
            token: self.job.lease().token,
            request_sealed: self.seal(Content::StepRequest, key, request).await?,
            at: inner.clock.now(),
        };
        let asked = inner.clock.elapsed();
        match &self.permit {
            Some(permit) if !state.claimed => {
                let touched = is_touched(&state.steps);
                self.claim(permit, &begun, touched).await?;
                state.claimed = true;
            }
            _ => {
                let changes = ChangeSet {
                    fence: Some(self.job.lease().clone()),
                    steps: vec![Step::Begun(begun.clone())],
                    ..ChangeSet::default()
                };
                self.hub.store_changes(self.tenant, changes).await?;
            }
        }
        state.began = true;
        let id = begun.id;
        // The commit proves that the job was ours when it was asked for. Whoever slept since may have lost it, and
        // another one looks up what was never sent.
        let overslept = inner.clock.elapsed().saturating_sub(asked) >= self.job.lease_for();
        let unsent = overslept.then(|| not_sent(&begun, inner.clock.now(), StepId::new(&*inner.clock)));
        state.steps.push(Step::Begun(begun));
        let Some(unsent) = unsent else { return Ok(id) };
        let changes = ChangeSet { steps: vec![Step::Ended(unsent.clone())], ..ChangeSet::default() };
        self.hub.store_changes(self.tenant, changes).await?;
        state.steps.push(Step::Ended(unsent));
        Err(Error::new(
            ErrorKind::Timeout,
            "storing that a step begins took longer than the job's lease holds",
        )
        .with_retry(Retry::Backoff))
    }

    async fn end(&self, step: StepId, ending: Ending) -> Result<()> {
        let inner = &*self.hub.0;
        let mut state = self.state.lock().await;
        let begun = state.steps.iter().find_map(|row| match row {
            Step::Begun(begun) if begun.id == step => Some(begun),
            _ => None,
        });
        let Some(begun) = begun else {
            return Err(Error::new(ErrorKind::Internal, "a step ended that never began"));
        };
        let answer = match &ending.answer {
            Some(answer) => Some(self.seal(Content::StepAnswer, &begun.key, answer).await?),
            None => None,
        };
        let ended = StepEnded {
            id: StepId::new(&*inner.clock),
            begun: step,
            grant: begun.grant,
            job: begun.job,
            fate: ending.fate,
            answer,
            failure: ending.failure,
            at: inner.clock.now(),
        };
        // Without a fence: what a platform answered is kept whoever owns the job by now.
        let mut changes = ChangeSet { steps: vec![Step::Ended(ended.clone())], ..ChangeSet::default() };
        changes.audit.extend(self.alarm(begun, &ended).await?);
        self.hub.store_changes(self.tenant, changes).await?;
        state.steps.push(Step::Ended(ended));
        Ok(())
    }
}
