//! A memory back-end that notes what passes through it, and can be out of reach.

use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind, Result,
    job::*,
    model::JobId,
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_queue::Memory;
use std::sync::{Arc, Mutex};

/// Clones share one log.
pub(crate) type Watched = Through<Memory, Watching>;

pub(crate) fn watched(db: Memory) -> Watched {
    Through { backend: db, watch: Watching::default() }
}

#[derive(Clone, Default)]
pub(crate) struct Watching(Arc<Mutex<Log>>);

type Refuses = Box<dyn Fn(&JobEnd) -> bool + Send>;

#[derive(Default)]
struct Log {
    claims: Vec<JobId>,
    settled: Vec<(JobId, JobEnd, SettleVerdict)>,
    /// Exchanges that are still to fail; an odd one takes effect before its answer is lost.
    outages: u32,
    /// Which ends can't be stored.
    unstorable: Option<Refuses>,
    is_mute: bool,
    is_cut_off: bool,
    /// Every call, reached or not.
    calls: Vec<&'static str>,
}

impl Watching {
    pub(crate) fn fail(&self, exchanges: u32) {
        self.0.lock().unwrap().outages = exchanges;
    }

    /// Refuses every batch with such an end in it, as a database does that can't hold it.
    pub(crate) fn refuse(&self, is_unstorable: impl Fn(&JobEnd) -> bool + Send + 'static) {
        self.0.lock().unwrap().unstorable = Some(Box::new(is_unstorable));
    }

    /// Lets no heartbeat through from now on.
    pub(crate) fn mute(&self) {
        self.0.lock().unwrap().is_mute = true;
    }

    /// Lets nothing through, until it is told otherwise.
    pub(crate) fn cut_off(&self, is_cut_off: bool) {
        self.0.lock().unwrap().is_cut_off = is_cut_off;
    }

    /// How often this verb was called.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.0.lock().unwrap().calls.iter().filter(|call| **call == name).count()
    }

    pub(crate) fn claims(&self) -> Vec<JobId> {
        self.0.lock().unwrap().claims.clone()
    }

    pub(crate) fn settled(&self) -> Vec<(JobId, JobEnd, SettleVerdict)> {
        self.0.lock().unwrap().settled.clone()
    }

    fn is_unstorable(&self, settlements: &[Settlement]) -> bool {
        let log = self.0.lock().unwrap();
        let Some(is_unstorable) = &log.unstorable else { return false };
        settlements.iter().any(|one| is_unstorable(&one.end))
    }

    fn outage(&self) -> u32 {
        let mut log = self.0.lock().unwrap();
        let outages = log.outages;
        log.outages = outages.saturating_sub(1);
        outages
    }
}

/// What was settled by a call, and whether its answer is to be lost.
#[derive(Default)]
pub(crate) struct Held {
    settlements: Vec<Settlement>,
    loses_answer: bool,
}

fn out_of_reach() -> Error {
    Error::new(ErrorKind::Unavailable, "the queue is out of reach")
}

#[async_trait]
impl Watch for Watching {
    type Held = Held;

    async fn before(&self, call: &Call<'_>) -> Result<Held> {
        let is_cut_off = {
            let mut log = self.0.lock().unwrap();
            log.calls.push(call.name);
            log.is_cut_off
        };
        match call.carries {
            _ if is_cut_off => Err(out_of_reach()),
            Carries::Changes(_, changes) => {
                Ok(Held { settlements: changes.settle.iter().cloned().collect(), loses_answer: false })
            }
            Carries::Settlements(settlements) if self.is_unstorable(settlements) => {
                Err(Error::new(ErrorKind::InvalidInput, "the queue can't hold a text as it is"))
            }
            Carries::Settlements(settlements) => match self.outage() {
                outage if outage > 0 && outage.is_multiple_of(2) => Err(out_of_reach()),
                outage => Ok(Held { settlements: settlements.to_vec(), loses_answer: outage > 0 }),
            },
            _ if call.name == "heartbeat" && self.0.lock().unwrap().is_mute => Err(out_of_reach()),
            _ => Ok(Held::default()),
        }
    }

    async fn after(&self, held: Held, answer: &Answer<'_>) -> Result<()> {
        let (verdicts, claimed) = match answer {
            Answer::Exchanged(exchange) => (exchange.verdicts.clone(), &exchange.claimed[..]),
            Answer::Committed(committed) => {
                (committed.settled.map(Settled::verdict).into_iter().collect(), &[][..])
            }
            _ => return Ok(()),
        };
        let mut log = self.0.lock().unwrap();
        let pairs = held.settlements.into_iter().zip(verdicts);
        log.settled.extend(pairs.map(|(one, verdict)| (one.lease.job, one.end, verdict)));
        if held.loses_answer {
            return Err(out_of_reach());
        }
        log.claims.extend(claimed.iter().map(|one| one.job.id));
        Ok(())
    }
}
