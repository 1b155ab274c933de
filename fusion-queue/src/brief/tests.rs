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
        dead_head: DeadHead::CancelRest,
        parent_failed: ParentFailed::Wait,
        retry: RetryPolicy { attempts: 3, ..RetryPolicy::DEFAULT },
        timeout: Duration::from_secs(7),
        begins_work: true,
        serial: Some("a".to_owned()),
        takes_key_of: Some(JobId::new(&clock)),
        parents: vec![JobId::new(&clock)],
        background: true,
        ..job
    }
}

fn read(body: &str, job: &NewJob) -> NewJob {
    let whose =
        Whose { id: job.id, tenant: job.tenant.clone(), kind: job.kind.clone(), partition: job.partition };
    serde_json::from_str::<Brief>(body).unwrap().job_of(whose)
}

#[test]
fn a_job_is_read_as_it_was_written_by_us_or_by_an_embedder() {
    for job in [usual(), unusual()] {
        assert_eq!(read(&serde_json::to_string(&Brief::unnamed(&job)).unwrap(), &job), job);
        assert_eq!(read(&serde_json::to_string(&job).unwrap(), &job), job);
    }
}

#[test]
fn what_stands_in_columns_stays_out() {
    let job = unusual();
    let beside = read(&serde_json::to_string(&Brief::beside_columns(&job)).unwrap(), &job);
    let plain = usual();
    let bare = NewJob {
        payload: Value::Null,
        serial: plain.serial,
        takes_key_of: plain.takes_key_of,
        parents: plain.parents,
        background: plain.background,
        ..job
    };
    assert_eq!(beside, bare);
}

#[test]
fn a_job_like_most_needs_no_body_beside_columns() {
    let body = serde_json::to_value(Brief::beside_columns(&usual())).unwrap();
    assert_eq!(body, json!({}));
}
