//! How jobs end.

use crate::{
    approval::Phase,
    error::{Error, ErrorKind, Retry, When},
    job::{Finish, JobEnd, Settled, SnoozeReason},
};
use serde_json::json;

/// The handler's last word: the commit's own settlement, or the end that is still to be settled.
pub(in crate::hub) fn finish(settled: Option<Settled>, end: JobEnd) -> Finish {
    match (settled, end) {
        (Some(settled), _) => Finish::Settled(settled),
        (None, JobEnd::Completed(result)) => Finish::Done(result),
        (None, JobEnd::Snooze { after, close_gate, why }) => Finish::Snooze { after, close_gate, why },
        (None, JobEnd::Retry { failure, after }) => {
            Finish::Failed(Error::from(failure).with_retry(Retry::When(after)))
        }
        (None, JobEnd::Dead(failure)) => Finish::Dead(failure),
        (None, JobEnd::Cancelled) => {
            Finish::Failed(Error::new(ErrorKind::Cancelled, "the job was cancelled"))
        }
    }
}

/// An end that says where the request stands.
pub(in crate::hub) fn ended(phase: Phase) -> JobEnd {
    JobEnd::Completed(json!({ "phase": phase.as_str() }))
}

/// Looks again in `span`, without costing an attempt.
pub(in crate::hub) const fn wait(span: std::time::Duration) -> JobEnd {
    JobEnd::Snooze { after: When::In(span), close_gate: false, why: SnoozeReason::Outcome }
}
