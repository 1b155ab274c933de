//! What happened, in an order that nobody can change unnoticed.
//!
//! An entry is written in the transaction of its change, without a number ([`NewAudit`]). Later the committed
//! entries of a tenant are numbered without gaps, each hashed over the one before ([`chain`]). [`Verifier`]
//! finds an entry that was changed, taken out or moved; that nothing was cut from the end, and that the whole
//! wasn't written anew, shows a [`Checkpoint`] kept elsewhere.
//!
//! A proof shows what was recorded, not what was true: whoever runs the program can record what they like.

mod action;
mod chain;
mod checkpoint;
mod entry;
mod incarnation;
mod verify;

pub use action::{Action, SubjectKind};
pub use chain::{AuditEntry, Head, chain};
pub use checkpoint::{Checkpoint, TrustedCheckpoint};
pub use entry::{NewAudit, Subject};
pub use incarnation::Incarnation;
pub use verify::{Fault, NotVerified, Start, Tail, Verified, Verifier, verify};

#[cfg(test)]
mod tests;
