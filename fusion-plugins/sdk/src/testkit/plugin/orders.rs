//! Orders.

use super::{
    super::orders::PAY_BACK,
    super::wire::{self, Listed},
    ScriptedPlugin,
    calls::{READ, Writing, client, get},
    convert, kinds,
};
use crate::json;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{Converted, Order, OrderAction, Ref, Refs, RemoteOrder, Repeat},
    plugin::{Context, Page, Receipt},
    verb::Operation,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Made {
    made: Option<Ref>,
}

pub(super) async fn list(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    since: Option<Timestamp>,
    cursor: Option<&str>,
) -> Result<Page<Converted<RemoteOrder>>> {
    let path = super::lookups::list_path(cx, "orders", since, cursor);
    let answer = client(plugin, *cx, Operation::ListOrders).read(READ, get(&path)).await?;
    Ok(convert::page::<wire::Order, _>(json::<Listed>(&answer)?, kinds::ORDER, convert::order))
}

pub(super) async fn one(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    order: &Ref,
) -> Result<Converted<RemoteOrder>> {
    let path = format!("/orders/{}", order.id);
    let answer = client(plugin, *cx, Operation::ListOrders).read(READ, get(&path)).await?;
    Ok(convert::order(json::<wire::Order>(&answer)?))
}

/// No key: a second shipment under the same order is a second shipment.
pub(super) async fn process(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    order: &Order,
    action: &OrderAction,
) -> Result<Receipt<Refs>> {
    let operation = action.operation();
    let id = order.facts.refs.get(&kinds::ORDER).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the order has no id of this platform").with_operation(operation)
    })?;
    if matches!(action, OrderAction::Cancel { refund: true, .. }) {
        let path = format!("/orders/{id}/{PAY_BACK}");
        let writing = Writing { method: "POST", path: &path, repeat: Repeat::Once, closing: false };
        client(plugin, *cx, operation).write(PAY_BACK, writing, action).await?;
    }
    let path = format!("/orders/{id}/{operation}");
    let writing = Writing { method: "POST", path: &path, repeat: Repeat::Once, closing: true };
    let answer = client(plugin, *cx, operation).write(operation.as_str(), writing, action).await?;
    Ok(Receipt::done(Refs::of(json::<Made>(&answer)?.made)))
}
