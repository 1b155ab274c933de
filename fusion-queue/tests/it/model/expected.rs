use fusion_core::{
    clock::Timestamp,
    error::When,
    job::*,
    model::{JobId, StoreId},
};
use std::collections::BTreeSet;

pub(super) struct Known {
    pub(super) job: NewJob,
    pub(super) status: JobStatus,
    pub(super) due: Option<Timestamp>,
    pub(super) follows: bool,
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
}

impl Model {
    pub(super) fn is_head(&self, one: &Known) -> bool {
        let mut same = self
            .jobs
            .iter()
            .filter(|other| other.is_live() && !other.follows && other.job.serial == one.job.serial);
        one.job.serial.is_none() || same.next().is_some_and(|first| first.job.id == one.job.id)
    }

    pub(super) fn claimable(&self, now: Timestamp) -> BTreeSet<JobId> {
        let may = |one: &&Known| {
            let store = one.job.partition.unwrap();
            let is_open = !self.paused.contains(&store) && !self.closed.contains(&store);
            one.is_pending()
                && !one.follows
                && one.due.is_some_and(|due| due <= now)
                && self.is_head(one)
                && (is_open || !one.job.begins_work)
        };
        self.jobs.iter().filter(may).map(|one| one.job.id).collect()
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
            self.jobs.push(new);
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

    /// The follow-up of an ended job comes in as if it were put in now.
    pub(super) fn end(&mut self, id: JobId, status: JobStatus) {
        let one = self.find(id);
        let (key, followed) = (one.key(), one.follows);
        one.status = status;
        one.lease = None;
        let next = self.jobs.iter().position(|other| other.follows && other.is_live() && other.key() == key);
        if let (false, Some(next)) = (followed, next) {
            let mut next = self.jobs.remove(next);
            next.follows = false;
            self.jobs.push(next);
        }
    }

    pub(super) fn back(&mut self, id: JobId, due: Option<Timestamp>) {
        let one = self.find(id);
        if one.cancel_wanted {
            return self.end(id, JobStatus::Cancelled);
        }
        (one.status, one.due, one.lease) = (JobStatus::Pending, due, None);
    }
}
