//! A storage of one's own, in this one file: records in memory, each commit a line of a journal that is read again at
//! the next start. The queue is somebody else's: what a commit asks of it waits in the storage's outbox until it is
//! handed on. It passes `storage_conformance!`, as `tests/it/own_storage.rs` shows.
//!
//! `cargo run --example own_storage -- FOLDER` publishes one more mug with each run.

use async_trait::async_trait;
use fusion_core::{
    approval::Policy,
    audit::{self, AuditEntry, Head, NewAudit},
    canonical::{self, LocalKeys},
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
    hub::{Hub, NewStore},
    job::{Enqueued, Lease, SettleVerdict, Settled},
    model::{AuditId, JobId, NewProduct, Step},
    storage::{
        ChangeSet, Committed, Entity, Errand, Key, Outbox, Query, Record, Row, Split, Storage, UniqueKey,
        Version, Versioned, Waiting,
    },
    tenant::Tenant,
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Sqlite, TokioClock, Worker};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    ops::Bound,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// A storage in a journal. Clones share it; one process may have it open.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// How much of the file is whole lines.
    whole: u64,
    tables: BTreeMap<Tenant, Table>,
    errands: BTreeMap<u64, (Tenant, Errand)>,
    last_errand: u64,
    /// The greatest token that was here for a job, and whether it is settled.
    tokens: BTreeMap<(Tenant, JobId), (u64, bool)>,
}

/// What is kept of one tenant.
#[derive(Default)]
struct Table {
    rows: BTreeMap<Key, (Version, Record)>,
    /// Who holds what may be there only once.
    owners: BTreeMap<UniqueKey, Key>,
    /// Audit entries that have no number yet, and those that have.
    unchained: Vec<(AuditId, NewAudit)>,
    chained: Vec<AuditEntry>,
}

/// What happened at once: a line of the journal.
#[derive(Serialize, Deserialize)]
enum Line {
    Committed {
        tenant: Tenant,
        /// Each record as it is from now on, with its version; `None`: it is gone.
        rows: Vec<(Key, Version, Option<Record>)>,
        audit: Vec<(AuditId, NewAudit)>,
        errands: Vec<Errand>,
        /// The job and token of a lease that was shown, and whether its job is settled.
        leases: Vec<(JobId, u64, bool)>,
    },
    HandedOn(Vec<u64>),
}

fn failed(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the journal can't be read or written").with_source(source)
}

impl Journal {
    /// Reads the journal at `path`, or begins it. A last line that breaks off was never answered, and goes.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(failed)?;
        file.try_lock().map_err(|source| {
            let what = format!("another process has {} open", path.display());
            Error::new(ErrorKind::Unavailable, what).with_source(source)
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(failed)?;
        let mut state = State {
            file,
            whole: whole as u64,
            tables: BTreeMap::new(),
            errands: BTreeMap::new(),
            last_errand: 0,
            tokens: BTreeMap::new(),
        };
        for (nth, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
            let line = serde_json::from_str(line).map_err(|source| {
                let what = format!("line {} of {} can't be understood", nth + 1, path.display());
                Error::new(ErrorKind::InvalidConfig, what).with_source(source)
            })?;
            state.apply(line);
        }
        Ok(Self(Arc::new(Shared { clock, state: Mutex::new(state) })))
    }

    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same on a thread that may wait for the disk; it is done though nobody waits for it any more.
    async fn write<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut State, &dyn Clock) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || this.with(|state| act(state, &*this.0.clock)));
        done.await.map_err(|source| Error::new(ErrorKind::Internal, "a commit broke").with_source(source))?
    }
}

impl State {
    /// Writes a line to the disk, and only then does what it says.
    fn record(&mut self, line: Line) -> Result<()> {
        let mut text = serde_json::to_string(&line).map_err(|source| {
            Error::new(ErrorKind::Internal, "a commit can't be written down").with_source(source)
        })?;
        text.push('\n');
        if let Err(error) = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()) {
            // Half a line would spoil the next one; where even this fails, the next start finds it.
            let _cut = self.file.set_len(self.whole);
            return Err(failed(error));
        }
        self.whole += text.len() as u64;
        self.apply(line);
        Ok(())
    }

    fn apply(&mut self, line: Line) {
        match line {
            Line::Committed { tenant, rows, audit, errands, leases } => {
                let table = self.tables.entry(tenant.clone()).or_default();
                // All that is given up goes first: one record may take over what another lets go in the same commit.
                for (key, ..) in &rows {
                    table.take(key);
                }
                for (key, version, record) in rows {
                    if let Some(record) = record {
                        table.put(key, version, record);
                    }
                }
                table.unchained.extend(audit);
                for (job, token, is_settled) in leases {
                    self.tokens.insert((tenant.clone(), job), (token, is_settled));
                }
                for errand in errands {
                    self.last_errand += 1;
                    self.errands.insert(self.last_errand, (tenant.clone(), errand));
                }
            }
            Line::HandedOn(numbers) => self.errands.retain(|number, _| !numbers.contains(number)),
        }
    }

    /// Whether a lease may still be lost to nobody: no greater token was here, and its job isn't settled.
    fn holds(&self, tenant: &Tenant, lease: &Lease) -> bool {
        let known = self.tokens.get(&(tenant.clone(), lease.job));
        known.is_none_or(|(token, is_settled)| lease.token > *token || (lease.token == *token && !is_settled))
    }

    fn commit(&mut self, tenant: &Tenant, changes: ChangeSet, clock: &dyn Clock) -> Result<Committed> {
        if changes.writes.iter().any(|one| one.record.as_ref().is_some_and(|new| new.key() != one.key)) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a record is written under a key that isn't its own",
            ));
        }
        for entry in &changes.audit {
            // What can't be hashed would stop its tenant's chain for good.
            canonical::bytes(entry)?;
        }
        let now: Timestamp = clock.now();
        if changes.not_after.is_some_and(|end| now >= end) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline of the change has passed"));
        }
        if changes.fence.as_ref().is_some_and(|lease| !self.holds(tenant, lease)) {
            return Err(Error::new(ErrorKind::Fenced, "the lease of the job is lost"));
        }
        self.tables.entry(tenant.clone()).or_default().check(&changes)?;

        let mut leases: Vec<_> = changes.fence.iter().map(|lease| (lease.job, lease.token, false)).collect();
        let cancels = changes.cancels.into_iter().map(Errand::Cancel);
        let mut errands: Vec<_> = cancels.chain(changes.jobs.into_iter().map(Errand::Enqueue)).collect();
        let jobs = errands.iter().filter(|errand| matches!(errand, Errand::Enqueue(_))).count();
        let settled = changes.settle.map(|settlement| {
            let known = self.tokens.get(&(tenant.clone(), settlement.lease.job));
            let verdict = match known {
                _ if self.holds(tenant, &settlement.lease) => SettleVerdict::Accepted,
                Some((token, _)) if *token == settlement.lease.token => SettleVerdict::AlreadySettled,
                _ => SettleVerdict::Fenced,
            };
            if verdict == SettleVerdict::Accepted {
                leases.push((settlement.lease.job, settlement.lease.token, true));
                errands.push(Errand::Settle(settlement));
            }
            Settled::by_commit(verdict)
        });
        let writes = changes.writes.into_iter().map(|one| (one.key, one.expect.next(), one.record));
        let steps = changes.steps.into_iter();
        let steps =
            steps.map(|step| (<Step as Entity>::key(step.id()), Version::NEW.next(), Some(step.wrap())));
        let audit = changes.audit.into_iter().map(|entry| (AuditId::new(clock), entry)).collect();
        let rows = writes.chain(steps).collect();
        self.record(Line::Committed { tenant: tenant.clone(), rows, audit, errands, leases })?;
        Ok(Committed { jobs: vec![Enqueued::New; jobs], settled })
    }
}

impl Table {
    fn put(&mut self, key: Key, version: Version, record: Record) {
        for claim in UniqueKey::of(&record) {
            self.owners.insert(claim, key.clone());
        }
        self.rows.insert(key, (version, record));
    }

    fn take(&mut self, key: &Key) {
        let Some((_, old)) = self.rows.remove(key) else { return };
        for claim in UniqueKey::of(&old) {
            self.owners.remove(&claim);
        }
    }

    /// Whether everything is as the writer has read it, and may stand beside what is there.
    fn check(&self, changes: &ChangeSet) -> Result<()> {
        let version = |key: &Key| self.rows.get(key).map_or(Version::NEW, |(version, _)| *version);
        let written = changes.writes.iter().map(|write| (&write.key, write.expect));
        let relied = changes.expects.iter().map(|(key, version)| (key, *version));
        let mut keys = BTreeSet::new();
        let is_as_read = written.chain(relied).all(|(key, seen)| version(key) == seen)
            && changes.writes.iter().all(|write| keys.insert(&write.key));
        if !is_as_read {
            return Err(Error::new(
                ErrorKind::Conflict,
                "a record has changed since it was read; read it again",
            ));
        }
        let mut claimed: BTreeMap<UniqueKey, &Key> = BTreeMap::new();
        for write in &changes.writes {
            if matches!(write.key, Key::Step(_) | Key::Revision(_)) && write.expect != Version::NEW {
                return Err(Error::new(ErrorKind::Refused, "steps and revisions are never changed"));
            }
            for claim in write.record.iter().flat_map(UniqueKey::of) {
                let is_others = self.owners.get(&claim).is_some_and(|owner| !keys.contains(owner));
                let refusal = Error::new(ErrorKind::AlreadyExists, claim.refusal());
                let earlier = claimed.insert(claim, &write.key);
                if is_others || earlier.is_some_and(|owner| *owner != write.key) {
                    return Err(refusal);
                }
            }
        }
        let mut steps = BTreeSet::new();
        for step in &changes.steps {
            let key: Key = <Step as Entity>::key(step.id());
            if self.rows.contains_key(&key) || keys.contains(&key) || !steps.insert(key) {
                return Err(Error::new(ErrorKind::AlreadyExists, "the step is recorded already"));
            }
        }
        Ok(())
    }

    /// Looks through every record of the query's kind; a database has an index of what `found_by` says.
    fn list(&self, query: &Query, after: Option<&Key>, limit: usize) -> Vec<Row> {
        let (low, high) = query.range();
        let low = match after {
            Some(after) if *after >= high => return Vec::new(),
            Some(after) if *after >= low => Bound::Excluded(after.clone()),
            _ => Bound::Included(low),
        };
        let (lookup, since) = (query.lookup(), query.since());
        let is_wanted = |record: &Record| {
            lookup.as_ref().is_none_or(|wanted| record.found_by().into_iter().any(|found| found == *wanted))
                && since.is_none_or(|since| record.changed() >= Some(since))
        };
        let rows = self.rows.range((low, Bound::Included(high)));
        let rows = rows.filter(|(_, (_, record))| is_wanted(record)).take(limit);
        rows.map(|(key, (version, record))| Row {
            key: key.clone(),
            version: *version,
            record: record.clone(),
        })
        .collect()
    }

    fn head(&self, tenant: &Tenant) -> Head {
        self.chained.last().map_or_else(|| Head::genesis(tenant), |last| last.head(tenant))
    }

    /// Numbers the oldest entries. It needs no line of the journal: the same entries get the same numbers.
    fn chain(&mut self, tenant: &Tenant, limit: usize) -> Result<usize> {
        let count = limit.min(self.unchained.len());
        let (entries, _) = audit::chain(&self.head(tenant), self.unchained.iter().take(count).cloned())?;
        self.chained.extend(entries);
        self.unchained.drain(..count);
        Ok(count)
    }
}

#[async_trait]
impl Storage for Journal {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Ok(self.with(|state| {
            let rows = state.tables.get(tenant).map(|table| &table.rows);
            let get = |key| rows.and_then(|rows| rows.get(key)).cloned();
            let versioned = |(version, value)| Versioned { value, version };
            keys.iter().map(|key| get(key).map(versioned)).collect()
        }))
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Ok(self.with(|state| {
            state.tables.get(tenant).map(|table| table.list(query, after, limit)).unwrap_or_default()
        }))
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.with(|state| {
            let Some(table) = state.tables.get_mut(tenant) else { return Ok(Vec::new()) };
            table.chain(tenant, usize::MAX)?;
            // The entry numbered n stands at n - 1, so those above `after` begin there.
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            Ok(table.chained.iter().skip(skip).take(limit).cloned().collect())
        })
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.with(|state| {
            let Some(table) = state.tables.get_mut(tenant) else { return Ok(Head::genesis(tenant)) };
            table.chain(tenant, usize::MAX)?;
            Ok(table.head(tenant))
        })
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        self.with(|state| {
            let mut chained = 0;
            for (tenant, table) in &mut state.tables {
                chained += table.chain(tenant, limit - chained)?;
            }
            Ok(chained)
        })
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let tenant = tenant.clone();
        self.write(move |state, clock| state.commit(&tenant, changes, clock)).await
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

#[async_trait]
impl Outbox for Journal {
    async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>> {
        Ok(self.with(|state| {
            let waiting = |(number, (tenant, errand)): (&u64, &(Tenant, Errand))| Waiting {
                number: *number,
                tenant: tenant.clone(),
                errand: errand.clone(),
            };
            state.errands.iter().take(limit).map(waiting).collect()
        }))
    }

    async fn handed_on(&self, numbers: &[u64]) -> Result<()> {
        let numbers = numbers.to_vec();
        self.write(move |state, _| state.record(Line::HandedOn(numbers))).await
    }
}

#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let folder = match &given[..] {
        [] => PathBuf::from("own-storage"),
        [folder] if !folder.starts_with('-') => PathBuf::from(folder),
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "say own_storage [FOLDER]; it is own-storage without",
            ));
        }
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::system());
    let storage = Journal::open(&folder.join("shop.jsonl"), clock.clone())?;
    let queue = Sqlite::open(folder.join("queue.db")).await?;
    let keys = LocalKeys::open_or_create(folder.join("shop.keys"), &*clock)?;
    let shop = Shopify::simulator(clock).state_folder(folder.join("shop")).build()?;
    let hub = Hub::builder(Split::new(storage, queue.clone(), queue))
        .plugin(Shopify::simulated_by(&shop))
        .policy(Policy::two_people())
        .keys(keys)
        .build()
        .await?;
    let acme = hub.tenant("acme")?;
    let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
    let store = match hub.stores(&alice).await?.pop() {
        Some(store) => store,
        None => hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?,
    };
    let name = format!("Mug {}", shop.products().len() + 1);
    let mug = NewProduct::new(name.clone()).variant(name, "9.90 EUR".parse()?, 40);
    let mug = hub.save_product(&alice, mug).await?;
    let bundle = hub.publish(&alice, [mug.id], [store.id]).await?;
    hub.approve(&bob, &bundle).await?.all()?;
    Worker::of(&hub).run_until_idle().await?;
    println!("Products in the shop: {}. Run it again for one more.", shop.products().len());
    println!("The audit feed: {}", hub.verify_audit(&alice, None).await?);
    Ok(())
}
