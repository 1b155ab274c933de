//! From a command to a permit: who has to agree, to exactly what, and what may become of it.
//!
//! [`transition`] is the whole machine as one pure function; storage and hub only carry out what it says.

mod directory;
mod grant;
mod machine;
mod note;
mod policy;
mod request;
mod revision;
mod route;
mod seats;
mod vote;

pub use directory::{Directory, EveryoneKnown, Membership, PeopleRecord, PeopleVersion, StaticDirectory};
pub use grant::{Grant, GrantDraft, GrantRecord, GrantState};
pub use machine::{
    Alarm, ClaimCheck, Effect, Event, Facts, Observation, Parent, Refusal, Terms, Transition, Verdict,
    transition,
};
pub use note::Note;
pub use policy::{ChangeFacts, Condition, Consequence, Policy, PolicyRecord, PolicyRule};
pub use request::{ApprovalStatus, Phase, Request, Waiting};
pub use revision::{DigestParts, Revision};
pub use route::{Answer, Group, Route, Stage};
pub use vote::{Decision, Seat, Vote};

#[cfg(test)]
mod tests;
