//! How fast the storage is, each row as a ratio against a yardstick that is measured in the same run.
//!
//! `cargo bench --features postgres --bench storage` prints the table; `-- --long` takes the sizes that
//! `docs/performance.md` speaks of, `-- --help` says what else there is. Nothing fails for being slow: only what is
//! lost, done twice or not stored is an error.

mod bundle;
mod decisions;
mod flow;
#[path = "../measure/mod.rs"]
mod measure;
mod pages;
mod plain;
mod scene;
mod site;
mod verify;

use clap::Parser;
use measure::{Fault, Result, options::Options, server::Server, table::Table};
use site::Site;

/// Ratios of the storage, and of what the hub does over it, against plain programs that write the same rows, in the
/// same run.
///
/// The PostgreSQL rows use the server of FUSION_POSTGRES_URL (postgres://postgres@127.0.0.1:5432/postgres if that
/// isn't set), in a database of their own that goes at the end.
#[derive(Parser)]
#[command(name = "storage")]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

/// Rows on the server, for who asks for some by parts of their names.
const NAMES: [&str; 7] = [
    "postgres-decisions",
    "postgres-decisions-one",
    "postgres-chain",
    "postgres-bundle",
    "postgres-flow",
    "postgres-pages",
    "postgres-pages-memory",
];

fn main() -> Result<()> {
    let Arguments { options } = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut table = Table::of("storage");
        let measured = measure(&options, &mut table).await;
        table.print(&options);
        measured
    })
}

async fn measure(options: &Options, table: &mut Table) -> Result<()> {
    verify::rows(options, table).await?;
    measure_on(options, Site::File, table).await?;
    if !options.wants_server(&NAMES) {
        return Ok(());
    }
    let server = Server::open().await?;
    let measured = async {
        decisions::rows(options, &server, table).await?;
        measure_on(options, Site::Server(&server), table).await
    };
    let measured = measured.await;
    server.remove().await?;
    measured
}

async fn measure_on(options: &Options, site: Site<'_>, table: &mut Table) -> Result<()> {
    bundle::rows(options, site, table).await?;
    flow::rows(options, site, table).await?;
    pages::rows(options, site, table).await
}
