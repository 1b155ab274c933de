//! Printify's messages, member by member, as far as anything is read from or written to them.

mod catalogue;
mod event;
mod input;
mod order;
mod page;
mod product;
mod told;

pub(crate) use catalogue::*;
pub(crate) use event::*;
pub(crate) use input::*;
pub(crate) use order::*;
pub(crate) use page::*;
pub(crate) use product::*;
pub(crate) use told::{Id, Told};
