//! How long ended jobs are remembered.

use super::Schema;
use crate::fixture::*;
use fusion_core::job::*;
use std::sync::Arc;

#[tokio::test]
async fn an_ended_job_is_remembered_for_its_time_and_until_its_handler_has_heard_of_it() {
    let (schema, clock) = (Schema::new(), World::new().clock);
    let settings = schema.settings().with_clock(Arc::new(clock.clone())).with_retention(SECOND * 3_600);
    let w = World::over(clock, settings.connect().await.unwrap());
    let (done, dead) = (w.job(), w.job());
    for (job, end) in [(&done, JobEnd::Completed(1.into())), (&dead, JobEnd::Dead(failure()))] {
        w.put(job).await;
        w.end(&w.claim_one().await, end).await;
    }
    let rescue_and_look = async || {
        w.db.rescue(&[]).await.unwrap();
        let known = [&done, &dead].map(|job| w.db.get(&w.tenant, job.id));
        let [done, dead] = known;
        [done.await.unwrap().is_some(), dead.await.unwrap().is_some()]
    };
    w.clock.advance(SECOND * 3_600);
    assert_eq!(rescue_and_look().await, [true, true]);
    w.clock.advance(SECOND);
    assert_eq!(rescue_and_look().await, [false, true]);
    w.db.told(&[dead.id]).await.unwrap();
    assert_eq!(rescue_and_look().await, [false, false]);
    assert_eq!(w.put(&done).await, Enqueued::New, "what is forgotten is a new one");
}
