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
mod memory;
mod options;
mod processes;
mod processor;
mod server;
mod sqlite;
mod table;
mod turns;
mod work;
mod yardstick;

use clap::Parser as _;
use options::Options;
use server::Server;
use std::process::ExitCode;
use table::Table;

/// Whatever ends the bench; its text is for who runs it.
type Fault = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Fault> = std::result::Result<T, E>;

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if let (Some(schema), Some(address)) = (&options.drain_as, &options.drain_at) {
            return processes::drain(schema, address).await;
        }
        let mut table = Table::default();
        let measured = measure(&options, &mut table).await;
        table.print(&options);
        measured.map(|()| ExitCode::SUCCESS)
    })
}

async fn measure(options: &Options, table: &mut Table) -> Result<()> {
    memory::rows(options, table).await?;
    sqlite::rows(options, table).await?;
    if !options.wants_server() {
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
