//! Privacy demands that a platform passes on: always on record, and carried out for good.

use super::erase::{EraseJob, STEP};
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
    /// What the demands among `hints` come to: as many buyers as one commit takes are erased in it, and the others
    /// by jobs that it queues. Demands that the hub can't meet by itself are recorded alone.
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
        for Hint { topic, about, asks } in hints {
            let (mut orders, mut ended) = (Vec::new(), Vec::new());
            match (asks, about) {
                (Asks::Look(_), _) => continue,
                (Asks::EraseBuyer, Some(about)) => orders = self.known_orders(tenant, stores, about).await?,
                // An app's secret signs for all its shops: one shop's end is no other's.
                (Asks::EraseStore, Some(about)) => {
                    ended.extend(stores.iter().filter(|store| store.facts.remote_id == about.id));
                }
                (Asks::EraseBuyer | Asks::EraseStore, None) | (Asks::Answer, _) => {}
            }
            let details = json!({
                "topic": topic, "asks": asks, "about": about, "orders": orders.len(), "stores": ended.len(),
            });
            let entry = self.note(&by, Action::PrivacyDemanded, SubjectKind::Connection, connection.id);
            changes.audit.push(entry.with_details(details)?);
            for store in ended {
                changes.jobs.push(self.erase_job(tenant, &EraseJob::Store(store.id))?);
            }
            erasing.extend(orders.into_iter().map(|order| (order.value.id, order)));
        }
        let later: Vec<OrderId> = erasing.keys().skip(STEP).copied().collect();
        for orders in later.chunks(STEP) {
            changes.jobs.push(self.erase_job(tenant, &EraseJob::Orders(orders.to_vec()))?);
        }
        for order in erasing.into_values().take(STEP) {
            self.erase_buyer(&by, order, &mut changes).await?;
        }
        Ok(changes)
    }

    /// The stored orders that the platform calls `about`.
    async fn known_orders(
        &self,
        tenant: &Tenant,
        stores: &[Store],
        about: &Ref,
    ) -> Result<Vec<Versioned<Order>>> {
        let mut orders = Vec::new();
        for store in stores {
            let query = Query::OrdersKnowing(store.id, about.clone());
            orders.extend(list_all::<Order>(&*self.0.backend, tenant, &query).await?);
        }
        Ok(orders)
    }
}
