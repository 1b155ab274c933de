//! What can be said on the command line.

use clap::Parser;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    job::{JobQueue, QueueControl},
};
use fusion_queue::Sqlite;
use std::{path::PathBuf, sync::Arc};

/// Works off one queue with several processes, kills one of them on the way, and shows that nothing was lost.
///
/// Exits with 0 when every job is done and only those that the killed process had in hand were done twice, with 1
/// otherwise.
#[derive(Debug, Parser)]
#[command(name = "many_workers")]
pub(crate) struct Args {
    /// Where the queue lives: sqlite:FILE, or with the feature `postgres` postgres://USER@HOST/DATABASE, where it is
    /// in the schema `fusion`. Without it, a file that is made for this run and removed after it.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,

    /// Processes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) workers: u32,

    /// Jobs.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) jobs: u32,

    /// Kill nobody.
    #[arg(long)]
    pub(crate) spare: bool,

    /// Where the jobs write what they have done; made for this run if it isn't named.
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,

    /// Be one of the processes, until standard input ends.
    #[arg(long, hide = true)]
    pub(crate) child: Option<String>,
}

/// A queue, wherever it lives.
pub(crate) trait Queue: JobQueue + QueueControl {}

impl<T: JobQueue + QueueControl> Queue for T {}

/// Opens the queue that `url` names.
pub(crate) async fn open(url: &str) -> Result<Arc<dyn Queue>> {
    let why = match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => return Ok(Arc::new(Sqlite::open(path).await?)),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            return Ok(Arc::new(fusion_queue::Postgres::connect(url).await?));
        }
        #[cfg(not(feature = "postgres"))]
        Some(("postgres" | "postgresql", _)) => {
            "a queue on PostgreSQL needs the feature `postgres`: cargo run --features postgres --example many_workers"
        }
        // Not the address itself: it may hold a password.
        _ => "the database names no queue; write sqlite:FILE or postgres://USER@HOST/DATABASE",
    };
    Err(Error::new(ErrorKind::InvalidConfig, why))
}
