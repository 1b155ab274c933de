//! What may be asked for.

use clap::Parser;

/// Ratios of the job queue against plain loops over the same stores, in the same run.
///
/// The PostgreSQL rows use the server of FUSION_POSTGRES_URL (postgres://postgres@127.0.0.1:5432/postgres if that
/// isn't set), in a database of their own that goes at the end.
#[derive(Parser)]
#[command(name = "queue")]
pub(crate) struct Options {
    /// Rows whose name contains one of these; without any all of them.
    pub(crate) names: Vec<String>,

    /// Small sizes, some two minutes in all: so without --long, too.
    #[arg(long, conflicts_with = "long")]
    short: bool,

    /// The sizes that promises are about: 100,000 jobs a drain, 5,000,000 rows of history. Half an hour or more.
    #[arg(long)]
    long: bool,

    /// How often each side is measured, in turn; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) turns: u32,

    /// One JSON object a line in place of the table.
    #[arg(long)]
    pub(crate) json: bool,

    /// What `cargo bench` gives every bench.
    #[arg(long, hide = true)]
    bench: bool,

    /// The schema that a process of the bench's own drains.
    #[arg(long, hide = true, requires = "drain_at")]
    pub(crate) drain_as: Option<String>,

    /// The address of its database.
    #[arg(long, hide = true)]
    pub(crate) drain_at: Option<String>,
}

/// Rows over PostgreSQL begin so, all others don't.
const OF_SERVER: &str = "postgres-";

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

impl Options {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()))
    }

    pub(crate) fn wants_server(&self) -> bool {
        NAMES.iter().any(|name| name.starts_with(OF_SERVER) && self.wants(name))
    }

    /// The size of a row in the form that was asked for.
    pub(crate) const fn size(&self, short: usize, long: usize) -> usize {
        if self.long { long } else { short }
    }
}
