//! What can be said on the command line.

use clap::Parser;
use fusion_core::error::{Error, ErrorKind, Result};
use fusion_queue::Sqlite;
use std::path::PathBuf;

/// Works off one queue with several processes, kills one of them on the way, and shows that nothing was lost.
///
/// Exits with 0 when every job is done and only those that the killed process had in hand were done twice, with 1
/// otherwise.
#[derive(Debug, Parser)]
#[command(name = "many_workers")]
pub(crate) struct Args {
    /// Where the queue lives: sqlite:FILE. Without it, a file that is made for this run and removed after it.
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

/// Opens the queue that `url` names.
pub(crate) async fn open(url: &str) -> Result<Sqlite> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Sqlite::open(path).await,
        _ => Err(Error::new(ErrorKind::InvalidConfig, format!("`{url}` names no queue; write sqlite:FILE"))),
    }
}
