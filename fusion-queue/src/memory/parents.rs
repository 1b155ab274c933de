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

    /// Tells the children of an ended job; returns those that fail with it.
    pub(super) fn tell_children(&mut self, ended: JobId) -> Vec<JobId> {
        let Some(children) = self.children.get(&ended).cloned() else { return Vec::new() };
        let Some(parent) = self.rows.get(&ended) else { return Vec::new() };
        let (parent, status) = (parent.job.clone(), parent.status);
        let mut failed = Vec::new();
        for id in children {
            let Some(row) = self.rows.get_mut(&id).filter(|row| row.awaits.contains(&ended)) else {
                continue;
            };
            match row.job.parent_failed.judge(&parent, status) {
                Awaited::Waits => {}
                Awaited::Free => {
                    row.awaits.remove(&ended);
                    self.line_up(id);
                }
                Awaited::Fails => {
                    self.fail_for(id, ended);
                    failed.push(id);
                }
            }
        }
        failed
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
