//! The walk over a store's orders.

use super::take::{Newer, newest};
use crate::{
    clock::Timestamp,
    error::Result,
    hub::{
        Hub,
        commit::Rounds,
        walk::{Read, Walker, Walks},
    },
    model::{Converted, Cursor, Ref, RemoteOrder, Store, Walk},
    plugin::Page,
    storage::ChangeSet,
};
use async_trait::async_trait;
use std::time::Duration;

/// How far a walk begins before the watermark: a platform's list may lag behind its records by minutes.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// How far the first walk looks back: what was ordered before and is still to be shipped. Shopify shows no more
/// without a special permission.
const LOOK_BACK: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Orders of a store that are being pulled.
pub(super) struct Pulling<'a>(pub(super) Walker<'a>);

#[async_trait]
impl Walks for Pulling<'_> {
    type Item = Converted<RemoteOrder>;

    const WALK: Walk = Walk::Orders;

    fn walker(&self) -> &Walker<'_> {
        &self.0
    }

    fn name(item: &Self::Item) -> String {
        item.value.facts.refs.current().first().map(Ref::to_string).unwrap_or_default()
    }

    fn tried_since(&self) -> Option<Timestamp> {
        None
    }

    async fn page(&self, cursor: &Cursor, page: Option<String>) -> Result<Page<Self::Item>> {
        let session = self.0.session;
        session.plugin().list_orders(&session.context(self.0.store), cursor.since, page.as_deref()).await
    }

    async fn alone(&self, record: &Ref) -> Result<Self::Item> {
        let session = self.0.session;
        session.plugin().get_order(&session.context(self.0.store), record).await
    }

    async fn take(&self, hub: &Hub, read: Read<Self::Item>) -> Result<()> {
        let items = newest(read.items);
        hub.take_all(self, &Read { items, ..read }, Newer::MayCome).await
    }
}

impl Hub {
    /// Begins a walk over what has changed, unless one was broken off: that one is gone on with.
    pub(super) async fn begin_pull(&self, at: &Pulling<'_>) -> Result<()> {
        let mut rounds = Rounds::of("the walk over the store's orders");
        loop {
            let mut mark = self.mark(at).await?;
            if mark.value.cursor.is_some() {
                return Ok(());
            }
            mark.value.begin(since(at.0.store, mark.value.covered), self.0.clock.now());
            let mut changes = ChangeSet { fence: at.0.fence(), ..ChangeSet::default() };
            changes.update(mark.version, mark.value);
            if rounds.store(self, at.0.tenant(), changes).await?.is_some() {
                return Ok(());
            }
        }
    }
}

fn since(store: &Store, covered: Option<Timestamp>) -> Option<Timestamp> {
    Some(match covered {
        Some(covered) => covered - OVERLAP,
        None => store.id.made()? - LOOK_BACK,
    })
}
