//! A journal in memory.

use async_trait::async_trait;
use fusion_core::{
    canonical::Hash,
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Fate, Result, Retry},
    model::{Repeat, StepId, StepKey},
    plugin::{Ending, Journal, Opened, SentStep, WireRequest},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Remembers the steps of one piece of work, as a hub's journal does; it outlives the call, so a test can run
/// the work again.
pub struct MemoryJournal {
    clock: Arc<dyn Clock>,
    work: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rows: Vec<StepRow>,
    /// What each name stood for when it was first opened.
    contents: HashMap<String, Hash>,
}

/// One sending of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    /// Which sending.
    pub id: StepId,
    /// The step's name.
    pub name: String,
    /// Counts up after a retryable refusal.
    pub n: u32,
    /// The key that was sent.
    pub key: StepKey,
    /// What makes a second sending harmless.
    pub repeat: Repeat,
    /// What was sent.
    pub request: WireRequest,
    /// When it began.
    pub at: Timestamp,
    /// How it ended; `None` while nobody knows.
    pub ending: Option<Ending>,
}

impl StepRow {
    /// As a look-up is told of it.
    pub fn sent(&self) -> SentStep<'_> {
        SentStep { name: &self.name, request: &self.request, at: self.at }
    }
}

impl MemoryJournal {
    /// An empty journal; `work` takes the place of the grant in every key.
    pub fn new(clock: Arc<dyn Clock>, work: impl Into<String>) -> Self {
        Self { clock, work: work.into(), kept: Mutex::default() }
    }

    /// Every sending, in order.
    pub fn rows(&self) -> Vec<StepRow> {
        self.lock().rows.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, name: &str, n: u32) -> Opened {
        let parts = [self.work.as_str(), name].map(|part| format!("{}:{part}", part.len()));
        let key = Hash::of(format!("{}{}", parts.concat(), n)).to_string();
        Opened::New { key: StepKey(key), n }
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn open(&self, name: &str, content: Hash) -> Result<Opened> {
        let mut kept = self.lock();
        if *kept.contents.entry(name.to_owned()).or_insert(content) != content {
            return Err(Error::new(ErrorKind::Internal, "the step's name stood for something else before"));
        }
        let last = kept.rows.iter().rfind(|row| row.name == name);
        let Some(last) = last else { return Ok(self.fresh(name, 0)) };
        let unanswered =
            || Opened::Unanswered { key: last.key.clone(), n: last.n, request: last.request.clone() };
        let Some(ending) = &last.ending else { return Ok(unanswered()) };
        Ok(match (ending.fate, &ending.answer, &ending.failure) {
            (Fate::Applied | Fate::Partial, Some(answer), _) => Opened::Recorded(answer.clone()),
            (Fate::Unknown | Fate::Applied | Fate::Partial, ..) => unanswered(),
            (Fate::NotSent, ..) => self.fresh(name, last.n),
            (Fate::Rejected, _, Some(failure)) if failure.retry == Retry::Never => {
                Opened::Failed(failure.clone())
            }
            (Fate::Rejected, ..) => self.fresh(name, last.n + 1),
        })
    }

    async fn begin(
        &self,
        name: &str,
        n: u32,
        key: &StepKey,
        repeat: Repeat,
        request: &WireRequest,
    ) -> Result<StepId> {
        let id = StepId::new(&*self.clock);
        self.lock().rows.push(StepRow {
            id,
            name: name.to_owned(),
            n,
            key: key.clone(),
            repeat,
            request: request.clone(),
            at: self.clock.now(),
            ending: None,
        });
        Ok(id)
    }

    async fn end(&self, step: StepId, ending: Ending) -> Result<()> {
        let mut kept = self.lock();
        let row = kept.rows.iter_mut().find(|row| row.id == step);
        let row = row.ok_or_else(|| Error::new(ErrorKind::Internal, "no such step has begun"))?;
        row.ending = Some(ending);
        Ok(())
    }
}
