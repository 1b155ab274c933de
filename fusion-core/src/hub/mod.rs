//! The whole flow in one place: stores, catalogue, approvals, jobs, stock and drift.
//!
//! The hub keeps no state of its own: everything lies in the backend, and any number of hubs may share one.

mod adopt;
mod browse;
mod builder;
mod commit;
mod decisions;
mod doubts;
mod drift;
mod edit;
mod effects;
mod execute;
mod facts;
mod feed;
mod follow;
mod handlers;
mod import;
mod journal;
mod learn;
mod listing;
mod lost;
mod opened;
mod orders;
mod people;
mod policy;
mod prepare;
mod products;
mod publish;
mod push;
mod reauthorise;
mod requests;
mod resubmit;
mod session;
mod settle;
mod snapshots;
mod stock;
mod stores;
mod submit;
mod tenants;
mod told;
mod view;
mod vote;

pub use adopt::{Adopted, Adoption};
pub use browse::{ListingsWanted, ProductsWanted};
pub use builder::{Hub, HubBuilder, Periods};
pub use decisions::{Decided, Decisions};
pub use drift::{DriftReport, Drifted};
pub use orders::{Delivered, OrdersWanted};
pub use people::StoredDirectory;
pub use products::{RepeatedSku, Saved};
pub use publish::Skipped;
pub use stock::StockChange;
pub use stores::NewStore;
pub use submit::Submission;
pub use tenants::TenantHandle;
pub use view::{BundleView, RequestView};
