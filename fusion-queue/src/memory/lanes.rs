//! Which waiting job goes next: round robin over tenants, then partitions, then weighted bands, then time.

use super::{
    gate::{Gate, Standing},
    row::Row,
};
use crate::turns::{BANDS, TURNS};
use fusion_core::{
    clock::Timestamp,
    job::{JobKind, MAX_AHEAD, Priority},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// What decides whether a worker may have a job, beside its time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) priority: Priority,
    pub(super) begins_work: bool,
    pub(super) background: bool,
    pub(super) kind: JobKind,
}

/// Waiting jobs by time, then by age.
type Waiting = BTreeMap<(Timestamp, u64), JobId>;

/// Jobs of one partition that may be claimed once their time has come; heads only of what is serial.
#[derive(Default)]
struct Lane {
    waiting: BTreeMap<Class, Waiting>,
    parked: BTreeSet<JobId>,
    turn: usize,
}

impl Lane {
    /// The first due job of the band whose turn it is, or of the highest one that has any.
    fn choose(
        &self,
        now: Timestamp,
        standing: Standing,
        may_run: impl Fn(&JobKind) -> bool,
    ) -> Option<JobId> {
        let first = |band: Priority| {
            self.waiting
                .iter()
                .filter(|(class, _)| class.priority == band && may_run(&class.kind))
                .filter(|(class, _)| standing == Standing::Open || !class.begins_work)
                .filter_map(|(_, entries)| entries.first_key_value())
                .filter(|((due, _), _)| *due <= now)
                .min()
                .map(|(_, job)| *job)
        };
        let turn = TURNS.iter().cycle().nth(self.turn).copied();
        turn.into_iter().chain(BANDS).find_map(first)
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.parked.is_empty()
    }
}

/// The lanes of one tenant.
#[derive(Default)]
struct Circle {
    lanes: BTreeMap<Option<StoreId>, Lane>,
    last: Option<Option<StoreId>>,
}

/// Every lane and every gate.
#[derive(Default)]
pub(super) struct Lanes {
    circles: BTreeMap<Tenant, Circle>,
    last: Option<Tenant>,
    gates: BTreeMap<(Tenant, Option<StoreId>), Gate>,
    /// Kinds that are paused; `None`: every kind.
    pub(super) paused: BTreeSet<(Tenant, Option<JobKind>)>,
}

/// How many jobs that begin work are in hands, by gate.
pub(super) type Live = BTreeMap<(Tenant, Option<StoreId>), usize>;

impl Lanes {
    pub(super) fn insert(&mut self, row: &Row) {
        let circle = self.circles.entry(row.job.tenant.clone()).or_default();
        let lane = circle.lanes.entry(row.job.partition).or_default();
        match row.due {
            Some(due) => {
                lane.waiting.entry(row.class()).or_default().insert((due, row.number), row.job.id);
            }
            None => {
                lane.parked.insert(row.job.id);
            }
        }
    }

    /// Takes `row` out, if it is in, as it was put in.
    pub(super) fn remove(&mut self, row: &Row) {
        let Some(circle) = self.circles.get_mut(&row.job.tenant) else { return };
        let Some(lane) = circle.lanes.get_mut(&row.job.partition) else { return };
        match row.due {
            Some(due) => {
                let class = row.class();
                if let Some(entries) = lane.waiting.get_mut(&class) {
                    entries.remove(&(due, row.number));
                    if entries.is_empty() {
                        lane.waiting.remove(&class);
                    }
                }
            }
            None => {
                lane.parked.remove(&row.job.id);
            }
        }
        if lane.is_empty() {
            circle.lanes.remove(&row.job.partition);
            if circle.lanes.is_empty() {
                self.circles.remove(&row.job.tenant);
            }
        }
    }

    /// How many jobs of its store, kind and band go before `row`, which is due.
    pub(super) fn ahead(&self, row: &Row, due: Timestamp) -> usize {
        let circle = self.circles.get(&row.job.tenant);
        let Some(lane) = circle.and_then(|circle| circle.lanes.get(&row.job.partition)) else { return 0 };
        let own = row.class();
        let is_alike = |class: &Class| *class == Class { background: class.background, ..own.clone() };
        let alike = lane.waiting.iter().filter(|(class, _)| is_alike(class));
        alike.flat_map(|(_, entries)| entries.range(..(due, row.number))).take(MAX_AHEAD).count()
    }

    /// The next job for a worker with handlers for `kinds`; the turn goes on behind it.
    pub(super) fn next(&mut self, now: Timestamp, kinds: &[JobKind], live: &Live) -> Option<JobId> {
        let (tenant, partition, job) =
            from(&self.circles, self.last.as_ref()).find_map(|(tenant, circle)| {
                from(&circle.lanes, circle.last.as_ref()).find_map(|(partition, lane)| {
                    let standing = self.standing(tenant, *partition, now, live);
                    let job = lane.choose(now, standing, |kind| {
                        kinds.contains(kind) && !self.is_kind_paused(tenant, kind)
                    })?;
                    Some((tenant.clone(), *partition, job))
                })
            })?;
        if let Some(circle) = self.circles.get_mut(&tenant) {
            circle.last = Some(partition);
            if let Some(lane) = circle.lanes.get_mut(&partition) {
                lane.turn = (lane.turn + 1) % TURNS.len();
            }
        }
        self.last = Some(tenant);
        Some(job)
    }

    pub(super) fn standing(
        &self,
        tenant: &Tenant,
        partition: Option<StoreId>,
        now: Timestamp,
        live: &Live,
    ) -> Standing {
        let key = (tenant.clone(), partition);
        let live = live.get(&key).copied().unwrap_or_default();
        self.gates.get(&key).copied().unwrap_or_default().standing(now, live)
    }

    /// Whether the claims that were granted have to be counted.
    pub(super) fn has_limits(&self) -> bool {
        self.gates.values().any(|gate| gate.max_live.is_some())
    }

    /// Whether somebody has paused what `row` is part of.
    pub(super) fn is_paused(&self, row: &Row) -> bool {
        let gate = self.gates.get(&(row.job.tenant.clone(), row.job.partition));
        (row.job.begins_work && gate.is_some_and(|gate| gate.paused))
            || self.is_kind_paused(&row.job.tenant, &row.job.kind)
    }

    pub(super) fn is_kind_paused(&self, tenant: &Tenant, kind: &JobKind) -> bool {
        self.paused.contains(&(tenant.clone(), None))
            || self.paused.contains(&(tenant.clone(), Some(kind.clone())))
    }

    pub(super) fn gate(&mut self, tenant: &Tenant, partition: Option<StoreId>) -> &mut Gate {
        self.gates.entry((tenant.clone(), partition)).or_default()
    }

    /// Jobs of a partition that wait for a signal.
    pub(super) fn parked(&self, tenant: &Tenant, partition: Option<StoreId>) -> Vec<JobId> {
        let lane = self.circles.get(tenant).and_then(|circle| circle.lanes.get(&partition));
        lane.map(|lane| lane.parked.iter().copied().collect()).unwrap_or_default()
    }

    /// The closed gates of `tenant`, each with the moment at which it opens by itself.
    pub(super) fn closed(
        &self,
        tenant: &Tenant,
        now: Timestamp,
    ) -> impl Iterator<Item = (Option<StoreId>, Option<Timestamp>)> {
        self.gates
            .range((tenant.clone(), None)..)
            .take_while(move |((owner, _), _)| owner == tenant)
            .filter_map(move |((_, partition), gate)| Some((*partition, gate.closed(now)?)))
    }

    /// When the first waiting job in the foreground of each lane could run, gates considered.
    pub(super) fn first_due(&self, now: Timestamp, kinds: &[JobKind]) -> Option<Timestamp> {
        let lanes = self.circles.iter().flat_map(|(tenant, circle)| {
            circle.lanes.iter().map(move |(partition, lane)| (tenant, *partition, lane))
        });
        let dues = lanes.flat_map(|(tenant, partition, lane)| {
            let standing = self.standing(tenant, partition, now, &Live::new());
            lane.waiting
                .iter()
                .filter(move |(class, _)| {
                    let may_run = kinds.contains(&class.kind) && !self.is_kind_paused(tenant, &class.kind);
                    may_run && !class.background
                })
                .filter_map(move |(class, entries)| {
                    let ((due, _), _) = entries.first_key_value()?;
                    opens(*due, class.begins_work, standing)
                })
        });
        dues.min()
    }

    /// The next moment after `now` at which a job's time comes or a gate opens.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let sets = self.circles.values().flat_map(|circle| circle.lanes.values()).flat_map(|lane| {
            let later = (Bound::Excluded((now, u64::MAX)), Bound::Unbounded);
            lane.waiting.values().filter_map(move |entries| Some(entries.range(later).next()?.0.0))
        });
        let gates = self.gates.values().filter_map(|gate| gate.closed(now)?);
        sets.chain(gates).min()
    }
}

/// When a job that is due at `due` could run behind a gate that stands so; `None`: not without a signal.
pub(super) fn opens(due: Timestamp, begins_work: bool, standing: Standing) -> Option<Timestamp> {
    match standing {
        _ if !begins_work => Some(due),
        // A full gate opens at any moment.
        Standing::Open | Standing::Full => Some(due),
        Standing::ClosedUntil(open_at) => Some(due.max(open_at)),
        Standing::ClosedUntilOpened | Standing::Paused => None,
    }
}

/// All entries, beginning behind `last` and ending with it.
fn from<'a, K: Ord, V>(map: &'a BTreeMap<K, V>, last: Option<&K>) -> impl Iterator<Item = (&'a K, &'a V)> {
    let (behind, before) = match last {
        Some(last) => ((Bound::Excluded(last), Bound::Unbounded), Some(..=last)),
        None => ((Bound::Unbounded, Bound::Unbounded), None),
    };
    map.range(behind).chain(before.into_iter().flat_map(|range| map.range(range)))
}
