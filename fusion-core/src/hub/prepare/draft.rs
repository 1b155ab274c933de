//! Drafts on their way in: what is wanted, stored with the job that reads its store.

use crate::{
    approval::{Request, Revision},
    audit::{Action, SubjectKind},
    canonical::{self, Hash},
    error::{Error, ErrorKind, Result},
    hub::{
        BundleView, Hub, RequestView, Skipped,
        handlers::RequestJob,
        submit::{CHUNK, absorb, check_change, check_listing, new_request},
    },
    job::{JobKind, NewJob},
    model::{BundleId, Listing},
    plugin::{Command, Preview, Snapshot, Target, Work, guard},
    storage::{ChangeSet, Version},
    tenant::Actor,
};
use serde_json::json;

/// Something that is wanted of a listing that a store has.
pub(in crate::hub) struct Wish {
    pub(in crate::hub) command: Command,
    pub(in crate::hub) listing: Listing,
    /// The version that the listing was read in, if it has to be written with the draft.
    pub(in crate::hub) write: Option<Version>,
}

impl Wish {
    pub(in crate::hub) const fn of(command: Command, listing: Listing) -> Self {
        Self { command, listing, write: None }
    }
}

impl Hub {
    /// Stores `wishes` as drafts with a job each; what a store can never take is skipped at once.
    pub(in crate::hub) async fn draft(
        &self,
        by: &Actor,
        wishes: Vec<Wish>,
        view: &mut BundleView,
    ) -> Result<()> {
        let mut wishes = wishes.into_iter().peekable();
        while wishes.peek().is_some() {
            let mut together = ChangeSet::default();
            let mut drafted = Vec::new();
            for wish in wishes.by_ref().take(CHUNK) {
                let position = u32::try_from(view.items.len() + drafted.len()).unwrap_or(u32::MAX);
                match self.drafted(by, &wish, view.id, position).await {
                    Ok((request, changes)) => {
                        absorb(&mut together, changes.clone());
                        drafted.push((wish, request, changes));
                    }
                    Err(error) => view.skipped.push(left_out(&wish, &error)),
                }
            }
            let alone = match self.0.backend.commit(by.tenant(), together).await {
                Ok(_) => false,
                Err(error) if error.kind() == ErrorKind::Conflict => true,
                Err(error) => return Err(error),
            };
            for (wish, request, changes) in drafted {
                let stored = if alone { self.store_changes(by.tenant(), changes).await } else { Ok(()) };
                match stored {
                    Ok(()) => view.items.push(RequestView::new(&request, unread(&wish))),
                    // Somebody else writes the same listing at this moment.
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        view.skipped.push(left_out(&wish, &error));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn drafted(
        &self,
        by: &Actor,
        wish: &Wish,
        bundle: BundleId,
        position: u32,
    ) -> Result<(Request, ChangeSet)> {
        let clock = &*self.0.clock;
        check_change(&wish.command)?;
        check_listing(&wish.command, Some(&wish.listing))?;
        let Some(undertaking) = self.undertake(by.tenant(), wish.command.clone()).await? else {
            return Err(Error::new(ErrorKind::InvalidInput, "the command names no store"));
        };
        guard(undertaking.plugin().manifest(), &undertaking.store, &wish.command)?;
        let mut request = new_request(clock, by, &wish.command, bundle, position);
        request.platform = Some(undertaking.store.platform.clone());
        request.revision = 0;
        let command = String::from_utf8(canonical::bytes(&wish.command)?)
            .map_err(|_| Error::new(ErrorKind::Internal, "canonical bytes are no text"))?;
        let digest = Hash::of(&command);
        let wanted = Revision {
            request: request.id,
            number: 0,
            command,
            snapshot: Snapshot::default(),
            preview: unread(wish),
            plugin_version: undertaking.plugin().manifest().version.to_owned(),
            account: undertaking.session.connection.account.clone().unwrap_or_default(),
            listing_ref: None,
            decide_by: request.decide_by,
            execute_by: request.execute_by,
            author: by.signature().clone(),
            at: request.created,
            digest,
        };
        let mut changes = ChangeSet::default();
        if let Some(version) = wish.write {
            changes.update(version, wish.listing.clone());
        }
        let payload = RequestJob { request: request.id, until: None }.to_payload()?;
        let mut job = NewJob::new(clock, by.tenant(), JobKind::PREPARE, payload);
        job.partition = request.store;
        changes.jobs.push(job);
        let details = json!({ "bundle": bundle, "operation": request.operation });
        let entry = self.note(by, Action::RequestDrafted, SubjectKind::Request, request.id);
        changes.audit.push(entry.with_details(details)?);
        changes.create(request.clone());
        changes.create(wanted);
        Ok((request, changes))
    }
}

/// What is shown of a draft.
fn unread(wish: &Wish) -> Preview {
    let work = Work { command: &wish.command, target: &Target::of(&wish.listing) };
    let (operation, subject) = (wish.command.operation(), work.subject());
    Preview {
        summary: format!("{operation} of {subject} waits until the store has been read"),
        ..Preview::default()
    }
}

fn left_out(wish: &Wish, error: &Error) -> Skipped {
    Skipped {
        product: Some(wish.listing.product),
        title: wish.listing.desired.as_ref().map(|desired| desired.title.clone()),
        store: Some(wish.listing.store),
        failure: error.to_failure(),
    }
}
