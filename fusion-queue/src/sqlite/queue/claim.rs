//! Which jobs a worker gets: round robin over tenants, then their stores, then weighted bands, then time.

use super::{
    lane::{self, Standing, standing},
    parents,
    pause::Pauses,
    row::{band, count, read, small},
};
use crate::sqlite::{columns::from_columns, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{ClaimRequest, Claimed, JobKind, Lease, Priority},
};
use sqlx::{QueryBuilder, Sqlite};
use std::collections::{BTreeMap, BTreeSet};

/// Whose turn it is, one band each: of seven jobs four are high, two normal, one low.
const TURNS: [Priority; 7] = {
    use Priority::{High, Low, Normal};
    [High, Normal, High, Low, High, Normal, High]
};

/// Lanes with due jobs: steps from lane to lane along the index, however many jobs wait in each.
pub(super) const LANES: &str = "
    WITH RECURSIVE busy (lane) AS (
        SELECT min(lane) FROM jobs WHERE wait = 1
        UNION ALL
        SELECT (SELECT min(lane) FROM jobs WHERE wait = 1 AND lane > busy.lane) FROM busy WHERE busy.lane IS NOT NULL
    )
    SELECT lanes.id, lanes.tenant, lanes.turn, lanes.served, lanes.open_at, lanes.paused, lanes.max_live,
        (SELECT max(served) FROM lanes AS own WHERE own.tenant = lanes.tenant) AS tenant_served
    FROM busy CROSS JOIN lanes ON lanes.id = busy.lane";

/// The first due job of one class of a lane.
pub(super) const FIRST: &str = "
    SELECT due, number FROM jobs
    WHERE wait = 1 AND lane = ? AND band = ? AND kind = ? AND begins_work = ?
    ORDER BY due, number LIMIT 1";

/// Due timers join what waits in their lanes.
pub(super) const STAGE: &str = "UPDATE jobs SET wait = 1 WHERE wait = 2 AND due <= ?";

/// Jobs that differ in nothing but their time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    band: i64,
    kind: String,
    begins_work: bool,
}

struct Lane {
    id: i64,
    tenant: String,
    turn: i64,
    served: i64,
    open_at: Option<i64>,
    paused: bool,
    max_live: Option<i64>,
    tenant_served: i64,
    /// The first of each class by time and age, once they have been looked at.
    firsts: Option<BTreeMap<Class, (i64, i64)>>,
    /// How many more jobs that begin work it lets in.
    room: i64,
    is_touched: bool,
}

from_columns!(Lane { id, tenant, turn, served, open_at, paused, max_live, tenant_served } firsts: None, room: i64::MAX, is_touched: false);

pub(super) async fn claim(desk: &mut Desk, claim: &ClaimRequest, now: Timestamp) -> Result<Vec<Claimed>> {
    if claim.limit == 0 || claim.kinds.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query(STAGE)
        .bind(now.as_micros())
        .execute(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let mut lanes: Vec<Lane> = sqlx::query_as(LANES)
        .fetch_all(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    if lanes.is_empty() {
        return Ok(Vec::new());
    }
    let pauses = Pauses::read(&mut desk.connection, &desk.place).await?;
    let mut token = last_token(desk).await?;
    let mut tenants: BTreeMap<String, i64> =
        lanes.iter().map(|lane| (lane.tenant.clone(), lane.tenant_served)).collect();
    let mut done = Vec::new();
    let mut claimed = Vec::new();
    while claimed.len() < claim.limit {
        // Who was served longest ago: first the tenant, then its store.
        let served =
            |lane: &Lane| (tenants.get(&lane.tenant).copied(), lane.tenant.clone(), lane.served, lane.id);
        let Some(at) = (0..lanes.len()).min_by_key(|at| lanes.get(*at).map(served)) else { break };
        let Some(lane) = lanes.get_mut(at) else { break };
        if lane.firsts.is_none() {
            if let Some(max_live) = lane.max_live {
                lane.room = lane::room(&mut desk.connection, &desk.place, lane.id, max_live).await?;
            }
            lane.firsts = Some(firsts(desk, lane, &claim.kinds, &pauses, now).await?);
        }
        let Some((class, number)) = lane.choose() else {
            done.push(lanes.swap_remove(at));
            continue;
        };
        token += 1;
        claimed.push(take(desk, number, token, claim, now).await?);
        (lane.served, lane.is_touched) = (token, true);
        lane.turn = (lane.turn + 1) % i64::try_from(TURNS.len()).unwrap_or(i64::MAX);
        tenants.insert(lane.tenant.clone(), token);
        lane.room -= i64::from(class.begins_work);
        let next = first(desk, lane.id, &class).await?;
        if let Some(firsts) = &mut lane.firsts {
            match next {
                Some(next) => firsts.insert(class, next),
                None => firsts.remove(&class),
            };
        }
    }
    for lane in lanes.iter().chain(&done).filter(|lane| lane.is_touched) {
        sqlx::query("UPDATE lanes SET served = ?, turn = ? WHERE id = ?")
            .bind(lane.served)
            .bind(lane.turn)
            .bind(lane.id)
            .execute(&mut desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(claimed)
}

impl Lane {
    /// The first job of the band whose turn it is, or of the highest one that has any.
    fn choose(&self) -> Option<(Class, i64)> {
        let firsts = self.firsts.as_ref()?;
        let first = |priority: Priority| {
            let may_begin = self.room > 0;
            let of_band = firsts
                .iter()
                .filter(|(class, _)| class.band == band(priority) && (may_begin || !class.begins_work));
            of_band.min_by_key(|(_, first)| **first).map(|(class, (_, number))| (class.clone(), *number))
        };
        let turn = TURNS.get(usize::try_from(self.turn).unwrap_or_default()).copied();
        turn.into_iter().chain([Priority::High, Priority::Normal, Priority::Low]).find_map(first)
    }
}

/// The newest token of any job: each claim has a greater one.
async fn last_token(desk: &mut Desk) -> Result<i64> {
    sqlx::query_scalar("SELECT coalesce(max(served), 0) FROM lanes")
        .fetch_one(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}

/// The first job of each class that the gate lets through.
async fn firsts(
    desk: &mut Desk,
    lane: &Lane,
    kinds: &[JobKind],
    pauses: &Pauses,
    now: Timestamp,
) -> Result<BTreeMap<Class, (i64, i64)>> {
    let works: &[bool] = match standing(lane.open_at, lane.paused, now) {
        Standing::Open => &[false, true],
        Standing::ClosedUntil(_) | Standing::ClosedUntilOpened | Standing::Paused | Standing::Full => {
            &[false]
        }
    };
    let bands = [Priority::High, Priority::Normal, Priority::Low].map(band);
    let kinds: BTreeSet<&str> =
        kinds.iter().map(JobKind::as_str).filter(|kind| !pauses.holds(&lane.tenant, kind)).collect();
    if kinds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut classes = Vec::new();
    for kind in &kinds {
        for begins_work in works {
            classes.extend(bands.map(|band| Class {
                band,
                kind: (*kind).to_owned(),
                begins_work: *begins_work,
            }));
        }
    }
    let mut sql = QueryBuilder::<Sqlite>::new("WITH class (nth, band, kind, begins_work) AS (");
    sql.push_values((0_i64..).zip(&classes), |mut row, (nth, class)| {
        row.push_bind(nth).push_bind(class.band).push_bind(class.kind.clone()).push_bind(class.begins_work);
    });
    sql.push(
        "), first (nth, number) AS (
            SELECT nth, (SELECT number FROM jobs WHERE wait = 1 AND lane = ",
    );
    sql.push_bind(lane.id);
    sql.push(
        " AND band = class.band AND kind = class.kind AND begins_work = class.begins_work
            ORDER BY due, number LIMIT 1) FROM class
        )
        SELECT nth, due, jobs.number FROM first CROSS JOIN jobs ON jobs.number = first.number",
    );
    let rows: Vec<(i64, i64, i64)> = sql
        .build_query_as()
        .fetch_all(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let class = |nth: i64| classes.get(usize::try_from(nth).ok()?).cloned();
    Ok(rows.into_iter().filter_map(|(nth, due, number)| Some((class(nth)?, (due, number)))).collect())
}

async fn first(desk: &mut Desk, lane: i64, class: &Class) -> Result<Option<(i64, i64)>> {
    sqlx::query_as(FIRST)
        .bind(lane)
        .bind(class.band)
        .bind(&class.kind)
        .bind(class.begins_work)
        .fetch_optional(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}

struct Taken {
    body: String,
    attempt: i64,
    crashes: i64,
    suspect: bool,
}

from_columns!(Taken { body, attempt, crashes, suspect });

async fn take(
    desk: &mut Desk,
    number: i64,
    token: i64,
    claim: &ClaimRequest,
    now: Timestamp,
) -> Result<Claimed> {
    let taken: Taken = sqlx::query_as(
        "UPDATE jobs SET status = 'claimed', wait = 0, attempt = attempt + 1, progress = NULL, token = ?,
             lease_ends = ? WHERE number = ? RETURNING body, attempt, crashes, suspect",
    )
    .bind(token)
    .bind((now + claim.lease_for).as_micros())
    .bind(number)
    .fetch_one(&mut desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    let job: fusion_core::job::NewJob = read(&desk.place, &taken.body)?;
    Ok(Claimed {
        lease: Lease { job: job.id, token: count(token) },
        lease_for: claim.lease_for,
        attempt: small(taken.attempt),
        crashes: small(taken.crashes),
        suspect: taken.suspect,
        parents: parents::stand(desk, number, &job).await?,
        job,
    })
}
