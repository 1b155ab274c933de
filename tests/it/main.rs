//! What holds across the crates of the workspace.

mod approvals;
mod dependencies;
mod drift;
mod faults;
mod flow;
mod invariants;
mod kill;
mod outcomes;
mod parents;
mod races;
mod readme;
mod refresh;
mod scene;
mod secrets;
mod shopify;
mod stock;
mod stores;
mod submitting;
mod tenants;
mod world;
