//! What can be said on the command line.

use clap::{Parser, ValueEnum};
use secrecy::SecretString;
use std::{convert::Infallible, path::PathBuf, str::FromStr};

/// Publishes a product file to a simulated shop, after a second person has agreed, sells from it, and proves what
/// happened.
///
/// Needs no account, no network and no server: the shop is simulated, with the platform's own limits, and time runs
/// faster than outside. Stop it whenever you like, or kill it: started again with the same words it goes on where it
/// was. Exits with 0 when the shop holds exactly what was agreed, or when the reviewer says no; with 1 when the file
/// can't be read, holds no good product, or anything differs in the end.
#[derive(Debug, Parser)]
#[command(name = "quickstart")]
pub(crate) struct Args {
    /// A product file as Shopify exports it (CSV); the catalogue that ships with the example if none is named.
    pub(crate) file: Option<PathBuf>,

    /// Where everything is kept: memory, sqlite:FILE, or with the feature `postgres`
    /// postgres://USER@HOST/DATABASE, where it is in the schema `quickstart`. Keys, the simulated shop and how far
    /// the story has come are kept beside the file, those of a server in the folder quickstart-shop.
    #[arg(long, value_name = "URL", default_value = "sqlite:quickstart-shop/shop.db")]
    pub(crate) database: Database,

    /// Processes that perform what was agreed: this one and others that it starts, which reach the shop through
    /// a port of this machine. Needs the feature `postgres`, and a database that they can share.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) workers: u32,

    /// Be one of those processes, until standard input ends.
    #[cfg(feature = "postgres")]
    #[arg(long, hide = true)]
    pub(crate) child: bool,

    /// Begin anew: what an earlier run has left there is removed.
    #[arg(long)]
    pub(crate) fresh: bool,

    /// Let the reviewer agree without being asked; nobody is asked where there is no terminal.
    #[arg(long)]
    pub(crate) yes: bool,

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

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// Nowhere: it is gone with the process.
    Memory,
    Sqlite(PathBuf),
    /// The address may hold a password.
    Postgres(SecretString),
    /// None of them. What was said isn't repeated: it may be the address of a server, misspelt.
    Unknown,
}

impl FromStr for Database {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(match url.split_once(':') {
            None if url == "memory" => Self::Memory,
            Some(("sqlite", path)) if !path.is_empty() => Self::Sqlite(path.into()),
            Some(("postgres" | "postgresql", _)) => Self::Postgres(url.into()),
            _ => Self::Unknown,
        })
    }
}

impl Args {
    /// What is read, how, and what goes wrong: a run goes on with that alone.
    pub(crate) fn subject(&self) -> String {
        let mut subject = self.path().display().to_string();
        if let Some(encoding) = &self.encoding {
            subject += &format!(" --encoding {encoding}");
        }
        if self.decimal_comma {
            subject += " --decimal-comma";
        }
        if let Some(fault) = self.fault.and_then(|fault| fault.to_possible_value()) {
            subject += &format!(" --fault {}", fault.get_name());
        }
        subject
    }

    /// The file to read.
    pub(crate) fn path(&self) -> PathBuf {
        self.file.clone().unwrap_or_else(|| {
            PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/catalogue.csv"))
        })
    }
}
