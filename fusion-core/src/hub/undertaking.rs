//! A command made ready for its plugin.

use super::{
    Hub,
    orders::{is_given_back, order_snapshot, preview, wanted_order_snapshot},
    session::Session,
};
use crate::{
    approval::{Request, Revision},
    error::{Error, ErrorKind, Result},
    job::JobContext,
    model::{Listing, Order, Store},
    plugin::{Change, Command, Context, PlatformPlugin, Preview, Snapshot, Target, Work},
    storage::{Version, Versioned, load},
    tenant::Tenant,
};

/// A command with all that its plugin needs for it.
pub(super) struct Undertaking<'h> {
    pub(super) command: Command,
    pub(super) listing: Option<Listing>,
    pub(super) order: Option<Order>,
    pub(super) target: Target,
    pub(super) store: Store,
    /// That of the store.
    pub(super) version: Version,
    pub(super) session: Session<'h>,
}

impl Hub {
    /// `command` with its store and listing as they are now; `None`: it is about no store.
    pub(super) async fn undertake<'h>(
        &'h self,
        tenant: &Tenant,
        command: Command,
    ) -> Result<Option<Undertaking<'h>>> {
        let Some(store) = command.store else { return Ok(None) };
        let (store, session) = self.store_session(tenant, store).await?;
        let listing = match command.listing() {
            Some(listing) => Some(load::<Listing>(&*self.0.backend, tenant, listing).await?.value),
            None => None,
        };
        let order = self.order_of(tenant, &command).await?;
        let target = target_of(listing.as_ref(), order.as_ref());
        let Versioned { value: store, version } = store;
        Ok(Some(Undertaking { command, listing, order, target, store, version, session }))
    }

    /// The order that `command` is about, if it is about one.
    pub(super) async fn order_of(&self, tenant: &Tenant, command: &Command) -> Result<Option<Order>> {
        let Some(order) = command.order() else { return Ok(None) };
        Ok(Some(load::<Order>(&*self.0.backend, tenant, order).await?.value))
    }

    /// What `request` asks for in its present revision, within the time and at the call of `job`.
    pub(super) async fn undertake_request<'h>(
        &'h self,
        job: &JobContext,
        request: &Request,
    ) -> Result<Option<(Revision, Undertaking<'h>)>> {
        let tenant = &job.job().tenant;
        let revision =
            load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?.value;
        let Some(undertaking) = self.undertake(tenant, revision.open()?).await? else { return Ok(None) };
        let session = undertaking.session.within(job.deadline(), job.cancel());
        Ok(Some((revision, Undertaking { session, ..undertaking })))
    }
}

impl Undertaking<'_> {
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
        if let (Some(order), Change::Order { action, .. }) = (&self.order, &self.command.change) {
            return order_snapshot(self.plugin(), &self.context(), order, action).await;
        }
        one_snapshot(self.plugin(), &self.context(), self.work()).await
    }

    /// The same for somebody who asks for it: refused when it can't be done as things stand.
    pub(super) async fn wanted_snapshot(&self) -> Result<Snapshot> {
        if let (Some(order), Change::Order { action, .. }) = (&self.order, &self.command.change) {
            return wanted_order_snapshot(self.plugin(), &self.context(), order, action).await;
        }
        self.snapshot().await
    }

    /// What differs by now from what was shown, once steps were `touched` also from what the command makes of it.
    pub(super) fn stale_fields(&self, shown: &Snapshot, fresh: &Snapshot, touched: bool) -> Vec<String> {
        let mut stale = shown.stale_fields(fresh, touched);
        if let (true, Change::Order { action, .. }) = (touched, &self.command.change) {
            stale.retain(|path| !is_given_back(action, path, shown, fresh));
        }
        stale
    }

    /// What a reviewer is shown, made from `snapshot` alone.
    pub(super) fn preview(&self, snapshot: &Snapshot) -> Result<Preview> {
        preview(self.plugin(), &self.store, self.work(), snapshot)
    }
}

/// What the platform calls the thing that a command is about.
pub(super) fn target_of(listing: Option<&Listing>, order: Option<&Order>) -> Target {
    match (listing, order) {
        (Some(listing), _) => Target::of(listing),
        (None, Some(order)) => Target::of_order(order),
        (None, None) => Target::default(),
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
