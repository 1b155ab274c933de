//! A walk over a store's records: each page with the place behind it in one commit, so that a kill costs a page;
//! what no page could give is read alone afterwards.

mod pause;
mod unreads;

pub(super) use unreads::Unreads;

use super::{Hub, session::Session};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result, Retry, When},
    job::{Finish, JobContext, Lease, SnoozeReason},
    model::{Cursor, Ref, Store, Unread, UnreadId, Walk, Watermark},
    plugin::{Page, Paged, Unreadable},
    storage::{ChangeSet, Query, Version, Versioned, find, list_all},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::time::Duration;

/// Records that one attempt tries alone: a store's other jobs have their turn in between, and a platform that
/// garbles everything doesn't turn into as many calls.
const MAX_ALONE: usize = 50;

/// Whose records are read, and on whose behalf.
pub(super) struct Walker<'a> {
    /// `None`: a person waits for it.
    pub(super) job: Option<&'a JobContext>,
    pub(super) store: &'a Store,
    pub(super) session: &'a Session<'a>,
}

impl Walker<'_> {
    pub(super) fn tenant(&self) -> &Tenant {
        &self.session.tenant
    }

    /// A lost lease refuses what is stored under it.
    pub(super) fn fence(&self) -> Option<Lease> {
        self.job.map(|job| job.lease().clone())
    }
}

/// Records of one sort: what sets them apart for a walk.
#[async_trait]
pub(super) trait Walks: Sync {
    type Item: Send + Sync;

    const WALK: Walk;

    fn walker(&self) -> &Walker<'_>;

    /// What tells records of a walk apart.
    fn name(item: &Self::Item) -> String;

    /// What was tried alone since then has had its turn, and all others have theirs before it ends; `None`: those
    /// that were tried least have theirs, and the others another time.
    fn tried_since(&self) -> Option<Timestamp>;

    async fn page(&self, cursor: &Cursor, page: Option<String>) -> Result<Page<Self::Item>>;

    async fn alone(&self, record: &Ref) -> Result<Self::Item>;

    /// Takes in what was read, with the end of its page in the same commit.
    async fn take(&self, hub: &Hub, read: Read<Self::Item>) -> Result<()>;
}

/// What one call has brought.
pub(super) struct Read<T> {
    pub(super) items: Vec<T>,
    pub(super) unreadable: Vec<Unreadable>,
    /// When the call began.
    pub(super) at: Timestamp,
    /// The page that it is; `None`: the walk stays where it is.
    pub(super) passes: Option<Passed>,
    /// A record that could not be read before, and is gone or goes by another name.
    pub(super) settles: Option<UnreadId>,
}

/// A page of a walk, and how far the walk is behind it.
#[derive(Clone)]
pub(super) struct Passed {
    from: Option<String>,
    next: Option<String>,
    covered: Option<Timestamp>,
}

impl<T> Read<T> {
    /// Read for themselves, at `at`.
    pub(super) const fn alone(items: Vec<T>, at: Timestamp) -> Self {
        Self { items, unreadable: Vec::new(), at, passes: None, settles: None }
    }

    /// One that could not be read.
    pub(super) fn failed(record: Option<Ref>, problem: Problem, at: Timestamp) -> Self {
        Self { unreadable: vec![Unreadable { record, problem }], ..Self::alone(Vec::new(), at) }
    }
}

impl Hub {
    /// Goes on where the walk is until it is through; says how the job waits if its time is over before the last
    /// page.
    pub(super) async fn walk<W: Walks>(&self, at: &W) -> Result<Option<Finish>> {
        let mut is_anew = false;
        while let Some(cursor) = self.mark::<W>(at).await?.value.cursor {
            let mut from = cursor.page.clone();
            let mut walk = Paged::new(from.clone(), W::name, |page| at.page(&cursor, page));
            let mut is_first = true;
            loop {
                if let Some(waiting) = self.pause_walk(at.walker())? {
                    return Ok(Some(waiting));
                }
                let began = self.0.clock.now();
                match walk.next().await {
                    Ok(Some(Page { items, unreadable, next, watermark })) => {
                        let passes = Some(Passed { from, next: next.clone(), covered: watermark });
                        let read = Read { items, unreadable, at: began, passes, settles: None };
                        at.take(self, read).await?;
                        from = next;
                    }
                    Ok(None) => break,
                    // The platform no longer knows the page that was next: all over again, and only once.
                    Err(error) if is_first && from.is_some() && !is_anew && is_about_page(&error) => {
                        is_anew = true;
                        self.walk_anew(at, &cursor).await?;
                        break;
                    }
                    Err(error) => return Err(error),
                }
                is_first = false;
            }
        }
        Ok(None)
    }

    /// Tries what no page could give, each alone; says how the job waits if its time is over before the last.
    pub(super) async fn try_alone<W: Walks>(&self, at: &W) -> Result<Option<Finish>> {
        let walker = at.walker();
        let query = Query::UnreadIn(walker.store.id, W::WALK);
        let mut unread = list_all::<Unread>(&*self.0.backend, walker.tenant(), &query).await?;
        unread.retain(|one| {
            one.value.record.is_some()
                && (one.value.tries == 0 || at.tried_since().is_none_or(|since| one.value.at < since))
        });
        unread.sort_by_key(|one| (one.value.tries, one.value.at));
        for (nth, Versioned { value, .. }) in unread.into_iter().enumerate() {
            let Some(record) = value.record else { continue };
            if nth == MAX_ALONE {
                let again = Finish::Snooze {
                    after: When::In(Duration::ZERO),
                    close_gate: false,
                    why: SnoozeReason::Piece,
                };
                return Ok(at.tried_since().map(|_| again));
            }
            if let Some(waiting) = self.pause_walk(walker)? {
                return Ok(Some(waiting));
            }
            let began = self.0.clock.now();
            let read = match at.alone(&record).await {
                Ok(item) => Read { settles: Some(value.id), ..Read::alone(vec![item], began) },
                // Gone: nothing is left to be read.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    Read { settles: Some(value.id), ..Read::alone(Vec::new(), began) }
                }
                Err(error) if is_about_record(&error) => {
                    Read::failed(Some(record), unreadable(&error), began)
                }
                Err(error) => return Err(error),
            };
            at.take(self, read).await?;
        }
        Ok(None)
    }

    fn pause_walk(&self, walker: &Walker<'_>) -> Result<Option<Finish>> {
        walker.job.map_or(Ok(None), |job| self.pause(job))
    }

    /// How far the walk is.
    pub(super) async fn mark<W: Walks>(&self, at: &W) -> Result<Versioned<Watermark>> {
        let store = at.walker().store.id;
        let found = find::<Watermark>(&*self.0.backend, at.walker().tenant(), (store, W::WALK)).await?;
        let new = || Versioned { value: Watermark::new(store, W::WALK), version: Version::NEW };
        Ok(found.unwrap_or_else(new))
    }

    async fn walk_anew<W: Walks>(&self, at: &W, cursor: &Cursor) -> Result<()> {
        let Versioned { value: mut mark, version } = self.mark(at).await?;
        if mark.cursor.as_ref() != Some(cursor) {
            return Err(overtaken());
        }
        mark.begin(cursor.since, self.0.clock.now());
        let mut changes = ChangeSet { fence: at.walker().fence(), ..ChangeSet::default() };
        changes.update(version, mark);
        self.store_changes(at.walker().tenant(), changes).await
    }

    /// Puts into `changes` that the walk is behind a page, unless it is elsewhere by now.
    pub(super) async fn pass_page<W: Walks>(
        &self,
        at: &W,
        passed: &Passed,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let Versioned { value: mut mark, version } = self.mark(at).await?;
        if mark.cursor.as_ref().is_none_or(|cursor| cursor.page != passed.from) {
            return Err(overtaken());
        }
        mark.pass(passed.next.clone(), passed.covered)?;
        changes.update(version, mark);
        Ok(())
    }
}

/// Another walk was begun meanwhile, or another worker is at this one.
pub(super) fn overtaken() -> Error {
    Error::new(ErrorKind::Unavailable, "another worker walks over these records of the store, or begins anew")
        .with_retry(Retry::Backoff)
}

/// Whether the record itself is at fault, and not the way to it.
pub(super) fn is_about_record(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Protocol | ErrorKind::PlatformRefused | ErrorKind::InvalidInput
    )
}

/// What is kept of such an error.
pub(super) fn unreadable(error: &Error) -> Problem {
    Problem::error("", "unreadable", error.message().to_owned())
}

/// Whether the platform has something against the place where the walk was to go on.
fn is_about_page(error: &Error) -> bool {
    error.retry() == Retry::Never && is_about_record(error)
}
