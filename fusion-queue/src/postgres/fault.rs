//! What PostgreSQL reports, in our words.

use fusion_core::error::{Error, ErrorKind, Fate, Retry};
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use std::{borrow::Cow, fmt, sync::Arc};

/// Host and schema, for messages.
#[derive(Clone)]
pub(super) struct Place {
    host: Arc<str>,
    schema: Arc<str>,
}

/// Ours, raised by `enqueue`.
const ID_TAKEN: &str = "FU001";
const PARENT_UNKNOWN: &str = "FU002";

/// Ours, raised by `store`.
const TOO_LATE: &str = "FU003";
const LEASE_LOST: &str = "FU004";
const CHANGED: &str = "FU005";
pub(super) const CLAIMED: &str = "FU006";
const STEP_THERE: &str = "FU007";
const NEVER_CHANGED: &str = "FU008";

/// The server's: a lock that others hold was waited for as long as is allowed.
const LOCKED: &str = "55P03";

/// The server's: one of two that waited for each other.
pub(super) const DEADLOCK: &str = "40P01";

/// What the server said, where an error is its.
pub(super) fn told_by(error: &Error) -> Option<&PgDatabaseError> {
    let source = std::error::Error::source(error)?.downcast_ref::<sqlx::Error>()?;
    source.as_database_error()?.try_downcast_ref::<PgDatabaseError>()
}

/// Whether somebody's open transaction was in the way.
pub(super) fn is_locked(error: &Error) -> bool {
    told_by(error).is_some_and(|told| told.code() == LOCKED)
}

/// A record isn't as it was read.
pub(super) fn changed() -> Error {
    Error::new(ErrorKind::Conflict, "a record has changed since it was read; read it again")
}

impl Place {
    pub(super) fn new(host: &str, schema: &str) -> Self {
        Self { host: host.into(), schema: schema.into() }
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// `sql` with the schema's name in place of `fusion`.
    pub(super) fn of_schema(&self, sql: &'static str) -> Cow<'static, str> {
        match &*self.schema {
            "fusion" => sql.into(),
            schema => sql.replace("fusion.", &format!("{schema}.")).into(),
        }
    }

    /// A setting that has to be changed before the schema can be used.
    pub(super) fn unusable(&self, why: &str) -> Error {
        Error::new(ErrorKind::InvalidConfig, format!("{self} {why}")).with_retry(Retry::AfterUserAction)
    }

    /// Another try may succeed.
    pub(super) fn unavailable(&self, why: &str) -> Error {
        Error::new(ErrorKind::Unavailable, format!("{self} {why}")).with_retry(Retry::Backoff)
    }

    /// A stored value that no release of ours writes.
    pub(super) fn damaged(&self, what: &str) -> Error {
        Error::new(ErrorKind::Internal, format!("{self} holds {what} that can't be read; restore a backup"))
    }

    pub(super) fn fault(&self, source: sqlx::Error) -> Error {
        self.fault_of(source).0
    }

    /// An error of the server's or of the way to it as one of ours, and whether the connection may be used again.
    pub(super) fn fault_of(&self, source: sqlx::Error) -> (Error, bool) {
        let Some(told) = source.as_database_error().and_then(|e| e.try_downcast_ref::<PgDatabaseError>())
        else {
            let error = match &source {
                sqlx::Error::Configuration(_) | sqlx::Error::Tls(_) => {
                    self.unusable("can't be connected to as the URL says; see its parameters")
                }
                // A value that can't be sent, such as a list that is longer than the protocol allows.
                sqlx::Error::Encode(_) => {
                    Error::new(ErrorKind::InvalidInput, format!("{self} can't take so much at once"))
                }
                _ => self.unavailable("can't be reached; see whether it runs").with_fate(Fate::Unknown),
            };
            return (error.with_source(source), false);
        };
        let is_usable = !matches!(told.severity(), PgSeverity::Fatal | PgSeverity::Panic);
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        let error = match told.code() {
            ID_TAKEN => Error::new(ErrorKind::InvalidInput, "the job's id can't be used; make a new one"),
            PARENT_UNKNOWN => {
                let why = "a job that has to end before is unknown; put it in first";
                Error::new(ErrorKind::NotFound, why)
            }
            TOO_LATE => Error::new(ErrorKind::Timeout, "the deadline of the change has passed"),
            LEASE_LOST => Error::new(ErrorKind::Fenced, "the lease of the job is lost"),
            CHANGED => changed(),
            CLAIMED => Error::new(ErrorKind::AlreadyExists, "another record has what may be there only once"),
            STEP_THERE => Error::new(ErrorKind::AlreadyExists, "the step is recorded already"),
            NEVER_CHANGED => Error::new(ErrorKind::Refused, "steps and revisions are never changed"),
            "23505" => Error::new(ErrorKind::AlreadyExists, format!("{self} knows such a job already")),
            LOCKED => self.unavailable("is held by somebody's open transaction; try again"),
            "40001" | DEADLOCK => self.unavailable("was changed by others at once; try again"),
            "25001" => {
                self.unusable("is used at another isolation level than READ COMMITTED; set it for this user")
            }
            "25006" => self.unavailable("can only be read, as after a failover; try again"),
            "42501" => self.unusable(
                "isn't open to this user; grant it what it lacks, or say enable_row_security of its name as the owner",
            ),
            "42883" | "42P01" | "42703" | "3F000" => {
                self.unusable("lacks tables or functions of this release; connect anew to make them")
            }
            "53100" => self.unavailable("has a full disk; make room").with_retry(Retry::AfterUserAction),
            code if code.starts_with("28") || code.starts_with("3D") => {
                self.unusable("doesn't let this user in; see user, password and database")
            }
            code if code.starts_with("22") || code.starts_with("54") => {
                let why = "can't hold a text as it is: a zero byte, or a key of more than 2,000 bytes";
                Error::new(ErrorKind::InvalidInput, format!("{self} {why}"))
            }
            code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57") => {
                self.unavailable("ended the connection or the statement; try again").with_fate(Fate::Unknown)
            }
            _ => Error::new(ErrorKind::Internal, format!("{self} refused a statement")),
        };
        (error.with_source(source), is_usable)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the schema {} on {}",
            self.schema,
            if self.host.is_empty() { "PostgreSQL" } else { &self.host }
        )
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
