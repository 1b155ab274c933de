//! Two who stand at one request: both have read it and decided, and their commits wait for its row, which a test holds.

use super::{connection, people::Scene};
use crate::scene::DAY;
use fusion_core::{
    approval::Phase,
    hub::{BundleView, Decided},
    model::RequestId,
};
use fusion_queue::Worker;
use sqlx::{Executor as _, PgConnection};
use std::time::Duration;

/// Holds the row of a request until it says `ROLLBACK`.
async fn held(scene: &Scene, request: RequestId) -> PgConnection {
    let mut holder = connection().await;
    holder.execute("BEGIN").await.unwrap();
    let id = request.as_uuid().simple().to_string();
    let sql = format!(
        "SELECT version FROM fusion.records WHERE kind = 'request' AND id = decode('{id}', 'hex') FOR UPDATE"
    );
    holder.execute(sqlx::raw_sql(scene.schema.sql(&sql))).await.unwrap();
    holder
}

async fn asked(scene: &Scene) -> (BundleView, RequestId) {
    let shown = scene.asked(1).await.remove(0);
    let id = shown.items[0].id;
    (shown, id)
}

/// Until so many wait for a row.
async fn waiting(scene: &Scene, many: i64) {
    let end = tokio::time::Instant::now() + Duration::from_secs(4);
    while scene.schema.waiting().await < many {
        assert!(tokio::time::Instant::now() < end, "nobody comes to the row");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_request_that_is_agreed_in_time_doesnt_expire_behind_it() {
    let scene = Scene::new(1).await;
    let (shown, id) = asked(&scene).await;
    let mut holder = held(&scene, id).await;
    let yes = tokio::spawn(scene.approves(0, "bob", &shown));
    waiting(&scene, 1).await;
    scene.clock.leap(7 * DAY);
    let worker = Worker::of(&scene.hubs[1]);
    let working = tokio::spawn(async move { worker.run_until_idle().await });
    waiting(&scene, 2).await;
    holder.execute("ROLLBACK").await.unwrap();
    assert_eq!(yes.await.unwrap(), Decided::Approved);
    working.await.unwrap().unwrap();
    Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
    assert_eq!((scene.phase(id).await, scene.platform.count("create")), (Phase::Done, 1));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn whoever_withdraws_behind_a_worker_that_begins_is_told_that_it_has_begun() {
    let scene = Scene::new(1).await;
    let (shown, id) = asked(&scene).await;
    assert!(scene.approves(0, "bob", &shown).await.is_counted());
    let mut holder = held(&scene, id).await;
    let worker = Worker::of(&scene.hubs[0]);
    let working = tokio::spawn(async move { worker.run_until_idle().await });
    waiting(&scene, 1).await;
    let withdrawing = tokio::spawn(scene.withdraws(id));
    waiting(&scene, 2).await;
    holder.execute("ROLLBACK").await.unwrap();
    let refused = withdrawing.await.unwrap().unwrap_err();
    assert!(!refused.message().is_empty());
    working.await.unwrap().unwrap();
    assert_eq!((scene.phase(id).await, scene.platform.count("create")), (Phase::Done, 1));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_behind_whoever_withdraws_begins_nothing() {
    let scene = Scene::new(1).await;
    let (shown, id) = asked(&scene).await;
    assert!(scene.approves(0, "bob", &shown).await.is_counted());
    let mut holder = held(&scene, id).await;
    let withdrawing = tokio::spawn(scene.withdraws(id));
    waiting(&scene, 1).await;
    let worker = Worker::of(&scene.hubs[0]);
    let working = tokio::spawn(async move { worker.run_until_idle().await });
    waiting(&scene, 2).await;
    holder.execute("ROLLBACK").await.unwrap();
    withdrawing.await.unwrap().unwrap();
    working.await.unwrap().unwrap();
    assert_eq!((scene.phase(id).await, scene.platform.count("create")), (Phase::Withdrawn, 0));
    let [grants, _, jobs] = scene.stands(id).await;
    assert_eq!((grants, jobs), (0, 0));
}
