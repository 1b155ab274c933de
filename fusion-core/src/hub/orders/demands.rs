//! Privacy demands that a platform passes on: always on record, and carried out for good.

use super::erase::STEP;
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hash,
    clock::Timestamp,
    error::Result,
    hub::Hub,
    model::{BuyersOf, Connection, ConnectionId, Erasure, Order, OrderId, Ref, Store},
    plugin::{Asks, Hint},
    storage::{ChangeSet, Entity, Query, Version, Versioned, find_each, list_all},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::collections::BTreeMap;

/// What a delivery asks of one authorisation, and of its stores as they were when it came.
#[derive(Clone, Copy)]
pub(super) struct Told<'d> {
    pub(super) connection: &'d Connection,
    pub(super) stores: &'d [Store],
    pub(super) hints: &'d [Hint],
    pub(super) at: Timestamp,
}

impl Hub {
    /// What the demands among the hints come to. Each is kept, with a job that goes through what is stored; the buyers
    /// of as many orders as one commit takes are erased in it. Demands that the hub can't meet by itself are recorded
    /// alone.
    pub(super) async fn heeded(&self, tenant: &Tenant, told: Told<'_>) -> Result<ChangeSet> {
        let Told { connection, stores, hints, at } = told;
        let by = Actor::system(tenant, "orders");
        let mut changes = ChangeSet::default();
        let mut erasing: BTreeMap<OrderId, Versioned<Order>> = BTreeMap::new();
        let mut keeping: BTreeMap<(ConnectionId, Hash), Erasure> = BTreeMap::new();
        for Hint { topic, about, asks } in hints {
            let (mut orders, mut ended) = (Vec::new(), 0);
            let buyers = match (asks, about) {
                (Asks::Look(_), _) => continue,
                (Asks::EraseBuyer, Some(about)) => {
                    orders = self.known_orders(tenant, stores, about).await?;
                    Some(BuyersOf::Order(about.clone()))
                }
                // An app's secret signs for all its shops: one shop's end is no other's.
                (Asks::EraseStore, Some(about)) => {
                    ended = stores.iter().filter(|store| store.facts.remote_id == about.id).count();
                    Some(BuyersOf::Storefront(about.id.clone()))
                }
                (Asks::EraseBuyer | Asks::EraseStore, None) | (Asks::Answer, _) => None,
            };
            let kept = buyers.map(|buyers| Erasure::new(connection.id, buyers, at));
            keeping.extend(kept.map(|one| (one.id(), one)));
            let details = json!({
                "topic": topic, "asks": asks, "about": about, "orders": orders.len(), "stores": ended,
            });
            let entry = self.note(&by, Action::PrivacyDemanded, SubjectKind::Connection, connection.id);
            changes.audit.push(entry.with_details(details)?);
            if erasing.len() < STEP {
                erasing.extend(orders.into_iter().map(|order| (order.value.id, order)));
            }
        }
        self.erase_orders(&by, erasing, &mut changes).await?;
        self.keep_demanded(tenant, keeping.into_values().collect(), &mut changes).await?;
        Ok(changes)
    }

    /// Adds to `changes` what has to be kept of these demands, and the job that goes through what is stored.
    async fn keep_demanded(
        &self,
        tenant: &Tenant,
        demands: Vec<Erasure>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let ids = demands.iter().map(Entity::id);
        let known = find_each::<Erasure>(&*self.0.backend, tenant, ids).await?;
        let mut is_new = false;
        for (new, known) in demands.into_iter().zip(known) {
            match (&new.buyers, known) {
                // Whoever has stored the order since found the first demand.
                (BuyersOf::Order(_), Some(known)) => changes.rely_on::<Erasure>(new.id(), known.version),
                (_, known) => {
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
    pub(super) async fn known_orders(
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
