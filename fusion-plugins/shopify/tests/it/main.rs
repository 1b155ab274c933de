//! The plugin against a simulated shop.

mod auth;
mod bench;
mod budget;
mod changing;
mod faults;
mod publishing;
mod reading;
mod reviewing;
mod stock;
