use super::*;
use crate::{
    clock::{Cancel, Clock, Timestamp, full_jitter},
    error::{Error, ErrorKind, Fate, Retry, When},
    plugin::NoProgress,
    tenant::Tenant,
    testkit::TestClock,
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

fn context(attempt: u32, cancel: Cancel) -> (JobContext, TestClock) {
    let clock = TestClock::at(Timestamp::EPOCH);
    let job = NewJob::new(&clock, &Tenant::new("acme").unwrap(), JobKind::EXECUTE, Value::Null);
    let lease = Lease { job: job.id, token: 1 };
    let lease_for = Duration::from_secs(60);
    let claimed = Claimed { lease, lease_for, attempt, crashes: 0, suspect: false, parents: Vec::new(), job };
    (JobContext::new(claimed, Duration::from_secs(60), cancel, Arc::new(NoProgress)), clock)
}

#[test]
fn an_error_says_whether_the_job_is_tried_again_waits_or_dies() {
    let check = |retry: Retry, kind: ErrorKind, attempt: u32, wanted: &str| {
        let (job, clock) = context(attempt, Cancel::default());
        let end = job.end_of(&Error::new(kind, "it failed").with_retry(retry), &clock);
        let got = match end {
            JobEnd::Completed(_) => "completed",
            JobEnd::Retry { .. } => "retry",
            JobEnd::Snooze { why: SnoozeReason::Budget, close_gate: true, .. } => "budget",
            JobEnd::Snooze { why: SnoozeReason::Authorisation, close_gate: true, .. } => "shut out",
            JobEnd::Snooze { why: SnoozeReason::Person, close_gate: false, .. } => "parked",
            JobEnd::Snooze { .. } => "snoozed",
            JobEnd::Dead(_) => "dead",
            JobEnd::Cancelled => "cancelled",
        };
        assert_eq!(got, wanted, "{retry:?} {kind:?} {attempt}");
    };
    let soon = Retry::When(When::In(Duration::from_secs(3)));
    check(Retry::Backoff, ErrorKind::Unavailable, 1, "retry");
    check(Retry::Backoff, ErrorKind::Unavailable, RetryPolicy::DEFAULT.attempts, "dead");
    check(soon, ErrorKind::RateLimited, 99, "budget");
    check(soon, ErrorKind::Unavailable, 1, "retry");
    check(Retry::AfterReauth, ErrorKind::Unauthenticated, 1, "shut out");
    check(Retry::AfterUserAction, ErrorKind::MissingScope, 1, "parked");
    check(Retry::Never, ErrorKind::InvalidInput, 1, "dead");
}

#[test]
fn jitter_reaches_from_nothing_to_the_bound_itself_however_long_that_is() {
    struct Drawn(u8);
    #[async_trait::async_trait]
    impl Clock for Drawn {
        fn now(&self) -> Timestamp {
            Timestamp::EPOCH
        }
        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
        async fn sleep(&self, _: Duration) {}
        fn entropy(&self) -> [u8; 16] {
            [self.0; 16]
        }
    }
    let longest = Duration::from_nanos(u64::MAX);
    for bound in [Duration::ZERO, Duration::from_nanos(1), Duration::from_nanos((1 << 60) + 1), longest] {
        assert_eq!(full_jitter(bound, &Drawn(0)), Duration::ZERO);
        assert_eq!(full_jitter(bound, &Drawn(255)), bound);
        let policy = RetryPolicy { base: bound, cap: bound, attempts: 2 };
        assert_eq!(policy.delay(1, &Drawn(255)), bound, "a job's pause is drawn in the same way");
    }
    assert_eq!(full_jitter(Duration::MAX, &Drawn(255)), longest);
}

#[test]
fn a_pause_stays_under_its_doubling_bound_and_the_cap() {
    let clock = TestClock::at(Timestamp::EPOCH);
    let policy = RetryPolicy { base: Duration::from_secs(1), cap: Duration::from_secs(10), attempts: 99 };
    for (attempt, bound) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (60, 10)] {
        for _ in 0..50 {
            assert!(policy.delay(attempt, &clock) <= Duration::from_secs(bound));
        }
    }
}

#[test]
fn a_kind_of_the_hub_cannot_be_taken() {
    assert!(JobKind::custom("fusion.execute").is_err());
    assert!(JobKind::custom("acme.report").is_ok());
}

#[test]
fn a_kind_says_its_version_in_one_way() {
    struct Report<const NAME: usize, const VERSION: u32>;
    const NAMES: [&str; 3] = ["report", "report@2", "fusion.report"];
    impl<const NAME: usize, const VERSION: u32> serde::Serialize for Report<NAME, VERSION> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_unit()
        }
    }
    impl<'a, const NAME: usize, const VERSION: u32> serde::Deserialize<'a> for Report<NAME, VERSION> {
        fn deserialize<D: serde::Deserializer<'a>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    impl<const NAME: usize, const VERSION: u32> Payload for Report<NAME, VERSION> {
        const KIND: &'static str = NAMES[NAME];
        const VERSION: u32 = VERSION;
    }
    assert_eq!(Report::<0, 1>::kind().unwrap().as_str(), "report");
    assert_eq!(Report::<0, 2>::kind().unwrap().as_str(), "report@2");
    for refused in
        [Report::<0, 0>::kind(), Report::<1, 1>::kind(), Report::<1, 3>::kind(), Report::<2, 1>::kind()]
    {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn an_attempt_that_stopped_for_its_time_was_not_cancelled() {
    let stopped = || Error::new(ErrorKind::Cancelled, "the call was cancelled").with_fate(Fate::Unknown);
    let cancel = Cancel::default();
    let (job, clock) = context(1, cancel.clone());
    cancel.cancel();
    assert_eq!(job.meant(stopped(), &clock).kind(), ErrorKind::Cancelled);
    assert_eq!(job.end_of(&stopped(), &clock), JobEnd::Cancelled);
    clock.advance(Duration::from_secs(60));
    let meant = job.meant(stopped(), &clock);
    assert_eq!(
        (meant.kind(), meant.retry(), meant.fate()),
        (ErrorKind::Timeout, Retry::Backoff, Fate::Unknown)
    );
    assert!(matches!(job.end_of(&stopped(), &clock), JobEnd::Retry { .. }));
}

#[test]
fn what_came_out_is_there_after_a_journey_though_it_be_null() {
    let (job, _) = context(1, Cancel::default());
    for result in [None, Some(Value::Null), Some(7.into())] {
        let parent = Parent { id: job.job().id, status: JobStatus::Completed, result: result.clone() };
        let state = JobState {
            job: job.job().clone(),
            status: JobStatus::Completed,
            attempt: 1,
            crashes: 0,
            progress: None,
            result,
            failure: None,
        };
        let text = serde_json::to_string(&(&parent, &state)).unwrap();
        assert_eq!(serde_json::from_str::<(Parent, JobState)>(&text).unwrap(), (parent, state), "{text}");
    }
}
