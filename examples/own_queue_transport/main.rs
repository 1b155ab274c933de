//! A queue of one's own behind a transport: it lives in another process, and the storage here leaves it errands.
//!
//! The other process holds jobs and budgets and is reached over one TCP connection or several, a line of JSON each way
//! (`transport/`). Half-way the line between the two is cut: people go on to agree, commits go on to be stored, and what
//! they ask of the queue waits in the storage's outbox. When the line is back it is handed on, and the shop ends with
//! exactly what was agreed.
//!
//! The line is cut, and not the process killed, for a reason. This queue keeps its jobs in memory, and what was handed on
//! to it the outbox no longer has: a queue that forgets has lost those jobs, and their requests stay agreed and undone.
//! A queue for real use writes a job down before it answers.

mod process;
mod story;
mod transport;

use clap::Parser;
use fusion_core::error::{Error, ErrorKind, Result};
use fusion_queue::SqliteStorage;
use process::QueueProcess;
use std::process::ExitCode;

/// Publishes products with a queue in another process, and cuts the line to it on the way.
///
/// Exits with 0 when the shop holds exactly what was agreed, with 1 otherwise.
#[derive(Debug, Parser)]
#[command(name = "own_queue_transport")]
struct Args {
    /// Where the storage is: sqlite:FILE, or with the feature `postgres` postgres://USER@HOST/DATABASE, where it is
    /// in a schema of its own, `own_queue_transport`. Without it, a file that is made for this run and removed after it.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// Be the queue's process, until standard input ends.
    #[arg(long, hide = true)]
    queue: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = if args.queue { process::be_the_queue().await.map(|()| true) } else { run(&args).await };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything is as it has to be.
async fn run(args: &Args) -> Result<bool> {
    let folder = tempfile::tempdir().map_err(process::failed)?;
    let own = format!("sqlite:{}", folder.path().join("shop.db").display());
    let url = args.database.as_ref().unwrap_or(&own);
    let why = match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => {
            return story::tell(SqliteStorage::open(path).await?, QueueProcess::start()?).await;
        }
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            let settings = fusion_queue::PostgresSettings::new(url).with_schema("own_queue_transport");
            let storage = settings.connect_storage().await?;
            return story::tell(storage, QueueProcess::start()?).await;
        }
        #[cfg(not(feature = "postgres"))]
        Some(("postgres" | "postgresql", _)) => {
            "a storage on PostgreSQL needs the feature `postgres`: cargo run --features postgres --example own_queue_transport"
        }
        // Not the address itself: it may hold a password.
        _ => "the database names no storage; write sqlite:FILE or postgres://USER@HOST/DATABASE",
    };
    Err(Error::new(ErrorKind::InvalidConfig, why))
}
