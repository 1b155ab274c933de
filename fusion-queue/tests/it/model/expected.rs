use fusion_core::{
    ErrorKind,
    clock::Timestamp,
    error::When,
    job::*,
    model::{JobId, StoreId},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Known {
    pub(super) job: NewJob,
    pub(super) status: JobStatus,
    pub(super) due: Option<Timestamp>,
    pub(super) follows: bool,
    /// Whether it is dead and holds its serial key.
    pub(super) holds: bool,
    /// Parents that it waits for.
    pub(super) awaits: BTreeSet<JobId>,
    pub(super) claims: u32,
    pub(super) lease: Option<(Lease, Timestamp)>,
    pub(super) cancel_wanted: bool,
}

impl Known {
    pub(super) fn is_live(&self) -> bool {
        matches!(self.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running)
    }
    pub(super) fn is_pending(&self) -> bool {
        self.status == JobStatus::Pending
    }
    /// Whether it has its place in its serial key.
    fn is_in_order(&self) -> bool {
        self.holds || (self.is_live() && !self.follows && self.awaits.is_empty())
    }
    pub(super) fn key(&self) -> Option<fusion_core::canonical::Hash> {
        self.job.unique.map(|unique| unique.key)
    }
}

/// What the queue should be. Jobs stand in the order of their serial keys.
#[derive(Default)]
pub(super) struct Model {
    pub(super) jobs: Vec<Known>,
    pub(super) paused: BTreeSet<StoreId>,
    pub(super) closed: BTreeSet<StoreId>,
    pub(super) is_kind_paused: bool,
    /// How many jobs that begin work may be in hands at once.
    pub(super) limits: BTreeMap<StoreId, usize>,
}

impl Model {
    pub(super) fn is_head(&self, one: &Known) -> bool {
        let mut same =
            self.jobs.iter().filter(|other| other.is_in_order() && other.job.serial == one.job.serial);
        one.job.serial.is_none() || same.next().is_some_and(|first| first.job.id == one.job.id)
    }

    pub(super) fn claimable(&self, now: Timestamp) -> BTreeSet<JobId> {
        let may = |one: &&Known| {
            let store = one.job.partition.unwrap();
            let is_open = !self.paused.contains(&store) && !self.closed.contains(&store);
            !self.is_kind_paused
                && one.is_pending()
                && one.is_in_order()
                && one.due.is_some_and(|due| due <= now)
                && self.is_head(one)
                && (is_open || !one.job.begins_work)
        };
        self.jobs.iter().filter(may).map(|one| one.job.id).collect()
    }

    /// How many of `may` can be claimed together.
    pub(super) fn room(&self, may: &BTreeSet<JobId>) -> usize {
        let of_store = |store: StoreId, in_hands: bool| {
            let begin =
                self.jobs.iter().filter(|one| one.job.begins_work && one.job.partition == Some(store));
            begin.filter(|one| if in_hands { one.lease.is_some() } else { may.contains(&one.job.id) }).count()
        };
        let held_back = self.limits.iter().map(|(store, limit)| {
            let room = limit.saturating_sub(of_store(*store, true));
            of_store(*store, false).saturating_sub(room)
        });
        may.len() - held_back.sum::<usize>()
    }

    pub(super) fn find(&mut self, id: JobId) -> &mut Known {
        self.jobs.iter_mut().find(|one| one.job.id == id).unwrap()
    }

    pub(super) fn put(&mut self, job: NewJob, now: Timestamp) -> Enqueued {
        let When::In(span) = job.due else { unreachable!() };
        let new = Known {
            status: JobStatus::Pending,
            due: Some(now + span),
            follows: false,
            holds: false,
            awaits: BTreeSet::new(),
            claims: 0,
            lease: None,
            cancel_wanted: false,
            job,
        };
        let mut same =
            self.jobs.iter_mut().filter(|one| one.is_live() && one.key().is_some() && one.key() == new.key());
        let (first, second) = (same.next(), same.next());
        let (holder, follow_up) = match first {
            Some(one) if one.follows => (second, Some(one)),
            other => (other, second),
        };
        let Some(holder) = holder else {
            let (id, policy) = (new.job.id, new.job.parent_failed);
            self.jobs.push(new);
            self.await_parents(id, policy);
            return Enqueued::New;
        };
        let answer = match &follow_up {
            Some(_) => Enqueued::FollowUp,
            None => Enqueued::Joined(holder.job.id),
        };
        if follow_up.is_some() || holder.is_pending() {
            let taker = follow_up.unwrap_or(holder);
            taker.job.payload = new.job.payload;
            if taker.claims == 0 {
                taker.due = taker.due.min(new.due);
            }
            return answer;
        }
        if new.job.unique.unwrap().while_running == WhileRunning::Join {
            return answer;
        }
        self.jobs.push(Known { follows: true, ..new });
        Enqueued::FollowUp
    }

    /// Judges the parents of a job that was put in, or in again.
    fn await_parents(&mut self, id: JobId, policy: ParentFailed) {
        let parents = self.find(id).job.parents.clone();
        let mut verdicts = Vec::new();
        for parent in parents {
            let known = self.find(parent);
            verdicts.push((parent, policy.judge(&known.job, known.status)));
        }
        if verdicts.iter().any(|(_, verdict)| *verdict == Awaited::Fails) {
            return self.end(id, JobStatus::Failed);
        }
        let waits = verdicts.into_iter().filter(|(_, verdict)| *verdict == Awaited::Waits);
        self.find(id).awaits = waits.map(|(parent, _)| parent).collect();
    }

    /// Makes a dead letter wait again; what the queue should answer otherwise.
    pub(super) fn requeue(&mut self, id: JobId, now: Timestamp) -> Result<(), ErrorKind> {
        let at = self.jobs.iter().position(|one| one.job.id == id).unwrap();
        let one = &self.jobs[at];
        if one.status != JobStatus::Failed {
            return Err(ErrorKind::Refused);
        }
        if self.jobs.iter().any(|other| other.is_live() && one.key().is_some() && other.key() == one.key()) {
            return Err(ErrorKind::AlreadyExists);
        }
        let is_under_way =
            |parent: &JobId| self.jobs.iter().any(|one| one.job.id == *parent && one.is_live());
        if one.holds && one.job.parents.iter().any(is_under_way) {
            return Err(ErrorKind::Refused);
        }
        let one = &mut self.jobs[at];
        (one.status, one.due, one.cancel_wanted) = (JobStatus::Pending, Some(now), false);
        if std::mem::take(&mut one.holds) {
            return Ok(());
        }
        let one = self.jobs.remove(at);
        self.jobs.push(one);
        self.await_parents(id, ParentFailed::Run);
        Ok(())
    }

    pub(super) fn go_on(&mut self, key: &str) {
        let first =
            self.jobs.iter_mut().find(|one| one.is_in_order() && one.job.serial.as_deref() == Some(key));
        if let Some(first) = first {
            first.holds = false;
        }
    }

    /// Ends a job, and with it the rest of its serial key where that is cancelled, and the children that fail.
    pub(super) fn end(&mut self, id: JobId, status: JobStatus) {
        let rest = self.rest(id, status);
        let follow_up = self.end_one(id, status);
        follow_up.into_iter().for_each(|id| self.line_up(id));
        let freed = rest.iter().filter_map(|id| self.end_one(*id, JobStatus::Cancelled));
        let follow_ups: BTreeSet<JobId> = freed.collect();
        follow_ups.into_iter().for_each(|id| self.line_up(id));
        let mut ended = vec![id];
        ended.extend(rest);
        while !ended.is_empty() {
            ended = self.tell_children(&ended);
            for child in &ended {
                self.end_one(*child, JobStatus::Failed);
            }
        }
    }

    /// What waits behind a dead head that cancels it.
    fn rest(&self, id: JobId, status: JobStatus) -> Vec<JobId> {
        let cancels = |one: &&Known| {
            let is_head = one.job.id == id && one.lease.is_some() && one.job.serial.is_some();
            is_head && status == JobStatus::Failed && one.job.dead_head == DeadHead::CancelRest
        };
        let Some(head) = self.jobs.iter().find(cancels) else { return Vec::new() };
        let behind =
            |one: &&Known| one.job.id != id && one.is_in_order() && one.job.serial == head.job.serial;
        self.jobs.iter().filter(behind).map(|one| one.job.id).collect()
    }

    /// Tells the children of jobs that have ended; which fail with them.
    fn tell_children(&mut self, ended: &[JobId]) -> Vec<JobId> {
        let waits = |one: &&Known| ended.iter().any(|id| one.awaits.contains(id));
        let children: BTreeSet<JobId> = self.jobs.iter().filter(waits).map(|one| one.job.id).collect();
        let mut failed = Vec::new();
        for child in children {
            let (awaits, policy) = (self.find(child).awaits.clone(), self.find(child).job.parent_failed);
            let judge = |parent: &JobId| {
                let parent = self.find(*parent);
                policy.judge(&parent.job, parent.status)
            };
            let verdicts: Vec<Awaited> = awaits.iter().map(judge).collect();
            if verdicts.contains(&Awaited::Fails) {
                self.find(child).awaits.clear();
                failed.push(child);
                continue;
            }
            let still = awaits.into_iter().zip(verdicts).filter(|(_, verdict)| *verdict == Awaited::Waits);
            self.find(child).awaits = still.map(|(parent, _)| parent).collect();
            if self.find(child).awaits.is_empty() {
                self.line_up(child);
            }
        }
        failed
    }

    fn line_up(&mut self, id: JobId) {
        let at = self.jobs.iter().position(|one| one.job.id == id).unwrap();
        let one = self.jobs.remove(at);
        self.jobs.push(one);
    }

    /// Returns the follow-up of an ended job, which lines up as if it were put in now.
    fn end_one(&mut self, id: JobId, status: JobStatus) -> Option<JobId> {
        let one = self.find(id);
        let is_dead = status == JobStatus::Failed && one.lease.is_some();
        one.holds = is_dead && one.job.serial.is_some() && one.job.dead_head == DeadHead::Hold;
        one.awaits.clear();
        let (key, followed) = (one.key(), one.follows);
        one.status = status;
        one.lease = None;
        let is_next = |other: &&mut Known| other.follows && other.is_live() && other.key() == key;
        let next = self.jobs.iter_mut().find(is_next).filter(|_| !followed)?;
        next.follows = false;
        Some(next.job.id)
    }

    pub(super) fn back(&mut self, id: JobId, due: Option<Timestamp>) {
        let one = self.find(id);
        if one.cancel_wanted {
            return self.end(id, JobStatus::Cancelled);
        }
        (one.status, one.due, one.lease) = (JobStatus::Pending, due, None);
    }
}
