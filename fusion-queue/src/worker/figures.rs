//! Figures of a worker, for whoever collects them with the `metrics` crate.
//!
//! `fusion_jobs_total` counts attempts by kind and outcome; `fusion_job_seconds` is how long each took;
//! `fusion_jobs_in_hand` is how many are being performed.

use fusion_core::job::JobKind;
use std::time::Duration;

/// An attempt is over.
pub(super) fn took(kind: &JobKind, span: Duration) {
    metrics::histogram!("fusion_job_seconds", "kind" => kind.to_string()).record(span.as_secs_f64());
}

/// An attempt came to something.
pub(super) fn ended(kind: &JobKind, outcome: &'static str) {
    metrics::counter!("fusion_jobs_total", "kind" => kind.to_string(), "outcome" => outcome).increment(1);
}

/// So many are being performed.
pub(super) fn in_hand(count: usize) {
    metrics::gauge!("fusion_jobs_in_hand").set(u32::try_from(count).unwrap_or(u32::MAX));
}
