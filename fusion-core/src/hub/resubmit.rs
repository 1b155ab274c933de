//! Storing what was asked for, also when somebody asks for the same thing at the same moment.

use super::{
    BundleView, Hub, RequestView,
    commit::Rounds,
    submit::{Draft, Ready, Sessions, Submission, absorb, skipped},
};
use crate::{
    approval::{Request, Revision},
    canonical,
    error::{Error, ErrorKind, Result},
    model::{BundleId, Listing, Product, Store},
    plugin::{Command, Snapshot},
    storage::{ChangeSet, Query, list_all, load},
    tenant::Actor,
};

impl Hub {
    /// Stores a chunk at once; when something in it meets another change, one by one.
    pub(super) async fn store_ready(
        &self,
        by: &Actor,
        ready: Vec<Ready>,
        view: &mut BundleView,
    ) -> Result<()> {
        let mut together = ChangeSet::default();
        for one in &ready {
            absorb(&mut together, one.changes.clone());
        }
        let alone = match self.0.backend.commit(by.tenant(), together).await {
            Ok(_) => false,
            Err(error) if is_collision(&error) => true,
            Err(error) => return Err(error),
        };
        for one in ready {
            let Ready { draft, request, preview, changes } = one;
            if !alone {
                view.items.push(RequestView::new(&request, preview));
                continue;
            }
            let stored = match self.0.backend.commit(by.tenant(), changes).await {
                Ok(_) => Ok(RequestView::new(&request, preview)),
                Err(error) if is_collision(&error) => {
                    self.submit_again(by, &draft, request.bundle, request.position).await
                }
                Err(error) => Err(error),
            };
            match stored {
                Ok(item) => view.items.push(item),
                Err(error) => view.skipped.push(skipped(&draft, &error)),
            }
        }
        Ok(())
    }

    /// Makes a request anew from what is there now.
    async fn submit_again(
        &self,
        by: &Actor,
        draft: &Draft,
        bundle: BundleId,
        position: u32,
    ) -> Result<RequestView> {
        let mut rounds = Rounds::of("what it is made from").anew_on(&[ErrorKind::AlreadyExists]);
        loop {
            if let Some(existing) = self.with_key(by, draft).await? {
                return Ok(existing);
            }
            let draft = self.draft_again(by, draft).await?;
            let policy = self.policy_of(by.tenant()).await?;
            let mut sessions = Sessions::new();
            if let Some(store) = draft.command.store {
                sessions.insert(store, self.store_session(by.tenant(), store).await?);
            }
            let taken = self.snapshots(&sessions, std::slice::from_ref(&draft)).await.pop();
            let snapshot = taken.unwrap_or_else(|| Ok(Snapshot::default()))?;
            let (request, preview, changes) =
                self.asked(by, &policy, &sessions, &draft, snapshot, bundle, position).await?;
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(RequestView::new(&request, preview));
            }
        }
    }

    async fn draft_again(&self, by: &Actor, draft: &Draft) -> Result<Draft> {
        let (true, Some(product), Some(store)) = (draft.from_catalogue, draft.product, draft.command.store)
        else {
            let Draft { command, key, after, .. } = draft.clone();
            return self.draft_command(by, Submission { command, key, after }).await;
        };
        let backend = &*self.0.backend;
        let listings = list_all::<Listing>(backend, by.tenant(), &Query::ListingsOf(product)).await?;
        let listing = listings.into_iter().find(|listing| listing.value.store == store);
        let product = load::<Product>(backend, by.tenant(), product).await?.value;
        let store = load::<Store>(backend, by.tenant(), store).await?.value;
        Ok(self.draft_publish(&product, &store, listing))
    }

    /// The request that has the draft's key already.
    pub(super) async fn with_key(&self, by: &Actor, draft: &Draft) -> Result<Option<RequestView>> {
        let Some(key) = draft.key.clone() else { return Ok(None) };
        let backend = &*self.0.backend;
        let found = list_all::<Request>(backend, by.tenant(), &Query::RequestWithKey(key)).await?;
        let Some(request) = found.into_iter().next().map(|found| found.value) else { return Ok(None) };
        // As it was first asked for: it may have been amended since.
        let first = load::<Revision>(backend, by.tenant(), (request.id, 1)).await?.value;
        if !is_same(&first, &draft.command)? || request.after != draft.after {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!(
                    "another request, {}, has this key of the caller's; keys name one command",
                    request.id
                ),
            )
            .with_operation(draft.command.operation()));
        }
        self.view_of(by.tenant(), &request).await.map(Some)
    }
}

fn is_same(first: &Revision, command: &Command) -> Result<bool> {
    Ok(first.command.as_bytes() == canonical::bytes(command)?)
}

fn is_collision(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists)
}
