//! Storages that each break one promise: the kit finds each by exactly the clause that says it.

mod faults;

use async_trait::async_trait;
use faults::{BROKEN, Fault};
use fusion_core::{
    audit::{self, AuditEntry, Head, NewAudit, TrustedCheckpoint},
    canonical,
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
    model::{AuditId, Axis},
    storage::{
        ChangeSet, Committed, Entity as _, Key, Query, Record, Row, Storage, UniqueKey, Version, Versioned,
        Write, may_drop,
    },
    tenant::Tenant,
    testkit::TestClock,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::LocalSet;

/// A storage in a map, with a fault.
struct Broken {
    fault: Fault,
    clock: TestClock,
    tables: Mutex<BTreeMap<Tenant, Table>>,
}

/// What one tenant has.
#[derive(Clone, Default)]
struct Table {
    records: BTreeMap<Key, (Version, Record)>,
    /// Versions that deleted records had.
    deleted: BTreeMap<Key, Version>,
    /// Keys that records had, once.
    held: BTreeMap<UniqueKey, Key>,
    /// Lookups that records had when they were made.
    made_with: BTreeSet<(Query, Key)>,
    /// Lookups that records had, once.
    found_by: BTreeSet<(Query, Key)>,
    waiting: VecDeque<(AuditId, NewAudit)>,
    chained: Vec<AuditEntry>,
    /// How many of them were dropped.
    dropped: u64,
}

impl Table {
    fn end(&self, tenant: &Tenant) -> Head {
        self.chained.last().map_or_else(|| Head::genesis(tenant), |last| last.head(tenant))
    }

    fn version(&self, key: &Key) -> Version {
        self.records.get(key).map_or(Version::NEW, |(version, _)| *version)
    }
}

impl Broken {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn refuse(kind: ErrorKind) -> Error {
        Error::new(kind, "a promise of storages")
    }

    fn check_time(&self, changes: &ChangeSet) -> Result<()> {
        let ahead = if self.has(Fault::RefusesEarly) { Duration::from_millis(1) } else { Duration::ZERO };
        match changes.not_after.is_some_and(|end| self.clock.now() + ahead >= end) {
            true => Err(Self::refuse(ErrorKind::Timeout)),
            false => Ok(()),
        }
    }

    fn check_versions(&self, table: &Table, changes: &ChangeSet) -> Result<()> {
        let mut written = BTreeSet::new();
        for Write { key, expect, .. } in &changes.writes {
            let is_demand = self.has(Fault::OverwritesDemands) && matches!(key, Key::Erasure(_));
            let is_again = !written.insert(key) && !self.has(Fault::WritesTwiceInACommit);
            let one_mark = self.has(Fault::KeepsOneWatermark)
                && (matches!(key, Key::Watermark(_)) && *expect == Version::NEW)
                && table.records.keys().any(|known| matches!(known, Key::Watermark(_)));
            if (table.version(key) != *expect && !is_demand) || is_again || one_mark {
                return Err(Self::refuse(ErrorKind::Conflict));
            }
        }
        for (key, expected) in &changes.expects {
            let version = table.version(key);
            let is_trusted =
                (self.has(Fault::TrustsOlderReads) && *expected != Version::NEW && version > *expected)
                    || (self.has(Fault::TrustsAbsence) && *expected == Version::NEW);
            if version != *expected && !is_trusted {
                return Err(Self::refuse(ErrorKind::Conflict));
            }
        }
        Ok(())
    }

    fn check_kept(&self, table: &Table, changes: &ChangeSet) -> Result<()> {
        for Write { key, record, .. } in &changes.writes {
            let may = match key {
                Key::Step(_) => self.has(Fault::DeletesSteps) && record.is_none(),
                Key::Revision(_) => self.has(Fault::ChangesRevisions),
                _ => true,
            };
            if !may && (record.is_none() || table.records.contains_key(key)) {
                return Err(Self::refuse(ErrorKind::Refused));
            }
        }
        let mut steps = BTreeSet::new();
        for step in &changes.steps {
            let key = fusion_core::model::Step::key(step.id());
            if table.records.contains_key(&key) || !steps.insert(key) {
                return Err(Self::refuse(ErrorKind::AlreadyExists));
            }
        }
        Ok(())
    }

    /// The keys of `record` that this storage heeds.
    fn keys_of(&self, record: &Record) -> Vec<UniqueKey> {
        let mut record = record.clone();
        match (&mut record, self.fault) {
            (Record::Listing(listing), Fault::IgnoresRefsOfVariants) => listing.variants.clear(),
            (Record::Listing(listing), Fault::TakesSharedForUnique) => {
                let refs = listing
                    .refs
                    .current()
                    .iter()
                    .chain(listing.variants.iter().flat_map(|one| one.refs.current()));
                let shared: Vec<_> = refs.map(|one| UniqueKey::Ref(listing.store, one.clone())).collect();
                return shared.into_iter().chain(UniqueKey::of(&record)).collect();
            }
            _ => {}
        }
        let heeds = |key: &UniqueKey| match key {
            UniqueKey::Listing(..) => self.fault != Fault::ListsAProductTwice,
            UniqueKey::Order(..) => self.fault != Fault::TakesAnOrderTwice,
            UniqueKey::Delivery(..) => self.fault != Fault::TakesAnEventTwice,
            UniqueKey::Storefront(..) => self.fault != Fault::RegistersTwice,
            UniqueKey::CallerKey(key) => self.fault != Fault::TakesLongKeysTwice || key.len() < 4,
            UniqueKey::Move(..) => self.fault != Fault::MovesTwice,
            UniqueKey::Grant(..) => self.fault != Fault::GrantsTwice,
            UniqueKey::Vote(..) => self.fault != Fault::CountsVotesTwice,
            UniqueKey::Ref(..) | UniqueKey::Doubt(..) => true,
        };
        UniqueKey::of(&record).into_iter().filter(heeds).collect()
    }

    /// Whether what a record held once stays held.
    fn stays_held(&self, key: &UniqueKey) -> bool {
        match key {
            UniqueKey::Doubt(..) => self.has(Fault::KeepsAnsweredQuestions),
            _ => false,
        }
    }

    fn check_rules(&self, before: &Table, after: &Table, written: &[Key]) -> Result<()> {
        let mut holders: BTreeMap<UniqueKey, Key> = BTreeMap::new();
        let late = |key: &UniqueKey| self.has(Fault::FreesRefsLater) && matches!(key, UniqueKey::Ref(..));
        let old = before.records.iter().filter(|(key, _)| written.contains(key));
        for (key, (_, record)) in old {
            holders.extend(self.keys_of(record).into_iter().filter(late).map(|one| (one, key.clone())));
        }
        let answered = before.held.iter().filter(|(unique, _)| self.stays_held(unique));
        holders.extend(answered.map(|(unique, key)| (unique.clone(), key.clone())));
        for (key, (_, record)) in &after.records {
            for unique in self.keys_of(record) {
                let was_deleted = before.held.get(&unique).is_some_and(|holder| {
                    before.deleted.contains_key(holder) && !before.records.contains_key(holder)
                });
                let holder = holders.entry(unique).or_insert_with(|| key.clone());
                if holder != key || (self.has(Fault::KeepsWhatWasDeleted) && was_deleted) {
                    return Err(Self::refuse(ErrorKind::AlreadyExists));
                }
            }
        }
        Ok(())
    }

    fn stored(&self, mut record: Record) -> Record {
        if let (true, Record::Connection(connection)) = (self.has(Fault::RoundsNumbers), &mut record)
            && let Some(big) = connection.settings.get_mut("big")
        {
            *big = serde_json::json!(1.8e19);
        }
        record
    }

    /// `table` with `changes`.
    fn changed(&self, table: &Table, changes: &ChangeSet) -> Table {
        let mut table = table.clone();
        let steps =
            changes.steps.iter().map(|step| step.clone().wrap()).map(|record| (record.key(), Some(record)));
        let writes = changes.writes.iter().map(|write| (write.key.clone(), write.record.clone()));
        for (key, record) in writes.chain(steps) {
            let Some(record) = record else {
                let version = table.records.remove(&key).map(|(version, _)| version);
                table.deleted.extend(version.map(|version| (key, version)));
                continue;
            };
            let known = match self.has(Fault::CountsOverDeletions) {
                true => table.deleted.get(&key).copied().unwrap_or_else(|| table.version(&key)),
                false => table.version(&key),
            };
            table.held.extend(self.keys_of(&record).into_iter().map(|unique| (unique, key.clone())));
            if known == Version::NEW {
                table.made_with.extend(record.found_by().into_iter().map(|query| (query, key.clone())));
            }
            table.found_by.extend(record.found_by().into_iter().map(|query| (query, key.clone())));
            table.records.insert(key, (Version(known.0 + 1), self.stored(record)));
        }
        table
    }

    /// Whether this storage lists `record`, which is `key`, for `query`.
    fn lists(&self, table: &Table, query: &Query, key: &Key, record: &Record) -> bool {
        match (query, record) {
            (Query::NotesOn(_), _) if self.has(Fault::FindsNoNotes) => false,
            (Query::OrdersFor(_), _) if self.has(Fault::FindsOnlyWhatItWasMadeFor) => {
                query.matches(record) && table.made_with.contains(&(query.clone(), key.clone()))
            }
            (Query::OpenOrders(_), Record::Order(order)) if self.has(Fault::ClosesUnknownLives) => {
                query.matches(record) && !matches!(order.facts.life, Axis::Unknown(_))
            }
            (Query::OrdersLeftOut(_), Record::Order(order))
                if self.has(Fault::FindsWhatIsNoLongerLeftOut) =>
            {
                let was_found =
                    order.is_open() && order.ledger.iter().all(|ledger| ledger.left_out.is_empty());
                query.matches(record) || (was_found && table.found_by.contains(&(query.clone(), key.clone())))
            }
            (Query::ProductsChangedSince(since), Record::Product(product))
                if self.has(Fault::BeginsAtTheEpoch) =>
            {
                product.changed >= *since || (*since < Timestamp::EPOCH && product.changed < Timestamp::EPOCH)
            }
            _ => query.matches(record),
        }
    }

    fn audited(&self, table: &mut Table, changes: &ChangeSet) {
        if self.has(Fault::AuditsNoSteps) && !changes.steps.is_empty() {
            return;
        }
        for entry in &changes.audit {
            let entry = (AuditId::new(&self.clock), entry.clone());
            match self.has(Fault::ChainsTheNewestFirst) {
                true => table.waiting.push_front(entry),
                false => table.waiting.push_back(entry),
            }
        }
    }

    fn chain_some(&self, tenant: &Tenant, table: &mut Table, limit: usize) -> Result<usize> {
        let count = limit.min(table.waiting.len());
        let (entries, _) = audit::chain(&table.end(tenant), table.waiting.iter().take(count).cloned())?;
        table.chained.extend(entries);
        table.waiting.drain(..count);
        Ok(count)
    }
}

#[async_trait]
impl Storage for Broken {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        let mut tables = self.tables.lock().unwrap();
        let table = tables.entry(tenant.clone()).or_default();
        let mut asked = BTreeSet::new();
        let found = keys.iter().map(|key| {
            let is_again = !asked.insert(key) && self.has(Fault::AnswersAKeyOnce);
            let (version, value) = table.records.get(key).filter(|_| !is_again)?.clone();
            Some(Versioned { value, version })
        });
        Ok(found.collect())
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let mut tables = self.tables.lock().unwrap();
        let is_of_all = self.has(Fault::FindsVotesOfAll) && matches!(query, Query::VotesOn(_));
        let of_all = is_of_all.then(|| {
            let records = tables.values().flat_map(|table| table.records.clone()).collect();
            Table { records, ..Table::default() }
        });
        let table = of_all.as_ref().unwrap_or_else(|| tables.entry(tenant.clone()).or_default());
        let kind = query.range().0.kind();
        let after = after.filter(|after| after.kind() == kind || !self.has(Fault::IgnoresAForeignCursor));
        let limit = if self.has(Fault::ListsOneMore) { limit.max(1) } else { limit };
        let behind = table.records.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        let found = behind.filter(|(key, (_, record))| self.lists(table, query, key, record));
        let rows = found.map(|(key, (version, record))| Row {
            key: key.clone(),
            version: *version,
            record: record.clone(),
        });
        Ok(rows.take(limit).collect())
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        let mut tables = self.tables.lock().unwrap();
        let table = tables.entry(tenant.clone()).or_default();
        let _ = self.chain_some(tenant, table, usize::MAX)?;
        let after = after.max(table.dropped);
        Ok(table.chained.iter().filter(|entry| entry.sequence > after).take(limit).cloned().collect())
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        let mut tables = self.tables.lock().unwrap();
        let table = tables.entry(tenant.clone()).or_default();
        if !self.has(Fault::TellsAnOldHead) {
            let _ = self.chain_some(tenant, table, usize::MAX)?;
        }
        Ok(table.end(tenant))
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        if !may_drop(self, tenant, through).await? {
            return Ok(0);
        }
        let mut tables = self.tables.lock().unwrap();
        let table = tables.entry(tenant.clone()).or_default();
        let before = table.dropped;
        table.dropped = through.head().sequence;
        let count = table.dropped - before;
        table.dropped += u64::from(self.has(Fault::DropsOneMore));
        Ok(count)
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        let mut chained = 0;
        for (tenant, table) in self.tables.lock().unwrap().iter_mut() {
            let left = if self.has(Fault::ChainsEachTenantsLimit) { limit } else { limit - chained };
            chained += self.chain_some(tenant, table, left)?;
        }
        Ok(chained)
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let is_own = |write: &Write| write.record.as_ref().is_none_or(|record| record.key() == write.key);
        if !changes.writes.iter().all(is_own) && !self.has(Fault::WritesUnderAnyKey) {
            return Err(Self::refuse(ErrorKind::InvalidInput));
        }
        if !self.has(Fault::TakesWhatCantBeChained) {
            for entry in &changes.audit {
                canonical::bytes(entry)?;
            }
        }
        let mut tables = self.tables.lock().unwrap();
        let others =
            tables.iter().filter(|(other, _)| *other != tenant && self.has(Fault::SharesCallersKeys));
        let theirs = others.flat_map(|(_, table)| table.held.keys());
        let callers_keys = theirs.filter(|unique| matches!(unique, UniqueKey::CallerKey(_)));
        let shared: BTreeSet<UniqueKey> = callers_keys.cloned().collect();
        let table = tables.entry(tenant.clone()).or_default();
        if self.has(Fault::AuditsWhatItRefuses) {
            self.audited(table, &changes);
        }
        if self.has(Fault::LooksAtVersionsFirst) {
            self.check_versions(table, &changes)?;
        }
        self.check_time(&changes)?;
        self.check_versions(table, &changes)?;
        self.check_kept(table, &changes)?;
        let mut after = self.changed(table, &changes);
        let written: Vec<Key> = changes.writes.iter().map(|write| write.key.clone()).collect();
        self.check_rules(table, &after, &written)?;
        let new = changes.writes.iter().filter_map(|write| write.record.as_ref());
        if new.flat_map(|record| self.keys_of(record)).any(|unique| shared.contains(&unique)) {
            return Err(Self::refuse(ErrorKind::AlreadyExists));
        }
        if !self.has(Fault::AuditsWhatItRefuses) {
            self.audited(&mut after, &changes);
        }
        *table = after;
        if self.has(Fault::DeletesForAll) {
            for key in changes.writes.iter().filter(|write| write.record.is_none()).map(|write| &write.key) {
                tables.values_mut().for_each(|table| drop(table.records.remove(key)));
            }
        }
        Ok(Committed::default())
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    fn is_lasting(&self) -> bool {
        false
    }
}

/// The clauses that a storage with `fault` doesn't keep.
async fn failing(fault: Fault) -> Vec<&'static str> {
    let clauses = fusion_core::storage_conformance!(list move |clock: TestClock| async move {
        (Broken { fault, clock, tables: Mutex::default() }, ())
    });
    let (local, mut failing) = (LocalSet::new(), Vec::new());
    for (id, clause) in clauses {
        if local.run_until(local.spawn_local(clause)).await.is_err() {
            failing.push(id);
        }
    }
    failing
}

#[tokio::test]
async fn each_broken_storage_fails_exactly_its_clause() {
    assert_eq!(failing(Fault::None).await, [""; 0]);
    let mut wrong = Vec::new();
    for (fault, clause) in BROKEN {
        let failing = failing(*fault).await;
        if failing != [*clause] {
            wrong.push((fault, failing));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all = fusion_core::storage_conformance!(list |clock: TestClock| async move {
        (Broken { fault: Fault::None, clock, tables: Mutex::default() }, ())
    });
    let ids: BTreeSet<_> = all.into_iter().map(|(id, _)| id).collect();
    assert_eq!(
        BROKEN.iter().map(|(_, clause)| *clause).collect::<BTreeSet<_>>(),
        ids,
        "each has its storage"
    );
}
