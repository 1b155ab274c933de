//! What somebody tries who wants the queue to lose, repeat or hold up a job.

#[cfg(feature = "postgres")]
mod connections;
#[cfg(feature = "postgres")]
mod crossed;
#[cfg(feature = "sqlite")]
mod file;
mod gates;
#[cfg(feature = "postgres")]
mod late;
#[cfg(feature = "postgres")]
mod snapshots;
#[cfg(feature = "postgres")]
mod texts;
#[cfg(feature = "postgres")]
mod torn;
