//! The walk over a store's products.

use super::{
    super::{
        Hub,
        walk::{Read, Walker, Walks},
    },
    Intaking, Purpose,
    alone::read_whole,
};
use crate::{
    clock::Timestamp,
    error::{ErrorKind, Problem, Result},
    model::{Converted, Cursor, Intake, Ref, RemoteProduct, Walk},
    plugin::{Page, ProductQuery},
};
use async_trait::async_trait;

/// Products of a page where each that comes in may have to be read alone: with the slowest platform's limits it is
/// through within the time that a walk keeps for a page.
const PAGE: u32 = 20;

#[async_trait]
impl Walks for Intaking<'_> {
    type Item = Converted<RemoteProduct>;

    const WALK: Walk = Walk::Products;

    fn walker(&self) -> &Walker<'_> {
        &self.walker
    }

    fn name(item: &Self::Item) -> String {
        item.value.refs.current().first().map(ToString::to_string).unwrap_or_default()
    }

    fn tried_since(&self) -> Option<Timestamp> {
        match self.purpose {
            Purpose::Import(began) => Some(began),
            Purpose::Answer(_) => None,
        }
    }

    async fn page(&self, cursor: &Cursor, page: Option<String>) -> Result<Page<Self::Item>> {
        let page_size = (self.intake == Intake::Everything).then_some(PAGE);
        let query = ProductQuery { changed_since: cursor.since, cursor: page, page_size };
        let session = self.walker.session;
        session.plugin().list_products(&session.context(self.store), &query).await
    }

    async fn alone(&self, record: &Ref) -> Result<Self::Item> {
        let session = self.walker.session;
        session.plugin().get_product(&session.context(self.store), record).await
    }

    async fn take(&self, hub: &Hub, mut read: Read<Self::Item>) -> Result<()> {
        let shown = std::mem::take(&mut read.items);
        for shown in shown {
            // What was read alone is whole.
            let comes_in = read.passes.is_some() && hub.comes_in(self, &shown.value).await?;
            match read_whole(self, shown, comes_in).await? {
                Ok(whole) => read.items.push(whole),
                Err(unreadable) => read.unreadable.push(unreadable),
            }
        }
        match hub.store_batch(self, &read).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            stored => return stored,
        }
        // Something of it has ids that another listing has: one by one, and then past the page.
        for item in read.items.drain(..) {
            let record = item.value.refs.current().first().cloned();
            match hub.store_batch(self, &Read::alone(vec![item], read.at)).await {
                // It can't stand beside what is there.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let problem = Problem::error("refs", "taken", error.message().to_owned());
                    hub.store_batch(self, &Read::failed(record, problem, read.at)).await?;
                }
                stored => stored?,
            }
        }
        hub.store_batch(self, &read).await
    }
}
