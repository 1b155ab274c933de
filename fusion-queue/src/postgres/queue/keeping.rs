//! What is kept beside jobs and after them: lines, ended jobs, slots of schedules, and which kinds there are.

use super::{
    look,
    row::{column, kind, micros, no_such_job},
};
use crate::postgres::Postgres;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{JobKind, JobLine, MAX_LINES},
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;

pub(super) async fn log(db: &Postgres, lines: Vec<JobLine>) -> Result<()> {
    let (mut job, mut at, mut text) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        job.push(line.job.as_uuid());
        at.push(line.at.as_micros());
        text.push(line.text.into_bytes());
    }
    let most = i64::try_from(MAX_LINES).unwrap_or(i64::MAX);
    db.rows("SELECT fusion.log($1, $2, $3, $4)", move |statement| {
        statement.bind(job).bind(at).bind(text).bind(most)
    })
    .await
    .map(drop)
}

/// What was written about a job of `tenant`, oldest first.
pub(super) async fn lines(db: &Postgres, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
    look::get(db, tenant, id).await?.ok_or_else(no_such_job)?;
    let sql = "SELECT at, line FROM fusion.lines WHERE job = $1 ORDER BY id";
    let rows = db.rows(sql, move |statement| statement.bind(id.as_uuid())).await?;
    let line = |row| {
        let text: Vec<u8> = column(db.place(), row, "line")?;
        let at = Timestamp::from_micros(column(db.place(), row, "at")?);
        Ok(JobLine::new(id, at, &String::from_utf8_lossy(&text)))
    };
    rows.iter().map(line).collect()
}

/// Forgets up to `limit` jobs that ended at least `age` ago; how many those were.
pub(super) async fn forget(db: &Postgres, age: Duration, limit: usize) -> Result<usize> {
    let (given, age, limit) = (db.given(), micros(age), i64::try_from(limit).unwrap_or(i64::MAX));
    let row = db
        .row("SELECT fusion.forget($1, $2, $3) AS answer", move |statement| {
            statement.bind(given).bind(age).bind(limit)
        })
        .await?;
    let forgotten: i64 = column(db.place(), &row, "answer")?;
    Ok(usize::try_from(forgotten).unwrap_or_default())
}

/// The last slot of a schedule that was taken.
pub(super) async fn last_slot(db: &Postgres, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
    let (tenant, schedule) = (tenant.as_str().to_owned(), schedule.as_bytes().to_vec());
    let sql = "SELECT at FROM fusion.slots WHERE tenant = $1 AND schedule = $2";
    let rows = db.rows(sql, move |statement| statement.bind(tenant).bind(schedule)).await?;
    rows.first().map(|row| column(db.place(), row, "at").map(Timestamp::from_micros)).transpose()
}

/// Every kind with a job that hasn't ended.
pub(super) async fn live_kinds(db: &Postgres) -> Result<Vec<JobKind>> {
    let sql = "SELECT DISTINCT l.kind FROM fusion.lanes l
        WHERE EXISTS (SELECT FROM fusion.jobs j WHERE j.lane = l.id) ORDER BY l.kind";
    let rows = db.rows(sql, |statement| statement).await?;
    rows.iter().map(|row| kind(db.place(), column(db.place(), row, "kind")?)).collect()
}
