//! What can be said on the command line.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Publishes a product file to a simulated shop, after a second person has agreed, sells from it, and proves what
/// happened.
///
/// Needs no account, no network and no database: the shop is simulated, with the platform's own limits, and time
/// runs faster than outside. Exits with 0 when the shop holds exactly what was agreed, with 1 when the file can't be
/// read, holds no good product, or anything differs in the end.
#[derive(Debug, Parser)]
#[command(name = "quickstart")]
pub(crate) struct Args {
    /// A product file as Shopify exports it (CSV); the catalogue that ships with the example if none is named.
    pub(crate) file: Option<PathBuf>,

    /// Print one JSON object on standard output in the end, and progress on standard error; errors stand there too.
    #[arg(long)]
    pub(crate) json: bool,

    /// Let something go wrong while the products are published; the outcome must be the same.
    #[arg(long, value_enum)]
    pub(crate) fault: Option<FaultArg>,

    /// The file's encoding, such as windows-1252; UTF-8 (or UTF-16 with a byte order mark) if it isn't said.
    #[arg(long, value_name = "LABEL")]
    pub(crate) encoding: Option<String>,

    /// Prices are written with a comma: 12,50.
    #[arg(long)]
    pub(crate) decimal_comma: bool,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FaultArg {
    /// The shop refuses calls because there were too many, once although the call took effect.
    Throttle,
    /// The connection breaks after a write took effect, before its answer came.
    Reset,
    /// Answers break off in the middle.
    Truncated,
    /// The access token stops to be accepted.
    Expired,
}

impl Args {
    /// The file to read.
    pub(crate) fn path(&self) -> PathBuf {
        self.file.clone().unwrap_or_else(|| {
            PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/catalogue.csv"))
        })
    }
}
