//! A stateful Shopify as a transport: everything runs offline.
//!
//! It answers the token endpoint and the GraphQL endpoint of one shop, in the versions 2026-07 and 2026-10. It
//! knows the wire format and nothing of this library's model: documents are validated against the platform's
//! schema (the part that `schema.graphql` and `schema_orders.graphql` hold), answers hold exactly what was selected, costs, limits and
//! refusals are the platform's own. Faults come on command, and a ledger tells what took effect.
//!
//! # What it leaves out
//! Collections and bulk operations aren't simulated: their fields don't exist for it. Of orders it has what a
//! connector reads and does: no drafts, no customers, no returns by call; `node` knows no orders. Pictures are never
//! fetched; a source with `/missing/` in its path fails, and so does a place for bytes that nothing was carried to.
//! Bytes are forgotten when a shop is opened again from its folder. A version before 2026-07 falls forward to
//! 2026-07. Where no recorded answer is known it takes the stricter reading: an option value that `productSet`
//! doesn't define is refused, and in 2026-10 an item that isn't stocked at a location
//! is refused with `INVALID_LOCATION`.
//!
//! ```
//! # use fusion_plugin_shopify::simulator::Simulator;
//! # use fusion_core::{clock::Timestamp, testkit::TestClock};
//! # use std::sync::Arc;
//! # fn main() -> fusion_core::Result<()> {
//! let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
//! let shop = Simulator::builder(clock).shop("fusion-demo.myshopify.com").token("shpat_demo").build()?;
//! let transport = shop.transport(); // give it to a client in place of the network
//! assert!(shop.ledger().is_empty());
//! # let _ = transport;
//! # Ok(())
//! # }
//! ```

mod answer;
mod auth;
mod builder;
mod contract;
mod cost;
mod desk;
mod digest;
mod document;
mod faults;
mod gid;
mod input;
mod journal;
mod ledger;
mod literal;
mod money;
mod mutations;
mod notify;
mod operation;
mod order;
mod orders;
mod page;
mod problem;
mod product;
mod query;
mod read;
mod search;
#[cfg(feature = "serve")]
mod serve;
mod shop;
#[expect(clippy::module_inception, reason = "the file bears its main type")]
mod simulator;
mod slot;
mod staging;
#[cfg(test)]
mod tests;
mod transport;
mod window;
mod world;

pub use builder::SimulatorBuilder;
pub use faults::{Fault, FaultKind};
pub use ledger::Effect;
pub use notify::Notification;
pub use orders::{NewOrder, Restocked};
#[cfg(feature = "serve")]
pub use serve::Served;
#[cfg(feature = "serve")]
pub(crate) use serve::redirected;
pub use shop::Plan;
pub use simulator::Simulator;
