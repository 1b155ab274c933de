//! Jobs, and who performs them and counts.

use crate::Result;
use fusion_core::{
    job::{Finish, Handlers, JobKind, NewJob, Payload},
    model::StoreId,
    tenant::Tenant,
};
use fusion_queue::TokioClock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

/// What a job of the bench carries: some 200 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) number: usize,
    listing: String,
    title: String,
    reason: String,
    link: String,
    marks: Vec<String>,
}

impl Payload for Notice {
    const KIND: &'static str = "bench.notice";
}

impl Notice {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            listing: format!("listing-{number:010}"),
            title: "Enamel mug, 300 ml, forest green".to_owned(),
            reason: "price".to_owned(),
            link: format!("https://shop.example/listings/{number:010}/edit"),
            marks: vec!["spring".to_owned(), "kitchen".to_owned()],
        }
    }

    pub(crate) fn text(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}

/// Makes jobs of one tenant.
pub(crate) struct Maker {
    clock: TokioClock,
    tenant: Tenant,
    kind: JobKind,
}

impl Maker {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            clock: TokioClock::system(),
            tenant: Tenant::new("bench")?,
            kind: JobKind::custom(Notice::KIND)?,
        })
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(crate) fn kind(&self) -> &JobKind {
        &self.kind
    }

    pub(crate) fn clock(&self) -> &TokioClock {
        &self.clock
    }

    /// The job with this number, without store or key.
    pub(crate) fn job(&self, number: usize) -> NewJob {
        NewJob::new(&self.clock, &self.tenant, self.kind.clone(), json!(Notice::new(number)))
    }

    pub(crate) fn jobs(&self, many: usize) -> Vec<NewJob> {
        (0..many).map(|number| self.job(number)).collect()
    }

    pub(crate) fn stores(&self, many: usize) -> Vec<StoreId> {
        (0..many).map(|_| StoreId::new(&self.clock)).collect()
    }

    /// Jobs as the hub makes them: of a store each, work begins with them, and every tenth has its store's serial key.
    pub(crate) fn jobs_of_stores(&self, many: usize, stores: &[StoreId]) -> Vec<NewJob> {
        let mut jobs = self.jobs(many);
        for (number, (job, store)) in jobs.iter_mut().zip(stores.iter().cycle()).enumerate() {
            job.partition = Some(*store);
            job.begins_work = true;
            // As many stores as a multiple of ten would give some all the keys, and most none.
            let is_serial = (number / stores.len() + number).is_multiple_of(10);
            job.serial = is_serial.then(|| format!("stock of {store}"));
        }
        jobs
    }
}

/// Which jobs were performed, and how often.
#[derive(Clone)]
pub(crate) struct Performed {
    times: Arc<[AtomicU32]>,
    all: Arc<AtomicUsize>,
}

impl Performed {
    pub(crate) fn none_of(jobs: usize) -> Self {
        Self { times: (0..jobs).map(|_| AtomicU32::new(0)).collect(), all: Arc::default() }
    }

    /// Counts them only: which they are somebody else sees to.
    pub(crate) fn counted() -> Self {
        Self::none_of(0)
    }

    pub(crate) fn count(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, number: usize) {
        self.all.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.times.get(number) {
            times.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Handlers that note what they perform.
    pub(crate) fn handlers(&self) -> Result<Handlers> {
        let performed = self.clone();
        let perform = move |notice: Notice, _| {
            performed.note(notice.number);
            async { Finish::Done(Value::Null) }
        };
        Ok(Handlers::default().on(perform)?)
    }

    /// # Errors
    /// A job was lost or performed twice.
    pub(crate) fn check(&self) -> Result<()> {
        let count = |wrong: fn(u32) -> bool| {
            self.times.iter().filter(|times| wrong(times.load(Ordering::Relaxed))).count()
        };
        let (lost, again) = (count(|times| times == 0), count(|times| times > 1));
        if lost + again == 0 {
            return Ok(());
        }
        Err(format!("of {} jobs {lost} were lost and {again} performed more than once", self.times.len())
            .into())
    }
}
