use super::*;

#[tokio::test]
async fn a_job_is_performed_and_its_result_is_kept() {
    let w = World::flowing();
    let job = NewJob { payload: json!({"n": 4}), ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        Finish::Done(json!(job.payload::<serde_json::Value>().unwrap()["n"].as_i64().unwrap() * 2))
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.result, Some(json!(8)));
    assert!(handler.told().is_empty());
}

#[tokio::test]
async fn a_handler_is_handed_what_came_out_of_the_jobs_before() {
    let w = World::flowing();
    let parents = [2, 3].map(|n| NewJob { payload: json!(n), ..w.job() });
    let child = NewJob { parents: parents.iter().map(|job| job.id).collect(), ..w.job() };
    w.db.enqueue(parents.into_iter().chain([child.clone()]).collect()).await.unwrap();
    let handler = Handler::new(async |job: JobContext| {
        let results = job.parents().iter().filter_map(|parent| parent.result.as_ref()?.as_i64());
        Finish::Done(json!(results.sum::<i64>() + job.job().payload.as_i64().unwrap_or_default()))
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 3, ..Ran::default() });
    assert_eq!(w.state(child.id).await.result, Some(json!(5)));
}

#[tokio::test]
async fn run_until_idle_waits_out_retries_snoozes_and_gates_and_no_timers() {
    let w = World::flowing();
    let [retried, snoozed, throttled] =
        [1, 2, 3].map(|n| NewJob { begins_work: true, payload: json!(n), ..w.job() });
    let timer = NewJob { background: true, due: When::In(SECOND * 3600), ..w.job() };
    w.db.enqueue(vec![retried, snoozed, throttled, timer.clone()]).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let handler = Handler::new(move |job: JobContext| {
        let first = count.fetch_add(1, Ordering::SeqCst) < 3;
        async move {
            let after = |seconds| When::In(SECOND * seconds);
            match (first, job.job().payload.as_i64()) {
                (true, Some(1)) => failed(ErrorKind::Unavailable, Retry::When(after(30))),
                (true, Some(2)) => {
                    Finish::Snooze { after: after(40), close_gate: false, why: SnoozeReason::Unsaid }
                }
                (true, Some(3)) => failed(ErrorKind::RateLimited, Retry::When(after(200))),
                _ => Finish::Done(json!(null)),
            }
        }
    });
    let before = w.clock.elapsed();
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 3, retried: 1, snoozed: 2, ..Ran::default() });
    let took = w.clock.elapsed() - before;
    assert!(took >= SECOND * 200 && took < SECOND * 210, "{took:?}");
    assert_eq!(w.status(timer.id).await, JobStatus::Pending);
}

#[tokio::test]
async fn run_until_idle_leaves_what_waits_for_a_signal() {
    let w = World::flowing();
    let parked = w.job();
    w.put(&parked).await;
    let handler = Handler::new(async |_| failed(ErrorKind::Unauthenticated, Retry::AfterReauth));
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { snoozed: 1, ..Ran::default() });
    let put_off = Explanation::Snoozed { why: SnoozeReason::Authorisation, due: None };
    assert_eq!(w.explain(parked.id).await, put_off);
}

#[tokio::test]
async fn what_a_commit_has_settled_is_not_settled_again() {
    let w = World::flowing();
    let watched = watched(w.db.clone());
    let job = w.job();
    w.put(&job).await;
    let db = watched.clone();
    let handler = Handler::new(move |job: JobContext| {
        let db = db.clone();
        async move {
            let settle = Settlement { lease: job.lease().clone(), end: JobEnd::Dead(failure()) };
            let changes = ChangeSet { settle: Some(settle), ..ChangeSet::default() };
            let committed = db.commit(&job.job().tenant, changes).await.unwrap();
            Finish::Settled(committed.settled.unwrap())
        }
    });
    let worker = Worker::new(watched.clone(), Handlers::default().with(kind(), handler));
    let ran = worker.run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { by_commit: 1, ..Ran::default() });
    assert_eq!(watched.watch.settled().len(), 1);
    assert_eq!(w.status(job.id).await, JobStatus::Failed);
}

#[tokio::test]
async fn a_worker_chains_what_was_committed() {
    let w = World::flowing();
    let changes = ChangeSet { audit: vec![w.entry("one")], ..ChangeSet::default() };
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(w.db.chain(9).await.unwrap(), 0);
}

#[tokio::test]
async fn a_worker_has_no_more_in_hand_than_its_slots() {
    let w = World::flowing();
    w.db.enqueue((0..20).map(|_| w.job()).collect()).await.unwrap();
    let (now, most, clock) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)), w.clock.clone());
    let (seen, peak) = (now.clone(), most.clone());
    let handler = Handler::new(move |_| {
        let (seen, peak, clock) = (seen.clone(), peak.clone(), clock.clone());
        async move {
            peak.fetch_max(seen.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            clock.sleep(SECOND).await;
            seen.fetch_sub(1, Ordering::SeqCst);
            Finish::Done(json!(null))
        }
    });
    let ran = handler.worker(&w).with_slots(3).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, most.load(Ordering::SeqCst)), (20, 3));
}

#[tokio::test]
async fn an_idle_worker_starts_new_work_at_once() {
    let w = World::new();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let worker = handler.worker(&w).with_poll(Duration::from_secs(3600));
    let running = tokio::spawn(async move { worker.run(Cancel::default()).await });
    settle_down().await;
    let job = w.job();
    w.put(&job).await;
    settle_down().await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
    running.abort();
}

#[test]
fn a_worker_and_its_run_can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let worker = Worker::new(Memory::new(), Handlers::default());
    is_send(worker.run(Cancel::default()));
    is_send(worker.run_until_idle());
}

#[tokio::test]
async fn a_kind_with_slots_of_its_own_takes_no_more_of_them_and_is_not_starved() {
    let w = World::flowing();
    let other = JobKind::custom("other").unwrap();
    let slow: Vec<NewJob> = (0..4).map(|_| w.job()).collect();
    let quick = (0..20).map(|_| NewJob { kind: other.clone(), ..w.job() });
    w.db.enqueue(quick.chain(slow.iter().cloned()).collect()).await.unwrap();
    let (inside, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let order = Arc::new(Mutex::new(Vec::new()));
    let (count, peak, noted, clock) = (inside.clone(), most.clone(), order.clone(), w.clock.clone());
    let handler = Handler::new(move |job: JobContext| {
        let (count, peak, noted, clock) = (count.clone(), peak.clone(), noted.clone(), clock.clone());
        async move {
            let is_slow = job.job().kind == kind();
            noted.lock().unwrap().push(is_slow);
            if is_slow {
                peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                clock.sleep(SECOND * 5).await;
                count.fetch_sub(1, Ordering::SeqCst);
            }
            clock.sleep(SECOND).await;
            Finish::Done(json!(null))
        }
    });
    let handlers = Handlers::default().with(kind(), handler.clone()).with(other, handler);
    let worker = Worker::new(w.db.clone(), handlers).with_slots(3).with_slots_of(kind(), 2);
    let ran = worker.run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 24, ..Ran::default() }, "none is claimed and given back");
    assert_eq!(most.load(Ordering::SeqCst), 2);
    let order = order.lock().unwrap();
    assert!(order[..12].iter().filter(|is_slow| **is_slow).count() >= 2, "{order:?}");
}

#[tokio::test]
async fn kinds_that_nobody_performs_are_named_before_a_worker_runs() {
    let w = World::flowing();
    let [here, there] = ["here", "there"].map(|name| JobKind::custom(name).unwrap());
    let jobs = [w.job(), NewJob { kind: there.clone(), ..w.job() }, NewJob { kind: here.clone(), ..w.job() }];
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let handlers = Handlers::default().with(kind(), handler.clone()).with(here, handler);
    let worker = Worker::new(w.db.clone(), handlers);
    let refused = worker.check_kinds(&[]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    assert!(refused.message().ends_with(": there"), "{refused}");
    worker.check_kinds(&[there]).await.unwrap();
}
