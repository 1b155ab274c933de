//! Commits that come at the same time go as one statement: the disk is waited for once, and what each statement of the
//! server's costs is paid by all of them.

use super::{Call, alone, send_all};
use crate::{
    answer::{again, tell},
    postgres::{Postgres, fault::told_by},
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    storage::Committed,
};
use std::{collections::HashSet, time::Duration};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Statements at once: while one waits for the disk another one is worked on.
const AT_ONCE: usize = 2;

/// Commits of one statement, and the bytes of all of them.
const MOST: usize = 64;
const MOST_BYTES: usize = 1024 * 1024;

/// A commit of more records or bytes goes alone: it gains nothing, and others would wait for it.
const MANY: usize = 64;
const HEAVY: usize = 64 * 1024;

/// How long a commit without company keeps others waiting, where somebody's open transaction holds it up.
const PATIENCE: Duration = Duration::from_millis(50);

/// A commit, and who made it.
pub(in crate::postgres) struct Member {
    call: Call,
    answer: oneshot::Sender<Result<Committed>>,
}

/// Commits together with what others commit; alone where it can't be.
pub(super) async fn join(db: &Postgres, call: Call) -> Result<Committed> {
    let Some(line) = db.0.commits.as_ref().filter(|_| is_light(&call)) else {
        return alone(db, &call).await;
    };
    let (answer, told) = oneshot::channel();
    if line.add(Member { call, answer }, AT_ONCE) {
        tokio::spawn(serve(db.clone()));
    }
    let left = || db.place().unavailable("was left: the runtime has ended").with_fate(Fate::Unknown);
    told.await.map_err(|_| left())?
}

/// Whether it gains by company, and does others no harm: what it calls off might be what another one settles or joins.
fn is_light(call: &Call) -> bool {
    let rows = call.part.held.len() + call.part.written().count() + call.asked.jobs();
    call.part.cancels.is_empty() && rows <= MANY && call.bytes() <= HEAVY
}

/// Sends what waits, until nothing does.
async fn serve(db: Postgres) {
    let Some(line) = &db.0.commits else { return };
    let mut serving = line.serve();
    while let Some(calls) = serving.next(company) {
        send(&db, calls).await;
        // Who has just been answered may have more: it goes with what came in meanwhile.
        tokio::task::yield_now().await;
    }
}

/// Takes out the first that waits and all that can go with it: what one writes or claims the others neither write, rely
/// on nor claim.
fn company(waiting: &mut Vec<Member>) -> Vec<Member> {
    let mut touched = Touched::default();
    let (mut many, mut bytes) = (0, 0);
    let is_taken: Vec<bool> = waiting
        .iter()
        .map(|one| {
            let fits = many < MOST && (many == 0 || bytes + one.call.bytes() <= MOST_BYTES);
            let is_taken = fits && touched.take(&one.call);
            (many, bytes) = (many + usize::from(is_taken), bytes + usize::from(is_taken) * one.call.bytes());
            is_taken
        })
        .collect();
    let mut is_taken = is_taken.into_iter();
    waiting.extract_if(.., |_| is_taken.next().unwrap_or_default()).collect()
}

/// What a company touches.
#[derive(Default)]
struct Touched<'a> {
    written: HashSet<(&'a str, &'static str, &'a [u8])>,
    relied: HashSet<(&'a str, &'static str, &'a [u8])>,
    claims: HashSet<(&'a str, &'a [u8; 32])>,
    jobs: HashSet<Uuid>,
    settles: bool,
    joins: bool,
}

impl<'a> Touched<'a> {
    /// Adds a commit, if it meets none of the others.
    fn take(&mut self, call: &'a Call) -> bool {
        let of = call.part.tenant.as_str();
        let rows = call.part.written().map(|row| (of, row.kind, row.id.as_slice()));
        let held = |is_written| {
            let held = call.part.held.iter().filter(move |one| one.is_written == is_written);
            held.map(move |one| (of, one.kind, one.id.as_slice()))
        };
        let written: Vec<_> = rows.chain(held(true)).collect();
        let asked = &call.asked;
        let claims = || call.part.claims.keys().map(move |hash| (of, hash));
        let fenced = call.part.fence.map(|(job, _)| job);
        let jobs: Vec<Uuid> = asked.about().iter().copied().chain(fenced).collect();
        let meets = written.iter().any(|key| self.written.contains(key) || self.relied.contains(key))
            || held(false).any(|key| self.written.contains(&key))
            || claims().any(|claim| self.claims.contains(&claim))
            || jobs.iter().any(|job| self.jobs.contains(job))
            // Of a job that one settles and the other would join, whoever comes second has to see the end.
            || (self.settles && asked.joins())
            || (self.joins && asked.settles());
        if !meets {
            self.written.extend(written);
            self.relied.extend(held(false));
            self.claims.extend(claims());
            self.jobs.extend(jobs);
            self.settles |= asked.settles();
            self.joins |= asked.joins();
        }
        !meets
    }
}

async fn send(db: &Postgres, mut calls: Vec<Member>) {
    if calls.len() == 1 {
        for one in calls {
            // Whoever holds it up holds up nobody else.
            drop(tokio::time::timeout(PATIENCE, go_alone(db.clone(), one)).await);
        }
        return;
    }
    let parts: Vec<&Call> = calls.iter().map(|one| &one.call).collect();
    match send_all(db, &parts).await {
        Ok(committed) => {
            for (one, committed) in calls.drain(..).zip(committed) {
                tell(one.answer, Ok(committed));
            }
        }
        Err(error) => refused(db, calls, &error),
    }
}

/// Where nothing is in, each goes by itself, and nobody waits for who is to blame or has to wait for somebody.
fn refused(db: &Postgres, members: Vec<Member>, error: &Error) {
    // What the server has undone, or what can't be sent as one.
    let is_undone = (told_by(error).is_some() && error.fate() != Fate::Unknown)
        || error.kind() == ErrorKind::InvalidInput;
    for one in members {
        match is_undone {
            true => drop(go_alone(db.clone(), one)),
            false => tell(one.answer, Err(again(error))),
        }
    }
}

fn go_alone(db: Postgres, one: Member) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move { tell(one.answer, alone(&db, &one.call).await) })
}
