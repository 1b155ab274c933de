//! Privacy demands that a platform passes on: done in the commit that takes the delivery, and always on record.

use crate::{
    audit::{Action, SubjectKind},
    error::Result,
    hub::Hub,
    model::{Connection, Order, OrderId, Ref, Store},
    plugin::{Asks, Hint},
    storage::{ChangeSet, Query, Versioned, list_all},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::collections::BTreeMap;

impl Hub {
    /// What the demands among `hints` come to; those that the hub can't meet by itself are recorded alone.
    pub(super) async fn heeded(
        &self,
        tenant: &Tenant,
        connection: &Connection,
        stores: &[Store],
        hints: &[Hint],
    ) -> Result<ChangeSet> {
        let by = Actor::system(tenant, "orders");
        let mut changes = ChangeSet::default();
        let mut erasing: BTreeMap<OrderId, Versioned<Order>> = BTreeMap::new();
        for Hint { topic, about, asks } in hints.iter().filter(|hint| hint.asks != Asks::Look) {
            let orders = match about {
                Some(about) => self.meant_by(tenant, stores, *asks, about).await?,
                None => Vec::new(),
            };
            let details = json!({ "topic": topic, "asks": asks, "about": about, "orders": orders.len() });
            let entry = self.note(&by, Action::PrivacyDemanded, SubjectKind::Connection, connection.id);
            changes.audit.push(entry.with_details(details)?);
            erasing.extend(orders.into_iter().map(|order| (order.value.id, order)));
        }
        for order in erasing.into_values() {
            self.erase_buyer(&by, order, &mut changes).await?;
        }
        Ok(changes)
    }

    /// The stored orders whose buyers are to be erased.
    async fn meant_by(
        &self,
        tenant: &Tenant,
        stores: &[Store],
        asks: Asks,
        about: &Ref,
    ) -> Result<Vec<Versioned<Order>>> {
        let mut orders = Vec::new();
        for store in stores {
            let query = match asks {
                Asks::Look | Asks::Answer => continue,
                Asks::EraseBuyer => Query::OrdersKnowing(store.id, about.clone()),
                // An app's secret signs for all its shops: one shop's end is no other's.
                Asks::EraseStore if store.facts.remote_id != about.id => continue,
                Asks::EraseStore => Query::OrdersIn(store.id),
            };
            orders.extend(list_all::<Order>(&*self.0.backend, tenant, &query).await?);
        }
        Ok(orders)
    }
}
