//! What a platform counts becomes opening stock, once for everything that shares it.

use super::{super::Hub, Intaking, decide::Staged};
use crate::{
    canonical::Hasher,
    clock::Timestamp,
    error::{Problem, Result},
    model::{
        Basis, Consumes, LocationId, Opening, Quantity, RemoteLevel, RemoteVariant, StockItem, StockItemId,
    },
    storage::{ChangeSet, find},
};
use std::collections::BTreeMap;

impl Hub {
    /// What a sale of the variant takes, with the opening levels in `changes`; nothing where the platform doesn't
    /// count it or doesn't tell: a level of zero that nobody has counted would sell the store out.
    pub(super) async fn stock_of(
        &self,
        at: &Intaking<'_>,
        (variant, read): (&RemoteVariant, Timestamp),
        name: &str,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Result<Vec<Consumes>, Problem>> {
        let levels = variant.levels.value().map(Vec::as_slice).unwrap_or_default();
        let counted = match counted(at, levels, staged.first_location) {
            Ok(counted) if counted.is_empty() => return Ok(Ok(Vec::new())),
            Ok(counted) => counted,
            Err(problem) => return Ok(Err(problem)),
        };
        let pool = levels.iter().find_map(|level| level.pool.as_deref());
        let item = match pool {
            Some(pool) => pooled(at, pool),
            None => StockItemId::new(&*self.0.clock),
        };
        let consumes = vec![Consumes { item, units: 1 }];
        if pool.is_some() {
            let is_known = !staged.items.insert(item)
                || find::<StockItem>(&*self.0.backend, at.by.tenant(), item).await?.is_some();
            if is_known {
                return Ok(Ok(consumes));
            }
        }
        changes.create(StockItem { id: item, name: name.to_owned() });
        let until = self.0.clock.now();
        let opening = Opening { read, until, basis: Basis::Sellable };
        for (location, on_hand) in counted {
            self.open_level((item, location), on_hand, Some(opening), changes);
        }
        Ok(Ok(consumes))
    }
}

/// How many can be sold where, of what the merchant counts.
fn counted(
    at: &Intaking<'_>,
    levels: &[RemoteLevel],
    first: LocationId,
) -> Result<BTreeMap<LocationId, i64>, Problem> {
    let mut counted = BTreeMap::new();
    for level in levels {
        let quantity = match level.quantity {
            Quantity::Counted(quantity) => quantity,
            Quantity::Untracked
            | Quantity::OnDemand { .. }
            | Quantity::ManagedByPlatform { .. }
            | Quantity::Unknown => continue,
        };
        let location = match &level.location {
            None => Some(first),
            Some(place) => at.store.locations.iter().find(|(_, known)| known == place).map(|(ours, _)| *ours),
        };
        let Some(location) = location else {
            return Err(Problem::error(
                "variants[].levels",
                "unknown_location",
                "the store keeps stock at a place that it didn't have when it was registered",
            ));
        };
        let on_hand: &mut i64 = counted.entry(location).or_default();
        *on_hand = on_hand.saturating_add(quantity);
    }
    Ok(counted)
}

/// One item for a pool, whichever product, store of the authorisation or import meets it first.
fn pooled(at: &Intaking<'_>, pool: &str) -> StockItemId {
    let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *Hasher::new("fusion.pool.v1")
        .part(at.by.tenant().as_str())
        .part(at.store.connection.as_uuid().as_bytes())
        .part(pool)
        .finish()
        .as_bytes();
    StockItemId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
