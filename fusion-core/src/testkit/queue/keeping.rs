use super::world::{HOUR, Queue, SECOND, TURNS, World, failure};
use crate::{
    clock::Clock,
    error::{ErrorKind, When},
    job::*,
    model::JobId,
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

pub async fn the_newest_lines_of_a_job_are_kept_in_their_order<Q: Queue>(w: World<Q>) {
    let (job, quiet) = (w.job(), w.job());
    w.put_all([job.clone(), quiet.clone()]).await;
    let line = |text: &str| JobLine::new(job.id, w.clock.now(), text);
    let long = "é".repeat(10_000);
    let mut lines: Vec<JobLine> = (0..MAX_LINES + 3).map(|nth| line(&nth.to_string())).collect();
    lines.push(line("\0 stays \u{1F600}"));
    lines.push(line(&long));
    let unknown = JobLine::new(JobId::new(&w.clock), w.clock.now(), "nobody's");
    for part in lines.chunks(7) {
        w.q.log(part.iter().cloned().chain([unknown.clone()]).collect()).await.unwrap();
        w.clock.advance(SECOND);
    }
    let kept = w.q.lines(&w.tenant, job.id).await.unwrap();
    assert_eq!(kept, lines[lines.len() - MAX_LINES..]);
    assert!(kept.last().unwrap().text.len() < long.len(), "a line is no payload");
    assert!(w.q.lines(&w.tenant, quiet.id).await.unwrap().is_empty());
    assert_eq!(w.q.lines(&w.other, job.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub async fn ended_jobs_are_forgotten_after_their_time_a_few_at_a_time<Q: Queue>(w: World<Q>) {
    let parent = w.job();
    let child = NewJob { parents: vec![parent.id], due: When::OnSignal, ..w.job() };
    w.put_all([parent.clone(), child.clone()]).await;
    w.done(&w.claim_one().await).await;
    let old = [0; 3].map(|_| w.job());
    w.put_all(old.clone()).await;
    for one in w.claim(3).await {
        w.done(&one).await;
    }
    w.clock.advance(HOUR);
    let (young, dead) = (w.job(), w.job());
    w.put_all([young.clone(), dead.clone()]).await;
    for one in w.claim(2).await {
        match one.job.id == dead.id {
            true => drop(w.end(&one, JobEnd::Dead(failure())).await),
            false => w.done(&one).await,
        }
    }
    let mut forgotten = Vec::new();
    for _ in 0..3 {
        forgotten.push(w.q.forget(HOUR, 2).await.unwrap());
    }
    assert_eq!(forgotten, [2, 1, 0]);
    let known = async |job: &NewJob| w.q.get(&w.tenant, job.id).await.unwrap().is_some();
    for job in &old {
        assert!(!known(job).await);
    }
    for job in [&parent, &child, &young, &dead] {
        assert!(known(job).await);
    }
    w.clock.advance(HOUR);
    assert_eq!(w.q.forget(HOUR, 9).await.unwrap(), 1);
    assert!(known(&dead).await, "its handler hasn't heard of it");
    w.q.told(&[dead.id]).await.unwrap();
    assert_eq!(w.q.forget(HOUR, 9).await.unwrap(), 1);
    assert!(!known(&dead).await && known(&parent).await, "a child needs its parent");
}

pub async fn who_waits_for_a_job_is_told_of_its_end_or_after_its_patience<Q: Queue>(w: World<Q>) {
    let (job, slow) = (w.job(), NewJob { due: When::OnSignal, ..w.job() });
    w.put_all([job.clone(), slow.clone()]).await;
    let claimed = w.claim_one().await;
    for (id, patience, wanted) in
        [(slow.id, SECOND * 2, JobStatus::Pending), (job.id, HOUR, JobStatus::Completed)]
    {
        let before = w.clock.elapsed();
        let mut waiting = pin!(w.q.wait_for(&w.tenant, id, &w.clock, patience));
        let mut told = None;
        for turn in 0..TURNS {
            told = poll_fn(|cx| match waiting.as_mut().poll(cx) {
                Poll::Ready(told) => Poll::Ready(Some(told)),
                Poll::Pending => Poll::Ready(None),
            })
            .await;
            if told.is_some() {
                break;
            }
            if id == job.id && turn == TURNS / 2 {
                w.done(&claimed).await;
            }
            w.q.next_due(&[]).await.unwrap();
            w.clock.advance(Duration::from_millis(100));
        }
        let state = told.expect("nobody is told").unwrap().expect("the job is known");
        assert_eq!(state.status, wanted);
        assert!(w.clock.elapsed() - before >= SECOND * 2);
    }
    let unknown = JobId::new(&w.clock);
    assert_eq!(w.q.wait_for(&w.tenant, unknown, &w.clock, HOUR).await.unwrap(), None);
}
