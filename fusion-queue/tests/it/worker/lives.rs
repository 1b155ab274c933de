use super::*;

#[tokio::test]
async fn a_stopped_worker_finishes_what_ends_within_its_grace_and_gives_back_the_rest() {
    let w = World::flowing();
    let (short, long, late) = (w.job(), w.job(), w.job());
    w.put(&short).await;
    w.put(&long).await;
    let (id, clock) = (short.id, w.clock.clone());
    let handler = Handler::new(move |job: JobContext| {
        let clock = clock.clone();
        async move {
            let seconds = if job.job().id == id { 10 } else { 100_000 };
            clock.sleep(SECOND * seconds).await;
            Finish::Done(json!(null))
        }
    });
    let stop = Cancel::default();
    let (worker, signal) = (handler.worker(&w).with_grace(SECOND * 20), stop.clone());
    let running = tokio::spawn(async move { worker.run(signal).await });
    w.clock.sleep(SECOND * 5).await;
    stop.cancel();
    settle_down().await;
    w.put(&late).await;
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { completed: 1, released: 1, ..Ran::default() });
    assert_eq!(w.status(late.id).await, JobStatus::Pending);
    assert_eq!(w.state(late.id).await.attempt, 0);
    let given_back = w.state(long.id).await;
    assert_eq!((given_back.status, given_back.attempt, given_back.crashes), (JobStatus::Pending, 0, 0));
    assert!(handler.told().is_empty());
}

#[tokio::test]
async fn a_handler_whose_lease_is_lost_is_dropped_and_its_job_never_settled() {
    struct Gone(Arc<AtomicU32>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let w = World::new();
    let job = NewJob { timeout: LEASE * 100, ..w.job() };
    w.put(&job).await;
    let gone = Arc::new(AtomicU32::new(0));
    let count = gone.clone();
    let handler = Handler::new(move |_| {
        let guard = Gone(count.clone());
        async move {
            let _guard = guard;
            forever().await
        }
    });
    let stop = Cancel::default();
    // One slot, so that the worker doesn't take the job again before the test does.
    let (worker, signal) = (handler.worker(&w).with_slots(1), stop.clone());
    let running = tokio::spawn(async move { worker.run(signal).await });
    settle_down().await;
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    // The worker sleeps through its whole lease, and another one takes the job.
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    let taken = w.claim_one().await;
    settle_down().await;
    assert_eq!(gone.load(Ordering::SeqCst), 1, "its handler is gone");
    assert_eq!(w.done(&taken).await, SettleVerdict::Accepted);
    stop.cancel();
    settle_down().await;
    w.clock.advance(LEASE);
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { lost: 1, ..Ran::default() });
}

#[tokio::test]
async fn a_handler_is_dropped_when_a_heartbeat_says_that_its_lease_is_lost() {
    let w = World::flowing();
    let job = NewJob { timeout: LEASE * 100, ..w.job() };
    w.put(&job).await;
    let lease = Arc::new(Mutex::new(None));
    let seen = lease.clone();
    let handler = Handler::new(move |job: JobContext| {
        *seen.lock().unwrap() = Some(job.lease().clone());
        forever()
    });
    let worker = handler.worker(&w);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 5).await;
    let lease = lease.lock().unwrap().clone().unwrap();
    let settlement = Settlement { lease, end: JobEnd::Completed(json!("elsewhere")) };
    assert_eq!(w.db.settle(vec![settlement]).await.unwrap(), [SettleVerdict::Accepted]);
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { lost: 1, ..Ran::default() });
    assert!(w.clock.elapsed() < LEASE, "it doesn't wait for its own count");
    assert_eq!(w.state(job.id).await.result, Some(json!("elsewhere")));
}

/// Stops a worker when it is dropped.
struct Stops(Cancel);

impl Drop for Stops {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[tokio::test]
async fn a_worker_that_hears_nothing_lets_go_when_its_own_count_of_the_lease_is_over() {
    let w = World::flowing();
    let watched = watched(w.db.clone());
    watched.watch.mute();
    w.put(&NewJob { timeout: LEASE * 100, ..w.job() }).await;
    let (stop, clock) = (Cancel::default(), w.clock.clone());
    let signal = stop.clone();
    let handler = Handler::new(move |_| {
        let guard = Stops(signal.clone());
        async move {
            let _guard = guard;
            forever().await
        }
    });
    let handlers = Handlers::default().with(kind(), handler);
    let worker = Worker::new(watched.clone(), handlers).with_lease(LEASE).with_slots(1);
    let ran = worker.run(stop).await.unwrap();
    assert_eq!((ran, clock.elapsed()), (Ran { lost: 1, ..Ran::default() }, LEASE));
    assert!(watched.watch.settled().is_empty());
}

#[tokio::test]
async fn a_lease_that_is_kept_alive_outlives_its_length() {
    let w = World::flowing();
    let job = NewJob { timeout: LEASE * 20, ..w.job() };
    w.put(&job).await;
    let clock = w.clock.clone();
    let handler = Handler::new(move |_| {
        let clock = clock.clone();
        async move {
            clock.sleep(LEASE * 3).await;
            Finish::Done(json!(null))
        }
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 1, ..Ran::default() });
}

#[tokio::test]
async fn a_worker_dropped_at_any_await_loses_no_job() {
    for turns in 0..40 {
        let w = World::new();
        let job = w.job();
        w.put(&job).await;
        let handler = Handler::new(async |_| {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            Finish::Done(json!(null))
        });
        let worker = handler.worker(&w);
        let dropped = tokio::spawn(async move { worker.run(Cancel::default()).await });
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        dropped.abort();
        drop(dropped.await);
        w.clock.advance(LEASE);
        let ran = handler.worker(&w).run_until_idle().await.unwrap();
        assert!(ran.completed <= 1, "after {turns} turns");
        assert_eq!(w.status(job.id).await, JobStatus::Completed, "after {turns} turns");
    }
}

#[tokio::test]
async fn a_settlement_is_repeated_until_the_queue_has_answered() {
    for outages in 1..6 {
        let w = World::flowing();
        let watched = watched(w.db.clone());
        let job = w.job();
        w.put(&job).await;
        let failing = watched.clone();
        let handler = Handler::new(move |_| {
            failing.watch.fail(outages);
            async { Finish::Done(json!(null)) }
        });
        let stop = Cancel::default();
        let signal = stop.clone();
        let worker = Worker::new(watched.clone(), Handlers::default().with(kind(), handler));
        let running = tokio::spawn(async move { worker.run(signal).await });
        w.clock.sleep(SECOND * 20).await;
        stop.cancel();
        let ran = running.await.unwrap().unwrap();
        assert_eq!(ran, Ran { completed: 1, ..Ran::default() }, "{outages} outages");
        let accepted = watched
            .watch
            .settled()
            .iter()
            .filter(|(.., verdict)| *verdict == SettleVerdict::Accepted)
            .count();
        assert_eq!(accepted, 1, "{outages} outages");
    }
}

#[tokio::test]
async fn a_job_that_kills_its_process_at_once_is_given_up_and_its_neighbours_are_done() {
    let w = World::new();
    let jobs = [w.job(), w.job(), w.job()];
    let poison = jobs[1].id;
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let handler = Handler::new(move |job: JobContext| {
        let (begun, is_poison) = (begun.clone(), job.job().id == poison);
        async move {
            match is_poison {
                true => {
                    begun.send(job.attempt()).unwrap();
                    forever().await
                }
                // Long enough to be killed with the other, were it beside it.
                false => {
                    settle_down().await;
                    Finish::Done(json!(null))
                }
            }
        }
    });
    let mut kills = 0;
    while w.status(poison).await != JobStatus::Failed {
        let worker = handler.worker(&w);
        let mut process = tokio::spawn(async move { worker.run_until_idle().await });
        tokio::select! {
            _ = begins.recv() => {
                process.abort();
                drop(process.await);
                kills += 1;
                w.clock.advance(LEASE);
            }
            ran = &mut process => drop(ran.unwrap().unwrap()),
        }
        assert!(kills <= fusion_queue::memory::MAX_CRASHES + 2, "nobody finds the culprit");
    }
    assert_eq!(kills, fusion_queue::memory::MAX_CRASHES + 2, "one before it was a suspect");
    let state = w.state(poison).await;
    assert_eq!((state.crashes, state.attempt), (fusion_queue::memory::MAX_CRASHES + 1, 0));
    handler.worker(&w).run_until_idle().await.unwrap();
    for job in [&jobs[0], &jobs[2]] {
        let state = w.state(job.id).await;
        assert_eq!((state.status, state.crashes), (JobStatus::Completed, 0));
    }
}

#[tokio::test]
async fn a_suspect_that_is_paused_before_it_starts_is_given_back() {
    let w = World::new();
    let jobs = [w.job(), w.job()];
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    assert_eq!(w.claim(2).await.len(), 2);
    w.clock.advance(LEASE);
    drop(w.db.rescue(&[kind()]).await.unwrap());
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let db = w.db.clone();
    // While the first runs alone, somebody pauses what waits for it.
    let handler = Handler::new(move |job: JobContext| {
        count.fetch_add(1, Ordering::SeqCst);
        let db = db.clone();
        async move {
            db.pause_kind(&job.job().tenant, Some(&kind())).await.unwrap();
            Finish::Done(json!(null))
        }
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!((ran, runs.load(Ordering::SeqCst)), (Ran { completed: 1, released: 1, ..Ran::default() }, 1));
    let mut states = Vec::new();
    for job in &jobs {
        let state = w.state(job.id).await;
        states.push((state.status, state.attempt, state.crashes));
    }
    states.sort_by_key(|state| state.1);
    assert_eq!(states, [(JobStatus::Pending, 0, 0), (JobStatus::Completed, 1, 0)]);
}

#[tokio::test]
async fn what_a_handler_writes_is_kept_with_its_job_however_it_ends() {
    let w = World::flowing();
    let jobs = ["done", "panics", "commits"].map(|what| NewJob { payload: json!(what), ..w.job() });
    let retry = RetryPolicy { attempts: 1, ..RetryPolicy::DEFAULT };
    w.db.enqueue(jobs.iter().map(|job| NewJob { retry, ..job.clone() }).collect()).await.unwrap();
    let db = w.db.clone();
    let handler = Handler::new(move |job: JobContext| {
        let db = db.clone();
        async move {
            job.log("begins");
            let what: String = job.payload().unwrap();
            job.log(&what);
            match what.as_str() {
                "panics" => std::panic::resume_unwind(Box::new("it was asked to")),
                "commits" => {
                    let settle =
                        Settlement { lease: job.lease().clone(), end: JobEnd::Completed(json!(null)) };
                    let changes = ChangeSet { settle: Some(settle), ..ChangeSet::default() };
                    Finish::Settled(db.commit(&job.job().tenant, changes).await.unwrap().settled.unwrap())
                }
                _ => Finish::Done(json!(null)),
            }
        }
    });
    handler.worker(&w).run_until_idle().await.unwrap();
    for job in &jobs {
        let lines = w.db.lines(&w.tenant, job.id).await.unwrap();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["begins", job.payload.as_str().unwrap()]);
    }
}

#[tokio::test]
async fn a_worker_lets_the_queue_forget_what_ended_long_ago() {
    let w = World::flowing();
    let (old, young) = (w.job(), NewJob { due: When::In(SECOND * 3_600), ..w.job() });
    w.db.enqueue(vec![old.clone(), young.clone()]).await.unwrap();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    handler.worker(&w).with_memory(SECOND * 1_800).run_until_idle().await.unwrap();
    let known = async |job: &NewJob| JobQueue::get(&w.db, &w.tenant, job.id).await.unwrap().is_some();
    assert_eq!((known(&old).await, known(&young).await), (false, true));
}
