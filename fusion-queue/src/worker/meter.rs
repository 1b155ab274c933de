//! What handlers say while they run.

use fusion_core::{
    clock::Clock,
    job::{JobLine, MAX_LINES},
    model::JobId,
    plugin::Progress,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How far one handler is, and what it wrote that the queue doesn't have yet.
pub(super) struct Meter {
    job: JobId,
    clock: Arc<dyn Clock>,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    progress: Option<(u64, Option<u64>)>,
    /// The newest that the queue would keep.
    lines: VecDeque<JobLine>,
}

impl Meter {
    pub(super) fn new(job: JobId, clock: Arc<dyn Clock>) -> Self {
        Self { job, clock, said: Mutex::default() }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self) -> Option<(u64, Option<u64>)> {
        self.said().progress
    }

    pub(super) fn take_lines(&self) -> VecDeque<JobLine> {
        std::mem::take(&mut self.said().lines)
    }
}

impl Progress for Meter {
    fn report(&self, done: u64, of: Option<u64>) {
        self.said().progress = Some((done, of));
    }

    fn log(&self, line: &str) {
        let line = JobLine::new(self.job, self.clock.now(), line);
        let mut said = self.said();
        said.lines.push_back(line);
        if said.lines.len() > MAX_LINES {
            said.lines.pop_front();
        }
    }
}
