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
mod notification;
mod order;
mod page;
mod product;
mod shop;
mod stock;
mod update;
mod variants;

pub use created::{Created, created};
pub use edit::{Edited, EditedImage, edited};
pub use fees::fees;
pub use notification::hint;
pub use order::order;
pub use page::{orders, products};
pub use product::{Beside, product};
pub use shop::{Choices, categories, facts, granted};
pub use stock::{StockChange, stock};
pub use update::variation_images;

use fusion_core::error::{Error, ErrorKind, Problem, Result};
use fusion_plugin_sdk::parse;
use serde::de::DeserializeOwned;

/// Reads an answer.
///
/// # Errors
/// [`ErrorKind::Protocol`]: it isn't what the platform's contract says.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    parse(body, "")
}

fn refused(problems: Vec<Problem>) -> Error {
    Error::new(ErrorKind::InvalidInput, "the platform wouldn't take this; mend what the problems name")
        .with_problems(problems)
}

#[cfg(test)]
mod tests;
