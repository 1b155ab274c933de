use super::*;
use crate::TokioClock;
use fusion_core::{clock::Timestamp, job::WhileRunning};
use serde_json::json;

fn usual() -> NewJob {
    let (clock, tenant) = (TokioClock::system(), Tenant::new("acme").unwrap());
    NewJob::new(&clock, &tenant, JobKind::custom("report").unwrap(), json!({"month": 7}))
}

fn unusual() -> NewJob {
    let (clock, job) = (TokioClock::system(), usual());
    NewJob {
        partition: Some(StoreId::new(&clock)),
        grant: Some(GrantId::new(&clock)),
        priority: Priority::Low,
        due: When::At(Timestamp::from_micros(7)),
        unique: Some(Unique::new(&job.kind, &[b"a"], WhileRunning::FollowUp)),
        dead_head: DeadHead::Hold,
        parent_failed: ParentFailed::Wait,
        retry: RetryPolicy { attempts: 3, ..RetryPolicy::DEFAULT },
        timeout: Duration::from_secs(7),
        begins_work: true,
        ..job
    }
}

fn read(body: &str, job: &NewJob) -> NewJob {
    serde_json::from_str::<Brief>(body).unwrap().job(job.payload.clone())
}

#[test]
fn a_job_is_read_as_it_was_written_by_us_or_by_an_embedder() {
    for job in [usual(), unusual()] {
        assert_eq!(read(&serde_json::to_string(&Brief::of(&job)).unwrap(), &job), job);
        assert_eq!(read(&serde_json::to_string(&job).unwrap(), &job), job);
    }
}

#[test]
fn a_job_like_most_is_stored_by_its_name_alone() {
    let job = usual();
    let body = serde_json::to_value(Brief::of(&job)).unwrap();
    assert_eq!(body, json!({"id": job.id, "tenant": "acme", "kind": "report"}));
}
