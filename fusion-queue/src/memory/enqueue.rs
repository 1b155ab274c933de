//! How jobs come in.

use super::{
    jobs::{Holder, Jobs},
    row::{Row, at},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{Enqueued, JobStatus, NewJob, ParentFailed, WhileRunning, check_sizes, parents_outside},
    model::JobId,
    tenant::Tenant,
};

impl Jobs {
    /// Whether `jobs` can be put in, by `tenant` alone where one is given.
    pub(super) fn check_new(&self, tenant: Option<&Tenant>, jobs: &[NewJob]) -> Result<()> {
        check_sizes(jobs)?;
        for job in jobs {
            if tenant.is_some_and(|tenant| job.tenant != *tenant) {
                return Err(Error::new(ErrorKind::InvalidInput, "a job belongs to another tenant"));
            }
            // A lease names a job by its id alone, so two tenants can't use one id.
            if self.rows.get(&job.id).is_some_and(|row| row.job.tenant != job.tenant) {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "the job's id can't be used; make a new one",
                ));
            }
        }
        for (child, parent) in parents_outside(jobs)? {
            if !self.rows.contains_key(&child.id) && self.get(&child.tenant, parent).is_none() {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "a job that has to end before is unknown; put it in first",
                ));
            }
        }
        Ok(())
    }

    /// Puts in what was checked.
    pub(super) fn enqueue(&mut self, mut job: NewJob, now: Timestamp) -> Enqueued {
        let id = job.id;
        if self.rows.contains_key(&id) {
            return Enqueued::Known;
        }
        if job.serial.is_none()
            && let Some(before) = job.takes_key_of.and_then(|before| self.get(&job.tenant, before))
        {
            job.serial = before.job.serial.clone();
        }
        let number = self.count();
        let mut row = Row::new(job, number, now);
        if let Some(key) = row.unique_key()
            && let Some(holder) = self.uniques.get(&key)
        {
            let (holding, follow_up) = (holder.job, holder.follow_up);
            let is_waiting = self.rows.get(&holding).is_some_and(|row| row.status == JobStatus::Pending);
            let joins = row.job.unique.is_some_and(|unique| unique.while_running == WhileRunning::Join);
            if let Some(next) = follow_up {
                self.take_over(next, row);
                return Enqueued::FollowUp;
            }
            if is_waiting {
                self.take_over(holding, row);
                return Enqueued::Joined(holding);
            }
            if joins {
                return Enqueued::Joined(holding);
            }
            row.follows = Some(holding);
            self.rows.insert(id, row);
            if let Some(holder) = self.uniques.get_mut(&key) {
                holder.follow_up = Some(id);
            }
            return Enqueued::FollowUp;
        }
        if let Some(key) = row.unique_key() {
            self.uniques.insert(key, Holder { job: id, follow_up: None });
        }
        let parent_failed = row.job.parent_failed;
        self.rows.insert(id, row);
        self.await_parents(id, parent_failed, now);
        Enqueued::New
    }

    /// Gives the waiting job `id` the newer payload.
    fn take_over(&mut self, id: JobId, newer: Row) {
        self.change(id, |row| {
            row.job.payload = newer.job.payload;
            row.job.background &= newer.job.background;
            // What has run waits for a reason; what hasn't needn't wait longer than the newer one would.
            if row.token == 0 {
                row.due = [row.due, newer.due].into_iter().flatten().min();
            }
        });
    }

    /// Gives a job that waits for no parent its place in its serial key, and lets it be claimed if that is the
    /// first.
    pub(super) fn line_up(&mut self, id: JobId) {
        let Some(row) = self.rows.get(&id).filter(|row| row.awaits.is_empty()) else { return };
        if let Some(key) = row.serial_key() {
            let taken = row.job.takes_key_of.and_then(|before| self.get(&row.job.tenant, before));
            let behind =
                taken.filter(|before| before.serial_key().as_ref() == Some(&key)).and_then(|row| row.place);
            let head = self.serials.head(&key);
            let running = head.and_then(|head| self.rows.get(&head)).filter(|head| !head.is_waiting());
            let place = match (row.job.takes_key_of, behind.or(running.and_then(|head| head.place))) {
                (None, _) => self.serials.join_last(key, id),
                (Some(_), Some(place)) => self.serials.join_behind(key, place, id),
                (Some(_), None) => {
                    if let Some(head) = head {
                        self.displace(head);
                    }
                    self.serials.join_first(key, id)
                }
            };
            if let Some(row) = self.rows.get_mut(&id) {
                row.place = Some(place);
            }
        }
        self.place(id);
    }

    /// Makes a dead letter wait again, with all its attempts.
    pub(super) fn requeue(&mut self, tenant: &Tenant, id: JobId, now: Timestamp) -> Result<()> {
        let Some(row) = self.get(tenant, id) else {
            return Err(Error::new(ErrorKind::NotFound, "there is no such job"));
        };
        if row.job.grant.is_some() {
            return Err(Error::new(
                ErrorKind::Refused,
                "the job works under a grant; retry its request instead",
            ));
        }
        if row.status != JobStatus::Failed {
            return Err(Error::new(ErrorKind::Refused, "only a dead letter can be requeued"));
        }
        let is_under_way =
            |parent: &JobId| self.rows.get(parent).is_some_and(|parent| parent.ended.is_none());
        if row.place.is_some() && row.job.parents.iter().any(is_under_way) {
            return Err(Error::new(
                ErrorKind::Refused,
                "the job holds its serial key and a parent of it is under way; requeue it when that has ended",
            ));
        }
        if let Some(key) = row.unique_key() {
            if self.uniques.contains_key(&key) {
                return Err(Error::new(ErrorKind::AlreadyExists, "another job holds its unique key now"));
            }
            self.uniques.insert(key, Holder { job: id, follow_up: None });
        }
        self.untold.remove(&id);
        if let Some(row) = self.rows.get_mut(&id) {
            row.status = JobStatus::Pending;
            (row.attempt, row.crashes, row.progress) = (0, 0, None);
            row.due = at(fusion_core::error::When::In(std::time::Duration::ZERO), now);
            row.job.takes_key_of = None;
            row.snoozed = None;
            row.cancel_wanted = false;
            if let Some(number) = row.ended.take() {
                self.finished.remove(&number);
            }
        }
        if self.rows.get(&id).is_some_and(|row| row.place.is_some()) {
            self.place(id);
            return Ok(());
        }
        // Who requeues it says that it may run: it waits for those alone that may still end.
        self.await_parents(id, ParentFailed::Run, now);
        Ok(())
    }
}
