//! Walks pages to the end, and notices when there is none.

use crate::{
    error::{Error, ErrorKind, Result},
    plugin::Page,
};
use futures_util::{Stream, stream};
use std::{
    collections::HashSet,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Pages of one walk: at 250 records a page more than the largest catalogue that platforms admit.
pub const MAX_PAGES: u32 = 10_000;

/// Empty pages in a row: platforms that filter after paging send some, one that sends only these goes round in
/// circles.
pub const MAX_EMPTY_PAGES: u32 = 8;

/// A walk over pages. It ends with the last page, or with an error at a repeated cursor, at a page that holds
/// nothing new, and at [`MAX_PAGES`]; so whoever gets the last page has seen everything.
///
/// Records that can't be read stay on their page. The watermark stands on the last page only, whatever the
/// pages before it say.
///
/// ```
/// # use fusion_core::{error::Result, plugin::{Page, Paged}};
/// # async fn ask(cursor: Option<String>) -> Result<Page<String>> {
/// #     let next = cursor.is_none().then(|| "2".to_owned());
/// #     let item = if next.is_some() { "mug" } else { "cup" };
/// #     Ok(Page { items: vec![item.to_owned()], unreadable: Vec::new(), next, watermark: None })
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// let mut walk = Paged::new(None, String::clone, ask);
/// let mut names = Vec::new();
/// while let Some(page) = walk.next().await? {
///     names.extend(page.items);
/// }
/// assert_eq!(names, ["mug", "cup"]);
/// # Ok(()) }
/// ```
pub struct Paged<T, F> {
    fetch: F,
    identity: fn(&T) -> String,
    cursor: Option<String>,
    cursors: HashSet<u64>,
    records: HashSet<u64>,
    pages: u32,
    empty: u32,
    over: bool,
}

impl<T, F, A> Paged<T, F>
where
    F: FnMut(Option<String>) -> A,
    A: Future<Output = Result<Page<T>>>,
{
    /// A walk from `cursor`, `None` being the beginning. `fetch` gets the page at a cursor, `identity` tells
    /// records apart.
    pub fn new(cursor: Option<String>, identity: fn(&T) -> String, fetch: F) -> Self {
        let cursors = cursor.iter().map(digest).collect();
        Self { fetch, identity, cursor, cursors, records: HashSet::new(), pages: 0, empty: 0, over: false }
    }

    /// The next page; `None` after the last one. After an error the same page is asked for again.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`]: the walk goes round in circles or doesn't end; and those of `fetch`.
    pub async fn next(&mut self) -> Result<Option<Page<T>>> {
        if self.over {
            return Ok(None);
        }
        if self.pages == MAX_PAGES {
            return Err(endless("it has more pages than any catalogue"));
        }
        let mut page = (self.fetch)(self.cursor.clone()).await?;
        self.pages += 1;
        self.look_for_news(&page)?;
        match &page.next {
            None => self.over = true,
            Some(next) if !self.cursors.insert(digest(next)) => {
                return Err(endless("a cursor came a second time"));
            }
            Some(next) => {
                self.cursor = Some(next.clone());
                page.watermark = None;
            }
        }
        Ok(Some(page))
    }

    /// The pages as a stream that ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Page<T>>> {
        stream::try_unfold(self, |mut walk| async move { Ok(walk.next().await?.map(|page| (page, walk))) })
    }

    fn look_for_news(&mut self, page: &Page<T>) -> Result<()> {
        let mut news = false;
        for item in &page.items {
            news |= self.records.insert(digest(&(self.identity)(item)));
        }
        for record in &page.unreadable {
            // One without an id can't be told from another; it counts as news, and `MAX_PAGES` bounds that.
            news |= record.record.as_ref().is_none_or(|record| self.records.insert(digest(&record.id)));
        }
        let is_empty = page.items.is_empty() && page.unreadable.is_empty();
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        if page.next.is_none() || news || (is_empty && self.empty <= MAX_EMPTY_PAGES) {
            return Ok(());
        }
        Err(endless("a page held nothing new"))
    }
}

fn digest(text: &String) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn endless(how: &'static str) -> Error {
    Error::new(ErrorKind::Protocol, format!("the walk over the platform's pages doesn't end: {how}"))
}

#[cfg(test)]
mod tests;
