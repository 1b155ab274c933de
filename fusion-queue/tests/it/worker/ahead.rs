use super::*;
use fusion_core::model::JobId;
use fusion_core::testkit::{Answer, Call, Through, Watch};
use std::collections::BTreeSet;

/// Counts the calls that claim.
#[derive(Clone, Default)]
struct Claims(Arc<AtomicU32>);

#[async_trait]
impl Watch for Claims {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Result<()> {
        self.0.fetch_add(u32::from(call.name == "exchange"), Ordering::SeqCst);
        Ok(())
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

/// Notes the calls that claim and those that tend, in their order.
#[derive(Clone, Default)]
struct Calls(Arc<std::sync::Mutex<Vec<&'static str>>>);

#[async_trait]
impl Watch for Calls {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Result<()> {
        if matches!(call.name, "exchange" | "rescue") {
            self.0.lock().unwrap().push(call.name);
        }
        Ok(())
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

/// Takes ten seconds for each job that says so, no time for any other.
fn handler(w: &World) -> Handler {
    let clock = w.clock.clone();
    Handler::new(move |job: JobContext| {
        let clock = clock.clone();
        async move {
            if job.job().payload == json!("slow") {
                clock.sleep(SECOND * 10).await;
            }
            Finish::Done(json!(null))
        }
    })
}

/// Twenty quick jobs, a slow one, and five quick ones behind it.
async fn put_in(w: &World) -> (NewJob, Vec<NewJob>) {
    let slow = NewJob { payload: json!("slow"), ..w.job() };
    let behind: Vec<NewJob> = (0..5).map(|_| w.job()).collect();
    let quick = (0..20).map(|_| w.job());
    w.db.enqueue(quick.chain([slow.clone()]).chain(behind.clone()).collect()).await.unwrap();
    (slow, behind)
}

#[tokio::test]
async fn jobs_that_take_a_moment_are_claimed_many_at_once_however_few_the_slots_are() {
    let w = World::flowing();
    let claims = Claims::default();
    w.db.enqueue((0..600).map(|_| w.job()).collect()).await.unwrap();
    let db = Through { backend: w.db.clone(), watch: claims.clone() };
    let worker = Worker::new(db, Handlers::default().with(kind(), handler(&w))).with_slots(2);
    let ran = worker.run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 600, ..Ran::default() });
    let claims = claims.0.load(Ordering::SeqCst);
    assert!(claims < 30, "{claims} calls for 600 jobs and 2 slots");
}

#[tokio::test]
async fn what_was_claimed_ahead_and_cant_start_soon_is_given_back_without_an_attempt() {
    let w = World::flowing();
    let (slow, behind) = put_in(&w).await;
    let worker = handler(&w).worker(&w).with_slots(1);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND / 4).await;
    assert_eq!(w.claim_ids(9).await, [], "the worker has all of them");
    w.clock.sleep(SECOND * 2).await;
    let claimed = w.claim(9).await;
    let sorted = |ids: &mut dyn Iterator<Item = JobId>| ids.collect::<BTreeSet<_>>();
    let given_back = sorted(&mut claimed.iter().map(|one| one.job.id));
    assert_eq!(given_back, sorted(&mut behind.iter().map(|job| job.id)));
    assert!(claimed.iter().all(|one| (one.attempt, one.crashes) == (1, 0)));
    assert_eq!(w.status(slow.id).await, JobStatus::Running);
    for one in &claimed {
        w.done(one).await;
    }
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { completed: 21, released: 5, ..Ran::default() });
}

#[tokio::test]
async fn a_stopped_worker_gives_back_at_once_what_it_has_claimed_ahead() {
    let w = World::flowing();
    let (slow, behind) = put_in(&w).await;
    let stop = Cancel::default();
    let (worker, signal) = (handler(&w).worker(&w).with_slots(1), stop.clone());
    let running = tokio::spawn(async move { worker.run(signal).await });
    w.clock.sleep(SECOND / 4).await;
    stop.cancel();
    settle_down().await;
    for job in &behind {
        let state = w.state(job.id).await;
        assert_eq!((state.status, state.attempt), (JobStatus::Pending, 0));
    }
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { completed: 21, released: 5, ..Ran::default() });
    assert_eq!(w.status(slow.id).await, JobStatus::Completed);
}

#[tokio::test]
async fn a_new_worker_performs_what_waits_before_it_tends_the_queue() {
    let w = World::flowing();
    let calls = Calls::default();
    w.db.enqueue((0..20).map(|_| w.job()).collect()).await.unwrap();
    let db = Through { backend: w.db.clone(), watch: calls.clone() };
    let worker = Worker::new(db, Handlers::default().with(kind(), handler(&w)));
    worker.run_until_idle().await.unwrap();
    let calls = calls.0.lock().unwrap().clone();
    assert!(calls.contains(&"rescue"), "{calls:?}");
    assert!(calls.iter().position(|call| *call == "rescue") > Some(1), "{calls:?}");
}

#[tokio::test]
async fn a_new_worker_that_is_busy_tends_the_queue_all_the_same() {
    let w = World::flowing();
    let calls = Calls::default();
    w.db.enqueue(vec![NewJob { payload: json!("slow"), ..w.job() }]).await.unwrap();
    let db = Through { backend: w.db.clone(), watch: calls.clone() };
    let worker = Worker::new(db, Handlers::default().with(kind(), handler(&w)));
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 3).await;
    assert!(calls.0.lock().unwrap().contains(&"rescue"));
    running.await.unwrap().unwrap();
}
