//! How long ended jobs are remembered, and what was written about them.

use super::jobs::{Jobs, MAX_FINISHED};
use fusion_core::{
    clock::Timestamp,
    job::{JobLine, JobStatus, MAX_LINES},
    model::JobId,
};
use std::time::Duration;

impl Jobs {
    /// Forgets the oldest of the ended jobs beyond [`MAX_FINISHED`] that nobody needs.
    pub(super) fn forget_oldest(&mut self) {
        if let Some(excess) = self.finished.len().checked_sub(MAX_FINISHED).filter(|excess| *excess > 0) {
            self.forget_where(excess, |_, _| true, |_, _| true);
        }
    }

    /// Forgets up to `limit` jobs that ended at least `age` ago and whose handlers know of it; how many those were.
    pub(super) fn forget(&mut self, age: Duration, limit: usize, now: Timestamp) -> usize {
        let is_old = |jobs: &Self, id: JobId| jobs.rows.get(&id).is_some_and(|row| row.ended_at + age <= now);
        self.forget_where(limit, is_old, |jobs, id| !jobs.untold.contains(&id))
    }

    /// Looks no further than the first that isn't old: they stand in the order of their ends.
    fn forget_where(
        &mut self,
        limit: usize,
        is_old: impl Fn(&Self, JobId) -> bool,
        may_go: impl Fn(&Self, JobId) -> bool,
    ) -> usize {
        let old = self.finished.iter().take_while(|(_, id)| is_old(self, **id));
        let over = old.filter(|(_, id)| may_go(self, **id) && !self.is_needed(**id));
        let over: Vec<(u64, JobId)> = over.map(|(number, id)| (*number, *id)).take(limit).collect();
        for (number, id) in &over {
            self.finished.remove(number);
            self.untold.remove(id);
            if let Some(row) = self.rows.remove(id) {
                self.leave_parents(&row.job);
            }
        }
        over.len()
    }

    /// Whether an ended job has to be remembered: it holds its serial key, a child is to run, or one may again that
    /// wants its result.
    fn is_needed(&self, id: JobId) -> bool {
        let Some(row) = self.rows.get(&id) else { return false };
        let mut children =
            self.children.get(&id).into_iter().flatten().filter_map(|child| self.rows.get(child));
        row.place.is_some()
            || children.any(|child| match child.status {
                JobStatus::Failed => row.status == JobStatus::Completed,
                _ => child.ended.is_none(),
            })
    }

    pub(super) fn log(&mut self, lines: Vec<JobLine>) {
        for line in lines {
            let Some(row) = self.rows.get_mut(&line.job) else { continue };
            row.lines.push_back(line);
            if row.lines.len() > MAX_LINES {
                row.lines.pop_front();
            }
        }
    }
}
