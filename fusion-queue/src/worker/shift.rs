//! One run of a worker, from its first claim to its end.

mod beat;
mod flight;
mod outage;
mod refused;
#[cfg(feature = "cron")]
mod slots;
mod tend;

use super::{
    Ran, Worker, figures,
    hands::{Ended, Hands, Outcome},
    shelf::Shelf,
    suspects::{Suspect, Suspects},
    telling::Telling,
};
use flight::{Done, Flights};
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Failure, Result},
    job::{JobEnd, JobQueue as _, NewJob, QueueControl as _, SettleVerdict},
};
use outage::Outage;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// The first sign of life of a new job comes this early, so that one that keeps killing its process is noticed.
const FIRST_BEAT: Duration = Duration::from_secs(1);

/// When a worker ends.
pub(super) enum Mode {
    UntilStopped(Cancel),
    UntilIdle,
}

/// Works in a task of its own: beside its handlers, which are tasks too, it is woken by them and wakes them without
/// another thread's sleep in between, as who awaits it may be none of the runtime's threads.
pub(super) async fn work(worker: &Worker, mode: Mode) -> Result<Ran> {
    let worker = worker.clone();
    // Dropping it drops the task.
    let mut task = JoinSet::new();
    task.spawn(async move { Shift::new(&worker, mode).work().await }.in_current_span());
    match task.join_next().await {
        Some(Ok(ran)) => ran,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => {
            let why = "the worker's runtime has ended; what was in hand falls due when its leases end";
            Err(Error::new(ErrorKind::Unavailable, why))
        }
    }
}

struct Shift<'a> {
    worker: &'a Worker,
    clock: Arc<dyn Clock>,
    mode: Mode,
    hands: Hands,
    suspects: Suspects,
    shelf: Shelf,
    flights: Flights,
    ended: Done,
    telling: Telling,
    ran: Ran,
    next_beat: Duration,
    next_tending: Duration,
    has_tended: bool,
    #[cfg(feature = "cron")]
    next_slots: Duration,
    /// No exchange before: the queue was out of reach.
    pause_until: Duration,
    outage: Outage,
    /// Set once the worker is stopped: when what is in hand is given back.
    release_at: Option<Duration>,
}

impl<'a> Shift<'a> {
    fn new(worker: &'a Worker, mode: Mode) -> Self {
        let clock = worker.clock.clone();
        let now = clock.elapsed();
        Self {
            worker,
            clock,
            mode,
            hands: Hands::default(),
            suspects: Suspects::default(),
            shelf: Shelf::default(),
            flights: Flights::default(),
            ended: Done::default(),
            telling: Telling::default(),
            ran: Ran::default(),
            next_beat: now,
            // Whoever has jobs before it performs some first: tending costs a new connection more than they do.
            next_tending: now.saturating_add(worker.poll_every.min(worker.lease_for / 2)),
            has_tended: false,
            #[cfg(feature = "cron")]
            next_slots: now,
            pause_until: now,
            outage: Outage::default(),
            release_at: None,
        }
    }

    async fn work(mut self) -> Result<Ran> {
        while let Some(patience) = self.round().await? {
            self.wait(patience).await?;
        }
        self.log().await;
        self.telling.finish().await;
        self.acknowledge().await?;
        Ok(self.ran)
    }

    /// Does what is due now; how long it may look for work afterwards, or `None` when all is done.
    async fn round(&mut self) -> Result<Option<Duration>> {
        let now = self.clock.elapsed();
        if matches!(&self.mode, Mode::UntilStopped(stop) if stop.is_cancelled()) && self.release_at.is_none()
        {
            self.release_at = Some(now.saturating_add(self.worker.grace));
        }
        self.hands.look_after(now);
        let lost = self.suspects.look_after(now);
        self.lose(lost);
        let (lost, late) = self.shelf.look_after(now);
        self.lose(lost);
        self.end(late);
        if self.release_at.is_some() {
            let released: Vec<Ended> = self.suspects.release(now).collect();
            self.end(released);
        }
        if self.release_at.is_some_and(|release_at| now >= release_at) {
            self.hands.release();
        }
        if now >= self.next_beat {
            self.beat().await?;
        }
        if now >= self.next_tending {
            self.tend().await?;
        }
        #[cfg(feature = "cron")]
        if now >= self.next_slots && self.release_at.is_none() {
            self.take_slots().await?;
        }
        self.start();
        self.send().await;
        self.start_suspect().await?;
        if !self.hands.is_empty()
            || !self.suspects.is_empty()
            || !self.ended.is_empty()
            || !self.flights.is_empty()
        {
            return Ok(Some(self.worker.poll_every));
        }
        if !self.has_tended && self.release_at.is_none() {
            self.tend().await?;
            // What it has freed waits again.
            self.flights.has_news();
            return Ok(Some(Duration::ZERO));
        }
        match self.mode {
            Mode::UntilStopped(_) if self.release_at.is_some() => Ok(None),
            Mode::UntilStopped(_) => Ok(Some(self.worker.poll_every)),
            Mode::UntilIdle => match self.worker.queue.next_due(&self.worker.handlers.kinds()).await? {
                None => {
                    self.tend().await?;
                    if self.telling.is_idle() {
                        return Ok(None);
                    }
                    // A handler that is told of an end may put in more work.
                    self.telling.finish().await;
                    Ok(Some(Duration::ZERO))
                }
                // Due and not claimed: another worker has it.
                Some(Duration::ZERO) => Ok(Some(self.worker.poll_every)),
                Some(span) => Ok(Some(span)),
            },
        }
    }

    fn free(&self) -> usize {
        match self.release_at {
            Some(_) => 0,
            // A suspect runs alone, and room is made for it.
            None if !self.suspects.is_empty() || self.hands.holds_suspect() => 0,
            None => self.worker.slots.saturating_sub(self.hands.len()),
        }
    }

    /// Whether an error is the last word: nobody waits for another try.
    fn is_ending(&self, now: Duration) -> bool {
        match self.mode {
            Mode::UntilStopped(_) => self.release_at.is_some_and(|end| now >= end),
            Mode::UntilIdle => true,
        }
    }

    fn count(&mut self, ended: Ended, verdict: SettleVerdict) {
        let (count, outcome) = match &ended.settlement.end {
            _ if verdict == SettleVerdict::Fenced => (&mut self.ran.lost, "lost"),
            JobEnd::Completed(_) => (&mut self.ran.completed, "completed"),
            JobEnd::Retry { .. } => (&mut self.ran.retried, "retried"),
            JobEnd::Snooze { .. } if ended.released => (&mut self.ran.released, "released"),
            JobEnd::Snooze { .. } => (&mut self.ran.snoozed, "snoozed"),
            JobEnd::Dead(_) => (&mut self.ran.failed, "failed"),
            JobEnd::Cancelled => (&mut self.ran.cancelled, "cancelled"),
        };
        *count += 1;
        figures::ended(&ended.job.job().kind, outcome);
        if verdict == SettleVerdict::Fenced {
            return;
        }
        match (ended.unsaid, &ended.settlement.end) {
            (Some(why), _) => self.tell(ended.job.job().clone(), why),
            (None, JobEnd::Dead(_) | JobEnd::Cancelled) => self.telling.is_known(ended.job.job().id),
            (None, JobEnd::Completed(_) | JobEnd::Retry { .. } | JobEnd::Snooze { .. }) => {}
        }
    }

    fn tell(&mut self, job: NewJob, why: Failure) {
        if let Some(handler) = self.worker.handlers.get(&job.kind) {
            self.telling.start(handler.clone(), job, why);
        }
    }

    /// Until an attempt is over, there may be work, or something has to be looked after.
    async fn wait(&mut self, patience: Duration) -> Result<()> {
        let now = self.clock.elapsed();
        // Who has asked in vain waits for news; an answer that is under way tells more.
        let is_idle = self.free() > 0 && now >= self.pause_until && self.flights.is_empty();
        let own = [
            Some(self.next_tending),
            self.hands.next_look(),
            self.suspects.next_look(),
            self.shelf.next_look(),
            self.ended.next_due().filter(|_| self.flights.is_empty()).map(|due| due.max(self.pause_until)),
            (!self.hands.is_empty() || !self.suspects.is_empty()).then_some(self.next_beat),
            (now < self.pause_until).then_some(self.pause_until),
            #[cfg(feature = "cron")]
            (!self.worker.schedules.is_empty()).then_some(self.next_slots.max(self.pause_until)),
            self.release_at.filter(|release_at| now < *release_at),
        ];
        let until = own.into_iter().flatten().min().unwrap_or(now).saturating_sub(now);
        let stop = match &self.mode {
            Mode::UntilStopped(stop) if self.release_at.is_none() => Some(stop.clone()),
            Mode::UntilStopped(_) | Mode::UntilIdle => None,
        };
        let stopped = async {
            match &stop {
                Some(stop) => stop.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = self.hands.next(&*self.clock) => {
                self.take(outcome);
                while let Some(outcome) = self.hands.try_next(&*self.clock) {
                    self.take(outcome);
                }
            }
            landed = self.flights.next() => self.land(landed)?,
            () = stopped => {}
            () = self.worker.queue.wait(patience), if is_idle => self.flights.has_news(),
            () = self.clock.sleep(until) => self.flights.has_news(),
        }
        self.telling.collect();
        Ok(())
    }

    fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ended(ended) => self.end([*ended]),
            Outcome::ByCommit(kind) => {
                // Its end may have let in another of its serial key or gate.
                self.flights.has_news();
                figures::ended(&kind, "by_commit");
                self.ran.by_commit += 1;
            }
            Outcome::Lost(kind) => {
                self.flights.has_news();
                figures::ended(&kind, "lost");
                self.ran.lost += 1;
            }
        }
    }
}
