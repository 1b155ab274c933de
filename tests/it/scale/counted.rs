//! A backend that counts what is asked of it.

use async_trait::async_trait;
use fusion_core::{
    error::Result,
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_queue::Memory;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// How often what was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, what: &'static str, count: u64) {
        self.0.insert(what, count);
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(what, count)| (*what, *count))
    }

    pub(super) fn less(&self, before: &Self) -> Self {
        Self(self.rows().map(|(what, count)| (what, count - before.of(what))).collect())
    }
}

/// Counts calls and what they carry. What a worker asks while it waits isn't counted: that depends on how its tasks
/// take turns.
#[derive(Clone, Default)]
pub(super) struct Counting(Arc<Mutex<Counts>>);

/// A memory whose calls are counted.
pub(super) type Counted = Through<Memory, Counting>;

pub(super) fn counted(memory: Memory) -> Counted {
    Through { backend: memory, watch: Counting::default() }
}

impl Counting {
    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, what: &'static str, count: usize) {
        *self.0.lock().unwrap().0.entry(what).or_default() += count as u64;
    }
}

#[async_trait]
impl Watch for Counting {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Result<()> {
        match call.carries {
            Carries::Keys(keys) => {
                self.add("reads", 1);
                self.add("records read", keys.len());
            }
            Carries::Changes(_, changes) => {
                self.add("commits", 1);
                self.add("records written", changes.writes.len() + changes.steps.len());
                self.add("audit entries", changes.audit.len());
                self.add("jobs enqueued", changes.jobs.len());
            }
            Carries::Jobs(jobs) => self.add("jobs enqueued", jobs.len()),
            Carries::Settlements(_) | Carries::Other => {}
        }
        Ok(())
    }

    async fn after(&self, (): (), answer: &Answer<'_>) -> Result<()> {
        match answer {
            Answer::Rows(count) => {
                self.add("lists", 1);
                self.add("records listed", *count);
            }
            Answer::Exchanged(exchange) => self.add("jobs claimed", exchange.claimed.len()),
            Answer::Committed(_) | Answer::Other | Answer::Failed => {}
        }
        Ok(())
    }
}
