//! Commands become requests: guarded, previewed, routed, and put before people.

mod check;
mod revise;

pub(super) use check::{added_before, check_change, check_listing};

use super::{
    BundleView, Hub, Skipped, effects::Circumstances, orders::preview, session::Session,
    undertaking::target_of,
};
use crate::{
    approval::{Event, Phase, PolicyRecord, Refusal, Request, transition},
    clock::Clock,
    error::{Error, ErrorKind, Result},
    model::{BundleId, Listing, Order, ProductId, RequestId, Store, StoreId},
    plugin::{Command, Preview, Snapshot, Work, guard},
    storage::{ChangeSet, Version, Versioned, load},
    tenant::Actor,
};
use serde_json::json;
use std::collections::{HashMap, hash_map::Entry};

/// A command that somebody wants carried out.
#[derive(Clone, Debug)]
pub struct Submission {
    /// What.
    pub command: Command,
    /// The caller's own key: submitting it again returns the request that has it.
    pub key: Option<String>,
    /// Begins only when this request is done.
    pub after: Option<RequestId>,
}

impl From<Command> for Submission {
    fn from(command: Command) -> Self {
        Self { command, key: None, after: None }
    }
}

/// A command with the listing it is about, as it is going to be stored.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) command: Command,
    pub(super) listing: Option<Listing>,
    pub(super) order: Option<Order>,
    /// The listing, if it has to be written with the request.
    pub(super) write: Option<(Version, Listing)>,
    pub(super) product: Option<ProductId>,
    /// Whether the command is made from the product as it is in the catalogue.
    pub(super) from_catalogue: bool,
    pub(super) key: Option<String>,
    pub(super) after: Option<RequestId>,
}

/// Requests that one commit carries: small enough for every database, big enough to be quick.
pub(super) const CHUNK: usize = 50;

/// A request that waits to be stored, with what it was made from.
pub(super) struct Ready {
    pub(super) draft: Draft,
    pub(super) request: Request,
    pub(super) preview: Preview,
    pub(super) changes: ChangeSet,
}

pub(super) type Sessions<'h> = HashMap<StoreId, (Versioned<Store>, Session<'h>)>;

impl Hub {
    /// Asks for `submissions` to be carried out: one request each, reviewed as one bundle.
    ///
    /// What a store can't do is skipped with its reasons; the others go on. What a command would overwrite is read
    /// while the call lasts; for many listings [`update`](Self::update) and its like leave that to a job.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: a listing or store doesn't exist. Else storage's.
    pub async fn submit(
        &self,
        by: &Actor,
        submissions: impl IntoIterator<Item = Submission> + Send,
    ) -> Result<BundleView> {
        let submissions: Vec<Submission> = submissions.into_iter().collect();
        let mut drafts = Vec::with_capacity(submissions.len());
        for submission in submissions {
            drafts.push(self.draft_command(by, submission).await?);
        }
        self.submit_drafts(by, drafts).await
    }

    /// A command with its listing as it is now.
    pub(super) async fn draft_command(&self, by: &Actor, submission: Submission) -> Result<Draft> {
        let listing = match submission.command.listing() {
            Some(id) => Some(load::<Listing>(&*self.0.backend, by.tenant(), id).await?.value),
            None => None,
        };
        let order = self.order_of(by.tenant(), &submission.command).await?;
        Ok(Draft {
            product: listing.as_ref().map(|listing| listing.product),
            command: submission.command,
            listing,
            order,
            write: None,
            from_catalogue: false,
            key: submission.key,
            after: submission.after,
        })
    }

    pub(super) async fn submit_drafts(&self, by: &Actor, drafts: Vec<Draft>) -> Result<BundleView> {
        let mut view = BundleView::new(BundleId::new(&*self.0.clock));
        let policy = self.policy_of(by.tenant()).await?;
        let mut sessions = Sessions::new();
        let mut drafts = drafts.into_iter().peekable();
        while drafts.peek().is_some() {
            let chunk: Vec<Draft> = drafts.by_ref().take(CHUNK).collect();
            for store in chunk.iter().filter_map(|draft| draft.command.store) {
                if let Entry::Vacant(vacant) = sessions.entry(store) {
                    vacant.insert(self.store_session(by.tenant(), store).await?);
                }
            }
            self.submit_chunk(by, &policy, &sessions, chunk, &mut view).await?;
        }
        Ok(view)
    }

    async fn submit_chunk(
        &self,
        by: &Actor,
        policy: &Versioned<PolicyRecord>,
        sessions: &Sessions<'_>,
        chunk: Vec<Draft>,
        view: &mut BundleView,
    ) -> Result<()> {
        let snapshots = self.snapshots(sessions, &chunk).await;
        let mut ready = Vec::with_capacity(chunk.len());
        for (draft, snapshot) in chunk.into_iter().zip(snapshots) {
            match self.with_key(by, &draft).await {
                Ok(None) => {}
                Ok(Some(existing)) => {
                    view.items.push(existing);
                    continue;
                }
                Err(error) => {
                    view.skipped.push(skipped(&draft, &error));
                    continue;
                }
            }
            let position = u32::try_from(view.items.len() + ready.len()).unwrap_or(u32::MAX);
            let prepared = match snapshot {
                Ok(snapshot) => self.asked(by, policy, sessions, &draft, snapshot, view.id, position).await,
                Err(error) => Err(error),
            };
            match prepared {
                Ok((request, preview, changes)) => ready.push(Ready { draft, request, preview, changes }),
                Err(error) => view.skipped.push(skipped(&draft, &error)),
            }
        }
        self.store_ready(by, ready, view).await
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a digest binds meets here")]
    pub(super) async fn asked(
        &self,
        by: &Actor,
        policy: &Versioned<PolicyRecord>,
        sessions: &Sessions<'_>,
        draft: &Draft,
        snapshot: Snapshot,
        bundle: BundleId,
        position: u32,
    ) -> Result<(Request, Preview, ChangeSet)> {
        let inner = &*self.0;
        check::check_change(&draft.command)?;
        let session = draft.command.store.and_then(|store| sessions.get(&store));
        let Some((store, session)) = session else {
            return Err(Error::new(ErrorKind::InvalidInput, "the command names no store")
                .with_operation(draft.command.operation()));
        };
        check_listing(&draft.command, draft.listing.as_ref())?;
        check::check_order(&draft.command, draft.order.as_ref())?;
        guard(session.plugin().manifest(), &store.value, &draft.command)?;
        let target = target_of(draft.listing.as_ref(), draft.order.as_ref());
        let work = Work { command: &draft.command, target: &target };
        let preview = preview(session.plugin(), &store.value, work, &snapshot)?;

        let request = Request {
            platform: Some(store.value.platform.clone()),
            after: draft.after,
            caller_key: draft.key.clone(),
            ..new_request(&*inner.clock, by, &draft.command, bundle, position)
        };
        // Before the seats are held against the people there are.
        let facts = self.facts(by.tenant(), by.signature(), &request).await?;
        let (revision, submitted) =
            self.revise(by, &request, policy, &draft.command, session, &target, snapshot, preview).await?;
        let transition = transition(&request, Event::Submit(submitted), &facts.borrow())
            .map_err(|refusal| refused(refusal, &request))?;
        let mut changes = ChangeSet::default();
        changes.rely_on::<PolicyRecord>((), policy.version);
        facts.rely_on_people(&mut changes);
        if let Some((version, listing)) = &draft.write {
            changes.update(*version, listing.clone());
        }
        if let Some((parent, version)) = facts.parent_version {
            self.tie_to_parent(by, &request, parent, version, &mut changes).await?;
        }
        let details = json!({ "digest": revision.digest, "revision": 1, "policy": policy.value.hash, "bundle": bundle });
        let circumstances = Circumstances::new(by.tenant(), by.signature(), details);
        let request = self.carry_out(&mut changes, &circumstances, Version::NEW, transition).await?;
        let preview = revision.preview.clone();
        changes.create(revision);
        Ok((request, preview, changes))
    }

    /// Writes the child's id on its parent, so that whichever of the two commits is later sees the other. The
    /// parent must still be as it was when the child was decided on.
    async fn tie_to_parent(
        &self,
        by: &Actor,
        request: &Request,
        parent: RequestId,
        seen: Version,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let mut parent = load::<Request>(&*self.0.backend, by.tenant(), parent).await?.value;
        parent.children.push(request.id);
        changes.update(seen, parent);
        Ok(())
    }
}

/// A request that nobody has been asked about, on no platform and after nothing.
pub(super) fn new_request(
    clock: &dyn Clock,
    by: &Actor,
    command: &Command,
    bundle: BundleId,
    position: u32,
) -> Request {
    let now = clock.now();
    Request {
        id: RequestId::new(clock),
        bundle,
        position,
        requester: by.signature().clone(),
        editors: Vec::new(),
        operation: command.operation(),
        store: command.store,
        platform: None,
        listing: command.listing(),
        order: command.order(),
        phase: Phase::Draft,
        revision: 1,
        digest: None,
        route: None,
        seats: Vec::new(),
        decide_by: now,
        execute_by: now,
        grant: None,
        job: None,
        attempt: 0,
        token: None,
        after: None,
        children: Vec::new(),
        caller_key: None,
        watch: None,
        failure: None,
        created: now,
    }
}

pub(super) fn skipped(draft: &Draft, error: &Error) -> Skipped {
    use crate::plugin::Change;
    let title = match &draft.command.change {
        Change::CreateProduct { listing } | Change::Publish { listing } => Some(listing.title.clone()),
        _ => draft.listing.as_ref().and_then(|one| one.desired.as_ref()).map(|desired| desired.title.clone()),
    };
    Skipped { product: draft.product, title, store: draft.command.store, failure: error.to_failure() }
}

pub(super) fn refused(refusal: Refusal, request: &Request) -> Error {
    Error::new(ErrorKind::Refused, refusal.message(request))
}

pub(super) fn absorb(into: &mut ChangeSet, other: ChangeSet) {
    into.writes.extend(other.writes);
    into.steps.extend(other.steps);
    into.jobs.extend(other.jobs);
    into.cancels.extend(other.cancels);
    into.audit.extend(other.audit);
    for expect in other.expects {
        if !into.expects.contains(&expect) {
            into.expects.push(expect);
        }
    }
}
