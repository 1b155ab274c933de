//! A platform without a network and its plugin, for tests of everything that drives plugins.
//!
//! [`ScriptedPlatform`] keeps products, stock and orders in memory behind an
//! [`HttpTransport`](fusion_core::http::HttpTransport) and fails on command; [`ScriptedPlugin`] talks to it
//! through the real [`Client`](crate::Client), so journal, budgets, credentials and retries are exercised as
//! with any plugin. It imitates no existing platform: its wire format is the JSON form of the model.
//!
//! ```
//! # use fusion_core::{clock::Timestamp, plugin::PlatformPlugin, testkit::TestClock};
//! # use fusion_plugin_sdk::testkit::{Fault, ScriptedPlatform, ScriptedPlugin, Workbench};
//! # use std::sync::Arc;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> fusion_core::Result<()> {
//! let platform = ScriptedPlatform::new(Arc::new(TestClock::at(Timestamp::EPOCH)));
//! let plugin = ScriptedPlugin::new(platform.clone());
//! let bench = Workbench::scripted(&platform);
//! platform.fail_at("GET /account", Fault::Throttle(None));
//! let stores = plugin.describe(&bench.connection_cx()).await?;
//! assert_eq!((stores.len(), platform.calls().len()), (1, 2));
//! # Ok(()) }
//! ```
//!
//! Ids and answers depend on the calls alone, so that a failing test fails again the same way.

mod fault;
mod journal;
mod mutate;
mod order_change;
mod orders;
mod platform;
mod plugin;
mod products;
mod script;
mod selling;
mod server;
mod specs;
mod state;
mod wire;
mod workbench;

pub use fault::Fault;
pub use journal::{MemoryJournal, StepRow};
pub use mutate::{Mutated, mutate, mutations};
pub use order_change::OrderChange;
pub use platform::ScriptedPlatform;
pub use plugin::{ScriptedPlugin, kinds};
pub use script::{Late, LateOutcome, LookUp, Pools, Script};
pub use specs::{spec, specs};
pub use state::LedgerEntry;
pub use workbench::{CredentialList, Workbench};

#[cfg(test)]
mod tests;
