//! Parents and children that several processes end and put in at once.

use super::{another, completed, opened, schema::connection};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

const ROUNDS: usize = 60;

async fn run(connection: &mut PgConnection, sql: AssertSqlSafe<String>) {
    connection.execute(sqlx::raw_sql(sql)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_child_of_parents_that_end_at_once_runs_once_whenever_it_came_in() {
    let (w, schema) = opened().await;
    let (second, third) = (another(&w, &schema).await, another(&w, &schema).await);
    for round in 0..ROUNDS {
        let parents = [w.job(), w.job()];
        w.db.enqueue(parents.to_vec()).await.unwrap();
        let [one, two] = w.claim(9).await.try_into().expect("two parents are due");
        let ids = parents.iter().map(|parent| parent.id).collect();
        let child = NewJob { parents: ids, serial: Some("a".into()), ..w.job() };
        let put_in = async |when: usize| {
            if when == round % 2 {
                third.enqueue(vec![child.clone()]).await.unwrap();
            }
        };
        put_in(0).await;
        let (ours, theirs, ()) = tokio::join!(
            w.db.settle(vec![completed(&one.lease)]),
            second.settle(vec![completed(&two.lease)]),
            put_in(1),
        );
        assert_eq!([ours.unwrap(), theirs.unwrap()].concat(), [SettleVerdict::Accepted; 2]);
        let [claimed] = w.claim(9).await.try_into().expect("the child is due");
        let statuses: Vec<JobStatus> = claimed.parents.iter().map(|parent| parent.status).collect();
        assert_eq!((claimed.job.id, statuses), (child.id, vec![JobStatus::Completed; 2]));
        assert_eq!(w.done(&claimed).await, SettleVerdict::Accepted);
    }
    assert_eq!(schema.count("SELECT count(*) FROM fusion.loose").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_child_that_somebody_holds_keeps_no_parent_from_ending_and_goes_on_later() {
    let (w, schema) = opened().await;
    let parent = w.job();
    let child = NewJob { parents: vec![parent.id], ..w.job() };
    w.db.enqueue(vec![parent, child.clone()]).await.unwrap();
    let running = w.claim_one().await;
    let mut holder = connection().await;
    run(&mut holder, schema.sql("BEGIN; SELECT FROM fusion.jobs WHERE awaits FOR UPDATE")).await;
    assert_eq!(w.done(&running).await, SettleVerdict::Accepted);
    assert!(w.claim(9).await.is_empty());
    run(&mut holder, schema.sql("ROLLBACK")).await;
    assert_eq!(w.claim_ids(9).await, [child.id]);
}

/// Whoever ends a parent looks for children before those of an open transaction can be seen.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_child_that_came_in_while_its_parent_was_ending_is_looked_at_until_that_has_ended() {
    let (w, schema) = opened().await;
    let parent = w.job();
    w.put(&parent).await;
    let running = w.claim_one().await;
    let mut ending = connection().await;
    let end = schema.sql(
        "BEGIN; SELECT FROM fusion.jobs FOR UPDATE;
        SELECT fusion.end_all(0, 2, 3::smallint, 0, ARRAY(SELECT id FROM fusion.jobs), NULL, ARRAY['1'])",
    );
    run(&mut ending, end).await;
    let child = NewJob { parents: vec![running.job.id], ..w.job() };
    w.put(&child).await;
    for _ in 0..2 {
        assert!(w.claim(9).await.is_empty());
    }
    run(&mut ending, schema.sql("COMMIT")).await;
    let claimed = w.claim_one().await;
    assert_eq!((claimed.job.id, &claimed.parents[0].result), (child.id, &Some(json!(1))));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn very_many_generations_fail_in_one_commit() {
    let (w, _schema) = opened().await;
    let mut jobs = vec![w.job()];
    for _ in 0..600 {
        let parent = jobs[jobs.len() - 1].id;
        jobs.push(NewJob { parents: vec![parent], ..w.job() });
    }
    w.db.enqueue(jobs.clone()).await.unwrap();
    w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    let last = &jobs[jobs.len() - 1];
    assert_eq!(w.state(last.id).await.failure, Some(ParentFailed::failure(last.parents[0])));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dead_head_with_a_parent_under_way_is_refused_and_goes_first_when_that_has_ended() {
    let (w, _schema) = opened().await;
    let parent = w.job();
    let holds = NewJob { dead_head: DeadHead::Hold, parent_failed: ParentFailed::Run, ..w.serial("a") };
    let head = NewJob { parents: vec![parent.id], ..holds };
    w.db.enqueue(vec![parent.clone(), head.clone()]).await.unwrap();
    for _ in 0..2 {
        w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    }
    let next = w.serial("a");
    w.put(&next).await;
    w.db.requeue(&w.tenant, parent.id).await.unwrap();
    let refused = w.db.requeue(&w.tenant, head.id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(w.explain(next.id).await, Explanation::Held(head.id));
    w.done(&w.claim_one().await).await;
    w.db.requeue(&w.tenant, head.id).await.unwrap();
    assert_eq!(w.explain(next.id).await, Explanation::Behind(head.id));
    for wanted in [head.id, next.id] {
        let [claimed] = w.claim(9).await.try_into().expect("one after the other");
        assert_eq!(claimed.job.id, wanted);
        w.done(&claimed).await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn of_its_own_failures_and_those_of_parents_a_job_tells_the_last() {
    let (w, _schema) = opened().await;
    let parent = w.job();
    let child = NewJob { parents: vec![parent.id], ..w.job() };
    let for_parent = ParentFailed::failure(parent.id);
    w.db.enqueue(vec![parent.clone(), child.clone()]).await.unwrap();
    w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    assert_eq!(w.state(child.id).await.failure, Some(for_parent.clone()));
    w.db.requeue(&w.tenant, child.id).await.unwrap();
    w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    assert_eq!(w.state(child.id).await.failure, Some(failure()));
    for job in [&parent, &child] {
        w.db.requeue(&w.tenant, job.id).await.unwrap();
    }
    w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    assert_eq!(w.state(child.id).await.failure, Some(for_parent));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_parent_that_is_gone_is_no_reason_to_wait() {
    let (w, schema) = opened().await;
    let parent = w.job();
    let waits = NewJob { parents: vec![parent.id], parent_failed: ParentFailed::Wait, ..w.job() };
    let runs = NewJob { parents: vec![parent.id], parent_failed: ParentFailed::Run, ..w.job() };
    w.db.enqueue(vec![parent, waits.clone(), runs.clone()]).await.unwrap();
    run(&mut connection().await, schema.sql("DELETE FROM fusion.jobs WHERE NOT awaits")).await;
    let [claimed] = w.claim(9).await.try_into().expect("one runs");
    assert_eq!((claimed.job.id, claimed.parents), (runs.id, Vec::new()));
    assert_eq!(w.status(waits.id).await, JobStatus::Failed);
}

/// What somebody else's program may write, who calls the functions.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_empty_list_of_parents_is_none() {
    let (w, schema) = opened().await;
    let job = w.job();
    w.put(&job).await;
    let empty = schema.sql(
        "UPDATE fusion.jobs SET parents = '{}', awaits = true, wait = 0;
        SELECT fusion.tell(0, ARRAY(SELECT id FROM fusion.jobs))",
    );
    run(&mut connection().await, empty).await;
    assert_eq!(w.claim_ids(9).await, [job.id]);
}
