//! What people are told about jobs that wait.

use crate::every::{Every, in_every_queue};
use fusion_core::job::*;

in_every_queue!(those_that_go_before_a_job_are_counted_up_to_a_bound);

async fn those_that_go_before_a_job_are_counted_up_to_a_bound(e: Every) {
    let jobs: Vec<NewJob> = (0..MAX_AHEAD + 2).map(|_| e.w.job()).collect();
    for some in jobs.chunks(1_000) {
        e.w.db.enqueue(some.to_vec()).await.unwrap();
    }
    for nth in [0, 1, MAX_AHEAD - 1, MAX_AHEAD, MAX_AHEAD + 1] {
        let wanted = match nth.min(MAX_AHEAD) {
            0 => Explanation::Due,
            ahead => Explanation::Turn(ahead),
        };
        assert_eq!(e.w.explain(jobs[nth].id).await, wanted, "{nth}");
    }
}
