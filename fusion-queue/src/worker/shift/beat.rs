//! Signs of life.

use super::{Shift, Suspect};
use fusion_core::{
    clock::Clock as _,
    error::Result,
    job::{BeatVerdict, JobQueue as _},
};

impl Shift<'_> {
    /// Gives a sign of life for everything in hand.
    pub(super) async fn beat(&mut self) -> Result<()> {
        let sent = self.clock.elapsed();
        self.next_beat = sent.saturating_add(self.worker.beat_every);
        let mut beats = self.hands.beats();
        beats.extend(self.suspects.beats());
        if beats.is_empty() {
            return Ok(());
        }
        match self.worker.backend.heartbeat(&beats, self.worker.lease_for).await {
            Ok(verdicts) => {
                let held_until = sent.saturating_add(self.worker.lease_for);
                for (beat, verdict) in beats.iter().zip(verdicts) {
                    self.hands.obey(&beat.lease, verdict, held_until);
                    let is_lost = self.suspects.obey(&beat.lease, verdict, sent);
                    self.lose(usize::from(is_lost));
                }
                Ok(())
            }
            Err(error) => self.bear(error),
        }
    }

    /// Starts the first of the suspects when nothing else is in hand: noted as started before, it is counted when
    /// it takes this process with it.
    pub(super) async fn start_suspect(&mut self) -> Result<()> {
        let sent = self.clock.elapsed();
        if !self.hands.is_empty() || sent < self.pause_until {
            return Ok(());
        }
        let Some(first) = self.suspects.first() else { return Ok(()) };
        let verdict = match self.worker.backend.heartbeat(&[first.beat(true)], self.worker.lease_for).await {
            Ok(verdicts) => verdicts.first().copied().unwrap_or(BeatVerdict::Lost),
            Err(error) => return self.bear(error),
        };
        let Some(Suspect { claimed, handler, .. }) = self.suspects.take_first() else { return Ok(()) };
        if verdict == BeatVerdict::Lost {
            self.lose(1);
            return Ok(());
        }
        let lease = claimed.lease.clone();
        self.hands.start(claimed, handler, sent, self.clock.elapsed());
        self.hands.obey(&lease, verdict, sent.saturating_add(self.worker.lease_for));
        Ok(())
    }

    pub(super) fn lose(&mut self, count: usize) {
        self.ran.lost += u64::try_from(count).unwrap_or(u64::MAX);
    }
}
