use super::*;
use crate::long::times;
use server::Server;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_killed_server_loses_no_job_and_workers_reconnect_by_themselves() {
    let mut server = Server::start().await;
    let place = Place::Server { url: server.url(), schema: "fusion".into() };
    let mut site = Site::open(place, 19).await;
    let mut random = Random::new(23);
    for _ in 0..times(20, 200) {
        // Jobs come in before, while it is away, and after.
        let nap = Duration::from_millis(random.next() % 300);
        let kill = async {
            tokio::time::sleep(nap).await;
            server.kill_and_start().await;
        };
        tokio::join!(site.put(JOBS), kill);
    }
    let dead = site.finish().await;
    assert_eq!(dead, 0, "a worker died of its server");
    site.check().await;
}
