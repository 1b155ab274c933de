//! What holds for all plugins together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test relies on beside what it proves may fail it"
)]

mod losses;
