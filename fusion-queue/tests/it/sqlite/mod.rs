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
mod queue;
mod random;
mod split;

use crate::{
    fixture::World,
    storage::{change, is_there, keys, numbered},
};
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

async fn storage(clock: TestClock) -> (SqliteStorage, TempDir) {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open().await.unwrap(), folder)
}

fusion_core::storage_conformance!(storage);

crate::storage::outbox::outboxes!(storage);

crate::storage::commit::commits!(|clock: TestClock| async move {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
});

const FILE: &str = "fusion.db";

/// A file that needn't outlive a loss of power, which no test has.
fn settings(folder: impl AsRef<Path>) -> SqliteSettings {
    SqliteSettings::new(folder.as_ref().join(FILE)).with_durability(Durability::ProcessEnd)
}

async fn opened(folder: impl AsRef<Path>) -> SqliteStorage {
    settings(folder).open().await.unwrap()
}

/// Another world's ids would be the same ones again.
fn world(seed: u64) -> World {
    World::with(TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000)).with_seed(seed))
}
