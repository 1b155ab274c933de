//! How fast the queue is, each row as a ratio against a yardstick that is measured in the same run.
//!
//! `cargo bench --features postgres --bench queue` prints the table in some minutes; `-- --long` takes the sizes that
//! `docs/performance.md` speaks of, `-- --help` says what else there is. A ratio tells little about another machine's
//! times and much about what the queue costs over the plain loops of `yardstick`. Nothing fails for being slow: only
//! a job that is lost or performed twice is an error.

mod budgets;
mod disturbed;
mod drain;
mod enqueue;
mod fairness;
mod latency;
#[path = "../measure/mod.rs"]
mod measure;
mod memory;
mod processes;
mod sqlite;
mod work;
mod yardstick;

use clap::Parser;
use measure::{Fault, Result, options, processor, server, table, timed, turns};
use options::Options;
use server::Server;
use std::process::ExitCode;
use table::Table;

/// Ratios of the job queue against plain loops over the same stores, in the same run.
///
/// The PostgreSQL rows use the server of FUSION_POSTGRES_URL (postgres://postgres@127.0.0.1:5432/postgres if that
/// isn't set), in a database of their own that goes at the end.
#[derive(Parser)]
#[command(name = "queue")]
struct Arguments {
    #[command(flatten)]
    options: Options,

    /// The schema that a process of the bench's own drains.
    #[arg(long, hide = true, requires = "drain_at")]
    drain_as: Option<String>,

    /// The address of its database.
    #[arg(long, hide = true)]
    drain_at: Option<String>,
}

/// Every row, for who asks for some by parts of their names.
const NAMES: [&str; 14] = [
    "memory",
    "sqlite-enqueue",
    "sqlite-drain",
    "postgres-drain",
    "postgres-stores",
    "postgres-enqueue",
    "postgres-bulk",
    "postgres-latency",
    "postgres-history",
    "postgres-snapshot",
    "postgres-embedder",
    "postgres-fairness",
    "postgres-processes",
    "postgres-budgets",
];

fn main() -> Result<ExitCode> {
    let Arguments { options, drain_as, drain_at } = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if let (Some(schema), Some(address)) = (&drain_as, &drain_at) {
            return processes::drain(schema, address).await;
        }
        let mut table = Table::of("queue");
        let measured = measure(&options, &mut table).await;
        table.print(&options);
        measured.map(|()| ExitCode::SUCCESS)
    })
}

async fn measure(options: &Options, table: &mut Table) -> Result<()> {
    memory::rows(options, table).await?;
    sqlite::rows(options, table).await?;
    if !options.wants_server(&NAMES) {
        return Ok(());
    }
    let server = Server::open().await?;
    let measured = measure_server(options, &server, table).await;
    server.remove().await?;
    measured
}

async fn measure_server(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    drain::rows(options, server, table).await?;
    enqueue::rows(options, server, table).await?;
    latency::rows(options, server, table).await?;
    disturbed::rows(options, server, table).await?;
    fairness::rows(options, server, table).await?;
    processes::rows(options, server, table).await?;
    budgets::rows(options, server, table).await
}
