//! A command made ready for its plugin.

use super::{Hub, session::Session};
use crate::{
    approval::{Request, Revision},
    error::{Error, ErrorKind, Result},
    job::JobContext,
    model::{Listing, Store},
    plugin::{Command, Context, PlatformPlugin, Snapshot, Target, Work},
    storage::load,
    tenant::Tenant,
};

/// A command with all that its plugin needs for it.
pub(super) struct Opened<'h> {
    pub(super) command: Command,
    pub(super) listing: Option<Listing>,
    pub(super) target: Target,
    pub(super) store: Store,
    pub(super) session: Session<'h>,
}

impl Hub {
    /// `command` with its store and listing as they are now; `None`: it is about no store.
    pub(super) async fn open<'h>(&'h self, tenant: &Tenant, command: Command) -> Result<Option<Opened<'h>>> {
        let Some(store) = command.store else { return Ok(None) };
        let (store, session) = self.store_session(tenant, store).await?;
        let listing = match command.listing() {
            Some(listing) => Some(load::<Listing>(&*self.0.backend, tenant, listing).await?.value),
            None => None,
        };
        let target = listing.as_ref().map(Target::of).unwrap_or_default();
        Ok(Some(Opened { command, listing, target, store: store.value, session }))
    }

    /// What `request` asks for in its present revision, within the time and at the call of `job`.
    pub(super) async fn open_request<'h>(
        &'h self,
        job: &JobContext,
        request: &Request,
    ) -> Result<Option<(Revision, Opened<'h>)>> {
        let tenant = &job.job().tenant;
        let revision =
            load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?.value;
        let Some(opened) = self.open(tenant, revision.open()?).await? else { return Ok(None) };
        let session = opened.session.within(job.deadline(), job.cancel());
        Ok(Some((revision, Opened { session, ..opened })))
    }
}

impl Opened<'_> {
    pub(super) fn work(&self) -> Work<'_> {
        Work { command: &self.command, target: &self.target }
    }

    pub(super) fn plugin(&self) -> &dyn PlatformPlugin {
        self.session.plugin()
    }

    /// For one read about the store.
    pub(super) fn context(&self) -> Context<'_> {
        self.session.context(&self.store)
    }

    /// What the command reads or overwrites, as it is now.
    pub(super) async fn snapshot(&self) -> Result<Snapshot> {
        one_snapshot(self.plugin(), &self.context(), self.work()).await
    }
}

/// The snapshot of one work.
pub(super) async fn one_snapshot(
    plugin: &dyn PlatformPlugin,
    cx: &Context<'_>,
    work: Work<'_>,
) -> Result<Snapshot> {
    plugin.snapshot(cx, &[work]).await?.pop().ok_or_else(no_snapshot)
}

pub(super) fn no_snapshot() -> Error {
    Error::new(ErrorKind::Internal, "the plugin took no snapshot")
}
