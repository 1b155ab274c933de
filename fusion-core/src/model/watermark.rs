//! How far a store's records have been read.

use super::{Ref, StoreId, UnreadId};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result},
};
use serde::{Deserialize, Serialize};

/// What a walk reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Walk {
    /// The store's products.
    Products,
    /// The store's orders.
    Orders,
}

/// A walk in progress: committed with each page, so that whoever goes on begins behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Only what changed since then is read; `None`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it began. What changes later belongs to the next walk, so the watermark never passes it.
    pub until: Timestamp,
    /// The platform's word for the page that is next; `None`: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Pages that are stored.
    #[serde(default)]
    pub pages: u32,
}

/// How far the records of one kind of a store have been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Of which store.
    pub store: StoreId,
    /// Of which records.
    pub walk: Walk,
    /// Changes up to here are stored; `None`: no walk has come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<Timestamp>,
    /// When the newest walk began that has come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walked: Option<Timestamp>,
    /// The walk in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// Pages of one walk: at the smallest page of any platform, far beyond any catalogue or year of orders.
pub(super) const MAX_PAGES: u32 = 10_000;

impl Watermark {
    /// Of records that were never read.
    pub const fn new(store: StoreId, walk: Walk) -> Self {
        Self { store, walk, covered: None, walked: None, cursor: None }
    }

    /// Begins a walk over what changed since `since`; one in progress is forgotten.
    pub fn begin(&mut self, since: Option<Timestamp>, now: Timestamp) {
        self.cursor = Some(Cursor { since, until: now, page: None, pages: 0 });
    }

    /// Moves past a stored page: on to `next`, or to the end of the walk, where the platform's `covered` moves
    /// the watermark, never back and never beyond the beginning of the walk.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`]: the platform repeats the page, or its pages don't end.
    /// [`ErrorKind::Internal`]: no walk is in progress.
    pub fn pass(&mut self, next: Option<String>, covered: Option<Timestamp>) -> Result<()> {
        let Some(cursor) = &mut self.cursor else {
            return Err(Error::new(ErrorKind::Internal, "a page was stored without a walk"));
        };
        let Some(next) = next else {
            let covered = covered.map(|covered| covered.min(cursor.until));
            self.covered = self.covered.max(covered);
            self.walked = self.walked.max(Some(cursor.until));
            self.cursor = None;
            return Ok(());
        };
        if cursor.page.as_ref() == Some(&next) {
            return Err(Error::new(ErrorKind::Protocol, "the platform repeats a page"));
        }
        if cursor.pages >= MAX_PAGES {
            return Err(Error::new(ErrorKind::Protocol, "the platform's pages don't end"));
        }
        cursor.page = Some(next);
        cursor.pages += 1;
        Ok(())
    }
}

/// A record of a store that could not be read. It stopped nothing, and is tried again alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Which one.
    pub id: UnreadId,
    /// Of which store.
    pub store: StoreId,
    /// Found by which walk.
    pub walk: Walk,
    /// What the platform calls it, as far as that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Ref>,
    /// What is wrong with it.
    pub problem: Problem,
    /// How often it was tried alone.
    #[serde(default)]
    pub tries: u32,
    /// When it was last tried.
    pub at: Timestamp,
}
