//! What commands read or overwrite, as it was when they were asked for.

use super::{
    Hub,
    orders::wanted_order_snapshot,
    session::Session,
    submit::{Draft, Sessions},
    undertaking::{no_snapshot, one_snapshot, target_of},
};
use crate::{
    error::{ErrorKind, Result},
    model::Store,
    plugin::{Change, Snapshot, Target, Work},
};
use std::collections::HashMap;

impl Hub {
    /// What each draft reads or overwrites, read in as few calls as the plugin makes of it.
    pub(super) async fn snapshots(&self, sessions: &Sessions<'_>, chunk: &[Draft]) -> Vec<Result<Snapshot>> {
        let targets: Vec<Target> =
            chunk.iter().map(|draft| target_of(draft.listing.as_ref(), draft.order.as_ref())).collect();
        let mut snapshots: Vec<Result<Snapshot>> = Vec::with_capacity(chunk.len());
        let mut done: HashMap<usize, Result<Snapshot>> = HashMap::new();
        for (store, (record, session)) in sessions {
            let mine: Vec<usize> = (0..chunk.len())
                .filter(|nth| {
                    chunk.get(*nth).is_some_and(|d| d.command.store == Some(*store) && d.order.is_none())
                })
                .collect();
            let works: Vec<Work<'_>> = mine
                .iter()
                .filter_map(|nth| {
                    Some(Work { command: &chunk.get(*nth)?.command, target: targets.get(*nth)? })
                })
                .collect();
            let each = snapshots_in(session, &record.value, &works).await;
            done.extend(mine.into_iter().zip(each));
            let on_orders = chunk.iter().enumerate().filter(|(_, draft)| draft.command.store == Some(*store));
            for (nth, draft) in on_orders {
                if let (Some(order), Change::Order { action, .. }) = (&draft.order, &draft.command.change) {
                    let cx = session.context(&record.value);
                    done.insert(nth, wanted_order_snapshot(session.plugin(), &cx, order, action).await);
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

/// Works whose snapshots share one deadline: where the plugin reads them one by one, each still has many times
/// what a slow platform needs.
const WORKS_AT_ONCE: usize = 10;

/// A snapshot of each work in one store.
async fn snapshots_in(session: &Session<'_>, store: &Store, works: &[Work<'_>]) -> Vec<Result<Snapshot>> {
    let mut each = Vec::with_capacity(works.len());
    for some in works.chunks(WORKS_AT_ONCE) {
        match session.plugin().snapshot(&session.context(store), some).await {
            Ok(all) => each.extend(one_each(some.len(), all)),
            // One record that can't be read must not hold up the others.
            Err(error) if is_about_record(error.kind()) => {
                for work in some {
                    each.push(one_snapshot(session.plugin(), &session.context(store), *work).await);
                }
            }
            // Asking for the others too would only say the same so many times.
            Err(error) => {
                let failure = error.to_failure();
                each.resize_with(works.len(), || Err(failure.clone().into()));
                return each;
            }
        }
    }
    each
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
