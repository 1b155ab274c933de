//! Work in the queue: what it is, how a queue keeps it, and who performs it.

mod answers;
mod control;
mod handler;
mod line;
mod new_job;
mod parents;
mod queue;
mod retry;
mod size;
mod state;

pub use answers::{
    CancelVerdict, Explanation, HANDLED_FOR, JobFilter, JobRow, MAX_AHEAD, Requeued, Slot, Stats,
};
pub use control::QueueControl;
pub use handler::{Finish, Handlers, JobContext, JobHandler, Payload, Settled};
pub use line::{JobLine, MAX_LINES};
pub use new_job::{DeadHead, JobKind, NewJob, Priority, Unique, WhileRunning};
pub use parents::{Awaited, MAX_PARENTS, Parent, ParentFailed, parents_outside};
pub use queue::{
    Beat, BeatVerdict, ClaimRequest, Claimed, Enqueued, Exchange, JobEnd, JobQueue, Lease, SettleVerdict,
    Settlement, SnoozeReason,
};
pub use retry::RetryPolicy;
pub use size::{
    JOB_BYTES, MAX_CALL_BYTES, MAX_DEPTH, MAX_KEY_BYTES, MAX_PAYLOAD_BYTES, MAX_RESULT_BYTES, check_ends,
    check_sizes,
};
pub use state::{JobState, JobStatus};

#[cfg(test)]
mod tests;
