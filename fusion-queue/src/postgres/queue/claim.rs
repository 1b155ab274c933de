//! How jobs come to workers.

use super::{
    lease::{self, Settlements},
    round::{Lane, Share},
    row::{self, column, micros},
};
use crate::{
    brief::Whose,
    postgres::{Postgres, fault::Place},
};
use fusion_core::{
    clock::Clock as _,
    error::Result,
    job::{ClaimRequest, Claimed, Exchange, JobKind, Lease, Settlement},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

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
        let now = db.0.clock.elapsed();
        let (shares, looking) = {
            let mut round = db.round();
            let shares = round.deal(missing, &claim.kinds);
            let looking = match missing {
                0 => Looking::Never,
                _ if has_looked => Looking::Never,
                _ if shares.is_empty() || round.is_old(now) => Looking::Always,
                _ if round.is_all(&shares, &claim.kinds) => Looking::IfShort,
                _ => Looking::Never,
            };
            (shares, looking)
        };
        if open.is_none() && shares.is_empty() && looking == Looking::Never {
            break;
        }
        match call(db, open.take(), &shares, looking, claim, &mut exchange).await {
            Ok(looked) => has_looked |= looked,
            // What has been settled and claimed is told; whoever is cut off now hears of it at the next call.
            Err(error) if !exchange.verdicts.is_empty() || !exchange.claimed.is_empty() => {
                tracing::warn!(%error, "a claim brought less than it could");
                return Ok(exchange);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(exchange)
}

/// Whether a call sees as well which lanes have due jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looking {
    Never,
    /// Where it brings less than was asked for.
    IfShort,
    Always,
}

/// Settles, claims and looks in one transaction; whether it has looked.
async fn call(
    db: &Postgres,
    settlements: Option<Settlements>,
    shares: &[Share],
    looking: Looking,
    claim: &ClaimRequest,
    exchange: &mut Exchange,
) -> Result<bool> {
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
    let looks_below: i32 = match looking {
        Looking::Never => 0,
        Looking::IfShort => shares.iter().map(|share| share.want).sum(),
        Looking::Always => i32::MAX,
    };
    let now = db.0.clock.elapsed();
    let sql = "SELECT * FROM fusion.exchange($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let rows = db
        .rows_of_worker(sql, move |statement| {
            let statement = statement.bind(given).bind(s.job).bind(s.token).bind(s.end).bind(s.due);
            let statement =
                statement.bind(s.is_length).bind(s.closes).bind(s.said).bind(worker).bind(lease_for);
            statement.bind(turn).bind(lane).bind(band).bind(since).bind(want).bind(looks_below)
        })
        .await?;
    let place = db.place();
    let mut rows = rows.into_iter();
    let told = rows.next().ok_or_else(|| place.damaged("functions of another release"))?;
    let verdicts: Vec<i16> = column(place, &told, "verdicts")?;
    exchange.verdicts.extend(lease::verdicts(place, &verdicts, &repeats)?);
    let owners = owners(place, shares)?;
    let (mut claimed, mut seen) = (Vec::new(), Vec::new());
    for row in rows {
        match column::<Option<i64>>(place, &row, "token")? {
            Some(token) => claimed.push(taken(place, &row, token, claim, &owners)?),
            None => seen.push(lane_of(place, &row)?),
        }
    }
    let has_looked = i32::try_from(claimed.len()).unwrap_or(i32::MAX) < looks_below;
    note(db, shares, &claimed);
    if has_looked {
        db.round().see(seen, now);
    }
    in_turn(&mut claimed);
    exchange.claimed.extend(claimed.into_iter().map(|taken| taken.job));
    Ok(has_looked)
}

/// Whose the jobs of each lane are that was asked.
type Owners<'a> = HashMap<i64, (Tenant, &'a JobKind, Option<StoreId>)>;

fn owners<'a>(place: &Place, shares: &'a [Share]) -> Result<Owners<'a>> {
    let mut owners = HashMap::new();
    for share in shares {
        let tenant = row::tenant(place, &share.tenant)?;
        let lanes = share.lanes.iter();
        owners.extend(lanes.map(|lane| (lane.id, (tenant.clone(), &lane.kind, row::store(share.store)))));
    }
    Ok(owners)
}

/// Puts jobs in the order of their turns: the first one of each, then the second ones.
fn in_turn(claimed: &mut [Taken]) {
    claimed.sort_by_key(|taken| (taken.turn, taken.nth));
    let (mut turn, mut nth) = (None, 0);
    for taken in &mut *claimed {
        nth = if turn == Some(taken.turn) { nth + 1 } else { 0 };
        (turn, taken.nth) = (Some(taken.turn), nth);
    }
    claimed.sort_by_key(|taken| (taken.nth, taken.turn));
}

struct Taken {
    turn: i32,
    /// Among all, by turn and time; then among those of its turn.
    nth: i64,
    lane: i64,
    due: i64,
    job: Claimed,
}

fn taken(place: &Place, row: &PgRow, token: i64, claim: &ClaimRequest, owners: &Owners<'_>) -> Result<Taken> {
    let (attempt, crashes) = row::tries(place, row)?;
    let lane = column(place, row, "lane")?;
    let (tenant, kind, partition) = owners.get(&lane).cloned().ok_or_else(|| place.damaged("a lane"))?;
    let id = JobId::from_uuid(column(place, row, "id")?);
    let job = row::job(place, row, Whose { id, tenant, kind: kind.clone(), partition })?;
    let job = Claimed {
        lease: Lease { job: job.id, token: row::count(token) },
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
        lane,
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

/// A lane with due jobs, and whose it is.
fn lane_of(place: &Place, row: &PgRow) -> Result<(String, Uuid, Lane)> {
    let lane = Lane {
        id: column(place, row, "lane")?,
        band: column(place, row, "band")?,
        kind: row::kind(place, column(place, row, "kind")?)?,
        is_open: column(place, row, "is_open")?,
        since: column(place, row, "due")?,
    };
    Ok((column(place, row, "tenant")?, column(place, row, "store")?, lane))
}
