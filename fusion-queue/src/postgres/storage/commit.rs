//! One commit: its parts as the columns of one statement.

use super::row::{number, text};
use crate::{
    postgres::{
        Postgres,
        connect::Statement,
        fault::{self, told_by},
        queue::Asked,
    },
    standing::{Standing, check_form},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::Lease,
    model::{AuditId, Step},
    storage::{ChangeSet, Committed, Entity as _, Key, Record, UniqueKey, Version, Write},
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows of a commit, as `store` takes them: what is written by kind and id, then the steps.
#[derive(Default)]
struct Rows {
    kind: Vec<&'static str>,
    id: Vec<Vec<u8>>,
    expect: Vec<i64>,
    changed: Vec<Option<i64>>,
    lookups: Vec<Vec<u8>>,
    uniques: Vec<Vec<u8>>,
    body: Vec<Option<String>>,
    /// How many of them are no steps, and how many of those weren't there.
    written: i32,
    new: i32,
    /// What each hash stands for that they claim.
    claims: BTreeMap<[u8; 32], UniqueKey>,
    /// What two of them claim.
    clash: Option<[u8; 32]>,
    /// Whether one would change that never does.
    is_fixed: bool,
}

impl Rows {
    fn of(mut writes: Vec<Write>, steps: &[Record]) -> Result<Self> {
        writes.sort_by_cached_key(|write| (write.key.kind(), write.key.id_bytes()));
        let mut rows = Self::default();
        for write in &writes {
            let is_new = write.expect == Version::NEW;
            rows.written += 1;
            rows.new += i32::from(is_new);
            rows.is_fixed |= !is_new && matches!(write.key, Key::Step(_) | Key::Revision(_));
            rows.push(&write.key, write.expect, write.record.as_ref())?;
        }
        for step in steps {
            rows.push(&step.key(), Version::NEW, Some(step))?;
        }
        Ok(rows)
    }

    fn bind(self, statement: Statement) -> Statement {
        let claims: Vec<Vec<u8>> = self.claims.into_keys().map(Vec::from).collect();
        let statement = statement.bind(self.kind).bind(self.id).bind(self.expect).bind(self.changed);
        let statement = statement.bind(self.lookups).bind(self.uniques).bind(self.body).bind(self.written);
        let statement = statement.bind(self.new).bind(claims).bind(self.clash.map(Vec::from));
        statement.bind(self.is_fixed)
    }

    fn push(&mut self, key: &Key, expect: Version, record: Option<&Record>) -> Result<()> {
        let Standing { lookups, unique } = Standing::of(record)?;
        self.kind.push(key.kind());
        self.id.push(key.id_bytes());
        self.expect.push(number(expect));
        self.changed.push(record.and_then(Record::changed).map(Timestamp::as_micros));
        self.lookups.push(lookups.iter().flat_map(|(hash, _)| *hash).collect());
        self.uniques.push(unique.keys().flatten().copied().collect());
        self.body.push(record.map(text).transpose()?);
        for (hash, key) in unique {
            if self.claims.insert(hash, key).is_some() {
                self.clash = Some(hash);
            }
        }
        Ok(())
    }
}

/// Records that a commit found there, by kind and id; a run is a stretch of them that is locked alike.
#[derive(Default)]
struct Held {
    kind: Vec<&'static str>,
    id: Vec<Vec<u8>>,
    version: Vec<i64>,
    /// Where each run ends.
    run_end: Vec<i32>,
    is_written: Vec<bool>,
}

impl Held {
    fn of(writes: &[Write], expects: &[(Key, Version)]) -> Self {
        let written = writes.iter().map(|write| (&write.key, write.expect, true));
        let relied = expects.iter().map(|(key, version)| (key, *version, false));
        let there = written.chain(relied).filter(|(_, version, _)| *version != Version::NEW);
        let mut there: Vec<_> = there
            .map(|(key, version, is_written)| (key.kind(), key.id_bytes(), is_written, version))
            .collect();
        // What is written and relied on is locked as written first.
        there.sort_by(|one, other| (one.0, &one.1, !one.2).cmp(&(other.0, &other.1, !other.2)));
        let mut held = Self::default();
        for (kind, id, is_written, version) in there {
            let is_again = is_written && held.kind.last() == Some(&kind) && held.id.last() == Some(&id);
            if held.is_written.last() != Some(&is_written) {
                held.is_written.push(is_written);
                held.run_end.push(0);
            }
            held.kind.push(kind);
            held.id.push(id);
            // The second write of a key in one commit would find the version of the first: no record has this one.
            held.version.push(if is_again { i64::MAX } else { number(version) });
            if let Some(end) = held.run_end.last_mut() {
                *end = i32::try_from(held.kind.len()).unwrap_or(i32::MAX);
            }
        }
        held
    }

    fn bind(self, statement: Statement) -> Statement {
        let statement = statement.bind(self.kind).bind(self.id).bind(self.version);
        statement.bind(self.run_end).bind(self.is_written)
    }
}

/// The statement that stores a commit, up to what it asks of the queue.
macro_rules! store {
    ($queue:literal) => {
        concat!(
            "WITH stored AS MATERIALIZED (SELECT $1::bigint AS given, fusion.store($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, ",
            $queue
        )
    };
}

const STORE: &str = store!("'{}', '{}', '{}', '{}', '{}', '{}', false) AS now) SELECT now FROM stored");

const STORE_AND_SETTLE: &str = store!(
    "$26, $27, '{}', '{}', '{}', '{}', false) AS now)
    SELECT fusion.settle_own(s.now, $2, $26, $27, $28, $29, $30, $31, $32) AS verdict FROM stored s"
);

// `given` by way of `stored`: jobs come in once the rest is there.
const STORE_AND_ENQUEUE: &str = store!(
    "$26, $27, $41, $42, $43, $46, false) AS now)
    SELECT e.answers, e.holders, CASE WHEN cardinality($26::uuid[]) > 0
        THEN fusion.settle_own(s.now, $2, $26, $27, $28, $29, $30, $31, $32) END AS verdict
    FROM stored s CROSS JOIN LATERAL fusion.enqueue(s.given, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
        $45, $46, $47, $48, $49) e"
);

/// For a queue that lives elsewhere: `leave` takes the tenant, then the arguments from $26 on.
pub(super) const STORE_AND_LEAVE: &str = store!(
    "'{}', '{}', '{}', '{}', '{}', '{}', true) AS now)
    SELECT s.now, fusion.leave(s.now, $2, $26, $27, $28, $29) AS verdict FROM stored s"
);

pub(super) async fn commit(db: &Postgres, tenant: &Tenant, mut changes: ChangeSet) -> Result<Committed> {
    check_form(tenant, &changes)?;
    let asked = Asked::of(db, std::mem::take(&mut changes.jobs), changes.settle.take()).await?;
    let is_news = !asked.is_empty() || !changes.cancels.is_empty();
    let sql = match () {
        () if asked.has_jobs() => STORE_AND_ENQUEUE,
        () if !asked.is_empty() => STORE_AND_SETTLE,
        () => STORE,
    };
    let mut told = None;
    let row = store(db, sql, tenant, changes, |statement| {
        if asked.is_empty() {
            return statement;
        }
        let (statement, how) = asked.bind(statement);
        told = Some(how);
        statement
    })
    .await?;
    let committed = told.map_or_else(|| Ok(Committed::default()), |told| told.committed(db, &row));
    if is_news {
        db.tell();
    }
    committed
}

/// Runs a statement that stores `changes` without their jobs and settlement; `ask` gives it what it does with those.
pub(super) async fn store(
    db: &Postgres,
    sql: &'static str,
    tenant: &Tenant,
    changes: ChangeSet,
    ask: impl FnOnce(Statement) -> Statement,
) -> Result<PgRow> {
    let ChangeSet { mut writes, expects, steps, cancels, audit, not_after, fence, .. } = changes;
    let held = Held::of(&writes, &expects);
    let steps: Vec<Record> = steps.into_iter().map(Step::wrap).collect();
    keep_free(&mut writes, &expects, &steps);
    let rows = Rows::of(writes, &steps)?;
    let clock = &*db.0.clock;
    let audit_ids: Vec<Uuid> = audit.iter().map(|_| AuditId::new(clock).as_uuid()).collect();
    let audit: Vec<String> = audit.iter().map(text).collect::<Result<_>>()?;
    let cancels: Vec<Uuid> = cancels.into_iter().map(|id| id.as_uuid()).collect();
    let claims = rows.claims.clone();
    let (given, tenant) = (db.given(), tenant.as_str().to_owned());
    let bind = |statement: Statement| {
        let statement = statement.bind(given).bind(tenant).bind(not_after.map(Timestamp::as_micros));
        let statement = statement.bind(fence.as_ref().map(|lease| lease.job.as_uuid()));
        let statement = statement.bind(fence.as_ref().map(token));
        let statement = rows.bind(held.bind(statement));
        ask(statement.bind(audit_ids).bind(audit).bind(cancels))
    };
    db.row(sql, bind).await.map_err(|error| named(error, &claims))
}

/// A lease's token as a column; what no claim reaches stays unreachable.
pub(super) fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(i64::MAX)
}

/// Adds what is relied on as absent: it is written as what isn't there and doesn't come.
fn keep_free(writes: &mut Vec<Write>, expects: &[(Key, Version)], steps: &[Record]) {
    let new = writes.iter().filter(|write| write.expect == Version::NEW).map(|write| write.key.clone());
    let mut known: BTreeSet<Key> = new.chain(steps.iter().map(Record::key)).collect();
    for (key, version) in expects {
        if *version == Version::NEW && known.insert(key.clone()) {
            writes.push(Write { key: key.clone(), expect: Version::NEW, record: None });
        }
    }
}

/// The refusal in the words of the rule that it is about.
fn named(error: Error, claims: &BTreeMap<[u8; 32], UniqueKey>) -> Error {
    let Some(told) = told_by(&error) else { return error };
    let rule = match told.code() {
        fault::CLAIMED => claims.iter().find(|(hash, _)| told.detail() == Some(&*hex(*hash))),
        // Of two that wait for each other one is undone: what it was made from has changed.
        fault::DEADLOCK => return fault::changed(),
        _ => None,
    };
    match rule {
        Some((_, key)) => Error::new(ErrorKind::AlreadyExists, key.refusal()),
        None => error,
    }
}

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
