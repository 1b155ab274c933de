//! Every job that hasn't ended, where it waits, and the last ones that have.

use super::{
    lanes::Lanes,
    row::Row,
    serials::{Place, Serials},
};
use fusion_core::{
    canonical::Hash,
    clock::Timestamp,
    job::{DeadHead, JobKind, JobStatus, Lease},
    model::JobId,
    tenant::Tenant,
};
use std::collections::{BTreeMap, BTreeSet};

/// Crashes after which a job is given up: two may be bad luck with a machine, a fourth is the job's doing.
pub const MAX_CRASHES: u32 = 3;

/// Ended jobs that are remembered: enough to recognise what is put in or settled twice, and to look at.
pub const MAX_FINISHED: usize = 10_000;

/// Who holds a unique key.
pub(super) struct Holder {
    pub(super) job: JobId,
    pub(super) follow_up: Option<JobId>,
}

#[derive(Default)]
pub(super) struct Jobs {
    pub(super) rows: BTreeMap<JobId, Row>,
    pub(super) lanes: Lanes,
    pub(super) serials: Serials,
    pub(super) uniques: BTreeMap<(Tenant, Hash), Holder>,
    /// Jobs that name a parent, by it; ended ones included while they are remembered.
    pub(super) children: BTreeMap<JobId, BTreeSet<JobId>>,
    /// Claimed jobs by the end of their lease.
    pub(super) leases: BTreeSet<(Timestamp, JobId)>,
    /// Ended jobs, oldest first.
    pub(super) finished: BTreeMap<u64, JobId>,
    /// Jobs that were cancelled or given up, and whose handlers don't know yet.
    pub(super) untold: BTreeSet<JobId>,
    /// The last slot of each schedule that was taken.
    pub(super) slots: BTreeMap<(Tenant, String), Timestamp>,
    /// When a worker last said of a kind that it performs it.
    pub(super) handled: BTreeMap<JobKind, Timestamp>,
    pub(super) tokens: u64,
    counted: u64,
    news: bool,
}

impl Jobs {
    /// Whether somebody who waits for work should look again.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    pub(super) fn tell(&mut self) {
        self.news = true;
    }

    pub(super) fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    pub(super) fn get(&self, tenant: &Tenant, id: JobId) -> Option<&Row> {
        self.rows.get(&id).filter(|row| row.job.tenant == *tenant)
    }

    /// Whether `lease` on a job of `tenant` still holds.
    pub(super) fn holds(&self, tenant: &Tenant, lease: &Lease, now: Timestamp) -> bool {
        self.get(tenant, lease.job).is_some_and(|row| row.is_held(lease.token, now))
    }

    /// Lets a pending job be claimed when its time comes, unless another goes first.
    pub(super) fn place(&mut self, id: JobId) {
        let Some(row) = self.rows.get(&id) else { return };
        let is_turn = row.serial_key().is_none_or(|key| self.serials.head(&key) == Some(id));
        let is_free = row.follows.is_none() && row.awaits.is_empty();
        if row.status == JobStatus::Pending && is_free && is_turn {
            self.lanes.insert(row);
            self.news = true;
        }
    }

    /// Keeps a job from being claimed, until it is placed again.
    pub(super) fn displace(&mut self, id: JobId) {
        if let Some(row) = self.rows.get(&id) {
            self.lanes.remove(row);
        }
    }

    /// Changes a waiting job, and puts it where it belongs then.
    pub(super) fn change(&mut self, id: JobId, change: impl FnOnce(&mut Row)) {
        self.displace(id);
        if let Some(row) = self.rows.get_mut(&id) {
            change(row);
        }
        self.place(id);
    }

    /// Ends a job, and with it the rest of its serial key where that is cancelled, and the children that fail.
    pub(super) fn finish(&mut self, id: JobId, status: JobStatus, now: Timestamp) {
        let rest = self.rest(id, status);
        let follow_up = self.end(id, status, now);
        follow_up.into_iter().for_each(|id| self.line_up(id));
        self.cancel_rest(id, &rest, now);
        let mut ended = rest;
        ended.push(id);
        while !ended.is_empty() {
            ended = self.tell_children(&ended);
            for child in &ended {
                self.end(*child, JobStatus::Failed, now);
            }
        }
        self.news = true;
    }

    /// What is cancelled with `id`.
    fn rest(&self, id: JobId, status: JobStatus) -> Vec<JobId> {
        let cancels = |row: &&Row| {
            status == JobStatus::Failed && row.job.dead_head == DeadHead::CancelRest && row.place.is_some()
        };
        let key = self.rows.get(&id).filter(cancels).and_then(Row::serial_key);
        key.map(|key| self.serials.behind_head(&key)).unwrap_or_default()
    }

    fn cancel_rest(&mut self, head: JobId, rest: &[JobId], now: Timestamp) {
        let mut follow_ups = Vec::new();
        for id in rest {
            if let Some(row) = self.rows.get_mut(id) {
                row.failure = Some(DeadHead::failure(head));
            }
            self.untold.insert(*id);
            follow_ups.extend(self.end(*id, JobStatus::Cancelled, now));
        }
        follow_ups.sort_by_key(|id| self.rows.get(id).map(|row| row.number));
        follow_ups.into_iter().for_each(|id| self.line_up(id));
    }

    /// Ends one job: its keys are free, and who waited for the serial one goes on. Returns who holds the unique one now,
    /// and has to line up.
    fn end(&mut self, id: JobId, status: JobStatus, now: Timestamp) -> Option<JobId> {
        self.displace(id);
        let number = self.count();
        let row = self.rows.get_mut(&id)?;
        self.leases.remove(&(row.lease_ends, id));
        row.status = status;
        row.ended = Some(number);
        row.ended_at = now;
        // A held key keeps its head.
        let place = match (status, row.job.dead_head) {
            (JobStatus::Failed, DeadHead::Hold) => None,
            _ => row.place.take(),
        };
        let serial = row.serial_key().zip(place);
        let unique = row.unique_key();
        row.follows = None;
        row.awaits.clear();
        self.finished.insert(number, id);
        if let Some((key, place)) = serial {
            self.leave(&key, place);
        }
        unique.and_then(|key| self.free(key, id))
    }

    /// Lets the next one in behind a dead letter that holds `key`.
    pub(super) fn go_on(&mut self, key: &(Tenant, String)) {
        let head = self.serials.head(key).and_then(|head| self.rows.get_mut(&head));
        if let Some(head) = head.filter(|head| head.ended.is_some())
            && let Some(place) = head.place.take()
        {
            self.leave(key, place);
        }
    }

    fn leave(&mut self, key: &(Tenant, String), place: Place) {
        self.serials.leave(key, place);
        if let Some(next) = self.serials.head(key) {
            self.change(next, |_| ());
        }
    }

    /// Takes `id` off its unique key; returns its follow-up, which becomes a job like any other.
    fn free(&mut self, key: (Tenant, Hash), id: JobId) -> Option<JobId> {
        let holder = self.uniques.get_mut(&key)?;
        if holder.follow_up == Some(id) {
            holder.follow_up = None;
        } else if holder.job == id {
            let Some(next) = holder.follow_up.take() else {
                self.uniques.remove(&key);
                return None;
            };
            holder.job = next;
            if let Some(row) = self.rows.get_mut(&next) {
                row.follows = None;
            }
            return Some(next);
        }
        None
    }
}
