//! The order of jobs that share a serial key.

use fusion_core::{model::JobId, tenant::Tenant};
use std::collections::BTreeMap;

/// A place in a key's order; the second number tells apart those that took over one place after another.
pub(super) type Place = (i64, u64);

type SerialKey = (Tenant, String);

/// Jobs that haven't ended, by serial key and place.
#[derive(Default)]
pub(super) struct Serials(BTreeMap<SerialKey, BTreeMap<Place, JobId>>);

impl Serials {
    /// The one whose turn it is.
    pub(super) fn head(&self, key: &SerialKey) -> Option<JobId> {
        self.0.get(key)?.values().next().copied()
    }

    /// Those that wait for the one whose turn it is, in their order.
    pub(super) fn behind_head(&self, key: &SerialKey) -> Vec<JobId> {
        self.0.get(key).into_iter().flat_map(BTreeMap::values).skip(1).copied().collect()
    }

    /// Puts `job` behind all others.
    pub(super) fn join_last(&mut self, key: SerialKey, job: JobId) -> Place {
        let order = self.0.entry(key).or_default();
        let place = order.keys().next_back().map_or((0, 0), |(number, _)| (number + 1, 0));
        order.insert(place, job);
        place
    }

    /// Puts `job` before all others.
    pub(super) fn join_first(&mut self, key: SerialKey, job: JobId) -> Place {
        let order = self.0.entry(key).or_default();
        let place = order.keys().next().map_or((0, 0), |(number, _)| (number - 1, 0));
        order.insert(place, job);
        place
    }

    /// Puts `job` right behind the one at `place`, and behind those that did so before.
    pub(super) fn join_behind(&mut self, key: SerialKey, place: Place, job: JobId) -> Place {
        let order = self.0.entry(key).or_default();
        let last =
            order.range((place.0, 0)..=(place.0, u64::MAX)).next_back().map_or(place, |(last, _)| *last);
        let place = (place.0, last.1.max(place.1) + 1);
        order.insert(place, job);
        place
    }

    pub(super) fn leave(&mut self, key: &SerialKey, place: Place) {
        if let Some(order) = self.0.get_mut(key) {
            order.remove(&place);
            if order.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Heads with those that wait behind them; keys of one job are left out.
    pub(super) fn queues(&self) -> impl Iterator<Item = impl Iterator<Item = JobId>> {
        self.0.values().filter(|order| order.len() > 1).map(|order| order.values().copied())
    }
}
