//! What a platform answered.

use crate::{
    clock::Timestamp,
    error::{Failure, Problem},
    model::{Issue, ListingVariantId, Loss, MediaId, Ref, Refs, RemoteProduct},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names work that the platform has accepted and not finished. Only its plugin reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// What kind of handle: `product_operation`.
    pub kind: String,
    /// The handle and what else is needed to ask.
    pub handle: Value,
}

/// How far a write is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written<T> {
    /// It is done.
    Done(T),
    /// The platform has taken it in and decides later. That is not live.
    Accepted {
        /// What is known already.
        so_far: Option<T>,
        /// How to ask what became of it.
        watch: Watch,
        /// After this its outcome counts as unknown.
        until: Timestamp,
    },
}

/// What became of one row of a write that takes many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    /// Place of the row in what was asked.
    pub row: usize,
    /// Why it failed; `None`: it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What a platform answered to a write.
#[must_use = "a receipt says whether the write is done, what was refused and what was lost"]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt<T> {
    /// How far it is.
    pub result: Written<T>,
    /// Row by row, where it took many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowResult>,
    /// What the platform finds wrong with the result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// What was not carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
}

impl<T> Receipt<T> {
    /// Done, and nothing to add.
    pub fn done(value: T) -> Self {
        Self { result: Written::Done(value), rows: Vec::new(), issues: Vec::new(), losses: Vec::new() }
    }

    /// Taken in; `watch` tells later what became of it.
    pub fn accepted(so_far: Option<T>, watch: Watch, until: Timestamp) -> Self {
        Self {
            result: Written::Accepted { so_far, watch, until },
            rows: Vec::new(),
            issues: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Turns the value into another.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Receipt<U> {
        Receipt {
            result: match self.result {
                Written::Done(value) => Written::Done(f(value)),
                Written::Accepted { so_far, watch, until } => {
                    Written::Accepted { so_far: so_far.map(f), watch, until }
                }
            },
            rows: self.rows,
            issues: self.issues,
            losses: self.losses,
        }
    }
}

/// A listing as the platform has it now, with the ids of our rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// What the platform shows.
    pub product: RemoteProduct,
    /// The platform's ids of each of our rows.
    pub variants: Vec<(ListingVariantId, Refs)>,
    /// The platform's ids of each of our pictures, where it tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<(MediaId, Refs)>,
}

/// What a write brought about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    /// A listing stands as asked.
    Placed(Box<Placed>),
    /// A listing is gone or out of sight.
    Removed,
    /// Stock is in line.
    Stock,
    /// A picture or file is there; the platform's ids of it.
    Uploaded(Refs),
    /// Something was done to an order; the platform's ids of what was made.
    Order(Refs),
}

/// A record that could not be read; it never stops a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Which one, as far as that could be read.
    pub record: Option<Ref>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// One page of a walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// What could not.
    pub unreadable: Vec<Unreadable>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<String>,
    /// Up to when changes are covered once this page is stored; only the last page of a walk has one.
    pub watermark: Option<Timestamp>,
}
