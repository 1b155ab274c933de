//! Tests of the memory back-end and the worker.

mod clock;
mod fixture;
mod load;
mod model;
mod queue;
mod random;
mod storage;
mod watched;
mod worker;
