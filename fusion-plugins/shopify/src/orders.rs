//! Reads orders and works on them.

mod act;
mod cancel;
mod preview;
mod read;
mod refund;
mod ship;
mod whole;

pub(crate) use act::process;
pub(crate) use cancel::{CANCEL, observe};
pub(crate) use preview::{change, preview};
pub(crate) use read::{get, list};
pub(crate) use ship::{SHIP, find};
