//! The storage in a file: the kit, and what happens to files and processes.

mod batch;
mod child;
mod dropped;
mod embedder;
mod faults;
mod files;
#[cfg(unix)]
mod full;
mod killed;
mod outbox;
mod queue;
mod random;
mod split;

use crate::{fixture::World, storage::change};
use fusion_core::{
    clock::Timestamp,
    model::*,
    storage::{ChangeSet, Entity, Key, Storage},
    testkit::TestClock,
};
use fusion_queue::{
    SqliteStorage,
    sqlite::{Durability, SqliteSettings},
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;
use uuid::Uuid;

fusion_core::storage_conformance!(|clock: TestClock| async move {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open().await.unwrap(), folder)
});

const FILE: &str = "fusion.db";

/// A file that needn't outlive a loss of power, which no test has.
fn settings(folder: impl AsRef<Path>) -> SqliteSettings {
    SqliteSettings::new(folder.as_ref().join(FILE)).with_durability(Durability::ProcessEnd)
}

async fn opened(folder: impl AsRef<Path>) -> SqliteStorage {
    settings(folder).open().await.unwrap()
}

/// The keys of what commit `number` makes.
fn keys(number: u64) -> [Key; 2] {
    let id = Uuid::from_u128(u128::from(number) + 1);
    [StockItem::key(StockItemId::from_uuid(id)), Location::key(LocationId::from_uuid(id))]
}

/// Two records, an audit entry and a job that belong together.
fn numbered(w: &World, number: u64) -> ChangeSet {
    let id = Uuid::from_u128(u128::from(number) + 1);
    let name = number.to_string();
    change(|c| {
        c.create(StockItem { id: StockItemId::from_uuid(id), name: name.clone() });
        c.create(Location { id: LocationId::from_uuid(id), name: name.clone(), kind: LocationKind::Own });
        c.audit.push(w.entry(&name));
        c.jobs.push(w.job());
    })
}

/// Whether commit `number` is there; half of it never is.
async fn is_there(db: &SqliteStorage, w: &World, number: u64) -> bool {
    let found = db.get(&w.tenant, &keys(number)).await.unwrap();
    assert_eq!(found[0].is_some(), found[1].is_some(), "commit {number} is there by half");
    found[0].is_some()
}

/// Another world's ids would be the same ones again.
fn world(seed: u64) -> World {
    World::with(TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000)).with_seed(seed))
}
