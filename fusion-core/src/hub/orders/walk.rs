//! A walk over a store's orders: each page with the place behind it in one commit, the watermark with the last.

use super::take::{Haul, Taking, newest};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result, Retry},
    hub::{Hub, session::Session},
    model::{Converted, Ref, RemoteOrder, Store, Unread, UnreadId, Walk, Watermark},
    plugin::{Page, Paged, Unreadable},
    storage::{ChangeSet, Query, Version, Versioned, find, list_all},
    tenant::Tenant,
};
use std::time::Duration;

/// How far a walk begins before the watermark: a platform's list may lag behind its records by minutes.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// How far the first walk looks back: what was ordered before and is still to be shipped. Shopify shows no more
/// without a special permission.
const LOOK_BACK: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Unreadable records that one pull tries alone, so that a platform that garbles everything doesn't turn into as
/// many calls; the others have their turn later.
const MAX_ALONE: usize = 50;

/// The end of a page: where the walk goes on, and what was unreadable on it.
pub(super) struct PageEnd {
    /// Where the walk stood when the page was asked for, and when that was.
    from: Option<String>,
    read: Timestamp,
    since: Option<Timestamp>,
    next: Option<String>,
    covered: Option<Timestamp>,
    unreadable: Vec<Unreadable>,
}

/// What a walk came to.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) orders: usize,
    pub(super) unread: usize,
}

impl Hub {
    /// Walks on from where the last walk over the store's orders ended or was broken off.
    pub(super) async fn walk_orders(&self, session: &Session<'_>, store: &Store) -> Result<Walked> {
        let tenant = &session.tenant;
        let mark = self.order_mark(tenant, store).await?.value;
        let began = match mark.cursor {
            Some(cursor) => {
                let since = cursor.since;
                match self.walk_from(session, store, since, cursor.page.clone()).await {
                    // The platform no longer knows the page: from the beginning, which loses nothing.
                    Err(error) if cursor.page.is_some() && is_about_page(&error) => since,
                    other => return other,
                }
            }
            None => self.begin(store, mark.covered),
        };
        self.walk_from(session, store, began, None).await
    }

    fn begin(&self, store: &Store, covered: Option<Timestamp>) -> Option<Timestamp> {
        let (from, back) = match covered {
            Some(covered) => (covered, OVERLAP),
            None => (store.id.made()?, LOOK_BACK),
        };
        let micros = i64::try_from(back.as_micros()).unwrap_or(i64::MAX);
        Some(Timestamp::from_micros(from.as_micros().saturating_sub(micros)))
    }

    async fn walk_from(
        &self,
        session: &Session<'_>,
        store: &Store,
        since: Option<Timestamp>,
        page: Option<String>,
    ) -> Result<Walked> {
        let cx = session.context(store);
        let plugin = session.plugin();
        let fetch =
            |cursor: Option<String>| async move { plugin.list_orders(&cx, since, cursor.as_deref()).await };
        let mut from = page.clone();
        let mut walk = Paged::new(page, identity, fetch);
        let mut walked = Walked::default();
        loop {
            let read = self.0.clock.now();
            let Some(page) = walk.next().await? else { return Ok(walked) };
            let Page { items, unreadable, next, watermark } = page;
            walked.orders += items.len();
            walked.unread += unreadable.len();
            let end = PageEnd { from, read, since, next: next.clone(), covered: watermark, unreadable };
            let haul = Haul { orders: newest(items), read, page: Some(end), readable: None };
            self.take_all(&session.tenant, store, &haul).await?;
            from = next;
        }
    }

    /// Reads alone what could not be read on its page.
    pub(super) async fn read_unread(&self, session: &Session<'_>, store: &Store) -> Result<()> {
        let query = Query::UnreadIn(store.id, Walk::Orders);
        let mut unread = list_all::<Unread>(&*self.0.backend, &session.tenant, &query).await?;
        unread.sort_by_key(|one| (one.value.tries, one.value.at));
        for Versioned { value, version } in unread.into_iter().take(MAX_ALONE) {
            let Some(record) = value.record.clone() else { continue };
            let read = self.0.clock.now();
            match session.plugin().get_order(&session.context(store), &record).await {
                Ok(order) => {
                    let haul = Haul { orders: vec![order], read, page: None, readable: Some(value.id) };
                    self.take_all(&session.tenant, store, &haul).await?;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let haul = Haul { orders: Vec::new(), read, page: None, readable: Some(value.id) };
                    self.take_all(&session.tenant, store, &haul).await?;
                }
                Err(error) if is_about_record(&error) => {
                    let mut changes = ChangeSet::default();
                    changes
                        .update(version, Unread { tries: value.tries.saturating_add(1), at: read, ..value });
                    self.store_changes(&session.tenant, changes).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn order_mark(&self, tenant: &Tenant, store: &Store) -> Result<Versioned<Watermark>> {
        let found = find::<Watermark>(&*self.0.backend, tenant, (store.id, Walk::Orders)).await?;
        Ok(found.unwrap_or_else(|| Versioned {
            value: Watermark::new(store.id, Walk::Orders),
            version: Version::NEW,
        }))
    }
}

impl Taking<'_> {
    /// Moves the walk past a page, and keeps what was unreadable on it.
    pub(super) async fn pass(&mut self, page: &PageEnd) -> Result<()> {
        let hub = self.hub;
        let Versioned { value: mut mark, version } = hub.order_mark(self.tenant, self.store).await?;
        if page.from.is_none() {
            mark.begin(page.since, page.read);
        }
        if mark.cursor.as_ref().is_none_or(|cursor| cursor.page != page.from) {
            return Err(Error::new(ErrorKind::Unavailable, "another worker walks over the store's orders")
                .with_retry(Retry::Backoff));
        }
        mark.pass(page.next.clone(), page.covered)?;
        self.changes.update(version, mark);
        if !page.unreadable.is_empty() {
            let query = Query::UnreadIn(self.store.id, Walk::Orders);
            let known = list_all::<Unread>(&*hub.0.backend, self.tenant, &query).await?;
            for Unreadable { record, problem } in &page.unreadable {
                let same =
                    |one: &Unread| one.record == *record && (record.is_some() || one.problem == *problem);
                if known.iter().any(|one| same(&one.value)) {
                    continue;
                }
                self.changes.create(Unread {
                    id: UnreadId::new(&*hub.0.clock),
                    store: self.store.id,
                    walk: Walk::Orders,
                    record: record.clone(),
                    problem: problem.clone(),
                    tries: 0,
                    at: hub.0.clock.now(),
                });
            }
        }
        Ok(())
    }

    /// What could not be read before has been read, or is gone.
    pub(super) async fn forget(&mut self, unread: UnreadId) -> Result<()> {
        if let Some(known) = find::<Unread>(&*self.hub.0.backend, self.tenant, unread).await? {
            self.changes.delete::<Unread>(known.version, unread);
        }
        Ok(())
    }
}

fn identity(order: &Converted<RemoteOrder>) -> String {
    order.value.facts.refs.current().first().map(Ref::to_string).unwrap_or_default()
}

/// Whether the platform has something against this one record.
fn is_about_record(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Protocol | ErrorKind::InvalidInput | ErrorKind::PlatformRefused)
}

/// Whether the platform has something against the place where the walk was to go on.
fn is_about_page(error: &Error) -> bool {
    error.retry() == Retry::Never
        && matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::Protocol | ErrorKind::InvalidInput | ErrorKind::PlatformRefused
        )
}
