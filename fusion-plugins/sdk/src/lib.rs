//! What every platform plugin needs, official or not: client, retry, steps, paging, transport, test kit.
//!
//! A plugin describes its platform in a [`Profile`], builds a [`Client`] from what it is given and calls
//! [`Client::read`] or [`Client::step`]; deadlines, budgets, credentials, retries and the journal are the
//! client's business.

mod answer;
mod client;
mod paged;
mod retry;
mod status;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
#[cfg(feature = "reqwest")]
mod transport;

pub use answer::{json, whole_json};
pub use client::{Client, Cost, Draws, Profile, Reading};
pub use paged::{MAX_EMPTY_PAGES, MAX_PAGES, Paged};
pub use retry::{MAX_TOLD, RetryPolicy, retry_after};
pub use status::judge_status;
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
#[cfg(feature = "bundled-roots")]
pub use transport::bundled_roots;
