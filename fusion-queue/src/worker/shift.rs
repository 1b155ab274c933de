//! One run of a worker, from its first claim to its end.

mod beat;
#[cfg(feature = "cron")]
mod slots;
mod tend;

use super::{
    Ran, Worker, figures,
    hands::{Ended, Hands, Outcome},
    suspects::{Suspect, Suspects},
    telling::Telling,
};
use fusion_core::{
    clock::{Cancel, Clock},
    error::{ErrorKind, Failure, Result},
    job::{ClaimRequest, JobEnd, JobKind, JobQueue, NewJob, QueueControl, SettleVerdict},
};
use std::{sync::Arc, time::Duration};

/// The first sign of life of a new job comes this early, so that one that keeps killing its process is noticed.
const FIRST_BEAT: Duration = Duration::from_secs(1);

/// When a worker ends.
pub(super) enum Mode {
    UntilStopped(Cancel),
    UntilIdle,
}

pub(super) struct Shift<'a> {
    worker: &'a Worker,
    clock: Arc<dyn Clock>,
    mode: Mode,
    hands: Hands,
    suspects: Suspects,
    /// Attempts that are over and not settled yet; kept until the queue has answered.
    ended: Vec<Ended>,
    telling: Telling,
    ran: Ran,
    /// Which kinds are asked for first.
    turn: usize,
    next_beat: Duration,
    next_tending: Duration,
    #[cfg(feature = "cron")]
    next_slots: Duration,
    /// No exchange before: the queue was out of reach.
    pause_until: Duration,
    /// Set once the worker is stopped: when what is in hand is given back.
    release_at: Option<Duration>,
}

impl<'a> Shift<'a> {
    pub(super) fn new(worker: &'a Worker, mode: Mode) -> Self {
        let clock = worker.clock.clone();
        let now = clock.elapsed();
        Self {
            worker,
            clock,
            mode,
            hands: Hands::default(),
            suspects: Suspects::default(),
            ended: Vec::new(),
            telling: Telling::default(),
            ran: Ran::default(),
            turn: 0,
            next_beat: now,
            next_tending: now,
            #[cfg(feature = "cron")]
            next_slots: now,
            pause_until: now,
            release_at: None,
        }
    }

    pub(super) async fn work(mut self) -> Result<Ran> {
        while let Some(patience) = self.round().await? {
            self.wait(patience).await;
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
        if self.release_at.is_some() {
            self.ended.extend(self.suspects.release(now));
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
        let claimed = self.exchange().await?;
        self.start_suspect().await?;
        if !self.hands.is_empty() || !self.suspects.is_empty() || !self.ended.is_empty() || claimed > 0 {
            return Ok(Some(self.worker.poll_every));
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

    /// Settles what has ended and claims what there is room for; how many were claimed.
    async fn exchange(&mut self) -> Result<usize> {
        let mut claimed = 0;
        for (kinds, slots) in self.asks() {
            claimed += self.exchange_for(kinds, slots).await?;
        }
        Ok(claimed)
    }

    /// What is asked for, each with its own room: a kind with slots of its own by itself, the others together. Each
    /// goes first in its turn, or the one before would always take the last slot.
    fn asks(&mut self) -> Vec<(Vec<JobKind>, usize)> {
        let slots_of = &self.worker.slots_of;
        let (own, rest): (Vec<_>, Vec<_>) =
            self.worker.handlers.kinds().into_iter().partition(|kind| slots_of.contains_key(kind));
        let own = own.into_iter().filter_map(|kind| {
            let room = slots_of.get(&kind)?.saturating_sub(self.hands.count_of(&kind));
            Some((vec![kind], room))
        });
        let mut asks: Vec<_> = [(rest, usize::MAX)].into_iter().chain(own).collect();
        self.turn = (self.turn + 1) % asks.len();
        asks.rotate_left(self.turn);
        asks
    }

    async fn exchange_for(&mut self, kinds: Vec<JobKind>, slots: usize) -> Result<usize> {
        let (sent, limit) = (self.clock.elapsed(), self.free().min(slots));
        if sent < self.pause_until || (limit == 0 && self.ended.is_empty()) {
            return Ok(0);
        }
        let claim =
            ClaimRequest { worker: self.worker.name.clone(), limit, kinds, lease_for: self.worker.lease_for };
        if !self.ended.is_empty() {
            self.log().await;
        }
        let settlements = self.ended.iter().map(|ended| ended.settlement.clone()).collect();
        let exchange = match self.worker.queue.exchange(settlements, claim).await {
            Ok(exchange) => exchange,
            Err(error) => return self.bear(error).map(|()| 0),
        };
        let now = self.clock.elapsed();
        for (ended, verdict) in std::mem::take(&mut self.ended).into_iter().zip(exchange.verdicts) {
            self.count(ended, verdict);
        }
        let claimed = exchange.claimed.len();
        if claimed > 0 {
            self.next_beat = self.next_beat.min(now.saturating_add(FIRST_BEAT));
        }
        for claimed in exchange.claimed {
            match self.worker.handlers.get(&claimed.job.kind).cloned() {
                Some(handler) if claimed.suspect => {
                    self.suspects.push(Suspect { claimed, handler, held_since: sent });
                }
                Some(handler) => self.hands.start(claimed, handler, sent, &self.clock),
                None => {}
            }
        }
        Ok(claimed)
    }

    /// Waits out a queue that is out of reach, where the worker isn't to end.
    fn bear(&mut self, error: fusion_core::Error) -> Result<()> {
        let is_last = match self.mode {
            Mode::UntilStopped(_) => self.release_at.is_some_and(|end| self.clock.elapsed() >= end),
            Mode::UntilIdle => true,
        };
        if is_last || error.kind() != ErrorKind::Unavailable {
            return Err(error);
        }
        tracing::warn!(worker = self.worker.name, %error, "the queue is out of reach");
        self.pause_until = self.clock.elapsed().saturating_add(self.worker.poll_every);
        Ok(())
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
    async fn wait(&mut self, patience: Duration) {
        let now = self.clock.elapsed();
        let may_claim = self.free() > 0 && now >= self.pause_until;
        let own = [
            Some(self.next_tending),
            self.hands.next_look(),
            self.suspects.next_look(),
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
            () = stopped => {}
            () = self.worker.queue.wait(patience), if may_claim => {}
            () = self.clock.sleep(until) => {}
        }
        self.telling.collect();
    }

    fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ended(ended) => self.ended.push(*ended),
            Outcome::ByCommit(kind) => {
                figures::ended(&kind, "by_commit");
                self.ran.by_commit += 1;
            }
            Outcome::Lost(kind) => {
                figures::ended(&kind, "lost");
                self.ran.lost += 1;
            }
        }
    }
}
