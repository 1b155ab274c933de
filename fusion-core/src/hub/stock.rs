//! Stock moves in.

use super::Hub;
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result, Retry},
    model::{Listing, LocationId, MoveId, MoveKind, Product, StockItemId, StockLevel, StockMove, Store},
    storage::{ChangeSet, Query, Version, find, list_all, load},
    tenant::{Actor, Tenant},
};
use serde_json::json;

/// A change of a level on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// Of which item.
    pub item: StockItemId,
    /// Where; `None`: at the item's only location.
    pub location: Option<LocationId>,
    /// Why.
    pub kind: MoveKind,
    /// How many, in the direction of the kind.
    pub delta: i64,
    /// What caused it; the same cause and kind count once.
    pub cause: String,
}

/// Tries of a move that meets another one of the same level.
const MAX_TRIES: u32 = 64;

impl Hub {
    /// Records a change of a level and lets every store that sells the item be told.
    ///
    /// A change with a known cause and kind changes nothing and returns the level as it is.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: no cause, or the item lies at several places and none is named.
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn move_stock(&self, by: &Actor, change: StockChange) -> Result<StockLevel> {
        if change.cause.trim().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "say what caused the change: it makes counting twice harmless",
            ));
        }
        let location = self.location_of(by.tenant(), &change).await?;
        for _ in 0..MAX_TRIES {
            let known = find::<StockLevel>(&*self.0.backend, by.tenant(), (change.item, location)).await?;
            let (mut level, version) = known.map_or_else(
                || (StockLevel::empty(change.item, location), Version::NEW),
                |level| (level.value, level.version),
            );
            let before = level;
            let step = StockMove {
                id: MoveId::new(&*self.0.clock),
                item: change.item,
                location,
                delta: change.delta,
                kind: change.kind,
                cause: change.cause.clone(),
                at: self.0.clock.now(),
            };
            level.apply(&step);
            let mut changes = ChangeSet::default();
            changes.update(version, level);
            let details = json!({
                "location": location, "kind": step.kind, "delta": step.delta, "cause": step.cause,
                "on_hand": level.on_hand, "available": level.available(),
            });
            changes.audit.push(
                self.note(by, Action::StockMoved, SubjectKind::StockItem, change.item)
                    .with_details(details)?,
            );
            changes.create(step);
            for listing in self.listings_consuming(by.tenant(), change.item).await? {
                changes.jobs.push(self.push_job(by.tenant(), &listing.1.platform, &listing.0)?);
            }
            match self.0.backend.commit(by.tenant(), changes).await {
                Ok(_) => return Ok(level),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(before),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the level changes faster than this change can be stored")
            .with_retry(Retry::Backoff))
    }

    /// The levels of an item, one for each place.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn levels(&self, by: &Actor, item: StockItemId) -> Result<Vec<StockLevel>> {
        let levels = list_all::<StockLevel>(&*self.0.backend, by.tenant(), &Query::LevelsOf(item)).await?;
        Ok(levels.into_iter().map(|level| level.value).collect())
    }

    async fn location_of(&self, tenant: &Tenant, change: &StockChange) -> Result<LocationId> {
        if let Some(location) = change.location {
            return Ok(location);
        }
        let levels = list_all::<StockLevel>(&*self.0.backend, tenant, &Query::LevelsOf(change.item)).await?;
        match levels.as_slice() {
            [only] => Ok(only.value.location),
            [] => Err(Error::new(ErrorKind::NotFound, "the item has no stock anywhere; name a location")),
            _ => Err(Error::new(ErrorKind::InvalidInput, "the item lies at several locations; name one")),
        }
    }

    /// Listings whose stores have to be told, with their stores.
    async fn listings_consuming(&self, tenant: &Tenant, item: StockItemId) -> Result<Vec<(Listing, Store)>> {
        let products = list_all::<Product>(&*self.0.backend, tenant, &Query::ProductsConsuming(item)).await?;
        let mut found = Vec::new();
        for product in products {
            let listings =
                list_all::<Listing>(&*self.0.backend, tenant, &Query::ListingsOf(product.value.id)).await?;
            for listing in listings.into_iter().filter(|listing| !listing.value.refs.is_empty()) {
                // A disconnected one too: its push waits behind the gate and finds the newest level.
                let store = load::<Store>(&*self.0.backend, tenant, listing.value.store).await?.value;
                found.push((listing.value, store));
            }
        }
        Ok(found)
    }
}
