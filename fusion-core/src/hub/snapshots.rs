//! What commands read or overwrite, as it was when they were asked for.

use super::{
    Hub,
    opened::{no_snapshot, one_snapshot},
    submit::{Draft, Sessions},
};
use crate::{
    error::{ErrorKind, Result},
    plugin::{Snapshot, Target, Work},
};
use std::collections::HashMap;

impl Hub {
    /// What each draft reads or overwrites, read in as few calls as the plugin makes of it.
    pub(super) async fn snapshots(&self, sessions: &Sessions<'_>, chunk: &[Draft]) -> Vec<Result<Snapshot>> {
        let targets: Vec<Target> =
            chunk.iter().map(|draft| draft.listing.as_ref().map(Target::of).unwrap_or_default()).collect();
        let mut snapshots: Vec<Result<Snapshot>> = Vec::with_capacity(chunk.len());
        let mut done: HashMap<usize, Result<Snapshot>> = HashMap::new();
        for (store, (record, session)) in sessions {
            let mine: Vec<usize> = (0..chunk.len())
                .filter(|nth| chunk.get(*nth).and_then(|d| d.command.store) == Some(*store))
                .collect();
            let works: Vec<Work<'_>> = mine
                .iter()
                .filter_map(|nth| {
                    Some(Work { command: &chunk.get(*nth)?.command, target: targets.get(*nth)? })
                })
                .collect();
            if works.is_empty() {
                continue;
            }
            match session.plugin().snapshot(&session.context(&record.value), &works).await {
                Ok(all) => {
                    let each = one_each(mine.len(), all);
                    done.extend(mine.into_iter().zip(each));
                }
                // One record that can't be read must not hold up the others.
                Err(error) if is_about_record(error.kind()) => {
                    for (nth, work) in mine.into_iter().zip(works) {
                        let cx = session.context(&record.value);
                        done.insert(nth, one_snapshot(session.plugin(), &cx, work).await);
                    }
                }
                // Asking once for each would only say the same so many times.
                Err(error) => {
                    let failure = error.to_failure();
                    done.extend(mine.into_iter().map(|nth| (nth, Err(failure.clone().into()))));
                }
            }
        }
        for nth in 0..chunk.len() {
            // What concerns the tenant alone reads nothing at a platform.
            snapshots.push(done.remove(&nth).unwrap_or_else(|| Ok(Snapshot::default())));
        }
        snapshots
    }
}

/// A snapshot for each of `count` works: one that the plugin left out is an error, never an empty one.
fn one_each(count: usize, all: Vec<Snapshot>) -> Vec<Result<Snapshot>> {
    let missing = std::iter::repeat_with(|| Err(no_snapshot()));
    all.into_iter().map(Ok).chain(missing).take(count).collect()
}

/// Whether one record may be at fault, and not the way to all of them.
fn is_about_record(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Protocol | ErrorKind::InvalidInput)
}

#[cfg(test)]
mod tests;
