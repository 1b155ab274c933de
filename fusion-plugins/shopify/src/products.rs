//! Makes, shows, changes and removes products.

mod change;
mod place;
mod remove;

pub(crate) use change::{placed as edited_placed, update};
pub(crate) use place::{MARK, create, placed, publish, show};
pub(crate) use remove::delete;

use fusion_core::error::{Error, Fate};

/// The fate of work of several steps when one fails: what came before stands.
fn after_others(error: Error) -> Error {
    match error.fate() {
        Fate::NotSent | Fate::Rejected => error.with_fate(Fate::Partial),
        Fate::Applied | Fate::Partial | Fate::Unknown => error,
    }
}
