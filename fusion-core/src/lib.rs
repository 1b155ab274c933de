//! Types, traits and pure decisions for selling one catalogue on many platforms.
//!
//! A merchant's change becomes a command; a critical one waits as a request until the right people have agreed
//! to exactly what they were shown; the approved request becomes a job in the same transaction; a worker
//! performs it through a platform plugin, once; everything leaves an audit entry.
//!
//! This crate does no I/O: it has no runtime, no database and no HTTP client. Storage, queue, transport, clock
//! and keys come in through traits.

pub mod approval;
pub mod audit;
pub mod canonical;
pub mod clock;
pub mod error;
pub mod http;
pub mod hub;
pub mod job;
pub mod model;
pub mod plugin;
pub mod storage;
pub mod tenant;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
pub mod vault;
pub mod verb;

pub use error::{Error, ErrorKind, Result};
