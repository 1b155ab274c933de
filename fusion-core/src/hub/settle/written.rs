//! What the platform answered, taken over into the listing.

use crate::{
    approval::Request,
    canonical,
    error::{Result, Severity},
    hub::{Hub, listing::edited},
    model::{
        Candidate, Choice, Issue, Lifecycle, Listing, ListingEdit, ListingVariant, Question, Refs,
        RemoteProduct, Removal, ShippedBy,
    },
    plugin::{Applied, Change, Command, Placed, Receipt, Written},
    storage::{ChangeSet, Versioned, find, load},
    tenant::{Actor, Tenant},
};
use serde_json::json;

/// The issue of a listing that was given ids of another's.
pub(in crate::hub) const SHARED_ID: &str = "shared_id";

impl Hub {
    /// Brings the listing in line with what the platform answered, and lets a stock push follow.
    pub(super) async fn keep_written(
        &self,
        tenant: &Tenant,
        request: &Request,
        command: &Command,
        receipt: &Receipt<Applied>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        if command.order().is_some() {
            return match &receipt.result {
                Written::Done(Applied::Order(made)) => self.keep_acted(tenant, request, made, changes).await,
                Written::Done(_) => self.keep_acted(tenant, request, &Refs::default(), changes).await,
                // What is only accepted hasn't happened yet.
                Written::Accepted { .. } => Ok(()),
            };
        }
        let Some(id) = command.listing() else { return Ok(()) };
        let Some(Versioned { value: mut listing, version }) =
            find::<Listing>(&*self.0.backend, tenant, id).await?
        else {
            return Ok(());
        };
        let applied = match &receipt.result {
            Written::Done(applied) => Some(applied),
            Written::Accepted { so_far, .. } => so_far.as_ref(),
        };
        if let Change::UpdateProduct { edit, .. } = &command.change {
            // Before what the platform answered: its ids need the rows that they belong to.
            bring_rows(&mut listing, edit, matches!(receipt.result, Written::Done(_)));
        }
        match applied {
            Some(Applied::Placed(placed)) => {
                take_over(&mut listing, placed)?;
                listing.issues.clone_from(&placed.product.issues);
                if let Some(first) = listing.refs.current().first().cloned() {
                    // A late answer says more than a person could.
                    let hub = Actor::system(tenant, "hub");
                    let it = Choice::This(Candidate::Remote(first));
                    self.answer_listing(tenant, hub.signature(), &mut listing, it, changes).await?;
                }
            }
            Some(Applied::Removed) => self.take_away(command, &mut listing),
            Some(Applied::Stock | Applied::Order(_) | Applied::Uploaded(_)) => return Ok(()),
            None => listing.state.lifecycle = Lifecycle::Submitted,
        }
        if let Change::CreateProduct { listing: desired } | Change::Publish { listing: desired } =
            &command.change
        {
            listing.applied = Some(canonical::hash(&**desired)?);
            listing.desired = Some(desired.clone());
        }
        if let (Change::UpdateProduct { edit, .. }, Some(desired)) = (&command.change, &mut listing.desired) {
            edited(desired, edit);
            listing.applied = Some(canonical::hash(&**desired)?);
        }
        for issue in &receipt.issues {
            if !listing.issues.contains(issue) {
                listing.issues.push(issue.clone());
            }
        }
        listing.synced = Some(self.0.clock.now());
        let is_counted = listing
            .desired
            .as_ref()
            .is_some_and(|desired| desired.variants.iter().any(|variant| variant.counted));
        if let Some(platform) = request.platform.as_ref().filter(|_| is_counted && !listing.refs.is_empty()) {
            changes.jobs.push(self.push_job(tenant, platform, &listing)?);
        }
        changes.update(version, listing);
        Ok(())
    }

    /// The platform has given the listing ids that another one has: the answer counts, and a person has to say
    /// which is which.
    pub(super) async fn keep_clash(
        &self,
        tenant: &Tenant,
        command: &Command,
        receipt: &Receipt<Applied>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let Some(id) = command.listing() else { return Ok(()) };
        let Versioned { value: mut listing, version } = load::<Listing>(&*self.0.backend, tenant, id).await?;
        let issue = Issue {
            code: SHARED_ID.to_owned(),
            message: "the platform gave it an id that another listing of the store has; its doubt asks which is which"
                .to_owned(),
            severity: Severity::Error,
            fields: Vec::new(),
        };
        if !listing.issues.contains(&issue) {
            listing.issues.push(issue);
        }
        if listing.doubt.is_none() {
            let applied = match &receipt.result {
                Written::Done(applied) => Some(applied),
                Written::Accepted { so_far, .. } => so_far.as_ref(),
            };
            let given = match applied {
                Some(Applied::Placed(placed)) => placed.product.refs.current(),
                _ => &[],
            };
            let candidates = given.iter().cloned().map(Candidate::Remote).collect();
            let question = Question::SharedId { listing: listing.id };
            self.raise(tenant, &mut listing, question, candidates, changes)?;
        }
        listing.synced = Some(self.0.clock.now());
        changes.update(version, listing);
        Ok(())
    }

    fn take_away(&self, command: &Command, listing: &mut Listing) {
        let Change::DeleteProduct { removal, .. } = &command.change else {
            listing.state.lifecycle = Lifecycle::Hidden;
            return;
        };
        listing.state.lifecycle = match removal {
            Removal::Hide => Lifecycle::Hidden,
            Removal::Archive => Lifecycle::Ended,
            Removal::Delete => {
                listing.refs.retire_all();
                for variant in &mut listing.variants {
                    variant.refs.retire_all();
                }
                listing.desired = None;
                Lifecycle::Gone
            }
        };
    }
}

/// Gives added variants a row; once the platform has done the edit, removed ones lose what it called them.
fn bring_rows(listing: &mut Listing, edit: &ListingEdit, is_done: bool) {
    for added in &edit.add {
        if let Some(known) = listing.variants.iter_mut().find(|row| row.id == added.id) {
            known.offered = true;
            continue;
        }
        listing.variants.push(ListingVariant {
            id: added.id,
            variant: added.variant,
            refs: Refs::default(),
            remote_sku: None,
            offered: true,
            offer: None,
            shipped_by: ShippedBy::default(),
            counted_as: None,
        });
    }
    let removed = listing.variants.iter_mut().filter(|row| is_done && edit.remove.contains(&row.id));
    for row in removed {
        row.refs.retire_all();
        row.offered = false;
    }
}

/// Takes over the platform's ids and state.
fn take_over(listing: &mut Listing, placed: &Placed) -> Result<()> {
    listing.refs.merge(&placed.product.refs);
    listing.state = placed.product.state.clone();
    listing.observed = Some(observed(&placed.product)?);
    for (id, refs) in &placed.variants {
        if let Some(row) = listing.variants.iter_mut().find(|row| row.id == *id) {
            row.refs.merge(refs);
        }
    }
    for (id, refs) in &placed.media {
        match listing.media.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => known.merge(refs),
            None => listing.media.push((*id, refs.clone())),
        }
    }
    Ok(())
}

/// Hash of what a buyer sees: times, versions and addresses change without anybody changing the listing.
pub(in crate::hub) fn observed(product: &RemoteProduct) -> Result<canonical::Hash> {
    canonical::hash(&json!({
        "title": product.title, "description": product.description,
        "bullets": product.bullets, "brand": product.brand, "tags": product.tags,
        "variants": product.variants.value().map(|variants| {
            variants.iter().map(|variant| json!({
                "refs": variant.refs.current(), "sku": variant.sku, "offer": variant.offer, "options": variant.options,
            })).collect::<Vec<_>>()
        }),
    }))
}
