//! Privacy demands that a platform passes on: always on record, and carried out for good.

use super::erase::STEP;
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hash,
    clock::Timestamp,
    error::Result,
    hub::Hub,
    model::{Connection, Erasure, Order, OrderId, Ref, Store, StoreId},
    plugin::{Asks, Hint},
    storage::{ChangeSet, Entity, Query, Version, Versioned, find, list_all},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::collections::BTreeMap;

impl Hub {
    /// What the demands among `hints` come to: as many buyers as one commit takes are erased in it. What remains, and
    /// what isn't stored yet, is kept as demanded, and a job goes through what is stored. Demands that the hub can't
    /// meet by itself are recorded alone.
    pub(super) async fn heeded(
        &self,
        tenant: &Tenant,
        connection: &Connection,
        (stores, hints): (&[Store], &[Hint]),
        demanded: Timestamp,
    ) -> Result<ChangeSet> {
        let by = Actor::system(tenant, "orders");
        let mut changes = ChangeSet::default();
        let mut erasing: BTreeMap<OrderId, Versioned<Order>> = BTreeMap::new();
        let mut keeping: BTreeMap<(StoreId, Hash), Erasure> = BTreeMap::new();
        for Hint { topic, about, asks } in hints {
            let (mut orders, mut ended) = (Vec::new(), Vec::new());
            match (asks, about) {
                (Asks::Look(_), _) => continue,
                (Asks::EraseBuyer, Some(about)) => {
                    orders = self.known_orders(tenant, stores, about).await?;
                    let is_unknown = orders.is_empty();
                    let knows = |store: &&Store| orders.iter().any(|order| order.value.store == store.id);
                    let is_full = erasing.len() >= STEP;
                    let kept = stores.iter().filter(|store| is_unknown || is_full && knows(store));
                    let kept = kept.map(|store| Erasure::new(store.id, Some(about.clone()), demanded));
                    keeping.extend(kept.map(|one| (one.id(), one)));
                }
                // An app's secret signs for all its shops: one shop's end is no other's.
                (Asks::EraseStore, Some(about)) => {
                    ended.extend(stores.iter().filter(|store| store.facts.remote_id == about.id));
                    let kept = ended.iter().map(|store| Erasure::new(store.id, None, demanded));
                    keeping.extend(kept.map(|one| (one.id(), one)));
                }
                (Asks::EraseBuyer | Asks::EraseStore, None) | (Asks::Answer, _) => {}
            }
            let details = json!({
                "topic": topic, "asks": asks, "about": about, "orders": orders.len(), "stores": ended.len(),
            });
            let entry = self.note(&by, Action::PrivacyDemanded, SubjectKind::Connection, connection.id);
            changes.audit.push(entry.with_details(details)?);
            if erasing.len() < STEP {
                erasing.extend(orders.into_iter().map(|order| (order.value.id, order)));
            }
        }
        for order in erasing.into_values() {
            self.erase_buyer(&by, order, &mut changes).await?;
        }
        self.keep_demanded(tenant, keeping.into_values(), &mut changes).await?;
        Ok(changes)
    }

    /// Adds to `changes` what has to be kept of these demands, and the job that goes through what is stored.
    async fn keep_demanded(
        &self,
        tenant: &Tenant,
        demands: impl Iterator<Item = Erasure> + Send,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let mut is_new = false;
        for new in demands {
            match find::<Erasure>(&*self.0.backend, tenant, new.id()).await? {
                // Nobody has read the order since, and whoever reads it finds the first demand.
                Some(known) if new.order.is_some() => changes.rely_on::<Erasure>(new.id(), known.version),
                known => {
                    is_new = true;
                    changes.update(known.map_or(Version::NEW, |known| known.version), new);
                }
            }
        }
        if is_new {
            changes.jobs.push(self.erase_job(tenant));
        }
        Ok(())
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
