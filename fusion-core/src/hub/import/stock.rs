//! What a platform counts becomes opening stock, once for everything that shares it.

use super::{super::Hub, Intaking, Shown, decide::Staged};
use crate::{
    canonical::Hasher,
    error::{Problem, Result},
    model::{
        Basis, Consumes, LocationId, Nature, Opening, Product, Quantity, RemoteLevel, StockItem, StockItemId,
    },
    storage::{ChangeSet, find},
};
use std::collections::BTreeMap;

/// What became of a new product's stock.
pub(super) enum Stocked {
    /// What is counted is laid down.
    Done,
    /// It can't be brought in as it is shown.
    Unfit(Problem),
}

impl Hub {
    /// Lays down what a sale of each variant of the new `product` takes, with the opening levels in `changes`.
    /// Nothing where the platform doesn't count it or doesn't tell: a level of zero that nobody has counted would
    /// sell the store out.
    pub(super) async fn open_stock_of(
        &self,
        at: &Intaking<'_>,
        shown: Shown<'_>,
        product: &mut Product,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Stocked> {
        let is_counted = matches!(product.nature, Nature::Physical | Nature::Both);
        let theirs = shown.read.value.variants.value().into_iter().flatten();
        for (variant, theirs) in product.variants.iter_mut().zip(theirs).filter(|_| is_counted) {
            let levels = theirs.levels.value().map(Vec::as_slice).unwrap_or_default();
            let counted = match counted(at, levels, staged.first_location) {
                Ok(counted) if counted.is_empty() => continue,
                Ok(counted) => counted,
                Err(problem) => return Ok(Stocked::Unfit(problem)),
            };
            let pool = levels.iter().find_map(|level| level.pool.as_deref());
            let item = pool.map_or_else(|| StockItemId::new(&*self.0.clock), |pool| pooled(at, pool));
            variant.consumes = vec![Consumes { item, units: 1 }];
            let is_met = pool.is_some() && !staged.items.insert(item);
            if is_met || pool.is_some() && self.has_item(at, item).await? {
                continue;
            }
            let name = variant.sku.as_ref().unwrap_or(&product.wording.title);
            changes.create(StockItem { id: item, name: name.clone() });
            let opening = Opening { read: shown.at, until: self.0.clock.now(), basis: Basis::Sellable };
            for (location, on_hand) in counted {
                self.open_level((item, location), on_hand, Some(opening), changes);
            }
        }
        Ok(Stocked::Done)
    }

    async fn has_item(&self, at: &Intaking<'_>, item: StockItemId) -> Result<bool> {
        Ok(find::<StockItem>(&*self.0.backend, at.by.tenant(), item).await?.is_some())
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
