//! From the machine's effects to the parts of one change set.

mod jobs;
mod known;

pub(super) use jobs::serial_key;
pub(super) use known::Standing;

use super::Hub;
use crate::{
    approval::{
        Decision, Effect, Event, GrantDraft, GrantRecord, GrantState, Parent, PeopleVersion, Phase, Request,
        Route, Transition, Vote, transition,
    },
    audit::{Action, NewAudit, Subject, SubjectKind},
    canonical::Hash,
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{JobKind, NewJob},
    model::{GrantId, Ref, VoteId},
    storage::{ChangeSet, Entity, Version, Versioned, load},
    tenant::{Actor, Signature, Tenant},
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A vote on its way into storage.
pub(super) struct NewVote {
    pub(super) id: VoteId,
    pub(super) decision: Decision,
    pub(super) digest: Hash,
    pub(super) note: Option<String>,
    pub(super) people: Option<PeopleVersion>,
}

/// Who causes a transition, and with what.
pub(super) struct Circumstances<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) by: &'a Signature,
    pub(super) vote: Option<NewVote>,
    /// The execute job that causes it: it is alive, and hands over its serial key.
    pub(super) running: Option<&'a NewJob>,
    /// Until when an accepted write may take.
    pub(super) watch_until: Option<Timestamp>,
    /// What a lost creation may have made at the platform.
    pub(super) candidates: Vec<Ref>,
    pub(super) details: Value,
}

impl<'a> Circumstances<'a> {
    pub(super) fn new(tenant: &'a Tenant, by: &'a Signature, details: Value) -> Self {
        Self { tenant, by, vote: None, running: None, watch_until: None, candidates: Vec::new(), details }
    }
}

impl Hub {
    /// Refuses a route whose seats can't be filled by the people there are.
    pub(super) async fn check_people(&self, tenant: &Tenant, request: &Request, route: &Route) -> Result<()> {
        let mut authors = request.editors.clone();
        authors.push(request.requester.id.clone());
        let mut members = HashMap::new();
        for number in 1.. {
            let Some(stage) = route.stage(number) else { break };
            if !members.contains_key(&stage.group) {
                members.insert(stage.group.clone(), self.0.directory.members(tenant, &stage.group).await?);
            }
        }
        let problems = route.unsatisfiable(&authors, |group| members.get(group).cloned().flatten());
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "the policy asks for more people than there are")
            .with_problems(problems))
    }

    /// Puts `transition` with its effects into `changes`; the request as it will be stored.
    pub(super) async fn carry_out(
        &self,
        changes: &mut ChangeSet,
        circumstances: &Circumstances<'_>,
        version: Version,
        transition: Transition,
    ) -> Result<Request> {
        let first = transition.request.id;
        let mut stored = None;
        let mut open = vec![(version, transition)];
        while let Some((version, transition)) = open.pop() {
            let Transition { mut request, action, effects } = transition;
            let is_first = request.id == first;
            for effect in effects {
                if let Effect::TellChildren { done } = effect {
                    open.extend(self.told_children(changes, circumstances, &request, done).await?);
                } else {
                    self.apply(changes, circumstances, &mut request, effect).await?;
                }
            }
            if is_first {
                self.mind_lost(changes, circumstances, &request, action).await?;
                self.mind_write_offs(changes, circumstances.tenant, &request, action).await?;
            }
            changes.audit.push(self.entry(circumstances, &request, action, is_first)?);
            let key = Request::key(request.id);
            if changes.writes.iter().any(|write| write.key == key) {
                // Parent and child in one commit: decided one after the other instead.
                return Err(Error::new(ErrorKind::Conflict, "two transitions of one request in one commit"));
            }
            changes.update(version, request.clone());
            if is_first {
                stored = Some(request);
            }
        }
        stored.ok_or_else(|| Error::new(ErrorKind::Internal, "a transition vanished"))
    }

    fn entry(
        &self,
        circumstances: &Circumstances<'_>,
        request: &Request,
        action: Action,
        is_first: bool,
    ) -> Result<NewAudit> {
        let subject = Subject::new(SubjectKind::Request, request.id);
        // What follows for others is the hub's doing, not that of whoever set it off.
        let by = match is_first {
            true => circumstances.by.clone(),
            false => Actor::system(circumstances.tenant, "hub").signature().clone(),
        };
        let entry = NewAudit::new(by, action, subject, self.0.clock.now());
        let mut details = json!({ "phase": request.phase.as_str(), "revision": request.revision });
        if let (true, Some(more), Some(fields)) =
            (is_first, circumstances.details.as_object(), details.as_object_mut())
        {
            fields.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if let (Phase::Approved, Some(route), Some(fields)) =
            (request.phase, &request.route, details.as_object_mut())
            && request.seats.is_empty()
            && matches!(route.answer, crate::approval::Answer::Automatic)
        {
            fields.insert("approved_by".to_owned(), json!(format!("policy:{}", route.policy)));
        }
        entry.with_details(details)
    }

    async fn apply(
        &self,
        changes: &mut ChangeSet,
        circumstances: &Circumstances<'_>,
        request: &mut Request,
        effect: Effect,
    ) -> Result<()> {
        let tenant = circumstances.tenant;
        match effect {
            Effect::CountVote => {
                if let Some(vote) = &circumstances.vote {
                    changes.create(vote_record(request, circumstances.by, vote, self.0.clock.now()));
                }
            }
            Effect::VoidVotes(votes) => {
                for vote in votes {
                    let mut vote = load::<Vote>(&*self.0.backend, tenant, vote).await?;
                    vote.value.void = true;
                    changes.update(vote.version, vote.value);
                }
            }
            Effect::OpenGrant(draft) => self.open_grant(changes, tenant, request, draft).await?,
            Effect::ClaimGrant(token) => {
                self.set_grant(changes, tenant, request, GrantState::Claimed(token)).await?
            }
            Effect::ReleaseGrant => self.set_grant(changes, tenant, request, GrantState::Unspent).await?,
            Effect::SpendGrant => self.set_grant(changes, tenant, request, GrantState::Spent).await?,
            Effect::VoidGrant => self.set_grant(changes, tenant, request, GrantState::Void).await?,
            // The job that finds this out is the one that goes on.
            Effect::Enqueue if circumstances.running.is_some_and(|job| Some(job.id) == request.job) => {}
            Effect::Enqueue => {
                let job = self.execute_job(tenant, request)?;
                request.job = Some(job.id);
                changes.jobs.push(job);
            }
            Effect::CancelJob => changes.cancels.extend(request.job),
            Effect::Watch => changes.jobs.push(self.watch_job(circumstances, request)?),
            Effect::Reconcile => {
                let job = self.request_job(tenant, request, JobKind::RECONCILE)?;
                changes.jobs.push(job);
            }
            Effect::TimerDecideBy => changes.jobs.push(self.timer(tenant, request, request.decide_by)?),
            Effect::TimerExecuteBy => changes.jobs.push(self.timer(tenant, request, request.execute_by)?),
            Effect::Raise(alarm) => {
                tracing::error!(request = %request.id, ?alarm, "a write took effect when it should not have");
            }
            Effect::TellChildren { .. } => {}
        }
        Ok(())
    }

    async fn open_grant(
        &self,
        changes: &mut ChangeSet,
        tenant: &Tenant,
        request: &mut Request,
        draft: GrantDraft,
    ) -> Result<()> {
        let id = GrantId::new(&*self.0.clock);
        changes.create(draft.sign(id, tenant, &*self.0.keys).await?);
        request.grant = Some(id);
        Ok(())
    }

    async fn set_grant(
        &self,
        changes: &mut ChangeSet,
        tenant: &Tenant,
        request: &Request,
        state: GrantState,
    ) -> Result<()> {
        let Some(grant) = request.grant else { return Ok(()) };
        let grant = load::<GrantRecord>(&*self.0.backend, tenant, grant).await?;
        if grant.value.state != state {
            changes.update(grant.version, grant.value.in_state(state));
        }
        Ok(())
    }

    async fn told_children(
        &self,
        changes: &mut ChangeSet,
        circumstances: &Circumstances<'_>,
        parent: &Request,
        done: bool,
    ) -> Result<Vec<(Version, Transition)>> {
        let by = Actor::system(circumstances.tenant, "hub");
        let mut told = Vec::new();
        for child in &parent.children {
            let Versioned { value, version } =
                load::<Request>(&*self.0.backend, circumstances.tenant, *child).await?;
            let mut facts = self.facts(circumstances.tenant, by.signature(), &value).await?;
            facts.parent = if done { Parent::Done } else { Parent::Ended };
            match transition(&value, Event::ParentEnded { done }, &facts.borrow()) {
                Ok(transition) => told.push((version, transition)),
                // A child that is still being decided reads the parent's end when it is approved; one that is
                // approved at this very moment has to be read again here.
                Err(_) => changes.rely_on::<Request>(*child, version),
            }
        }
        Ok(told)
    }
}

fn vote_record(request: &Request, by: &Signature, vote: &NewVote, at: Timestamp) -> Vote {
    let seat = request.seats.iter().find(|seat| seat.vote == vote.id);
    let stage = seat.map_or(0, |seat| seat.stage);
    let route = request.route.as_ref();
    Vote {
        id: vote.id,
        request: request.id,
        revision: request.revision,
        stage,
        group: route
            .and_then(|route| route.stage(stage))
            .map_or_else(String::new, |stage| stage.group.to_string()),
        person: by.id.clone(),
        decision: vote.decision,
        digest: vote.digest,
        policy: route.map_or(Hash::of(""), |route| route.policy),
        people: vote.people.clone(),
        note: vote.note.clone(),
        at,
        void: vote.decision == Decision::RequestChanges,
    }
}
