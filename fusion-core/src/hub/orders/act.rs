//! What is done to an order: asked for like every other write, and held against the order as it is.

use super::state;
use crate::{
    error::{Error, ErrorKind, Result},
    hub::{BundleView, Hub, Submission},
    model::{Order, OrderAction, OrderFacts, OrderId, Store},
    plugin::{Change, Command, Context, PlatformPlugin, Preview, Snapshot, Work},
    storage::load,
    tenant::Actor,
};

impl Hub {
    /// Asks for something to be done to an order: it goes through approval, and runs only if the order still
    /// stands as it was shown.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such order. Else those of [`submit`](Self::submit); what the order or the
    /// platform doesn't allow is among the skipped, with every reason.
    pub async fn act_on_order(&self, by: &Actor, order: OrderId, action: OrderAction) -> Result<BundleView> {
        let store = load::<Order>(&*self.0.backend, by.tenant(), order).await?.value.store;
        let command = Command::on(store, Change::Order { order, action });
        self.submit(by, [Submission::from(command)]).await
    }
}

/// What `action` reads or overwrites of `order`, as the platform has it now.
pub(in crate::hub) async fn order_snapshot(
    plugin: &dyn PlatformPlugin,
    cx: &Context<'_>,
    order: &Order,
    action: &OrderAction,
) -> Result<Snapshot> {
    state::snapshot(&order_now(plugin, cx, order, action).await?, action, cx.store.facts_version)
}

/// The same for somebody who asks for it: refused when it can't be done to the order as it stands.
pub(in crate::hub) async fn wanted_order_snapshot(
    plugin: &dyn PlatformPlugin,
    cx: &Context<'_>,
    order: &Order,
    action: &OrderAction,
) -> Result<Snapshot> {
    let now = order_now(plugin, cx, order, action).await?;
    state::check(&now, action)?;
    state::snapshot(&now, action, cx.store.facts_version)
}

async fn order_now(
    plugin: &dyn PlatformPlugin,
    cx: &Context<'_>,
    order: &Order,
    action: &OrderAction,
) -> Result<OrderFacts> {
    let first = order.facts.refs.current().first().ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the platform has no such order")
            .with_operation(action.operation())
    })?;
    Ok(plugin.get_order(cx, first).await?.value.facts)
}

/// What a reviewer is shown, made from `snapshot` alone: of an order, what becomes of its fields too.
pub(in crate::hub) fn preview(
    plugin: &dyn PlatformPlugin,
    store: &Store,
    work: Work<'_>,
    snapshot: &Snapshot,
) -> Result<Preview> {
    let mut preview = plugin.preview(store, work, snapshot)?;
    if matches!(work.command.change, Change::Order { .. }) && preview.changes.is_empty() {
        preview.changes = state::changes(snapshot);
    }
    Ok(preview)
}
