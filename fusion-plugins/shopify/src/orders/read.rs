//! Pages of orders, and one order alone.

use super::whole::complete;
use crate::{
    call::Shop,
    convert, cost,
    kinds::ORDER,
    manifest::SLUG,
    reading::{filter, named, next, read_cursor},
    wire::{
        order::{self as wire, OrderData, OrdersData},
        order_variables as variables,
    },
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{Converted, Ref, RemoteOrder},
    plugin::{Context, Page},
    verb::Operation,
};
use fusion_plugin_sdk::{left_out, parse};
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Orders a page: about 800 points, under the bound of one call. What isn't there isn't paid for.
const PAGE: u32 = 20;

/// One page, by time of change; the cursor carries the walk's upper bound.
pub(crate) async fn list(
    cx: &Context<'_>,
    since: Option<Timestamp>,
    cursor: Option<&str>,
) -> Result<Page<Converted<RemoteOrder>>> {
    let shop = Shop::of(*cx, Operation::ListOrders)?;
    let (until, after) = match cursor {
        None => (cx.clock.now(), None),
        Some(cursor) => read_cursor(cursor)?,
    };
    let asked = variables::Orders { first: PAGE, after, query: Some(filter(since, until)) };
    let told = shop.ask::<OrdersData>(cost::orders(PAGE), &asked).await?;
    let page = told.data.orders;
    let mut items = Vec::new();
    let mut unreadable = Vec::new();
    for node in &page.nodes {
        match whole(&shop, node, told.hidden.clone()).await {
            Ok(order) => items.push(order),
            // The order itself is damaged, or gone by now; whatever else fails, fails the page.
            Err(error) if matches!(error.kind(), ErrorKind::Protocol | ErrorKind::NotFound) => {
                unreadable.push(left_out(named(node, ORDER), &error));
            }
            Err(error) => return Err(error),
        }
    }
    let next = next(&page.page_info, until)?;
    let watermark = next.is_none().then_some(until);
    Ok(Page { items, unreadable, next, watermark })
}

/// One order, read by its id and so past every index.
pub(crate) async fn get(cx: &Context<'_>, order: &Ref) -> Result<Converted<RemoteOrder>> {
    if order.kind != ORDER {
        return Err(Error::new(ErrorKind::InvalidInput, "the id isn't an order's").with_platform(SLUG));
    }
    let shop = Shop::of(*cx, Operation::ListOrders)?;
    let asked = variables::Order { id: order.id.clone() };
    let told = shop.ask::<OrderData<Box<RawValue>>>(cost::ORDER, &asked).await?;
    let node = told.data.order.ok_or_else(gone)?;
    whole(&shop, &node, told.hidden).await
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::NotFound, "the platform doesn't have the order (any more)")
}

async fn whole(
    shop: &Shop<'_>,
    node: &RawValue,
    mut hidden: BTreeSet<String>,
) -> Result<Converted<RemoteOrder>> {
    let mut order: wire::Order = parse(node.get().as_bytes(), "order")?;
    hidden.extend(complete(shop, &mut order).await?);
    convert::order(order, &hidden)
}
