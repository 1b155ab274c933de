use super::*;
use crate::{long::times, postgres::schema::Schema};
use tempfile::TempDir;

async fn workers_are_killed(place: Place) {
    let mut site = Site::open(place, 17).await;
    let mut dead = 0;
    for kill in 0..times(20, 200) {
        if kill.is_multiple_of(50) {
            site.put_culprit().await;
        }
        site.put(JOBS).await;
        site.nap(200).await;
        dead += site.replace_the_dead();
        site.kill_one();
    }
    dead += site.finish().await;
    site.check().await;
    assert!(dead > 0, "no culprit has killed its process");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn killed_workers_on_a_server_lose_no_job_and_settle_none_twice() {
    let schema = Schema::on(crate::postgres::schema::url());
    drop(schema.settings().connect().await.unwrap());
    workers_are_killed(Place::Server { url: schema.url().into(), schema: schema.name().into() }).await;
}

#[tokio::test]
async fn killed_workers_on_a_file_lose_no_job_and_settle_none_twice() {
    let folder = TempDir::new().unwrap();
    workers_are_killed(Place::File(folder.path().join("fusion.db"))).await;
}
