use super::*;

/// A worker that has been at work for a moment, and the queue before it.
async fn at_work(
    w: &World,
    perform: Handler,
) -> (crate::watched::Watched, tokio::task::JoinHandle<Result<Ran>>, Cancel) {
    let watched = watched(w.db.clone());
    let handlers = Handlers::default().with(kind(), perform);
    let worker = Worker::new(watched.clone(), handlers).with_lease(LEASE);
    let stop = Cancel::default();
    let signal = stop.clone();
    let running = tokio::spawn(async move { worker.run(signal).await });
    w.clock.sleep(SECOND * 5).await;
    (watched, running, stop)
}

#[tokio::test]
async fn a_queue_that_stays_out_of_reach_is_tried_ever_more_rarely_and_at_moments_of_chance() {
    let w = World::flowing();
    let (watched, running, stop) = at_work(&w, Handler::new(async |_| Finish::Done(json!(null)))).await;
    watched.watch.cut_off(true);
    let (mut counts, mut before) = (Vec::new(), watched.watch.calls("exchange"));
    for _ in 0..10 {
        w.clock.sleep(SECOND * 60).await;
        let now = watched.watch.calls("exchange");
        counts.push(now - before);
        before = now;
    }
    // At first every second, and in the end every fifteen at most.
    assert!(counts[0] > counts[9] && counts[0] < 40, "{counts:?}");
    assert!(counts[1..].iter().all(|count| (2..25).contains(count)), "{counts:?}");
    let naps = w.clock.sleeps();
    let long: BTreeSet<&Duration> =
        naps.iter().filter(|nap| **nap > SECOND * 5 && **nap < SECOND * 15).collect();
    assert!(long.len() > 5, "its pauses are all alike: {long:?}");
    watched.watch.cut_off(false);
    let job = w.job();
    w.put(&job).await;
    w.clock.sleep(SECOND * 16).await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed, "it comes back by itself");
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn nobodys_jobs_are_taken_for_lost_in_the_first_lease_after_an_outage() {
    let w = World::flowing();
    let (watched, running, stop) = at_work(&w, Handler::new(async |_| Finish::Done(json!(null)))).await;
    watched.watch.cut_off(true);
    // Another worker's, whose lease runs out meanwhile.
    let job = w.job();
    w.put(&job).await;
    let theirs = w.claim_one().await;
    assert_eq!(theirs.job.id, job.id);
    w.clock.sleep(LEASE * 2).await;
    let before = watched.watch.calls("rescue");
    watched.watch.cut_off(false);
    // It has noticed by now that the queue is there.
    w.clock.sleep(SECOND * 16).await;
    assert_eq!(watched.watch.calls("rescue"), before, "it rescues at once");
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    w.clock.sleep(LEASE - SECOND * 17).await;
    assert_eq!(watched.watch.calls("rescue"), before, "it rescues within the first lease");
    w.clock.sleep(SECOND * 60).await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_that_doesnt_stop_for_a_cancel_is_dropped_after_its_grace_and_cancelled() {
    let w = World::flowing();
    let job = NewJob { timeout: SECOND * 10_000, ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |_| forever().await);
    let worker = handler.worker(&w).with_cancel_grace(SECOND * 45);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 5).await;
    let before = w.clock.elapsed();
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Asked);
    w.clock.sleep(SECOND * 40).await;
    assert!(!w.status(job.id).await.is_final(), "it has its grace");
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { cancelled: 1, ..Ran::default() });
    assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
    assert_eq!(handler.told(), [ErrorKind::Cancelled]);
    // It hears of the wish by a sign of life, every twenty seconds.
    let took = w.clock.elapsed() - before;
    assert!(took >= SECOND * 45 && took < SECOND * 70, "{took:?}");
}

#[tokio::test]
async fn a_handler_that_ends_well_within_the_grace_of_a_cancel_is_completed() {
    let w = World::flowing();
    let job = w.job();
    w.put(&job).await;
    let clock = w.clock.clone();
    let handler = Handler::new(move |job: JobContext| {
        let clock = clock.clone();
        async move {
            job.cancel().cancelled().await;
            clock.sleep(SECOND * 29).await;
            Finish::Done(json!("after all"))
        }
    });
    let worker = handler.worker(&w);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 5).await;
    w.db.cancel(&w.tenant, job.id).await.unwrap();
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { completed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.result, Some(json!("after all")));
}
