//! Records and what stands beside them, as they are read.

use super::{fault::Place, list::hex};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    storage::{Key, Record, Version},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::{collections::BTreeSet, sync::LazyLock};

/// Keys of one statement, which tells bodies of at most 64 KiB: a value of SQLite's holds a thousand million bytes.
const AT_ONCE: usize = 1_000;

/// What stands under keys, as one text in which a body stands as the JSON that it is, unless it is heavy or isn't asked
/// for.
pub(super) const FOUND: &str = "
    SELECT group_concat(format('[%d,%d,%s]', asked.key, version,
        iif(asked.value ->> 2 AND octet_length(body) <= 65536, body, 'null')))
    FROM jsonb_each(?2) AS asked CROSS JOIN records
        ON tenant = ?1 AND kind = asked.value ->> 0 AND records.id = unhex(asked.value ->> 1)";

/// Which unique keys of a list are somebody's.
pub(super) const HELD: &str = "
    SELECT group_concat(asked.key)
    FROM jsonb_each(?3) AS asked CROSS JOIN unique_keys ON tenant = ?1 AND unique_key = unhex(asked.value)";

static LOOK: LazyLock<String> = LazyLock::new(|| format!("SELECT ({FOUND}), ({HELD})"));

/// A record's place in the list, its version, and its body where that is told.
type Told = (usize, i64, Option<Record>);

/// What somebody wants to know of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Body,
    Version,
}

/// What is there.
pub(super) struct Found {
    pub(super) version: Version,
    /// There when it is wanted.
    pub(super) record: Option<Record>,
}

/// What was seen at one moment.
#[derive(Default)]
pub(super) struct Seen {
    /// What stands under the keys, in their order.
    pub(super) found: Vec<Option<Found>>,
    /// The unique keys that somebody has.
    pub(super) held: BTreeSet<[u8; 32]>,
}

impl Place {
    /// The stored form of a value.
    pub(super) fn text(&self, value: &impl Serialize) -> Result<String> {
        serde_json::to_string(value).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "a value has no JSON form").with_source(source)
        })
    }

    pub(super) fn record(&self, body: &str) -> Result<Record> {
        self.read(body)
    }

    fn read<'a, T: Deserialize<'a>>(&self, text: &'a str) -> Result<T> {
        serde_json::from_str(text).map_err(|source| self.damaged("a record").with_source(source))
    }
}

/// A version as a column; what no record reaches stays unreachable.
pub(super) fn number(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

pub(super) fn version(stored: i64) -> Version {
    Version(u64::try_from(stored).unwrap_or_default())
}

/// Looks at `keys`, and who has which of `unique`.
pub(super) async fn see(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    keys: &[(&Key, Wanted)],
    unique: &[[u8; 32]],
) -> Result<Seen> {
    let mut seen = Seen::default();
    let (mut all_keys, mut all_unique) = (keys.chunks(AT_ONCE), unique.chunks(AT_ONCE));
    loop {
        let (keys, unique) = (all_keys.next(), all_unique.next());
        if keys.is_none() && unique.is_none() {
            return Ok(seen);
        }
        see_some(connection, place, tenant, keys.unwrap_or_default(), unique.unwrap_or_default(), &mut seen)
            .await?;
    }
}

async fn see_some(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    keys: &[(&Key, Wanted)],
    unique: &[[u8; 32]],
    seen: &mut Seen,
) -> Result<()> {
    let asked = |(key, wanted): &(&Key, Wanted)| (key.kind(), hex(&key.id_bytes()), *wanted == Wanted::Body);
    let asked: Vec<_> = keys.iter().map(asked).collect();
    let hashes: Vec<String> = unique.iter().map(|hash| hex(hash)).collect();
    let (told, held): (Option<String>, Option<String>) = sqlx::query_as(LOOK.as_str())
        .bind(tenant.as_str())
        .bind(place.text(&asked)?)
        .bind(place.text(&hashes)?)
        .fetch_one(&mut *connection)
        .await
        .map_err(|source| place.fault(source))?;
    let mut found: Vec<Option<Found>> = Vec::with_capacity(keys.len());
    found.resize_with(keys.len(), || None);
    let told = format!("[{}]", told.unwrap_or_default());
    for (nth, stored, mut record) in place.read::<Vec<Told>>(&told)? {
        let Some((key, wanted)) = keys.get(nth) else { continue };
        if *wanted == Wanted::Body && record.is_none() {
            record = Some(heavy(connection, place, tenant, key).await?);
        }
        if let Some(found) = found.get_mut(nth) {
            *found = Some(Found { version: version(stored), record });
        }
    }
    seen.found.append(&mut found);
    let held = format!("[{}]", held.unwrap_or_default());
    let held: Vec<usize> = place.read(&held)?;
    seen.held.extend(held.into_iter().filter_map(|nth| unique.get(nth)));
    Ok(())
}

/// A record whose body goes by itself.
async fn heavy(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    key: &Key,
) -> Result<Record> {
    let body: String =
        sqlx::query_scalar("SELECT body FROM records WHERE tenant = ? AND kind = ? AND id = ?")
            .bind(tenant.as_str())
            .bind(key.kind())
            .bind(key.id_bytes())
            .fetch_one(connection)
            .await
            .map_err(|source| place.fault(source))?;
    place.record(&body)
}
