use super::Schema;
use crate::{as_memory::every_answer_is_the_memorys, long::times};
use fusion_core::testkit::TestClock;
use fusion_queue::Postgres;
use std::sync::Arc;

/// What no row may be, and no check of the table looks for: each check costs every statement that writes there.
const WRONG: &str = "SELECT count(*) FROM fusion.jobs WHERE wait NOT BETWEEN 0 AND 3
    OR (follows AND (unique_key IS NULL OR wait <> 0)) OR (awaits AND (parents IS NULL OR wait <> 0 OR place IS NOT NULL))
    OR (parents IS NOT NULL AND (unique_key IS NOT NULL OR heir_of IS NOT NULL OR cardinality(parents) > 100))";

async fn on_a_server(clock: TestClock) -> (Postgres, Schema) {
    let schema = Schema::new();
    (schema.settings().with_clock(Arc::new(clock)).connect().await.unwrap(), schema)
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn every_answer_of_a_server_is_the_one_that_the_queue_in_memory_gives() {
    let wrong = async |schema: &Schema| schema.count(WRONG).await;
    every_answer_is_the_memorys(times(6, 60), on_a_server, wrong, async |schema| {
        let sql = "SELECT (SELECT count(*) FROM fusion.jobs) + (SELECT count(*) FROM fusion.keys)
            + (SELECT count(*) FROM fusion.leases) + (SELECT count(*) FROM fusion.loose)
            + (SELECT count(*) FROM fusion.parents WHERE open)
            + (SELECT abs((SELECT count(*) FROM fusion.ended)
                - (SELECT count(*) FROM fusion.ends b CROSS JOIN unnest(b.jobs))))";
        schema.count(sql).await
    });
}
