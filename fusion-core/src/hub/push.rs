//! Stock pushes out: the store is brought in line with the level at the moment the job runs.

use super::{
    Hub,
    handlers::StockJob,
    journal::JobJournal,
    session::Session,
    settle::finish,
    submit::Draft,
    told::{not_told, rows_hash},
};
use crate::{
    approval::{Answer, ChangeFacts, Phase, Request},
    canonical,
    error::{Error, ErrorKind, Failure, Fate, Problem, Result},
    job::{Finish, JobContext, JobEnd, Settlement, SnoozeReason},
    model::{
        Listing, Location, LocationId, LocationKind, Product, PushMark, Ref, StockItemId, StockLevel,
        StockRow, StockUnit, Store, StoreStatus,
    },
    plugin::{
        Applied, Carried, Change, Command, Context, PlatformPlugin, Receipt, RowResult, Snapshot, Target,
        Work, dispatch,
    },
    storage::{Query, Versioned, find, list_all, load},
    tenant::{Actor, ActorKind, Tenant},
    verb::Operation,
};
use serde_json::json;
use std::collections::{HashMap, hash_map::Entry};

impl Hub {
    pub(super) async fn push_stock(&self, job: &JobContext) -> Result<Finish> {
        let StockJob { listing } = job.payload()?;
        let tenant = &job.job().tenant;
        let Some(Versioned { value: listing, version }) =
            find::<Listing>(&*self.0.backend, tenant, listing).await?
        else {
            return Ok(Finish::Done(json!({ "skipped": "the listing is gone" })));
        };
        if listing.refs.is_empty() {
            return Ok(Finish::Done(json!({ "skipped": "no platform has the listing" })));
        }
        let (store, session) = self.store_session(tenant, listing.store).await?;
        if let Some(waiting) = self.kept_from(job, &store.value).await? {
            return Ok(waiting);
        }
        let session = session.within(job.deadline(), job.cancel());
        let rows = self.wanted_rows(tenant, &store.value, &listing).await?;
        let mark = find::<PushMark>(&*self.0.backend, tenant, listing.id).await?;
        let wanted = canonical::hash(&(rows_hash(&rows)?, version))?;
        let rows = not_told(rows, mark.as_ref().map(|mark| &mark.value));
        let refused = mark.as_ref().and_then(|mark| mark.value.refused.as_ref());
        if rows.is_empty() || refused.is_some_and(|(hash, _)| *hash == wanted) {
            return Ok(Finish::Done(json!({ "pushed": 0 })));
        }
        if let Some(finish) = self.ask_for_push(&session, &store.value, &listing).await? {
            return Ok(finish);
        }
        let journal = JobJournal::open_for(self, &session.connection.platform, job, None).await?;
        let cx = session.journaled(&store.value, &journal, job.progress());
        let Answered { told, refused, later } = match session.plugin().sync_inventory(&cx, &rows).await {
            Ok(receipt) => Answered::of(&rows, &receipt.rows),
            Err(error) => Answered::nothing(error),
        };
        if let Some(error) = later {
            let read = (&store.value, store.version);
            let version = self.learn(tenant, read, Operation::SyncInventory, &error).await;
            self.keep_told(tenant, &listing, &told, None, None).await?;
            return self.failed_at(job, (store.value.id, version), error).await;
        }
        let end = match &refused {
            Some(failure) => JobEnd::Dead(failure.clone()),
            None => JobEnd::Completed(json!({ "pushed": told.len() })),
        };
        let settlement = Settlement { lease: job.lease().clone(), end: end.clone() };
        let refused = refused.map(|failure| (wanted, failure));
        let settled = self.keep_told(tenant, &listing, &told, refused, Some(settlement)).await?;
        Ok(finish(settled, end))
    }

    /// Pushes under a grant: what people have agreed to is one run, whatever the numbers are by now.
    pub(super) async fn push_agreed(
        &self,
        cx: &Context<'_>,
        work: Work<'_>,
        unit: &StockUnit,
        journal: &JobJournal<'_>,
        plugin: &dyn PlatformPlugin,
    ) -> Result<Receipt<Applied>> {
        let tenant = cx.tenant;
        let listing = load::<Listing>(&*self.0.backend, tenant, unit.listing()).await?.value;
        let mut rows = self.wanted_rows(tenant, cx.store, &listing).await?;
        if let StockUnit::Variant(_, variant) = unit {
            rows.retain(|row| row.variant == *variant);
        }
        let is_first = !journal.is_started().await;
        let receipt = dispatch(plugin, cx, work, Carried::Stock(&rows)).await?;
        if !is_first {
            // An earlier run has sent the numbers of its own time: which ones, only the platform knows. A push
            // of its own finds out whether that is enough.
            let push = self.push_job(tenant, &cx.store.platform, &listing)?;
            self.0.backend.enqueue(vec![push]).await?;
            return Ok(receipt);
        }
        let Answered { told, refused, later } = Answered::of(&rows, &receipt.rows);
        self.keep_told(tenant, &listing, &told, None, None).await?;
        let fate = if told.is_empty() { Fate::Rejected } else { Fate::Partial };
        match (later, refused) {
            (None, None) => Ok(receipt),
            (Some(error), _) => Err(error),
            (None, Some(failure)) => Err(Error::from(failure).with_fate(fate)),
        }
    }

    /// Asks people first, where the policy wants it: a push that may cost money names no quantity.
    async fn ask_for_push(
        &self,
        session: &Session<'_>,
        store: &Store,
        listing: &Listing,
    ) -> Result<Option<Finish>> {
        let tenant = &session.tenant;
        let command = Command::on(store.id, Change::PushStock { unit: StockUnit::Listing(listing.id) });
        let work = Work { command: &command, target: &Target::of(listing) };
        let preview = session.plugin().preview(store, work, &Snapshot::default())?;
        let facts = ChangeFacts {
            operation: Operation::SyncInventory,
            platform: Some(store.platform.clone()),
            store: Some(store.id),
            actor: ActorKind::System,
            price_change_percent: Some(rust_decimal::Decimal::ZERO),
            items: u32::try_from(listing.variants.len()).ok(),
            charges: Some(!preview.charges.is_empty()),
        };
        let policy = self.policy_of(tenant).await?.value;
        if policy.policy.route(&facts)?.answer == Answer::Automatic {
            return Ok(None);
        }
        // Whoever decides on it decides on the level at the moment when it runs: asking twice says nothing new.
        let open = list_all::<Request>(&*self.0.backend, tenant, &Query::OpenRequests).await?;
        let is_asked = |request: &Request| {
            request.listing == Some(listing.id)
                && request.operation == Operation::SyncInventory
                && matches!(request.phase, Phase::Draft | Phase::Pending(_) | Phase::Approved)
                && request.attempt == 0
        };
        if let Some(asked) = open.iter().find(|request| is_asked(&request.value)) {
            return Ok(Some(Finish::Done(json!({ "asked": asked.value.bundle }))));
        }
        let draft = Draft {
            command,
            listing: Some(listing.clone()),
            order: None,
            write: None,
            product: Some(listing.product),
            from_catalogue: false,
            key: None,
            after: None,
        };
        let asked = self.submit_drafts(&Actor::system(tenant, "stock"), vec![draft]).await?;
        if let Some(skipped) = asked.skipped.into_iter().next() {
            return Ok(Some(Finish::Dead(skipped.failure)));
        }
        Ok(Some(Finish::Done(json!({ "asked": asked.id }))))
    }

    /// Every number that the store should show, floored at zero place by place.
    pub(super) async fn wanted_rows(
        &self,
        tenant: &Tenant,
        store: &Store,
        listing: &Listing,
    ) -> Result<Vec<StockRow>> {
        let product = load::<Product>(&*self.0.backend, tenant, listing.product).await?.value;
        let mut levels: HashMap<StockItemId, Vec<StockLevel>> = HashMap::new();
        // What lies in a platform's own warehouse is that platform's to sell.
        let places = list_all::<Location>(&*self.0.backend, tenant, &Query::Locations).await?;
        let is_ours = |level: &StockLevel| {
            let at = places.iter().find(|place| place.value.id == level.location);
            at.is_none_or(|place| place.value.kind != LocationKind::Platform)
        };
        for consumes in product.variants.iter().flat_map(|variant| &variant.consumes) {
            if let Entry::Vacant(vacant) = levels.entry(consumes.item) {
                let of_item =
                    list_all::<StockLevel>(&*self.0.backend, tenant, &Query::LevelsOf(consumes.item)).await?;
                vacant.insert(of_item.into_iter().map(|level| level.value).filter(is_ours).collect());
            }
        }
        let mut rows = Vec::new();
        for row in listing.variants.iter().filter(|row| !row.refs.is_empty()) {
            let variant = product.variants.iter().find(|variant| Some(variant.id) == row.variant);
            let Some(variant) = variant.filter(|variant| !variant.consumes.is_empty()) else { continue };
            let of = |place: Option<LocationId>| {
                // A kit is as many as its scarcest part allows.
                variant
                    .consumes
                    .iter()
                    .map(|one| sellable(levels.get(&one.item), place) / i64::from(one.units.max(1)))
                    .min()
            };
            let sequence = variant
                .consumes
                .iter()
                .filter_map(|one| levels.get(&one.item))
                .flatten()
                .fold(0_u64, |sum, level| sum.saturating_add(level.sequence));
            let places: Vec<(Option<LocationId>, Option<Ref>)> = match store.locations.as_slice() {
                [] => vec![(None, None)],
                bound => bound.iter().map(|(ours, remote)| (Some(*ours), Some(remote.clone()))).collect(),
            };
            for (ours, location) in places {
                rows.push(StockRow {
                    variant: row.id,
                    listing_refs: listing.refs.clone(),
                    refs: row.refs.clone(),
                    location,
                    pool: variant.pool(),
                    available: u32::try_from(of(ours).unwrap_or(0).max(0)).unwrap_or(u32::MAX),
                    expected: None,
                    sequence,
                });
            }
        }
        Ok(rows)
    }
}

/// Why jobs wait for a store whose authorisation is withdrawn, or belongs to somebody else by now.
pub(super) fn shut_out(store: &Store) -> Option<SnoozeReason> {
    (store.status == StoreStatus::Disconnected).then_some(SnoozeReason::Authorisation)
}

/// What may be sold of an item at a place, or in all: each place counts from zero up.
fn sellable(levels: Option<&Vec<StockLevel>>, place: Option<LocationId>) -> i64 {
    levels
        .into_iter()
        .flatten()
        .filter(|level| place.is_none_or(|place| level.location == place))
        .fold(0_i64, |sum, level| sum.saturating_add(level.available().max(0)))
}

/// What a push came to.
#[derive(Default)]
struct Answered {
    told: Vec<StockRow>,
    /// Rows that would be refused again.
    refused: Option<Failure>,
    /// Why rows that may be told yet were not.
    later: Option<Error>,
}

impl Answered {
    fn nothing(error: Error) -> Self {
        match error.is_final() {
            true => Self { refused: Some(error.to_failure()), ..Self::default() },
            false => Self { later: Some(error), ..Self::default() },
        }
    }

    fn of(rows: &[StockRow], results: &[RowResult]) -> Self {
        let mut answered = Self::default();
        for (nth, row) in rows.iter().enumerate() {
            match results.iter().find(|result| result.row == nth).and_then(|result| result.failure.clone()) {
                None => answered.told.push(row.clone()),
                Some(failure) => answered.not_told(row, failure),
            }
        }
        answered
    }

    fn not_told(&mut self, row: &StockRow, failure: Failure) {
        let error = Error::from(failure.clone());
        if !error.is_final() {
            self.later.get_or_insert(error);
            return;
        }
        let refused = self.refused.get_or_insert_with(|| {
            Error::new(ErrorKind::PlatformRefused, "the platform refused stock rows").to_failure()
        });
        refused.problems.push(Problem::error(
            format!("rows.{}", row.variant),
            failure.platform_code.unwrap_or_else(|| "refused".to_owned()),
            failure.message,
        ));
    }
}
