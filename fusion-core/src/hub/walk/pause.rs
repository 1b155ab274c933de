//! Long work stops between two pieces.

use crate::{
    error::{Error, ErrorKind, Result, When},
    hub::Hub,
    job::{Finish, JobContext, SnoozeReason},
};
use std::time::Duration;

/// What is left of an attempt's time when it stops between two pieces: longer than any piece takes.
const SPARE: Duration = Duration::from_secs(120);

impl Hub {
    /// Between two pieces of a job's work: an error when somebody wants it cancelled, a pause when its time is
    /// nearly over.
    pub(in crate::hub) fn pause(&self, job: &JobContext) -> Result<Option<Finish>> {
        if job.cancel().is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the work was stopped between two pieces of it"));
        }
        let is_late = self.0.clock.elapsed() + SPARE > job.deadline();
        Ok(is_late.then_some(Finish::Snooze {
            after: When::In(Duration::ZERO),
            close_gate: false,
            why: SnoozeReason::Piece,
        }))
    }
}
