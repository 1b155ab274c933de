//! The queue's promises, one by one.

mod control;
mod fairness;
mod keys;
mod lease;
