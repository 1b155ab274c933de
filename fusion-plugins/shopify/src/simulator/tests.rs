//! Tests of the simulator, through its transport alone.

mod auth;
mod contract;
mod costs;
mod documents;
mod faults;
mod folder;
mod limits;
mod orders;
mod products;
mod reads;
mod recorded;
mod set;
mod shapes;
mod stock;
mod support;
mod variants;
