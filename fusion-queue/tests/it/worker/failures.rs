use super::*;

#[tokio::test]
async fn a_handler_that_panics_has_failed_and_the_others_go_on() {
    let w = World::flowing();
    let (fragile, sound) = (w.job(), w.job());
    w.put(&fragile).await;
    w.put(&sound).await;
    let id = fragile.id;
    let handler = Handler::new(move |job: JobContext| async move {
        assert!(job.job().id != id || job.attempt() > 2, "a bug");
        Finish::Done(json!(null))
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 2, retried: 2, ..Ran::default() });
    assert_eq!(w.state(fragile.id).await.failure.unwrap().kind, ErrorKind::Internal);
}

#[tokio::test]
async fn a_job_beyond_its_time_is_dropped_and_in_the_end_its_handler_is_told() {
    let w = World::flowing();
    let retry = RetryPolicy { attempts: 2, ..RetryPolicy::DEFAULT };
    let job = NewJob { timeout: SECOND * 10, retry, ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |_| forever().await);
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { retried: 1, failed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.failure.unwrap().kind, ErrorKind::Timeout);
    assert_eq!(handler.told(), [ErrorKind::Timeout]);
}

#[tokio::test]
async fn a_handler_that_stops_when_its_time_is_over_has_timed_out_and_isnt_cancelled() {
    let w = World::flowing();
    let retry = RetryPolicy { attempts: 1, ..RetryPolicy::DEFAULT };
    let job = NewJob { timeout: SECOND, retry, ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        job.cancel().cancelled().await;
        failed(ErrorKind::Cancelled, Retry::Never)
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { failed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.failure.unwrap().kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn the_last_failure_is_a_dead_letter_and_a_handlers_own_word_is_not_repeated_to_it() {
    let w = World::flowing();
    let (failing, dead) = (w.job(), w.job());
    w.put(&failing).await;
    w.put(&dead).await;
    let id = dead.id;
    let handler = Handler::new(move |job: JobContext| async move {
        match job.job().id == id {
            true => Finish::Dead(failure()),
            false => failed(ErrorKind::Unavailable, Retry::Backoff),
        }
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    let retried = u64::from(RetryPolicy::DEFAULT.attempts - 1);
    assert_eq!(ran, Ran { failed: 2, retried, ..Ran::default() });
    assert_eq!(handler.told(), [ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_running_job_that_is_to_be_cancelled_hears_of_it_by_heartbeat() {
    let w = World::flowing();
    let job = w.job();
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        job.progress().report(1, Some(2));
        job.cancel().cancelled().await;
        failed(ErrorKind::Cancelled, Retry::Never)
    });
    let worker = handler.worker(&w);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 5).await;
    assert_eq!(w.state(job.id).await.progress, Some((1, Some(2))));
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), CancelVerdict::Asked);
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { cancelled: 1, ..Ran::default() });
    assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
}

#[tokio::test]
async fn a_cancelled_job_whose_handler_is_deaf_or_fails_is_cancelled_and_told_so() {
    for is_deaf in [true, false] {
        let w = World::flowing();
        let job = NewJob { timeout: SECOND * 20, ..w.job() };
        w.put(&job).await;
        let handler = Handler::new(move |job: JobContext| async move {
            match is_deaf {
                true => forever().await,
                false => {
                    job.cancel().cancelled().await;
                    failed(ErrorKind::Unavailable, Retry::Backoff)
                }
            }
        });
        let worker = handler.worker(&w);
        let running = tokio::spawn(async move { worker.run_until_idle().await });
        w.clock.sleep(SECOND * 5).await;
        w.db.cancel(&w.tenant, job.id).await.unwrap();
        let ran = running.await.unwrap().unwrap();
        assert_eq!((ran.cancelled, ran.retried), if is_deaf { (1, 0) } else { (0, 1) });
        assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
        assert_eq!(handler.told(), [ErrorKind::Cancelled]);
    }
}

#[tokio::test]
async fn a_job_given_up_or_cancelled_without_its_handler_is_told_to_it() {
    let w = World::flowing();
    let (poison, unwanted) = (w.job(), w.job());
    w.put(&poison).await;
    for _ in 0..=fusion_queue::memory::MAX_CRASHES {
        let claimed = w.claim_one().await;
        w.beat(&claimed, true).await;
        w.clock.advance(LEASE);
        if claimed.crashes < fusion_queue::memory::MAX_CRASHES {
            w.db.rescue(&[kind()]).await.unwrap();
        }
    }
    w.put(&unwanted).await;
    w.db.cancel(&w.tenant, unwanted.id).await.unwrap();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran::default());
    assert_eq!(handler.told(), [ErrorKind::Internal, ErrorKind::Cancelled]);
}

#[tokio::test]
async fn an_end_that_its_handler_could_not_take_in_is_told_again_by_the_next_worker() {
    let w = World::flowing();
    let job = w.job();
    w.put(&job).await;
    let handler = Handler::new(async |_| panic!("it is broken"));
    let dead = NewJob { retry: RetryPolicy { attempts: 1, ..RetryPolicy::DEFAULT }, ..w.job() };
    w.put(&dead).await;
    w.db.cancel(&w.tenant, job.id).await.unwrap();
    handler.deaf.store(2, Ordering::SeqCst);
    handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(handler.told().len(), 2, "one is cancelled and one is dead");

    let stranger = Worker::new(w.db.clone(), Handlers::default().with(JobKind::WATCH, handler.clone()));
    stranger.run_until_idle().await.unwrap();
    assert_eq!(handler.told().len(), 2, "it isn't for this worker");

    handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(handler.told().len(), 4);
    handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(handler.told().len(), 4, "once it was taken in");
}

#[tokio::test]
async fn an_end_that_the_queue_cant_store_is_its_jobs_failure_and_the_others_go_on() {
    let w = World::flowing();
    let jobs: Vec<NewJob> = (0..40).map(|nth| NewJob { payload: json!(nth), ..w.job() }).collect();
    w.db.enqueue(jobs.clone()).await.unwrap();
    let handler = Handler::new(async |job: JobContext| Finish::Done(job.job().payload.clone()));
    let watched = watched(w.db.clone());
    watched.watch.refuse(|end| *end == JobEnd::Completed(json!(7)));
    let worker = Worker::new(watched.clone(), Handlers::default().with(kind(), handler.clone()));
    let ran = worker.with_lease(LEASE).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 39, failed: 1, ..Ran::default() });
    for (nth, job) in jobs.iter().enumerate() {
        let wanted = if nth == 7 { JobStatus::Failed } else { JobStatus::Completed };
        assert_eq!(w.status(job.id).await, wanted);
    }
    let state = w.state(jobs[7].id).await;
    let why = state.failure.unwrap();
    assert_eq!((why.kind, state.attempt), (ErrorKind::InvalidInput, 1));
    assert!(why.message.contains("can't hold a text"), "{why}");
    assert_eq!(handler.told(), [ErrorKind::InvalidInput]);
    let settled: BTreeSet<_> = watched.watch.settled().into_iter().map(|(job, ..)| job).collect();
    assert_eq!(settled.len(), 40);
    assert_eq!(watched.watch.settled().len(), 40, "each once");
}

#[tokio::test]
async fn a_queue_that_stores_no_failure_either_ends_the_run() {
    let w = World::flowing();
    let job = w.job();
    w.put(&job).await;
    let watched = watched(w.db.clone());
    watched.watch.refuse(|_| true);
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let worker = Worker::new(watched, Handlers::default().with(kind(), handler)).with_lease(LEASE);
    let error = worker.run_until_idle().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(w.status(job.id).await, JobStatus::Claimed, "it falls due when its lease ends");
}

#[tokio::test]
async fn whoever_is_cancelled_behind_a_dead_head_is_told_which_it_was() {
    let w = World::flowing();
    let head = NewJob { dead_head: DeadHead::CancelRest, ..w.serial("a") };
    w.put(&head).await;
    w.put(&w.serial("a")).await;
    let handler = Handler::new(async |_| Finish::Dead(failure()));
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { failed: 1, ..Ran::default() });
    assert_eq!(handler.reasons(), [DeadHead::failure(head.id)]);
}
