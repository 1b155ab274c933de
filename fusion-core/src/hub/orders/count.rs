//! Levels and moves of one commit: several lines may take from one level.

use crate::{
    error::{Error, ErrorKind, Result},
    hub::Hub,
    model::{
        Consumes, Doubt, LineMove, Location, LocationId, LocationKind, MoveId, Opening, OrderLine, Product,
        ProductId, Question, StockItemId, StockLevel, StockMove, Store, StoreId, Take,
    },
    storage::{ChangeSet, Query, Version, Versioned, find, list_all},
    tenant::Tenant,
};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

/// The levels that a commit changes.
pub(super) struct Counter<'h> {
    hub: &'h Hub,
    tenant: &'h Tenant,
    levels: BTreeMap<(StockItemId, LocationId), Held>,
    /// Levels of which no date tells what was in their count, by the store whose orders leave it open.
    unsure: BTreeSet<(StoreId, StockItemId, LocationId)>,
}

/// A level as it was read, and as it is going to be.
struct Held {
    version: Version,
    level: StockLevel,
    is_moved: bool,
}

impl<'h> Counter<'h> {
    pub(super) const fn new(hub: &'h Hub, tenant: &'h Tenant) -> Self {
        Self { hub, tenant, levels: BTreeMap::new(), unsure: BTreeSet::new() }
    }

    /// Carries out a move; whether more is sold than is there then.
    pub(super) async fn apply(
        &mut self,
        changes: &mut ChangeSet,
        LineMove { take, kind, units: delta, .. }: LineMove,
        cause: String,
    ) -> Result<bool> {
        let step = StockMove {
            id: MoveId::new(&*self.hub.0.clock),
            item: take.item,
            location: take.location,
            delta,
            kind,
            cause,
            at: self.hub.0.clock.now(),
        };
        let held = self.held(take).await?;
        held.level.apply(&step);
        held.is_moved = true;
        changes.create(step);
        Ok(held.level.on_hand < held.level.committed)
    }

    /// The count that the level of `take` goes by.
    pub(super) async fn opening_of(&mut self, take: Take) -> Result<Option<Opening>> {
        Ok(self.held(take).await?.level.opening)
    }

    /// Lets a person count the level of `take` where so many pieces of an order of `store` may have been in its
    /// count.
    pub(super) fn doubt(&mut self, store: StoreId, take: Take, unsure: i64) {
        if unsure > 0 {
            self.unsure.insert((store, take.item, take.location));
        }
    }

    async fn held(&mut self, take: Take) -> Result<&mut Held> {
        let key = (take.item, take.location);
        Ok(match self.levels.entry(key) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(vacant) => {
                let known = find::<StockLevel>(&*self.hub.0.backend, self.tenant, key).await?;
                let (version, level) = known.map_or_else(
                    || (Version::NEW, StockLevel::empty(key.0, key.1)),
                    |Versioned { value, version }| (version, value),
                );
                vacant.insert(Held { version, level, is_moved: false })
            }
        })
    }

    /// Writes the levels, and lets every store that sells what changed be told.
    pub(super) async fn finish(self, changes: &mut ChangeSet) -> Result<()> {
        let mut products: BTreeSet<ProductId> = BTreeSet::new();
        let moved = self.levels.values().filter(|held| held.is_moved);
        let items: BTreeSet<StockItemId> = moved.map(|held| held.level.item).collect();
        for item in items {
            let query = Query::ProductsConsuming(item);
            let consuming = list_all::<Product>(&*self.hub.0.backend, self.tenant, &query).await?;
            products.extend(consuming.iter().map(|product| product.value.id));
        }
        for Held { version, level, is_moved } in self.levels.into_values() {
            match is_moved {
                true => changes.update(version, level),
                // A line was counted, or not, by what it began with.
                false if version != Version::NEW => {
                    changes.rely_on::<StockLevel>((level.item, level.location), version);
                }
                false => {}
            }
        }
        for product in products {
            self.hub.tell_stores(self.tenant, product, changes).await?;
        }
        for (store, item, location) in self.unsure {
            let question = Question::Level { item, location };
            let query = Query::DoubtsOn(store, question.clone());
            let known = list_all::<Doubt>(&*self.hub.0.backend, self.tenant, &query).await?;
            if !known.iter().any(|doubt| doubt.value.is_open()) {
                self.hub.put_doubt(self.tenant, store, question, Vec::new(), changes)?;
            }
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
