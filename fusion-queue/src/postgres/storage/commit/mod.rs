//! Commits: each alone or several as one statement, in one transaction.

mod columns;
mod company;
mod part;

pub(in crate::postgres) use company::Member;
pub(super) use part::token;

use crate::{
    postgres::{
        Postgres,
        connect::Statement,
        fault::{self, told_by},
        queue::{self, Asked},
    },
    standing::check_form,
};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    storage::{ChangeSet, Committed, UniqueKey},
    tenant::Tenant,
};
use part::Part;
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;

/// A commit that is ready to be sent.
struct Call {
    part: Part,
    asked: Asked,
}

impl Call {
    fn bytes(&self) -> usize {
        self.part.bytes() + self.asked.bytes()
    }
}

/// The statement that stores commits, up to what they ask of the queue.
macro_rules! store {
    ($queue:literal) => {
        concat!(
            "WITH stored AS MATERIALIZED (SELECT $1::bigint AS given, fusion.store($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, \
             $31, $32, ",
            $queue
        )
    };
}

const STORE: &str = store!("'{}', '{}', '{}', '{}', '{}', '{}', '{}', false) AS now) SELECT now FROM stored");

const STORE_AND_SETTLE: &str = store!(
    "$34, $35, '{}', '{}', '{}', '{}', '{}', false) AS now)
    SELECT fusion.settle_own(s.now, $33, $34, $35, $36, $37, $38, $39, $40) AS verdicts FROM stored s"
);

// `given` by way of `stored`: jobs come in once the rest is there.
const STORE_AND_ENQUEUE: &str = store!(
    "$34, $35, $42, $49, $50, $51, $54, false) AS now)
    SELECT e.answers, e.holders, CASE WHEN cardinality($34::uuid[]) > 0
        THEN fusion.settle_own(s.now, $33, $34, $35, $36, $37, $38, $39, $40) END AS verdicts
    FROM stored s CROSS JOIN LATERAL fusion.enqueue(s.given, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52,
        $53, $54, $55, $56, $57) e"
);

/// For a queue that lives elsewhere: `leave` takes the tenant, then the arguments from $33 on.
const STORE_AND_LEAVE: &str = store!(
    "'{}', '{}', '{}', '{}', '{}', '{}', '{}', true) AS now)
    SELECT s.now, fusion.leave(s.now, $2, $33, $34, $35, $36) AS verdict FROM stored s"
);

pub(super) async fn commit(db: &Postgres, tenant: &Tenant, mut changes: ChangeSet) -> Result<Committed> {
    check_form(tenant, &changes)?;
    let (jobs, settle) = (std::mem::take(&mut changes.jobs), changes.settle.take());
    let asked = Asked::of(db, tenant, jobs, settle).await?;
    let is_news = asked.has_jobs() || asked.settles() || !changes.cancels.is_empty();
    let part = Part::of(db, tenant, changes)?;
    let committed = company::join(db, Call { part, asked }).await?;
    if is_news {
        db.tell();
    }
    Ok(committed)
}

async fn alone(db: &Postgres, call: &Call) -> Result<Committed> {
    let committed = send_all(db, &[call]).await.map_err(|error| named(error, &call.part.claims))?;
    Ok(committed.into_iter().next().unwrap_or_default())
}

/// Commits `calls`, all or none.
async fn send_all(db: &Postgres, calls: &[&Call]) -> Result<Vec<Committed>> {
    let parts: Vec<&Part> = calls.iter().map(|call| &call.part).collect();
    let asked = || calls.iter().map(|call| &call.asked);
    let (has_jobs, settles) = (asked().any(Asked::has_jobs), asked().any(Asked::settles));
    let sql = match (has_jobs, settles) {
        (true, _) => STORE_AND_ENQUEUE,
        (false, true) => STORE_AND_SETTLE,
        (false, false) => STORE,
    };
    let bind = |statement: Statement| {
        let statement = columns::bind(db, statement, &parts);
        if has_jobs || settles { queue::bind(statement, asked()) } else { statement }
    };
    let row = db.row(sql, bind).await?;
    queue::committed(db, &row, asked())
}

/// Stores `changes` without their jobs and settlement, for a queue that lives elsewhere; `leave` gives the statement what
/// it leaves to that.
pub(super) async fn store_and_leave(
    db: &Postgres,
    tenant: &Tenant,
    changes: ChangeSet,
    leave: impl FnOnce(Statement) -> Statement,
) -> Result<PgRow> {
    let part = Part::of(db, tenant, changes)?;
    let row = db.row(STORE_AND_LEAVE, |statement| leave(columns::bind(db, statement, &[&part]))).await;
    row.map_err(|error| named(error, &part.claims))
}

/// The refusal in the words of the rule that it is about.
fn named(error: Error, claims: &BTreeMap<[u8; 32], (UniqueKey, Vec<u8>)>) -> Error {
    let Some(told) = told_by(&error) else { return error };
    let rule = match told.code() {
        fault::CLAIMED => claims.iter().find(|(hash, _)| told.detail() == Some(&*hex(*hash))),
        // Of two that wait for each other one is undone: what it was made from has changed.
        fault::DEADLOCK => return fault::changed(),
        _ => None,
    };
    match rule {
        Some((_, (key, _))) => Error::new(ErrorKind::AlreadyExists, key.refusal()),
        None => error,
    }
}

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
