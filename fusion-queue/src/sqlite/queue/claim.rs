//! Which jobs a worker gets: round robin over tenants, then their stores, then weighted bands, then time.

use super::{
    lane::{self, Standing, standing},
    pause::Pauses,
    row::{self, band},
    take::{self, Taken, Turn},
};
use crate::{
    sqlite::{columns::from_columns, writer::Desk},
    turns::{BANDS, TURNS},
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{ClaimRequest, Claimed, JobKind, Priority},
    tenant::Tenant,
};
use sqlx::{QueryBuilder, Sqlite};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, LazyLock},
};

/// Lanes with due jobs: steps from lane to lane along the index, however many jobs wait in each. `last`: the newest token
/// of any job, which each claim exceeds.
pub(super) const LANES: &str = "
    WITH RECURSIVE busy (lane) AS (
        SELECT min(lane) FROM jobs WHERE wait = 1
        UNION ALL
        SELECT (SELECT min(lane) FROM jobs WHERE wait = 1 AND lane > busy.lane) FROM busy WHERE busy.lane IS NOT NULL
    )
    SELECT lanes.id, lanes.tenant, lanes.partition, lanes.turn, lanes.served, lanes.open_at, lanes.paused, lanes.max_live,
        (SELECT max(served) FROM lanes AS own WHERE own.tenant = lanes.tenant) AS tenant_served,
        (SELECT max(served) FROM lanes) AS last, EXISTS (SELECT 1 FROM pauses) AS has_pauses
    FROM busy CROSS JOIN lanes ON lanes.id = busy.lane";

/// The due jobs of one class of a lane that come next behind one: as one text, since each row is handed over from the
/// connection's thread by itself.
pub(super) const NEXT: &str = "
    SELECT coalesce(group_concat(format('[%d,%d]', due, number)), '') FROM (
        SELECT due, number FROM jobs
        WHERE wait = 1 AND lane = ? AND band = ? AND kind = ? AND begins_work = ? AND (due, number) > (?, ?)
        ORDER BY due, number LIMIT ?)";

/// Due timers join what waits in their lanes.
pub(super) const STAGE: &str = "UPDATE jobs SET wait = 1 WHERE wait = 2 AND due <= ?1";

// Each statement is a way to the connection's thread and back, so two that follow each other go as one.
static STAGE_AND_LOOK: LazyLock<String> = LazyLock::new(|| [STAGE, LANES].join(";"));

/// Jobs that differ in nothing but their time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    band: i64,
    kind: Arc<str>,
    begins_work: bool,
}

struct Lane {
    id: i64,
    tenant: String,
    partition: Vec<u8>,
    turn: i64,
    served: i64,
    open_at: Option<i64>,
    paused: bool,
    max_live: Option<i64>,
    tenant_served: i64,
    last: i64,
    has_pauses: bool,
    /// The first of each class by time and age, once they have been looked at.
    firsts: Option<BTreeMap<Class, (i64, i64)>>,
    /// Those of a class that are known to come behind its first, and how many were looked for at once.
    coming: BTreeMap<Class, (VecDeque<(i64, i64)>, usize)>,
    /// How many more jobs that begin work it lets in.
    room: i64,
    is_touched: bool,
}

from_columns!(Lane { id, tenant, partition, turn, served, open_at, paused, max_live, tenant_served, last, has_pauses } firsts: None, coming: BTreeMap::new(), room: i64::MAX, is_touched: false);

pub(super) async fn claim(desk: &mut Desk<'_>, claim: &ClaimRequest, now: Timestamp) -> Result<Vec<Claimed>> {
    if claim.limit == 0 || claim.kinds.is_empty() {
        return Ok(Vec::new());
    }
    let mut lanes: Vec<Lane> = sqlx::query_as(STAGE_AND_LOOK.as_str())
        .bind(now.as_micros())
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let Some(Lane { last, has_pauses, .. }) = lanes.first() else { return Ok(Vec::new()) };
    let (last, has_pauses) = (*last, *has_pauses);
    let pauses = match has_pauses {
        true => Pauses::read(&mut *desk.connection, &desk.place).await?,
        false => Pauses::default(),
    };
    let mut token = last;
    let mut tenants: BTreeMap<String, i64> =
        lanes.iter().map(|lane| (lane.tenant.clone(), lane.tenant_served)).collect();
    let mut done = Vec::new();
    let mut taken = Vec::new();
    let each = claim.limit.div_ceil(lanes.len().max(1));
    while taken.len() < claim.limit {
        // Who was served longest ago: first the tenant, then its store.
        let next = lanes
            .iter()
            .enumerate()
            .min_by_key(|(_, lane)| (tenants.get(&lane.tenant), &lane.tenant, lane.served, lane.id));
        let Some((at, _)) = next else { break };
        let Some(lane) = lanes.get_mut(at) else { break };
        if lane.firsts.is_none() {
            if let Some(max_live) = lane.max_live {
                lane.room = lane::room(&mut *desk.connection, &desk.place, lane.id, max_live).await?;
            }
            lane.firsts = Some(firsts(desk, lane, &claim.kinds, &pauses, now).await?);
        }
        let Some((class, number)) = lane.choose() else {
            done.push(lanes.swap_remove(at));
            continue;
        };
        token += 1;
        taken.push(Taken { number, lane: lane.id, kind: class.kind.clone() });
        (lane.served, lane.is_touched) = (token, true);
        lane.turn = (lane.turn + 1) % i64::try_from(TURNS.len()).unwrap_or(i64::MAX);
        if let Some(served) = tenants.get_mut(&lane.tenant) {
            *served = token;
        }
        lane.room -= i64::from(class.begins_work);
        let next = lane.next(desk, &class, each, claim.limit - taken.len()).await?;
        if let Some(firsts) = &mut lane.firsts {
            match next {
                Some(next) => firsts.insert(class, next),
                None => firsts.remove(&class),
            };
        }
    }
    let mut turns = Vec::new();
    for Lane { id, tenant, partition, turn, served, .. } in
        lanes.iter().chain(&done).filter(|lane| lane.is_touched)
    {
        let tenant = Tenant::new(tenant).map_err(|_| desk.place.damaged("a lane's tenant"))?;
        let store = lane::store(&desk.place, partition)?;
        turns.push(Turn { lane: *id, turn: *turn, served: *served, tenant, store });
    }
    take::take(desk, &turns, &taken, last + 1, claim, now).await
}

impl Lane {
    /// What comes behind the first of a class. Nothing of it has been taken yet, so it is looked for by its place.
    async fn next(
        &mut self,
        desk: &mut Desk<'_>,
        class: &Class,
        share: usize,
        at_most: usize,
    ) -> Result<Option<(i64, i64)>> {
        let Some((due, number)) = self.firsts.as_ref().and_then(|firsts| firsts.get(class)).copied() else {
            return Ok(None);
        };
        let (coming, looked_for) = self.coming.entry(class.clone()).or_default();
        if coming.is_empty() && at_most > 0 {
            // At first its share among the lanes; twice as many each time, as others may have less than theirs.
            *looked_for = (*looked_for * 2).clamp(share.min(at_most), at_most);
            let found: String = sqlx::query_scalar(NEXT)
                .bind(self.id)
                .bind(class.band)
                .bind(&*class.kind)
                .bind(class.begins_work)
                .bind(due)
                .bind(number)
                .bind(i64::try_from(*looked_for).unwrap_or(i64::MAX))
                .fetch_one(&mut *desk.connection)
                .await
                .map_err(|source| desk.place.fault(source))?;
            let found: Vec<(i64, i64)> = row::read(&desk.place, &format!("[{found}]"))?;
            coming.extend(found);
        }
        Ok(coming.pop_front())
    }

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
        turn.into_iter().chain(BANDS).find_map(first)
    }
}

/// The first job of each class that the gate lets through.
async fn firsts(
    desk: &mut Desk<'_>,
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
    let bands = BANDS.map(band);
    let kinds: BTreeSet<&str> =
        kinds.iter().map(JobKind::as_str).filter(|kind| !pauses.holds(&lane.tenant, kind)).collect();
    if kinds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut classes = Vec::new();
    for kind in kinds {
        let kind: Arc<str> = kind.into();
        for begins_work in works {
            classes.extend(bands.map(|band| Class { band, kind: kind.clone(), begins_work: *begins_work }));
        }
    }
    let mut sql = QueryBuilder::<Sqlite>::new("WITH class (nth, band, kind, begins_work) AS (");
    sql.push_values((0_i64..).zip(&classes), |mut row, (nth, class)| {
        row.push_bind(nth)
            .push_bind(class.band)
            .push_bind((*class.kind).to_owned())
            .push_bind(class.begins_work);
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
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let class = |nth: i64| classes.get(usize::try_from(nth).ok()?).cloned();
    Ok(rows.into_iter().filter_map(|(nth, due, number)| Some((class(nth)?, (due, number)))).collect())
}
