//! Orders for whoever shows them.

use crate::{
    clock::Timestamp,
    error::Result,
    hub::Hub,
    model::{Order, OrderId, Oversold, StockLevel, Store, StoreId, Unread, Walk, oversold},
    storage::{Entity, Query, list_all, load},
    tenant::Actor,
};
use std::collections::BTreeSet;

/// Which orders of a store are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrdersWanted {
    /// All that were pulled.
    #[default]
    All,
    /// Those that are neither cancelled nor closed.
    Open,
    /// Those that the platform changed at this moment or later.
    ChangedSince(Timestamp),
}

impl Hub {
    /// Orders of a store, `limit` at most, in the order in which they were first read; the next page begins
    /// `after` the last one's id.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn orders(
        &self,
        by: &Actor,
        store: StoreId,
        wanted: OrdersWanted,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<Order>> {
        let query = match wanted {
            OrdersWanted::All => Query::OrdersIn(store),
            OrdersWanted::Open => Query::OpenOrders(store),
            OrdersWanted::ChangedSince(since) => Query::OrdersChangedSince(store, since),
        };
        self.page(by, &query, after.map(Order::key), limit).await
    }

    /// An order.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such order.
    pub async fn order(&self, by: &Actor, order: OrderId) -> Result<Order> {
        Ok(load::<Order>(&*self.0.backend, by.tenant(), order).await?.value)
    }

    /// Lines of open orders, in every store, that can't be shipped from what is there: who bought first is served
    /// first.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn oversold(&self, by: &Actor) -> Result<Vec<Oversold>> {
        let backend = &*self.0.backend;
        let mut orders = Vec::new();
        for store in list_all::<Store>(backend, by.tenant(), &Query::Stores).await? {
            let open = list_all::<Order>(backend, by.tenant(), &Query::OpenOrders(store.value.id)).await?;
            orders.extend(open.into_iter().map(|order| order.value));
        }
        let takes = orders.iter().flat_map(|order| &order.ledger).filter(|ledger| ledger.tally.kept() > 0);
        let items: BTreeSet<_> = takes.flat_map(|ledger| &ledger.takes).map(|take| take.item).collect();
        let mut levels = Vec::new();
        for item in items {
            levels.extend(list_all::<StockLevel>(backend, by.tenant(), &Query::LevelsOf(item)).await?);
        }
        Ok(oversold(&orders, levels.iter().map(|level| &level.value)))
    }

    /// Orders of a store that could not be read; each pull tries them again alone.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn unread_orders(&self, by: &Actor, store: StoreId) -> Result<Vec<Unread>> {
        let query = Query::UnreadIn(store, Walk::Orders);
        let unread = list_all::<Unread>(&*self.0.backend, by.tenant(), &query).await?;
        Ok(unread.into_iter().map(|one| one.value).collect())
    }
}
