//! What may be asked for.

use clap::Args;

/// What every bench may be asked for.
#[derive(Args)]
pub(crate) struct Options {
    /// Rows whose name contains one of these; without any all of them.
    pub(crate) names: Vec<String>,

    /// Small sizes, some two minutes in all: so without --long, too.
    #[arg(long, conflicts_with = "long")]
    short: bool,

    /// The sizes that promises are about: half an hour or more.
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
}

/// Rows over PostgreSQL begin so, all others don't.
const OF_SERVER: &str = "postgres-";

impl Options {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()))
    }

    /// Whether one of a bench's rows `names` that is wanted needs the server.
    pub(crate) fn wants_server(&self, names: &[&str]) -> bool {
        names.iter().any(|name| name.starts_with(OF_SERVER) && self.wants(name))
    }

    /// The size of a row in the form that was asked for.
    pub(crate) const fn size(&self, short: usize, long: usize) -> usize {
        if self.long { long } else { short }
    }
}
