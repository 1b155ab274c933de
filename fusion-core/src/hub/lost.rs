//! Listings that a platform may have already, and nobody can tell: nothing makes them again before a person has
//! said so.

use super::{Hub, effects::Circumstances};
use crate::{
    approval::{Phase, Request},
    audit::Action,
    error::{Error, ErrorKind, Fate, Problem, Result},
    model::{Candidate, Choice, Listing, Question},
    plugin::{Change, Command, steps::is_applied},
    storage::{ChangeSet, Query, Versioned, find, list_all},
    tenant::Tenant,
    verb::Operation,
};

impl Hub {
    /// Lets a listing wait for a person where its creation ended without anybody knowing what it made, and go on
    /// where a person has said that it made nothing.
    pub(super) async fn mind_lost(
        &self,
        changes: &mut ChangeSet,
        circumstances: &Circumstances<'_>,
        request: &Request,
        action: Action,
    ) -> Result<()> {
        let creates = matches!(request.operation, Operation::CreateProduct | Operation::Publish);
        let (true, Some(listing)) = (creates, request.listing) else { return Ok(()) };
        let is_decided = action == Action::Decided;
        let is_lost = match request.phase {
            Phase::Unknown { needs_person, .. } => needs_person,
            Phase::Done => is_decided,
            Phase::Failed if !is_decided => request
                .failure
                .as_ref()
                .is_some_and(|failure| matches!(failure.fate, Fate::Partial | Fate::Unknown | Fate::Applied)),
            _ => false,
        };
        let is_denied = is_decided && matches!(request.phase, Phase::Failed | Phase::Approved);
        if !is_lost && !is_denied {
            return Ok(());
        }
        let tenant = circumstances.tenant;
        let Some(Versioned { value: mut listing, version }) =
            find::<Listing>(&*self.0.backend, tenant, listing).await?
        else {
            return Ok(());
        };
        // What another commit ties to the platform at this moment is not lost.
        changes.rely_on::<Listing>(listing.id, version);
        if !listing.refs.is_empty() {
            return Ok(());
        }
        if is_lost && listing.doubt.is_none() {
            let candidates = circumstances.candidates.iter().cloned().map(Candidate::Remote).collect();
            let question = Question::LostCreate { listing: listing.id };
            self.raise(tenant, &mut listing, question, candidates, changes)?;
            changes.update(version, listing);
        } else if is_denied && listing.doubt.is_some() && !self.has_made(tenant, request).await? {
            self.answer_listing(tenant, circumstances.by, &mut listing, Choice::Nothing, changes).await?;
            changes.update(version, listing);
        }
        Ok(())
    }

    /// Whether a step of a request that is not tried again took effect.
    async fn has_made(&self, tenant: &Tenant, request: &Request) -> Result<bool> {
        match (request.phase, request.grant) {
            // Its own next run goes on from there.
            (Phase::Approved, _) | (_, None) => Ok(false),
            (_, Some(grant)) => Ok(is_applied(&self.steps_under(tenant, grant).await?)),
        }
    }

    /// Raises a question about `listing`, which waits for the answer from now on.
    pub(super) fn raise(
        &self,
        tenant: &Tenant,
        listing: &mut Listing,
        question: Question,
        candidates: Vec<Candidate>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        listing.doubt = Some(self.put_doubt(tenant, listing.store, question, candidates, changes)?);
        Ok(())
    }

    /// Whether another request on the listing may be making it at the platform: its worker is gone, and what it
    /// made isn't looked up yet.
    pub(super) async fn is_made_elsewhere(
        &self,
        tenant: &Tenant,
        request: &Request,
        command: &Command,
        listing: &Listing,
    ) -> Result<bool> {
        if !makes(command, listing) {
            return Ok(false);
        }
        let others = list_all::<Request>(&*self.0.backend, tenant, &Query::RequestsOn(listing.id)).await?;
        Ok(others.into_iter().map(|other| other.value).any(|other| {
            other.id != request.id
                && matches!(other.operation, Operation::CreateProduct | Operation::Publish)
                && matches!(
                    other.phase,
                    Phase::Executing { .. } | Phase::Accepted | Phase::Unknown { needs_person: false, .. }
                )
        }))
    }
}

/// Whether the command would make a new thing at the platform.
fn makes(command: &Command, listing: &Listing) -> bool {
    matches!(command.change, Change::CreateProduct { .. } | Change::Publish { .. }) && listing.refs.is_empty()
}

/// Refuses to make what the platform may have already.
///
/// # Errors
/// [`ErrorKind::Refused`]: a person has to answer first; names the doubt.
pub(super) fn check_lost(command: &Command, listing: &Listing) -> Result<()> {
    let Some(doubt) = listing.doubt.filter(|_| makes(command, listing)) else { return Ok(()) };
    let message = format!(
        "the store may have this product already: `adopt` the one that it is, or answer doubt {doubt} with `resolve`"
    );
    let problem = Problem::error("listing.doubt", "open_doubt", doubt.to_string());
    Err(Error::new(ErrorKind::Refused, message).with_operation(command.operation()).with_problems([problem]))
}
