//! Stock moves in.

use super::{Hub, commit::Rounds, products::too_many};
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Choice, Doubt, Listing, Location, LocationId, MoveId, MoveKind, Product, ProductId, Question,
        StockItem, StockItemId, StockLevel, StockMove, Store,
    },
    storage::{ChangeSet, Query, Version, Versioned, find, list_all, load},
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
    /// What caused it; for one level and kind it counts once.
    pub cause: String,
}

impl Hub {
    /// Records a change of a level and queues a push to every store that sells the item; a worker sends it.
    ///
    /// The item of a product's variant stands in [`Variant::consumes`](crate::model::Variant::consumes).
    ///
    /// A [count](MoveKind::Count) says what lies there at this moment: orders that had left by then are in it, and
    /// it answers a [doubt](Self::doubts) about the level.
    ///
    /// What one cause has changed already, in the same way and by as many, changes nothing and returns the level
    /// as it is.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]: the cause has changed this level in this way by another number.
    /// [`ErrorKind::InvalidInput`]: no cause, more pieces than a store can be told, or a level that would hold more
    /// than that (one that does already may come nearer), or the item lies at several places and none is named.
    /// [`ErrorKind::NotFound`]: no such item or location.
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn move_stock(&self, by: &Actor, change: StockChange) -> Result<StockLevel> {
        if change.cause.trim().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "say what caused the change: it makes counting twice harmless",
            ));
        }
        if let Some(problem) = too_many(change.delta, "delta") {
            return Err(
                Error::new(ErrorKind::InvalidInput, "so many pieces can't be moved").with_problems([problem])
            );
        }
        load::<StockItem>(&*self.0.backend, by.tenant(), change.item).await?;
        let location = self.location_of(by.tenant(), &change).await?;
        load::<Location>(&*self.0.backend, by.tenant(), location).await?;
        let mut rounds = Rounds::of("the level");
        loop {
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
            if let Some(problem) = outgrown(&before, &level) {
                let refusal = Error::new(ErrorKind::InvalidInput, "the level can't hold so many pieces")
                    .with_problems([problem]);
                // What has been counted before isn't counted now, so that nothing grows by it.
                return self.counted_once(by.tenant(), &change, location, refusal).await.map(|()| before);
            }
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
            if change.kind == MoveKind::Count {
                self.answer_level(by, (change.item, location), &mut changes).await?;
                self.read_left_out(by.tenant(), (change.item, location), &mut changes).await?;
            }
            let query = Query::ProductsConsuming(change.item);
            for product in list_all::<Product>(&*self.0.backend, by.tenant(), &query).await? {
                self.tell_stores(by.tenant(), product.value.id, &mut changes).await?;
            }
            match rounds.store(self, by.tenant(), changes).await {
                Ok(Some(_)) => return Ok(level),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return self.counted_once(by.tenant(), &change, location, error).await.map(|()| before);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts into `changes` that somebody has counted a level which was in doubt, or says that it is right.
    pub(super) async fn answer_level(
        &self,
        by: &Actor,
        (item, location): (StockItemId, LocationId),
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let query = Query::OpenDoubtsOn(Question::Level { item, location });
        for doubt in list_all::<Doubt>(&*self.0.backend, by.tenant(), &query).await? {
            self.put_answer(by.signature(), doubt, Choice::Nothing, changes)?;
        }
        Ok(())
    }

    /// Whether what `change` says was counted before, by as many; else `refusal`, or what was counted instead.
    async fn counted_once(
        &self,
        tenant: &Tenant,
        change: &StockChange,
        location: LocationId,
        refusal: Error,
    ) -> Result<()> {
        let query = Query::MovesBecause(change.cause.clone());
        let known =
            list_all::<StockMove>(&*self.0.backend, tenant, &query).await?.into_iter().find(|known| {
                let step = &known.value;
                (step.kind, step.item, step.location) == (change.kind, change.item, location)
            });
        match known.map(|known| known.value.delta) {
            None => Err(refusal),
            Some(delta) if delta == change.delta => Ok(()),
            Some(delta) => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!(
                    "`{}` has changed this level by {delta} already and can't change it by {}; give a correction \
                     a cause of its own",
                    change.cause, change.delta
                ),
            )),
        }
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

    /// Adds the jobs that bring a product's stock in line wherever it is sold. A closed gate keeps them until
    /// it is opened.
    pub(super) async fn tell_stores(
        &self,
        tenant: &Tenant,
        product: ProductId,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let listings = list_all::<Listing>(&*self.0.backend, tenant, &Query::ListingsOf(product)).await?;
        for Versioned { value: listing, version } in listings {
            // One that gets to its store at this moment may have read the level as it was.
            changes.rely_on::<Listing>(listing.id, version);
            if !listing.refs.is_empty() {
                let store = load::<Store>(&*self.0.backend, tenant, listing.store).await?.value;
                changes.jobs.push(self.push_job(tenant, &store.platform, &listing)?);
            }
        }
        Ok(())
    }
}

/// What is wrong with the level that a move makes of `before`; one that is beyond already may come nearer.
fn outgrown(before: &StockLevel, after: &StockLevel) -> Option<Problem> {
    let numbers =
        [("on_hand", before.on_hand, after.on_hand), ("committed", before.committed, after.committed)];
    let mut grown = numbers.into_iter().filter(|(_, old, new)| new.unsigned_abs() > old.unsigned_abs());
    grown.find_map(|(field, _, new)| too_many(new, field))
}
