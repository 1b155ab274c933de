//! Jobs that wait for the ends of others.

use super::jobs::Jobs;
use fusion_core::{
    clock::Timestamp,
    job::{Awaited, JobStatus, NewJob, Parent, ParentFailed},
    model::JobId,
};
use std::collections::BTreeSet;

impl Jobs {
    /// Lets a pending job line up, unless it waits for parents; one whose parent has failed may fail at once.
    pub(super) fn await_parents(&mut self, id: JobId, parent_failed: ParentFailed, now: Timestamp) {
        let Some(job) = self.rows.get(&id).map(|row| row.job.clone()) else { return };
        let (mut awaits, mut failing) = (BTreeSet::new(), None);
        for parent in job.parents {
            self.children.entry(parent).or_default().insert(id);
            let Some(known) = self.rows.get(&parent) else { continue };
            match parent_failed.judge(&known.job, known.status) {
                Awaited::Waits => drop(awaits.insert(parent)),
                Awaited::Free => {}
                Awaited::Fails => failing = failing.or(Some(parent)),
            }
        }
        if let Some(parent) = failing {
            self.fail_for(id, parent);
            return self.finish(id, JobStatus::Failed, now);
        }
        if let Some(row) = self.rows.get_mut(&id) {
            row.awaits = awaits;
        }
        self.line_up(id);
    }

    /// Tells the children of jobs that have ended; returns those that fail with them. Of several parents for which one
    /// fails it is the first that it names.
    pub(super) fn tell_children(&mut self, ended: &[JobId]) -> Vec<JobId> {
        let children: BTreeSet<JobId> =
            ended.iter().filter_map(|parent| self.children.get(parent)).flatten().copied().collect();
        let mut failed = Vec::new();
        for id in children {
            let judged = self.judge(id);
            if let Some((parent, _)) = judged.iter().find(|(_, awaited)| *awaited == Awaited::Fails) {
                self.fail_for(id, *parent);
                failed.push(id);
                continue;
            }
            let Some(row) = self.rows.get_mut(&id).filter(|row| !row.awaits.is_empty()) else { continue };
            for (parent, _) in judged.iter().filter(|(_, awaited)| *awaited == Awaited::Free) {
                row.awaits.remove(parent);
            }
            self.line_up(id);
        }
        failed
    }

    /// What the parents mean to a child that it still waits for, in the order in which it names them.
    fn judge(&self, child: JobId) -> Vec<(JobId, Awaited)> {
        let Some(row) = self.rows.get(&child) else { return Vec::new() };
        let awaited = row.job.parents.iter().filter(|parent| row.awaits.contains(parent));
        let known = awaited.filter_map(|parent| self.rows.get(parent));
        known.map(|parent| (parent.job.id, row.job.parent_failed.judge(&parent.job, parent.status))).collect()
    }

    fn fail_for(&mut self, id: JobId, parent: JobId) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.failure = Some(ParentFailed::failure(parent));
            row.awaits.clear();
            self.untold.insert(id);
        }
    }

    /// How the parents of `job` stand.
    pub(super) fn parents(&self, job: &NewJob) -> Vec<Parent> {
        let parent = |id: &JobId| {
            let row = self.rows.get(id)?;
            Some(Parent { id: *id, status: row.status, result: row.result.clone() })
        };
        job.parents.iter().filter_map(parent).collect()
    }

    /// Takes a forgotten job off its parents.
    pub(super) fn leave_parents(&mut self, child: &NewJob) {
        for parent in &child.parents {
            if let Some(children) = self.children.get_mut(parent) {
                children.remove(&child.id);
                if children.is_empty() {
                    self.children.remove(parent);
                }
            }
        }
    }
}
