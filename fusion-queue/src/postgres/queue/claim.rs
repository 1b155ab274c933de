//! How jobs come to workers.

use super::{
    lease::{self, Settlements},
    round::{Lane, Share},
    row::{self, column, micros},
};
use crate::postgres::Postgres;
use fusion_core::{
    clock::Clock as _,
    error::Result,
    job::{ClaimRequest, Claimed, Exchange, Lease, Settlement},
};
use sqlx::{Row as _, postgres::PgRow};
use std::collections::BTreeMap;

/// Calls that one exchange may make: each brings a job from every lane it asks, so the first few bring nearly all,
/// and what is left is there at the next exchange.
const MAX_CALLS: usize = 16;

pub(super) async fn exchange(
    db: &Postgres,
    settlements: Vec<Settlement>,
    claim: &ClaimRequest,
) -> Result<Exchange> {
    let asks = claim.limit > 0 && !claim.kinds.is_empty();
    let mut exchange = Exchange::default();
    let mut open = Some(Settlements::new(settlements)?).filter(|settlements| !settlements.is_empty());
    let mut has_looked = false;
    for _ in 0..MAX_CALLS {
        let missing = if asks { claim.limit - exchange.claimed.len().min(claim.limit) } else { 0 };
        let shares = db.round().deal(missing, &claim.kinds);
        let is_done = open.is_none() && shares.is_empty();
        if is_done && (missing == 0 || has_looked) {
            break;
        }
        let called = if is_done {
            has_looked = true;
            look(db).await
        } else {
            call(db, open.take(), &shares, claim, &mut exchange).await
        };
        match called {
            Ok(()) => {}
            // What has been settled and claimed is told; whoever is cut off now hears of it at the next call.
            Err(error) if !exchange.verdicts.is_empty() || !exchange.claimed.is_empty() => {
                tracing::warn!(%error, "a claim brought less than it could");
                return Ok(exchange);
            }
            Err(error) => return Err(error),
        }
    }
    let is_old = asks && !has_looked && db.round().is_old(db.0.clock.elapsed());
    if is_old && let Err(error) = look(db).await {
        tracing::warn!(%error, "the queue wasn't looked through");
    }
    Ok(exchange)
}

/// Settles and claims in one transaction.
async fn call(
    db: &Postgres,
    settlements: Option<Settlements>,
    shares: &[Share],
    claim: &ClaimRequest,
    exchange: &mut Exchange,
) -> Result<()> {
    let repeats = settlements.as_ref().map(Settlements::repeats).unwrap_or_default();
    let s = settlements.unwrap_or_default();
    let (given, worker, lease_for) = (db.given(), claim.worker.replace('\0', " "), micros(claim.lease_for));
    let (mut turn, mut lane, mut band, mut since, mut want) = (vec![], vec![], vec![], vec![], vec![]);
    for (nth, share) in (0_i32..).zip(shares) {
        for of in &share.lanes {
            turn.push(nth);
            lane.push(of.id);
            band.push(of.band);
            since.push(of.since);
            want.push(share.want);
        }
    }
    let sql =
        "SELECT * FROM fusion.exchange($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let rows = db
        .rows(sql, move |statement| {
            let statement = statement.bind(given).bind(s.job).bind(s.token).bind(s.end).bind(s.due);
            let statement =
                statement.bind(s.is_length).bind(s.closes).bind(s.said).bind(worker).bind(lease_for);
            statement.bind(turn).bind(lane).bind(band).bind(since).bind(want)
        })
        .await?;
    let mut rows = rows.into_iter();
    let verdicts: Vec<i16> = match rows.next() {
        Some(row) => column(db.place(), &row, "verdicts")?,
        None => Vec::new(),
    };
    exchange.verdicts.extend(lease::verdicts(db.place(), &verdicts, &repeats)?);
    let mut claimed = rows.map(|row| taken(db, &row, claim)).collect::<Result<Vec<_>>>()?;
    note(db, shares, &claimed);
    // In the order of their turns.
    claimed.sort_by_key(|taken| (taken.nth, taken.turn));
    exchange.claimed.extend(claimed.into_iter().map(|taken| taken.job));
    Ok(())
}

struct Taken {
    turn: i32,
    nth: i64,
    lane: i64,
    due: i64,
    job: Claimed,
}

fn taken(db: &Postgres, row: &PgRow, claim: &ClaimRequest) -> Result<Taken> {
    let place = db.place();
    let (attempt, crashes) = row::tries(place, row)?;
    let job = row::job(place, row)?;
    let job = Claimed {
        lease: Lease { job: job.id, token: row::count(column(place, row, "token")?) },
        lease_for: claim.lease_for,
        attempt,
        crashes,
        suspect: column(place, row, "suspect")?,
        parents: row::stand(place, row, &job)?,
        job,
    };
    Ok(Taken {
        turn: column(place, row, "turn")?,
        nth: column(place, row, "nth")?,
        lane: column(place, row, "lane")?,
        due: column(place, row, "due")?,
        job,
    })
}

/// Notes what each share gave.
fn note(db: &Postgres, shares: &[Share], claimed: &[Taken]) {
    let mut gave: BTreeMap<i32, (usize, BTreeMap<i64, i64>)> = BTreeMap::new();
    for one in claimed {
        let (got, since) = gave.entry(one.turn).or_default();
        *got += 1;
        let last = since.entry(one.lane).or_insert(one.due);
        *last = (*last).max(one.due);
    }
    let nothing = (0, BTreeMap::new());
    let mut round = db.round();
    for (turn, share) in (0_i32..).zip(shares) {
        let (got, since) = gave.get(&turn).unwrap_or(&nothing);
        round.took(share, *got, since);
    }
}

/// Sees which lanes have due jobs.
async fn look(db: &Postgres) -> Result<()> {
    let (given, now) = (db.given(), db.0.clock.elapsed());
    let rows = db.rows("SELECT * FROM fusion.look($1)", move |statement| statement.bind(given)).await?;
    let seen = rows.iter().map(|row| {
        let lane = Lane {
            id: row.try_get("lane")?,
            band: row.try_get("band")?,
            kind: row.try_get("kind")?,
            is_open: row.try_get("is_open")?,
            since: row.try_get("due")?,
        };
        Ok((row.try_get("tenant")?, row.try_get("store")?, lane))
    });
    let seen: sqlx::Result<Vec<_>> = seen.collect();
    let seen = seen.map_err(|source| db.place().damaged("a lane").with_source(source))?;
    db.round().see(seen, now);
    Ok(())
}
