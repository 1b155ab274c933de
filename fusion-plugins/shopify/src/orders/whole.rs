//! Reads to the end what a page of orders holds only the beginning of.

use crate::{
    call::Shop,
    cost,
    wire::{
        order::{
            ExchangeLinesData, FulfillmentLinesData, FulfillmentOrder, FulfillmentOrderLinesData,
            FulfillmentOrdersOf, LinesOf, Order, OrderData, RefundLinesData, ReturnsOf,
        },
        order_documents::LISTED,
        order_variables as variables,
        product::Nodes,
        variables::Variables,
    },
};
use fusion_core::error::{Error, ErrorKind, Problem, Result};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Pages of one list of one order: ten thousand lines, more than any order has.
const PAGES: usize = 40;

/// Reads everything of `order` that its first pages leave out; answers the fields that the app may not see.
///
/// # Errors
/// [`ErrorKind::Protocol`]: a list doesn't end, or is longer than the platform tells.
pub(super) async fn complete(shop: &Shop<'_>, order: &mut Order) -> Result<BTreeSet<String>> {
    for (field, length) in [("fulfillments", order.fulfillments.len()), ("refunds", order.refunds.len())] {
        if length >= LISTED {
            let why = format!("the platform gives no more than {LISTED} of them and no second page");
            return Err(Error::new(ErrorKind::Protocol, "the order is too long to be read whole")
                .with_problems([Problem::error(field, "too_many", why)]));
        }
    }
    let mut rest = Rest { shop, hidden: BTreeSet::new() };
    let id = order.id.clone();
    let ask = |after| variables::OrderLines { id: id.clone(), after };
    let pick = |data: OrderData<LinesOf>| Some(data.order?.line_items);
    rest.read(&mut order.line_items, "lineItems", cost::ORDER_LINES, ask, pick).await?;

    let ask = |after| variables::FulfillmentOrders { id: id.clone(), after: Some(after) };
    let pick = |data: OrderData<FulfillmentOrdersOf>| Some(data.order?.fulfillment_orders);
    let cost = cost::FULFILLMENT_ORDERS;
    rest.read(&mut order.fulfillment_orders, "fulfillmentOrders", cost, ask, pick).await?;
    for one in &mut order.fulfillment_orders.nodes {
        rest.lines_of(one).await?;
    }
    for one in &mut order.fulfillments {
        let ask = |after| variables::FulfillmentLines { id: one.id.clone(), after };
        let pick = |data: FulfillmentLinesData| Some(data.fulfillment?.fulfillment_line_items);
        rest.read(&mut one.fulfillment_line_items, "fulfillments", cost::PART_LINES, ask, pick).await?;
    }
    for one in &mut order.refunds {
        let ask = |after| variables::RefundLines { id: one.id.clone(), after };
        let pick = |data: RefundLinesData| Some(data.refund?.refund_line_items);
        rest.read(&mut one.refund_line_items, "refunds", cost::PART_LINES, ask, pick).await?;
    }
    let ask = |after| variables::Returns { id: id.clone(), after };
    let pick = |data: OrderData<ReturnsOf>| Some(data.order?.returns);
    rest.read(&mut order.returns, "returns", cost::RETURNS, ask, pick).await?;
    for one in &mut order.returns.nodes {
        let ask = |after| variables::ExchangeLines { id: one.id.clone(), after };
        let pick = |data: ExchangeLinesData| Some(data.r#return?.exchange_line_items);
        rest.read(&mut one.exchange_line_items, "returns", cost::EXCHANGE_LINES, ask, pick).await?;
    }
    Ok(rest.hidden)
}

/// What is to be shipped of an order, and what was.
pub(super) struct ToShip {
    pub(super) orders: Vec<FulfillmentOrder>,
    /// Ids of its shipments.
    pub(super) shipped: BTreeSet<String>,
}

/// What is to be shipped of an order, whole, read at this moment: its parts come later, split and get new ids.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no such order.
pub(super) async fn to_ship(shop: &Shop<'_>, order: &str) -> Result<ToShip> {
    let asked = variables::FulfillmentOrders { id: order.to_owned(), after: None };
    let told = shop.ask::<OrderData<FulfillmentOrdersOf>>(cost::FULFILLMENT_ORDERS, &asked).await?;
    let FulfillmentOrdersOf { fulfillment_orders: mut found, fulfillments } =
        told.data.order.ok_or_else(super::read::gone)?;
    let mut rest = Rest { shop, hidden: BTreeSet::new() };
    let ask = |after| variables::FulfillmentOrders { id: order.to_owned(), after: Some(after) };
    let pick = |data: OrderData<FulfillmentOrdersOf>| Some(data.order?.fulfillment_orders);
    rest.read(&mut found, "fulfillmentOrders", cost::FULFILLMENT_ORDERS, ask, pick).await?;
    for one in &mut found.nodes {
        rest.lines_of(one).await?;
    }
    Ok(ToShip { orders: found.nodes, shipped: fulfillments.into_iter().map(|one| one.id).collect() })
}

struct Rest<'a> {
    shop: &'a Shop<'a>,
    hidden: BTreeSet<String>,
}

impl Rest<'_> {
    async fn lines_of(&mut self, one: &mut FulfillmentOrder) -> Result<()> {
        let ask = |after| variables::FulfillmentOrderLines { id: one.id.clone(), after };
        let pick = |data: FulfillmentOrderLinesData| Some(data.fulfillment_order?.line_items);
        self.read(&mut one.line_items, "fulfillmentOrders", cost::PART_LINES, ask, pick).await
    }

    async fn read<T, V: Variables, D: DeserializeOwned>(
        &mut self,
        list: &mut Nodes<T>,
        field: &str,
        cost: u32,
        ask: impl Fn(String) -> V,
        pick: impl Fn(D) -> Option<Nodes<T>>,
    ) -> Result<()> {
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES {
            if !list.page_info.has_next_page {
                return Ok(());
            }
            let Some(after) = list.page_info.end_cursor.clone() else { break };
            if !seen.insert(after.clone()) {
                break;
            }
            let told = self.shop.ask::<D>(cost, &ask(after)).await?;
            let page = pick(told.data).ok_or_else(super::read::gone)?;
            self.hidden.extend(told.hidden);
            list.nodes.extend(page.nodes);
            list.page_info = page.page_info;
        }
        let why = "its pages don't end";
        Err(Error::new(ErrorKind::Protocol, "the platform's order can't be read")
            .with_problems([Problem::error(field, "endless", why)]))
    }
}
