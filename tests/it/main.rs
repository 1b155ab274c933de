//! What holds across the crates of the workspace.

mod faults;
mod approvals;
mod drift;
mod flow;
mod invariants;
mod kill;
mod outcomes;
mod parents;
mod races;
mod scene;
mod shopify;
mod stock;
mod stores;
mod submitting;
mod tenants;
mod world;
