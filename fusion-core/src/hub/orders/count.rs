//! Levels and moves of one commit: several lines may take from one level.

use crate::{
    error::{Error, ErrorKind, Result},
    hub::Hub,
    model::{
        Consumes, Location, LocationId, LocationKind, MoveId, MoveKind, OrderLine, Product, ProductId,
        StockItemId, StockLevel, StockMove, Store, Take,
    },
    storage::{ChangeSet, Query, Version, Versioned, find, list_all},
    tenant::Tenant,
};
use std::collections::{BTreeMap, BTreeSet};

/// The levels that a commit changes.
pub(super) struct Counter<'h> {
    hub: &'h Hub,
    tenant: &'h Tenant,
    levels: BTreeMap<(StockItemId, LocationId), (Version, StockLevel)>,
}

impl<'h> Counter<'h> {
    pub(super) const fn new(hub: &'h Hub, tenant: &'h Tenant) -> Self {
        Self { hub, tenant, levels: BTreeMap::new() }
    }

    /// Carries out a move; whether more is sold than is there then.
    pub(super) async fn apply(
        &mut self,
        changes: &mut ChangeSet,
        (take, kind, delta): (Take, MoveKind, i64),
        cause: String,
    ) -> Result<bool> {
        let key = (take.item, take.location);
        if !self.levels.contains_key(&key) {
            let known = find::<StockLevel>(&*self.hub.0.backend, self.tenant, key).await?;
            let level = known
                .map_or((Version::NEW, StockLevel::empty(key.0, key.1)), |Versioned { value, version }| {
                    (version, value)
                });
            self.levels.insert(key, level);
        }
        let step = StockMove {
            id: MoveId::new(&*self.hub.0.clock),
            item: take.item,
            location: take.location,
            delta,
            kind,
            cause,
            at: self.hub.0.clock.now(),
        };
        let Some((_, level)) = self.levels.get_mut(&key) else { return Ok(false) };
        level.apply(&step);
        changes.create(step);
        Ok(level.on_hand < level.committed)
    }

    /// Writes the levels, and lets every store that sells what changed be told.
    pub(super) async fn finish(self, changes: &mut ChangeSet) -> Result<()> {
        let mut products: BTreeSet<ProductId> = BTreeSet::new();
        let items: BTreeSet<StockItemId> = self.levels.keys().map(|(item, _)| *item).collect();
        for item in items {
            let query = Query::ProductsConsuming(item);
            let consuming = list_all::<Product>(&*self.hub.0.backend, self.tenant, &query).await?;
            products.extend(consuming.iter().map(|product| product.value.id));
        }
        for (version, level) in self.levels.into_values() {
            changes.update(version, level);
        }
        for product in products {
            self.hub.tell_stores(self.tenant, product, changes).await?;
        }
        Ok(())
    }
}

impl Hub {
    /// What one piece of `line` takes, and from where.
    pub(super) async fn takes_of(
        &self,
        tenant: &Tenant,
        store: &Store,
        line: &OrderLine,
        consumes: &[Consumes],
    ) -> Result<Vec<Take>> {
        let mut takes = Vec::with_capacity(consumes.len());
        for Consumes { item, units } in consumes {
            let location = self.place_of(tenant, store, line, *item).await?;
            takes.push(Take { item: *item, location, units: *units });
        }
        Ok(takes)
    }

    /// Where a line takes `item` from: the place that the platform names, else the one of the store's places, or
    /// of the merchant's where the store has none, that has most of it.
    async fn place_of(
        &self,
        tenant: &Tenant,
        store: &Store,
        line: &OrderLine,
        item: StockItemId,
    ) -> Result<LocationId> {
        let named = line.location.as_ref();
        if let Some((ours, _)) = store.locations.iter().find(|(_, remote)| Some(remote) == named) {
            return Ok(*ours);
        }
        let mut places: Vec<LocationId> = store.locations.iter().map(|(ours, _)| *ours).collect();
        if places.is_empty() {
            let all = list_all::<Location>(&*self.0.backend, tenant, &Query::Locations).await?;
            let is_ours = |place: &&Versioned<Location>| place.value.kind != LocationKind::Platform;
            places.extend(all.iter().filter(is_ours).map(|place| place.value.id));
        }
        let levels = list_all::<StockLevel>(&*self.0.backend, tenant, &Query::LevelsOf(item)).await?;
        let fullest = levels
            .iter()
            .map(|level| &level.value)
            .filter(|level| places.contains(&level.location))
            .max_by_key(|level| (level.available(), std::cmp::Reverse(level.location)));
        fullest.map(|level| level.location).or_else(|| places.first().copied()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidConfig,
                "there is no place of stock to take a sold item from; make one",
            )
        })
    }
}
