//! What SQLite reports, in our words.

use fusion_core::error::{Error, ErrorKind, Retry};
use std::{fmt, path::Path, sync::Arc};

/// The file, for messages.
#[derive(Clone)]
pub(super) struct Place(Arc<Path>);

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;

impl Place {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A setting that has to be changed before the file can be used.
    pub(super) fn unusable(&self, why: &str) -> Error {
        Error::new(ErrorKind::InvalidConfig, format!("{self} {why}")).with_retry(Retry::AfterUserAction)
    }

    /// Nothing was stored; another try may succeed.
    pub(super) fn unavailable(&self, why: &str) -> Error {
        Error::new(ErrorKind::Unavailable, format!("{self} {why}")).with_retry(Retry::Backoff)
    }

    /// A stored value that no release of ours writes.
    pub(super) fn damaged(&self, what: &str) -> Error {
        Error::new(ErrorKind::Internal, format!("{self} holds {what} that can't be read; restore a backup"))
    }

    /// An error of SQLite's as one of ours.
    pub(super) fn fault(&self, source: sqlx::Error) -> Error {
        let code = source.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
        // The low byte is the primary code.
        let error = match code.map(|code| code & 0xff) {
            Some(BUSY | LOCKED) => self.unavailable("is being written by another process; try again"),
            Some(FULL) => self
                .unavailable("can't grow, because the disk is full; make room")
                .with_retry(Retry::AfterUserAction),
            Some(IOERR) => self
                .unavailable("can't be read or written; see whether its disk is full or broken")
                .with_retry(Retry::AfterUserAction),
            Some(READONLY) => self.unusable("can't be written; allow this user to write it and its folder"),
            Some(CANTOPEN) => {
                self.unusable("can't be opened; see whether its folder is there and may be written")
            }
            Some(NOTADB) => self.unusable("is no database; name another file"),
            Some(CORRUPT) => self.damaged("pages"),
            None if matches!(source, sqlx::Error::PoolTimedOut) => {
                self.unavailable("is being read by too many at once; try again")
            }
            _ => Error::new(ErrorKind::Internal, format!("{self} refused a statement")),
        };
        error.with_source(source)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file {}", self.0.display())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
