//! Between the platform's wire format and our model. Pure: no call, no clock.

mod choice;
mod created;
mod edit;
mod extras;
mod fees;
mod fields;
mod grid;
mod limits;
mod money;
mod order;
mod page;
mod product;
mod refusal;
mod shop;
mod stock;
mod text;
mod update;
mod variants;

pub use created::{Created, created};
pub use edit::{Edited, EditedImage, edited};
pub use fees::fees;
pub use order::order;
pub use page::{orders, products};
pub use product::{Beside, product};
pub use refusal::{hint, judge};
pub use shop::{Choices, categories, facts, granted};
pub use stock::{StockChange, stock};
pub use update::variation_images;

use fusion_core::error::{Error, ErrorKind, Problem, Result};
use serde::de::DeserializeOwned;

/// Reads an answer.
///
/// # Errors
/// [`ErrorKind::Protocol`]: it isn't what the platform's contract says.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| {
        // The parser's own words may quote the record, and a record may be about a buyer.
        bad(&format!("line {} column {}", error.line(), error.column()), "it isn't what the contract says")
    })
}

fn bad(path: &str, why: &str) -> Error {
    Error::new(ErrorKind::Protocol, "the platform's answer can't be read").with_problems([Problem::error(
        path,
        "unreadable",
        why,
    )])
}

fn refused(problems: Vec<Problem>) -> Error {
    Error::new(ErrorKind::InvalidInput, "the platform wouldn't take this; mend what the problems name")
        .with_problems(problems)
}

#[cfg(test)]
mod tests;
