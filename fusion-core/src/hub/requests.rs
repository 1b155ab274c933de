//! Everything else that people do to one request.

use super::{
    Hub, RequestView,
    commit::Rounds,
    effects::Circumstances,
    submit::{check_listing, refused},
};
use crate::{
    approval::{Event, Note, Request, Verdict, transition},
    error::{Error, ErrorKind, Fate, Result, Retry},
    model::{Refs, RequestId, Step, StepBegun, StepEnded, StepId},
    plugin::{Command, guard, steps::unanswered},
    storage::{ChangeSet, Versioned, load},
    tenant::{Actor, Tenant},
};
use serde_json::json;

impl Hub {
    /// Takes one's own request back, as long as nothing of it has taken effect.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it isn't theirs, or too late. [`ErrorKind::NotFound`]: no such request.
    pub async fn withdraw(&self, by: &Actor, request: RequestId) -> Result<RequestView> {
        self.change_request(by, request, &Event::Withdraw, None).await
    }

    /// Takes an approval back, as long as nothing of it has taken effect: by one who gave it, or an admin.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: without a reason. [`ErrorKind::Refused`]: it isn't theirs, or too late.
    pub async fn revoke(&self, by: &Actor, request: RequestId, why: &str) -> Result<RequestView> {
        said(why)?;
        self.change_request(by, request, &Event::Revoke, Some(why)).await
    }

    /// Takes one's own vote back while its stage is open.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: there is none, or too late. [`ErrorKind::NotFound`]: no such request.
    pub async fn retract_vote(&self, by: &Actor, request: RequestId) -> Result<RequestView> {
        self.change_request(by, request, &Event::RetractVote, None).await
    }

    /// Leaves words on an open request.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: without words. [`ErrorKind::Refused`]: it is closed, or they are no member.
    pub async fn comment(&self, by: &Actor, request: RequestId, words: &str) -> Result<RequestView> {
        said(words)?;
        self.change_request(by, request, &Event::Comment, Some(words)).await
    }

    /// Says what became of a write that nobody could look up; needs an admin.
    ///
    /// A creation that is decided done leaves its listing without the platform's ids: nothing makes it again until
    /// somebody [adopts](Self::adopt) what was made, or [resolves](Self::resolve) the doubt otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: without evidence. [`ErrorKind::Refused`]: it isn't theirs, or not asked.
    pub async fn decide(
        &self,
        by: &Actor,
        request: RequestId,
        verdict: Verdict,
        evidence: &str,
    ) -> Result<RequestView> {
        said(evidence)?;
        self.change_request(by, request, &Event::Decide(verdict), Some(evidence)).await
    }

    /// Puts another command in the place of the one that is asked for; votes on the old one are void.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: it names another store, listing, product or operation, or the platform would
    /// refuse it. [`ErrorKind::Refused`]: it isn't theirs, or too late.
    pub async fn amend(&self, by: &Actor, request: RequestId, command: Command) -> Result<RequestView> {
        let inner = &*self.0;
        let mut rounds = Rounds::of("the request");
        loop {
            let Versioned { value: before, version } =
                load::<Request>(&*inner.backend, by.tenant(), request).await?;
            let same = command.store == before.store
                && command.operation() == before.operation
                && command.listing() == before.listing
                && command.order() == before.order;
            if !same {
                return Err(elsewhere());
            }
            let policy = self.policy_of(by.tenant()).await?;
            let undertaking = self.undertake(by.tenant(), command.clone()).await?.ok_or_else(elsewhere)?;
            check_listing(&command, undertaking.listing.as_ref())?;
            guard(undertaking.plugin().manifest(), &undertaking.store, &command)?;
            let snapshot = undertaking.wanted_snapshot().await?;
            let preview = undertaking.preview(&snapshot)?;
            let next = Request { revision: before.revision + 1, ..before.clone() };
            let facts = self.facts(by.tenant(), by.signature(), &before).await?;
            let (revision, submitted) = self
                .revise(
                    by,
                    &next,
                    &policy,
                    &command,
                    &undertaking.session,
                    &undertaking.target,
                    snapshot,
                    preview,
                )
                .await?;
            let transition = transition(&before, Event::Amend(submitted), &facts.borrow())
                .map_err(|refusal| refused(refusal, &before))?;
            let mut changes = ChangeSet::default();
            changes.rely_on::<crate::approval::PolicyRecord>((), policy.version);
            facts.rely_on_people(&mut changes);
            if let Some((parent, version)) = facts.parent_version {
                changes.rely_on::<Request>(parent, version);
            }
            let details = json!({ "digest": revision.digest });
            let circumstances = Circumstances::new(by.tenant(), by.signature(), details);
            let after = self.carry_out(&mut changes, &circumstances, version, transition).await?;
            changes.create(revision);
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return self.view_of(by.tenant(), &after).await;
            }
        }
    }

    /// Ends of the steps that a person has found to be without effect, so that the next run may send them.
    async fn without_effect(&self, tenant: &Tenant, request: &Request) -> Result<Vec<Step>> {
        let Some(grant) = request.grant else { return Ok(Vec::new()) };
        let steps = self.steps_under(tenant, grant).await?;
        let end = |begun: &StepBegun, fate| {
            let failure = Error::new(ErrorKind::NotFound, "a person has found no trace of the write")
                .with_retry(Retry::Backoff)
                .with_fate(fate);
            Step::Ended(StepEnded {
                id: StepId::new(&*self.0.clock),
                begun: begun.id,
                grant: begun.grant,
                job: begun.job,
                fate,
                answer: None,
                failure: Some(failure.to_failure()),
                at: self.0.clock.now(),
            })
        };
        let mut ends: Vec<Step> =
            unanswered(&steps).into_iter().map(|begun| end(begun, Fate::NotSent)).collect();
        // What was accepted came to nothing: the work's last call is made once more, under a key of its own.
        let last = steps.iter().rev().find_map(|step| match step {
            Step::Begun(begun) => Some(begun),
            Step::Ended(_) => None,
        });
        if let Some(last) = last.filter(|_| ends.is_empty() && request.watch.is_some()) {
            ends.push(end(last, Fate::Rejected));
        }
        Ok(ends)
    }

    async fn change_request(
        &self,
        by: &Actor,
        request: RequestId,
        event: &Event<'_>,
        words: Option<&str>,
    ) -> Result<RequestView> {
        // Of an order a pull may have counted the same at this moment: what is there then counts.
        let mut rounds = Rounds::of("the request").anew_on(&[ErrorKind::AlreadyExists]);
        loop {
            let Versioned { value: before, version } =
                load::<Request>(&*self.0.backend, by.tenant(), request).await?;
            let facts = self.facts(by.tenant(), by.signature(), &before).await?;
            let transition = transition(&before, event.clone(), &facts.borrow())
                .map_err(|refusal| refused(refusal, &before))?;
            let mut changes = ChangeSet::default();
            facts.rely_on_people(&mut changes);
            if let Event::Decide(Verdict::Again) = event {
                changes.steps = self.without_effect(by.tenant(), &before).await?;
            }
            if let Event::Decide(Verdict::Done) = event {
                let made = Refs::default();
                self.keep_acted(by.tenant(), &transition.request, &made, &mut changes).await?;
            }
            let mut details = json!({ "people": facts.standing.people });
            if let Some(words) = words {
                let note = Note::new(before.id, by.signature().clone(), words, &*self.0.clock);
                details =
                    json!({ "note": note.id, "words": note.commitment(), "people": facts.standing.people });
                changes.create(note);
            }
            let circumstances = Circumstances::new(by.tenant(), by.signature(), details);
            let after = self.carry_out(&mut changes, &circumstances, version, transition).await?;
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return self.view_of(by.tenant(), &after).await;
            }
        }
    }
}

fn elsewhere() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "an amended command stays on its store, listing and operation; submit another request instead",
    )
}

fn said(words: &str) -> Result<()> {
    match words.trim().is_empty() {
        true => Err(Error::new(ErrorKind::InvalidInput, "say it in words; they are kept with the request")),
        false => Ok(()),
    }
}
