//! Whose turn it is, as one process sees it: round robin over tenants, then their stores, then weighted bands.

use super::row::band;
use crate::turns::{BANDS, TURNS};
use fusion_core::job::JobKind;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// How old a view of the lanes may be for each lane in it: seeing a lane costs the server ten to twenty microseconds,
/// and passing over what is in hands or has just ended some milliseconds more, so looking takes a worker about a
/// twentieth of its time.
const AGE_FOR_EACH: Duration = Duration::from_micros(400);
/// However few they are: beyond ten looks a second a job isn't found noticeably sooner.
const YOUNGEST: Duration = Duration::from_millis(100);
/// However many they are: what other processes put in is noticed as late as that anyway.
const OLDEST: Duration = Duration::from_secs(1);

/// A lane with due jobs of one band.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) id: i64,
    pub(super) band: i16,
    pub(super) kind: JobKind,
    pub(super) is_open: bool,
    /// Nothing that was there at the last look is due earlier. What comes in behind it is found at the next one.
    pub(super) since: i64,
}

/// The lanes of one store.
#[derive(Default)]
struct Gate {
    turn: usize,
    lanes: Vec<Lane>,
}

impl Gate {
    fn has(&self, band: i16, kinds: &BTreeSet<&str>) -> bool {
        self.lanes.iter().any(|lane| lane.is_for(band, kinds))
    }

    /// The band whose turn it is, or the highest one that has any.
    fn choose(&self, kinds: &BTreeSet<&str>) -> Option<i16> {
        let turn = TURNS.get(self.turn).copied();
        turn.into_iter().chain(BANDS).map(band).find(|band| self.has(*band, kinds))
    }
}

impl Lane {
    fn is_for(&self, band: i16, kinds: &BTreeSet<&str>) -> bool {
        self.is_open && self.band == band && kinds.contains(self.kind.as_str())
    }
}

#[derive(Default)]
struct Circle {
    gates: BTreeMap<Uuid, Gate>,
    last: Option<Uuid>,
}

/// The lanes with due jobs as they were at the last look, less what was found empty since.
#[derive(Default)]
pub(in crate::postgres) struct Round {
    circles: BTreeMap<Arc<str>, Circle>,
    last: Option<Arc<str>>,
    looked_at: Option<Duration>,
    /// How many lanes it has seen.
    seen: u32,
}

/// How many jobs one band of one store gives, and of which lanes.
pub(super) struct Share {
    pub(super) tenant: Arc<str>,
    pub(super) store: Uuid,
    band: i16,
    pub(super) want: i32,
    pub(super) lanes: Vec<Lane>,
}

impl Round {
    /// Whether it is time to look again.
    pub(super) fn is_old(&self, now: Duration) -> bool {
        let age = (AGE_FOR_EACH * self.seen).clamp(YOUNGEST, OLDEST);
        self.looked_at.is_none_or(|at| now.saturating_sub(at) >= age)
    }

    /// Forgets what it has seen: a gate was opened, closed or paused.
    pub(super) fn forget(&mut self) {
        for circle in self.circles.values_mut() {
            for gate in circle.gates.values_mut() {
                gate.lanes.clear();
            }
        }
        self.looked_at = None;
    }

    /// A job has come into a lane: it may be claimed before the next look.
    pub(super) fn hear(&mut self, tenant: &str, store: Uuid, lane: Lane) {
        let circle = match self.circles.get_mut(tenant) {
            Some(circle) => circle,
            None => self.circles.entry(tenant.into()).or_default(),
        };
        let lanes = &mut circle.gates.entry(store).or_default().lanes;
        if !lanes.iter().any(|known| known.id == lane.id && known.band == lane.band) {
            lanes.push(lane);
        }
    }

    /// What a look has seen at `now`.
    pub(super) fn see(&mut self, seen: Vec<(String, Uuid, Lane)>, now: Duration) {
        let mut before = std::mem::take(&mut self.circles);
        self.looked_at = Some(now);
        self.seen = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        for (tenant, store, lane) in seen {
            let tenant: Arc<str> = tenant.into();
            let earlier = before.get_mut(&tenant);
            let (last, turn) = match earlier {
                Some(circle) => (circle.last, circle.gates.get(&store).map_or(0, |gate| gate.turn)),
                None => (None, 0),
            };
            let circle = self.circles.entry(tenant).or_insert_with(|| Circle { last, ..Circle::default() });
            let gate = circle.gates.entry(store).or_insert_with(|| Gate { turn, ..Gate::default() });
            gate.lanes.push(lane);
        }
    }

    /// Deals out the next `limit` turns among lanes of `kinds`. How many jobs a lane has nobody knows before.
    pub(super) fn deal(&mut self, limit: usize, kinds: &[JobKind]) -> Vec<Share> {
        let kinds: BTreeSet<&str> = kinds.iter().map(JobKind::as_str).collect();
        let mut shares: Vec<Share> = Vec::new();
        let mut places: BTreeMap<(Arc<str>, Uuid, i16), usize> = BTreeMap::new();
        for _ in 0..limit {
            let Some((tenant, store, band)) = self.next(&kinds) else { break };
            let place = *places.entry((tenant.clone(), store, band)).or_insert(shares.len());
            match shares.get_mut(place) {
                Some(share) => share.want += 1,
                None => {
                    let gate = self.circles.get(&tenant).and_then(|circle| circle.gates.get(&store));
                    let lanes = gate.map(|gate| &gate.lanes[..]).unwrap_or_default().iter();
                    let lanes = lanes.filter(|lane| lane.is_for(band, &kinds)).cloned().collect();
                    shares.push(Share { tenant, store, band, want: 1, lanes });
                }
            }
        }
        shares
    }

    /// Whether `shares` have every lane that is known for `kinds`: what they lack, a look alone can bring.
    pub(super) fn is_all(&self, shares: &[Share], kinds: &[JobKind]) -> bool {
        let asked: usize = shares.iter().map(|share| share.lanes.len()).sum();
        let kinds: BTreeSet<&str> = kinds.iter().map(JobKind::as_str).collect();
        let lanes =
            self.circles.values().flat_map(|circle| circle.gates.values()).flat_map(|gate| &gate.lanes);
        lanes.filter(|lane| lane.is_for(lane.band, &kinds)).take(asked + 1).count() == asked
    }

    fn next(&mut self, kinds: &BTreeSet<&str>) -> Option<(Arc<str>, Uuid, i16)> {
        let (tenant, store, band) =
            from(&self.circles, self.last.as_ref()).find_map(|(tenant, circle)| {
                let mut gates = from(&circle.gates, circle.last.as_ref());
                gates.find_map(|(store, gate)| Some((tenant.clone(), *store, gate.choose(kinds)?)))
            })?;
        if let Some(circle) = self.circles.get_mut(&tenant) {
            circle.last = Some(store);
            if let Some(gate) = circle.gates.get_mut(&store) {
                gate.turn = (gate.turn + 1) % TURNS.len();
            }
        }
        self.last = Some(tenant.clone());
        Some((tenant, store, band))
    }

    /// Notes what a share gave: how many jobs, and up to which time of each of its lanes.
    pub(super) fn took(&mut self, share: &Share, got: usize, since: &BTreeMap<i64, i64>) {
        let gate = self.circles.get_mut(&share.tenant).and_then(|circle| circle.gates.get_mut(&share.store));
        let Some(gate) = gate else { return };
        let is_empty = usize::try_from(share.want).is_ok_and(|want| got < want);
        let is_asked =
            |lane: &Lane| lane.band == share.band && share.lanes.iter().any(|asked| asked.id == lane.id);
        gate.lanes.retain(|lane| !is_empty || !is_asked(lane));
        for lane in gate.lanes.iter_mut().filter(|lane| is_asked(lane)) {
            lane.since = since.get(&lane.id).copied().unwrap_or(lane.since).max(lane.since);
        }
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
