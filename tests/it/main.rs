//! What holds across the crates of the workspace.

mod flow;
mod kill;
mod shopify;
mod world;
