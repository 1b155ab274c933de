//! A queue and its budgets behind a line: [`serve`] puts them at one end, [`Remote`] is what stands at the other.
//!
//! A request is one line of JSON, and so is its answer; a connection carries one after the other. What is said needs no
//! forms of its own: everything that a queue takes and gives has one, and a refusal travels as its `Failure`.

mod remote;
mod serve;
mod wire;

pub(crate) use remote::Remote;
pub(crate) use serve::serve;
