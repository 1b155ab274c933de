//! Records as columns.

use crate::postgres::fault::Place;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    storage::{Record, Version},
};
use serde::Serialize;
use sqlx::{Decode, Postgres as Engine, Row as _, Type, postgres::PgRow};

/// The stored form of a value. JSON escapes the zero byte that a text of PostgreSQL's can't hold.
pub(super) fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|source| Error::new(ErrorKind::InvalidInput, "a value has no JSON form").with_source(source))
}

/// A stored record of a kind. What can't be read isn't quoted: it may be a person's.
pub(super) fn record(place: &Place, kind: &str, body: &str) -> Result<Record> {
    serde_json::from_str(body).map_err(|_| place.damaged(&format!("a record of the kind {kind}")))
}

/// A version as a column; what no record reaches stays unreachable.
pub(super) fn number(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

pub(super) fn version(stored: i64) -> Version {
    Version(u64::try_from(stored).unwrap_or_default())
}

pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

pub(super) fn column<'r, T: Decode<'r, Engine> + Type<Engine>>(
    place: &Place,
    row: &'r PgRow,
    name: &'static str,
) -> Result<T> {
    row.try_get(name).map_err(|source| place.damaged("a row").with_source(source))
}
