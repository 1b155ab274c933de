//! Calls that put jobs in at the same time go as one statement, so that the disk is waited for once.

use super::{
    coming::Coming,
    enqueue::{put, put_any, put_plain},
};
use crate::{
    answer::{again, tell},
    postgres::{Postgres, fault::is_locked},
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    job::Enqueued,
};
use tokio::sync::oneshot;

/// Jobs of one statement: beyond this the disk's wait is a small part of the whole. Who puts in so many by itself gains
/// nothing from company.
const MOST: usize = 500;

/// Bytes of one call beyond which it goes alone: so many of them are as much as a statement should carry.
const HEAVY: usize = 64 * 1024;

/// Bytes of one statement: a server takes a thousand million, and is through with so many in some ten milliseconds.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// One statement at a time: what waits meanwhile is the next one.
const AT_ONCE: usize = 1;

/// Jobs of one caller.
pub(in crate::postgres) struct Call {
    jobs: Vec<Coming>,
    bytes: usize,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<Vec<Enqueued>>>;

/// Puts jobs in together with what others put in.
pub(super) async fn join(db: &Postgres, jobs: Vec<Coming>) -> Result<Vec<Enqueued>> {
    let bytes = jobs.iter().map(Coming::bytes).sum();
    let is_heavy = jobs.len() >= MOST || bytes > HEAVY;
    // Keys are waited for, and nobody waits for another's.
    if is_heavy || !jobs.iter().all(Coming::is_plain) {
        return put(db, &jobs).await;
    }
    let (answer, told) = oneshot::channel();
    if db.0.enqueues.add(Call { jobs, bytes, answer }, AT_ONCE) {
        tokio::spawn(serve(db.clone()));
    }
    let left = || db.place().unavailable("was left: the runtime has ended").with_fate(Fate::Unknown);
    told.await.map_err(|_| left())?
}

/// Sends what waits, one statement after the other, until nothing does.
async fn serve(db: Postgres) {
    let mut serving = db.0.enqueues.serve();
    while let Some(calls) = serving.next(|calls| {
        let many = how_many_fit(calls.iter().map(|call| (call.jobs.len(), call.bytes)));
        calls.drain(..many).collect()
    }) {
        send(&db, calls).await;
        // Who has just been answered may have more: it goes with what came in meanwhile.
        tokio::task::yield_now().await;
    }
}

/// How many of the calls that wait, each with its jobs and bytes, go by one statement. The first fits always.
fn how_many_fit(calls: impl Iterator<Item = (usize, usize)>) -> usize {
    let mut sum = (0, 0);
    calls
        .take_while(|(jobs, bytes)| {
            sum = (sum.0 + jobs, sum.1 + bytes);
            sum.0 <= MOST && sum.1 <= MOST_BYTES
        })
        .count()
}

async fn send(db: &Postgres, calls: Vec<Call>) {
    let sent = Sent::new(calls);
    match put_plain(db, &sent.jobs).await {
        Ok(told) => sent.tell(told),
        // Which is known others needn't wait for.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            tokio::spawn(send_any(db.clone(), sent));
        }
        Err(error) => sent.refused(db, &error),
    }
}

/// The same where jobs among them are known.
async fn send_any(db: Postgres, sent: Sent) {
    match put_any(&db, &sent.jobs).await {
        Ok(told) => sent.tell(told),
        Err(error) => sent.refused(&db, &error),
    }
}

/// Calls of one statement.
struct Sent {
    jobs: Vec<Coming>,
    answers: Vec<(usize, Answer)>,
}

impl Sent {
    fn new(calls: Vec<Call>) -> Self {
        let mut sent =
            Self { jobs: Vec::with_capacity(calls.len()), answers: Vec::with_capacity(calls.len()) };
        for Call { jobs, answer, .. } in calls {
            sent.answers.push((jobs.len(), answer));
            sent.jobs.extend(jobs);
        }
        sent
    }

    fn tell(self, told: Vec<Enqueued>) {
        let mut told = told.into_iter();
        for (many, answer) in self.answers {
            tell(answer, Ok(told.by_ref().take(many).collect()));
        }
    }

    /// Nothing is in. Where one of the calls alone is to blame, or is what has to wait for somebody's transaction, each
    /// goes by itself, and nobody waits for it.
    fn refused(self, db: &Postgres, error: &Error) {
        let is_out_of_reach = error.kind() == ErrorKind::Unavailable && !is_locked(error);
        let mut jobs = self.jobs.into_iter();
        for (many, answer) in self.answers {
            if is_out_of_reach {
                tell(answer, Err(again(error)));
                continue;
            }
            let (db, jobs) = (db.clone(), jobs.by_ref().take(many).collect::<Vec<_>>());
            tokio::spawn(async move { tell(answer, put(&db, &jobs).await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_carries_so_many_jobs_and_bytes_and_one_call_at_least() {
        for (each, fit) in [((1, 100), MOST), ((MOST / 2, 100), 2), ((1, HEAVY), MOST_BYTES / HEAVY)] {
            assert_eq!(how_many_fit(std::iter::repeat(each)), fit, "{each:?}");
        }
        assert_eq!(how_many_fit([(MOST - 1, HEAVY), (2, 1)].into_iter()), 1);
        assert_eq!(how_many_fit(std::iter::empty()), 0);
    }
}
