//! Votes on what was shown, item by item.

use super::{
    Decided, Decisions, Hub, Shown,
    commit::Rounds,
    effects::{Circumstances, NewVote, Standing},
    submit::CHUNK,
};
use crate::{
    approval::{Decision, Event, Phase, PolicyRecord, Refusal, Request, transition},
    canonical::Hash,
    error::{Error, ErrorKind, Result},
    model::{RequestId, VoteId},
    storage::{ChangeSet, Versioned, find, find_each, load},
    tenant::Actor,
};
use serde_json::json;

/// What a person says, and with which words.
#[derive(Clone, Copy)]
struct Say<'a> {
    decision: Decision,
    note: Option<&'a str>,
}

/// What every vote of a commit is decided by: read once, and relied on.
struct Basis {
    policy: Versioned<PolicyRecord>,
    standing: Standing,
}

/// What a vote comes to, before it is stored.
enum Counted {
    Staged(Decided),
    Not(Decided),
}

impl Hub {
    /// Agrees to every item of `shown`, exactly as it is shown there; repeating it is safe. Whoever shows a bundle in
    /// one call and hears of the vote in another keeps ids and digests in between: see [`Shown`].
    ///
    /// # Errors
    /// Storage's. What becomes of each vote stands in the result.
    ///
    /// # Cancellation
    /// Dropping the future leaves some votes counted; calling it again counts the others.
    pub async fn approve(&self, by: &Actor, shown: impl Into<Shown>) -> Result<Decisions> {
        self.vote(by, shown.into(), Say { decision: Decision::Approve, note: None }).await
    }

    /// Confirms one's own requests, exactly as they are shown in `shown`, and those of the hub itself.
    ///
    /// # Errors
    /// Storage's. What becomes of each item stands in the result.
    pub async fn confirm(&self, by: &Actor, shown: impl Into<Shown>) -> Result<Decisions> {
        self.vote(by, shown.into(), Say { decision: Decision::Confirm, note: None }).await
    }

    /// Says no to every item of `shown`.
    ///
    /// # Errors
    /// Storage's. What becomes of each vote stands in the result.
    pub async fn reject(&self, by: &Actor, shown: impl Into<Shown>, why: &str) -> Result<Decisions> {
        self.vote(by, shown.into(), Say { decision: Decision::Reject, note: Some(why) }).await
    }

    /// Sends every item of `shown` back to its author.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: without a reason. Else storage's.
    pub async fn request_changes(&self, by: &Actor, shown: impl Into<Shown>, why: &str) -> Result<Decisions> {
        if why.trim().is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "say what should be different"));
        }
        self.vote(by, shown.into(), Say { decision: Decision::RequestChanges, note: Some(why) }).await
    }

    async fn vote(&self, by: &Actor, shown: Shown, say: Say<'_>) -> Result<Decisions> {
        let mut items = Vec::with_capacity(shown.0.len());
        for chunk in shown.0.chunks(CHUNK) {
            match self.vote_together(by, chunk, say).await {
                Ok(decided) => items.extend(decided),
                Err(error) if is_collision(&error) => {
                    for (id, digest) in chunk {
                        items.push((*id, self.vote_alone(by, *id, *digest, say).await?));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Decisions { items })
    }

    async fn vote_together(
        &self,
        by: &Actor,
        chunk: &[(RequestId, Option<Hash>)],
        say: Say<'_>,
    ) -> Result<Vec<(RequestId, Decided)>> {
        let mut changes = ChangeSet::default();
        let mut decided = Vec::with_capacity(chunk.len());
        let ids = chunk.iter().map(|(id, _)| *id);
        let requests = find_each::<Request>(&*self.0.backend, by.tenant(), ids).await?;
        // Whose requests aren't there leaves no trace: the first look for a policy stores one.
        let basis = match requests.iter().any(Option::is_some) {
            true => Some(self.basis(by).await?),
            false => None,
        };
        for ((id, digest), request) in chunk.iter().zip(requests) {
            let outcome = match request.zip(basis.as_ref()) {
                None => Decided::Missing,
                Some((request, basis)) => {
                    match self.stage_vote(by, *digest, say, basis, request, &mut changes).await? {
                        Counted::Staged(outcome) | Counted::Not(outcome) => outcome,
                    }
                }
            };
            decided.push((*id, outcome));
        }
        if !changes.writes.is_empty() {
            self.store_changes(by.tenant(), changes).await?;
        }
        Ok(decided)
    }

    async fn vote_alone(
        &self,
        by: &Actor,
        id: RequestId,
        digest: Option<Hash>,
        say: Say<'_>,
    ) -> Result<Decided> {
        let mut rounds = Rounds::of("the request").anew_on(&[ErrorKind::AlreadyExists]);
        loop {
            let mut changes = ChangeSet::default();
            let Some(request) = find::<Request>(&*self.0.backend, by.tenant(), id).await? else {
                return Ok(Decided::Missing);
            };
            let basis = self.basis(by).await?;
            let outcome = match self.stage_vote(by, digest, say, &basis, request, &mut changes).await? {
                Counted::Not(outcome) => return Ok(outcome),
                Counted::Staged(outcome) => outcome,
            };
            match rounds.store(self, by.tenant(), changes).await {
                Ok(Some(_)) => return Ok(outcome),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::Timeout => {
                    let late = load::<Request>(&*self.0.backend, by.tenant(), id).await?.value;
                    return Ok(Decided::not_counted(Refusal::TooLate, &late));
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn basis(&self, by: &Actor) -> Result<Basis> {
        let policy = self.policy_of(by.tenant()).await?;
        Ok(Basis { policy, standing: self.standing(by.tenant(), by.signature()).await? })
    }

    async fn stage_vote(
        &self,
        by: &Actor,
        digest: Option<Hash>,
        say: Say<'_>,
        basis: &Basis,
        Versioned { value: request, version }: Versioned<Request>,
        changes: &mut ChangeSet,
    ) -> Result<Counted> {
        let vote = VoteId::new(&*self.0.clock);
        // A draft shows no digest: whoever votes on one has seen nothing that could be agreed to.
        let digest = digest.unwrap_or_else(|| Hash::of("draft"));
        let standing = basis.standing.clone();
        let facts = self.facts_of(by.tenant(), by.signature(), standing, &request).await?;
        let event = match say.decision {
            Decision::Approve => Event::Approve { digest, vote },
            Decision::Reject => Event::Reject { digest, vote },
            Decision::Confirm => Event::Confirm { digest, vote },
            Decision::RequestChanges => Event::RequestChanges { digest, vote },
        };
        let transition = match transition(&request, event, &facts.borrow()) {
            Ok(transition) => transition,
            Err(Refusal::Outdated) => {
                let now = self.view_of(by.tenant(), &request).await?;
                return Ok(Counted::Not(Decided::Outdated(Box::new(now))));
            }
            Err(refusal) => return Ok(Counted::Not(Decided::not_counted(refusal, &request))),
        };
        // Whom it was put before was for the policy to say: a yes under another one could be one of too few.
        let routed_by = request.route.as_ref().map(|route| route.policy);
        let agrees = matches!(say.decision, Decision::Approve | Decision::Confirm);
        if agrees && routed_by != Some(basis.policy.value.hash) {
            return Ok(Counted::Not(Decided::not_counted(Refusal::OtherPolicy, &request)));
        }
        changes.rely_on::<PolicyRecord>((), basis.policy.version);
        facts.rely_on_people(changes);
        let outcome = match transition.request.phase {
            Phase::Approved => Decided::Approved,
            phase if phase.is_closed() => Decided::Closed,
            _ => Decided::Counted,
        };
        let people = facts.standing.people.clone();
        let details = json!({ "digest": digest, "policy": routed_by, "people": people });
        let mut circumstances = Circumstances::new(by.tenant(), by.signature(), details);
        let note = say.note.map(str::to_owned);
        circumstances.vote = Some(NewVote { id: vote, decision: say.decision, digest, note, people });
        self.carry_out(changes, &circumstances, version, transition).await?;
        if let Some((parent, version)) = facts.parent_version {
            changes.rely_on::<Request>(parent, version);
        }
        let deadline = changes.not_after.map_or(request.decide_by, |known| known.min(request.decide_by));
        changes.not_after = Some(deadline);
        Ok(Counted::Staged(outcome))
    }
}

/// Whether the same call, decided anew, may come out otherwise.
fn is_collision(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists | ErrorKind::Timeout)
}
