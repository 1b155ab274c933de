//! How jobs go to workers and come back.

use super::{
    jobs::{Jobs, MAX_CRASHES},
    lanes::Live,
    row::at,
};
use crate::quarantine::quarantined;
use fusion_core::{
    clock::Timestamp,
    job::{
        Beat, BeatVerdict, ClaimRequest, Claimed, JobEnd, JobKind, JobRow, JobStatus, Lease, SettleVerdict,
        Settlement,
    },
};
use std::time::Duration;

impl Jobs {
    pub(super) fn claim(&mut self, claim: &ClaimRequest, now: Timestamp) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        let mut live = self.live();
        while claimed.len() < claim.limit
            && let Some(id) = self.lanes.next(now, &claim.kinds, &live)
        {
            self.displace(id);
            let Some(row) = self.rows.get_mut(&id) else { continue };
            self.tokens += 1;
            row.token = self.tokens;
            row.lease_ends = now + claim.lease_for;
            row.status = JobStatus::Claimed;
            row.attempt += 1;
            row.progress = None;
            self.leases.insert((row.lease_ends, id));
            let Some(row) = self.rows.get(&id) else { continue };
            if row.job.begins_work {
                *live.entry((row.job.tenant.clone(), row.job.partition)).or_default() += 1;
            }
            claimed.push(Claimed {
                lease: Lease { job: id, token: row.token },
                lease_for: claim.lease_for,
                attempt: row.attempt,
                crashes: row.crashes,
                suspect: row.suspect,
                parents: self.parents(&row.job),
                job: row.job.clone(),
            });
        }
        claimed
    }

    /// What is in hands, where a gate has a limit.
    pub(super) fn live(&self) -> Live {
        let mut live = Live::new();
        if self.lanes.has_limits() {
            let in_hands = self.leases.iter().filter_map(|(_, id)| self.rows.get(id));
            for row in in_hands.filter(|row| row.job.begins_work) {
                *live.entry((row.job.tenant.clone(), row.job.partition)).or_default() += 1;
            }
        }
        live
    }

    pub(super) fn settle(&mut self, settlement: Settlement, now: Timestamp) -> SettleVerdict {
        let Settlement { lease: Lease { job: id, token }, end } = settlement;
        let Some(row) = self.rows.get_mut(&id) else { return SettleVerdict::Fenced };
        if !row.is_held(token, now) {
            return match row.settled == token && token != 0 {
                true => SettleVerdict::AlreadySettled,
                false => SettleVerdict::Fenced,
            };
        }
        row.settled = token;
        self.leases.remove(&(row.lease_ends, id));
        // One that was given back before it had started has proved nothing.
        row.suspect &= row.status != JobStatus::Running;
        if let JobEnd::Snooze { after, close_gate: true, .. } = end {
            self.lanes.gate(&row.job.tenant, row.job.partition).close(at(after, now));
        }
        match end {
            JobEnd::Completed(result) => {
                row.result = Some(result);
                self.finish(id, JobStatus::Completed, now);
            }
            JobEnd::Dead(failure) => {
                row.failure = Some(failure);
                self.finish(id, JobStatus::Failed, now);
            }
            JobEnd::Cancelled => self.finish(id, JobStatus::Cancelled, now),
            JobEnd::Retry { failure, after } => {
                row.failure = Some(failure);
                (row.due, row.snoozed) = (at(after, now), None);
                self.put_back(id, now);
            }
            JobEnd::Snooze { after, why, .. } => {
                row.attempt -= 1;
                row.snoozed = Some(why);
                row.due = at(after, now);
                self.put_back(id, now);
            }
        }
        SettleVerdict::Accepted
    }

    /// Lets a job that was in hands wait again, where nobody wants it cancelled.
    fn put_back(&mut self, id: fusion_core::model::JobId, now: Timestamp) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        if row.cancel_wanted {
            self.untold.insert(id);
            return self.finish(id, JobStatus::Cancelled, now);
        }
        row.status = JobStatus::Pending;
        self.place(id);
    }

    pub(super) fn beat(&mut self, beat: &Beat, lease_for: Duration, now: Timestamp) -> BeatVerdict {
        let id = beat.lease.job;
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.is_held(beat.lease.token, now)) else {
            return BeatVerdict::Lost;
        };
        self.leases.remove(&(row.lease_ends, id));
        row.lease_ends = now + lease_for;
        self.leases.insert((row.lease_ends, id));
        if beat.started {
            row.status = JobStatus::Running;
        }
        row.progress = beat.progress.or(row.progress);
        if row.cancel_wanted {
            return BeatVerdict::CancelWanted;
        }
        let row = &*row;
        let is_paused = row.status == JobStatus::Claimed && self.lanes.is_paused(row);
        if is_paused { BeatVerdict::Paused } else { BeatVerdict::Held }
    }

    /// Settles an attempt for its worker, who says whether the handler knows of the end.
    pub(super) fn settle_for_worker(&mut self, settlement: Settlement, now: Timestamp) -> SettleVerdict {
        let id = settlement.lease.job;
        let is_heard_of = matches!(settlement.end, JobEnd::Dead(_) | JobEnd::Cancelled);
        let verdict = self.settle(settlement, now);
        if is_heard_of && verdict == SettleVerdict::Accepted {
            self.untold.insert(id);
        }
        verdict
    }

    /// Frees what lost workers held; returns what of `kinds` has ended without its handler's knowledge.
    pub(super) fn rescue(&mut self, kinds: &[JobKind], now: Timestamp) -> Vec<JobRow> {
        self.handled.extend(kinds.iter().map(|kind| (kind.clone(), now)));
        while let Some((ends, id)) = self.leases.first().copied()
            && ends <= now
        {
            self.leases.pop_first();
            let Some(row) = self.rows.get_mut(&id) else { continue };
            row.attempt -= 1;
            row.crashes += u32::from(row.status == JobStatus::Running);
            row.suspect = true;
            row.due = Some(now);
            if row.crashes > MAX_CRASHES && !row.cancel_wanted {
                row.failure = Some(quarantined());
                self.untold.insert(id);
                self.finish(id, JobStatus::Failed, now);
            } else {
                self.put_back(id, now);
            }
        }
        let untold = self.untold.iter().filter_map(|id| self.rows.get(id));
        untold.filter(|row| kinds.contains(&row.job.kind)).map(super::row::Row::listed).collect()
    }
}
