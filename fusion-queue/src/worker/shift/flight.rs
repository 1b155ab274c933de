//! What is under way to the queue while handlers go on.

use super::Shift;
use crate::worker::{
    hands::{Ended, Refusal},
    shelf::Waiting,
    suspects::Suspect,
};
use fusion_core::{
    clock::Clock as _,
    error::{Error, ErrorKind, Result},
    job::{ClaimRequest, Exchange, JobKind, JobQueue as _},
};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};
use tokio::task::{Id, JoinError, JoinSet};

/// Exchanges at once: while one batch is settled and the next is claimed, another is on its way. What one claim brought
/// is settled by one of them after the other, each on its track, so that they don't wait for each other in a database
/// that keeps its leases by the claim.
pub(super) const TRACKS: usize = 2;

/// What has ended is settled that soon, though there is nothing to claim with it.
const LINGER: Duration = Duration::from_millis(5);

/// Jobs of one call: two calls at once then bring the most that is claimed ahead.
const BATCH: usize = 500;

/// Exchanges that haven't been answered. Dropping it drops them.
#[derive(Default)]
pub(super) struct Flights {
    tasks: JoinSet<Result<Exchange>>,
    away: HashMap<Id, Flight>,
    /// Groups of kinds that had less than was asked for, until there is news.
    dry: BTreeSet<usize>,
    /// Which group is asked for first.
    turn: usize,
}

pub(super) struct Flight {
    track: usize,
    group: usize,
    sent: Duration,
    limit: usize,
    ended: Vec<Ended>,
}

/// Attempts that are over and not settled yet, nor under way to the queue, by the track that they go.
#[derive(Default)]
pub(super) struct Done([(Vec<Ended>, Option<Duration>); TRACKS]);

impl Done {
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|(ended, _)| ended.is_empty())
    }

    /// It is settled by `due`.
    fn push(&mut self, one: Ended, due: Duration) {
        let track = one.settlement.lease.token % TRACKS as u64;
        if let Some((ended, until)) = self.0.get_mut(usize::try_from(track).unwrap_or_default()) {
            ended.push(one);
            until.get_or_insert(due);
        }
    }

    fn of(&self, track: usize) -> usize {
        self.0.get(track).map_or(0, |(ended, _)| ended.len())
    }

    fn due(&self, track: usize) -> Option<Duration> {
        self.0.get(track).and_then(|(_, due)| *due)
    }

    /// When the first of them has to be settled.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.0.iter().filter_map(|(_, due)| *due).min()
    }

    /// What goes together: all of them, or one by itself that was refused with others.
    fn take(&mut self, track: usize) -> Vec<Ended> {
        let Some((ended, due)) = self.0.get_mut(track) else { return Vec::new() };
        match ended.iter().position(|one| one.refusal != Refusal::None) {
            Some(nth) if ended.len() > 1 => vec![ended.swap_remove(nth)],
            _ => {
                *due = None;
                std::mem::take(ended)
            }
        }
    }
}

/// Of which kinds is asked for more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    WhereThereMayBe,
    /// In vain before, and again beside settlements.
    WhereThereWereNone,
}

/// Kinds that are asked for together, and how many of their jobs.
struct Ask {
    group: usize,
    kinds: Vec<JobKind>,
    limit: usize,
}

pub(super) type Landed = (Flight, Result<Exchange>);

impl Flights {
    pub(super) fn is_empty(&self) -> bool {
        self.away.is_empty()
    }

    /// Of the tracks with nothing on them the one that `weight` gives most.
    fn free_track(&self, weight: impl Fn(usize) -> usize) -> Option<usize> {
        let is_free = |track: &usize| self.away.values().all(|flight| flight.track != *track);
        (0..TRACKS).filter(is_free).max_by_key(|track| weight(*track))
    }

    fn claims(&self, group: usize) -> usize {
        self.away.values().filter(|flight| flight.group == group).map(|flight| flight.limit).sum()
    }

    fn claims_in_all(&self) -> usize {
        self.away.values().map(|flight| flight.limit).sum()
    }

    /// There may be work again.
    pub(super) fn has_news(&mut self) {
        self.dry.clear();
    }

    /// The next answer; pends for ever where none is due.
    pub(super) async fn next(&mut self) -> Landed {
        loop {
            match self.tasks.join_next_with_id().await {
                Some(landed) => {
                    if let Some(landed) = self.take(landed) {
                        return landed;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    fn take(&mut self, landed: Result<(Id, Result<Exchange>), JoinError>) -> Option<Landed> {
        let (id, answer) = match landed {
            Ok(answered) => answered,
            Err(error) => {
                let why =
                    "the queue's exchange didn't come back; the program's output says where it panicked";
                (error.id(), Err(Error::new(ErrorKind::Internal, why)))
            }
        };
        Some((self.away.remove(&id)?, answer))
    }
}

impl Shift<'_> {
    /// Sends what is due: settles what has ended, and claims what there is room for.
    pub(super) async fn send(&mut self) {
        while self.clock.elapsed() >= self.pause_until {
            let Some(track) = self.flights.free_track(|track| self.ended.of(track)) else { return };
            let mut ask = self.ask(Asking::WhereThereMayBe);
            if ask.is_none() {
                if !self.is_settling_due(track) {
                    return;
                }
                // These ends may let in others.
                ask = self.ask(Asking::WhereThereWereNone);
            }
            if self.ended.of(track) > 0 {
                self.log().await;
            }
            self.depart(track, ask);
        }
    }

    fn depart(&mut self, track: usize, ask: Option<Ask>) {
        let Ask { group, kinds, limit } = ask.unwrap_or(Ask { group: 0, kinds: Vec::new(), limit: 0 });
        let claim =
            ClaimRequest { worker: self.worker.name.clone(), limit, kinds, lease_for: self.worker.lease_for };
        let ended = self.ended.take(track);
        let settlements = ended.iter().map(|ended| ended.settlement.clone()).collect();
        let (queue, sent) = (self.worker.queue.clone(), self.clock.elapsed());
        let task = self.flights.tasks.spawn(async move { queue.exchange(settlements, claim).await });
        self.flights.away.insert(task.id(), Flight { track, group, sent, limit, ended });
    }

    /// Whether what has ended can't wait to be settled with the next claim.
    fn is_settling_due(&self, track: usize) -> bool {
        let is_idle = self.shelf.is_empty();
        let is_late = self.ended.due(track).is_some_and(|due| self.clock.elapsed() >= due);
        match self.ended.of(track) {
            0 => false,
            many => is_idle || is_late || many >= BATCH,
        }
    }

    /// The next kinds that there is room for, in their turn: a kind with slots of its own by itself, the others
    /// together. Each goes first in its turn, or the one before would always take the last slot.
    fn ask(&mut self, asking: Asking) -> Option<Ask> {
        let free = self.free().saturating_sub(self.shelf.len() + self.flights.claims_in_all());
        let slots_of = &self.worker.slots_of;
        let groups = slots_of.len() + 1;
        for nth in 0..groups {
            let group = (self.flights.turn + nth) % groups;
            if asking == Asking::WhereThereMayBe && self.flights.dry.contains(&group) {
                continue;
            }
            let (kinds, limit) = match group.checked_sub(1).and_then(|nth| slots_of.iter().nth(nth)) {
                Some((kind, slots)) => {
                    let taken = self.hands.count_of(kind) + self.flights.claims(group);
                    (vec![kind.clone()], free.min(slots.saturating_sub(taken)))
                }
                None if asking == Asking::WhereThereWereNone => (self.shared_kinds(), free),
                None => (self.shared_kinds(), self.shared_limit(free)),
            };
            let is_known = group == 0 || kinds.iter().all(|kind| self.worker.handlers.get(kind).is_some());
            if limit > 0 && is_known {
                self.flights.turn = (group + 1) % groups;
                return Some(Ask { group, kinds, limit });
            }
        }
        None
    }

    fn shared_kinds(&self) -> Vec<JobKind> {
        let mut kinds = self.worker.handlers.kinds();
        kinds.retain(|kind| !self.worker.slots_of.contains_key(kind));
        kinds
    }

    /// Jobs of the kinds without slots of their own: for the free slots, and ahead of them where that is worth a call.
    fn shared_limit(&self, free: usize) -> usize {
        if self.release_at.is_some() || !self.suspects.is_empty() || self.hands.holds_suspect() {
            return 0;
        }
        let ahead = self.hands.ahead(self.worker.slots, self.clock.elapsed());
        let missing = (self.free() + ahead).saturating_sub(self.shelf.len() + self.flights.claims_in_all());
        if free > 0 || missing > ahead / 2 { missing.min(BATCH.max(free)) } else { 0 }
    }

    /// Takes in an answer.
    pub(super) fn land(&mut self, (flight, answer): Landed) -> Result<()> {
        let exchange = match answer {
            Ok(exchange) => exchange,
            Err(error) if error.kind() == ErrorKind::InvalidInput && !flight.ended.is_empty() => {
                return self.part(flight.ended, error);
            }
            Err(error) => {
                self.end(flight.ended);
                return self.bear(error);
            }
        };
        self.reached();
        let now = self.clock.elapsed();
        if !flight.ended.is_empty() {
            // Ends let in others of their serial keys and gates.
            self.flights.has_news();
        }
        for (ended, verdict) in flight.ended.into_iter().zip(exchange.verdicts) {
            self.count(ended, verdict);
        }
        if exchange.claimed.len() < flight.limit {
            self.flights.dry.insert(flight.group);
        }
        if !exchange.claimed.is_empty() {
            self.next_beat = self.next_beat.min(now.saturating_add(super::FIRST_BEAT));
        }
        for claimed in exchange.claimed {
            let held_since = flight.sent;
            match self.worker.handlers.get(&claimed.job.kind).cloned() {
                Some(handler) if claimed.suspect => {
                    self.suspects.push(Suspect { claimed, handler, held_since });
                }
                Some(handler) => self.shelf.push(Waiting { claimed, handler, held_since, since: now }),
                None => {}
            }
        }
        Ok(())
    }

    /// Fills free slots with what was claimed ahead.
    pub(super) fn start(&mut self) {
        if self.release_at.is_some() || !self.suspects.is_empty() {
            // A suspect runs alone, and nobody knows how long.
            let released: Vec<Ended> = self.shelf.release(self.clock.elapsed()).collect();
            return self.end(released);
        }
        for _ in 0..self.free() {
            let Some(Waiting { claimed, handler, held_since, .. }) = self.shelf.take_first() else { return };
            self.hands.start(claimed, handler, held_since, &self.clock);
        }
    }

    /// What has ended waits for its settlement.
    pub(super) fn end(&mut self, ended: impl IntoIterator<Item = Ended>) {
        let due = self.clock.elapsed().saturating_add(LINGER);
        ended.into_iter().for_each(|ended| self.ended.push(ended, due));
    }
}
