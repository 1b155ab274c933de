//! Signs of life.

use super::{Shift, Suspect};
use crate::worker::{hands::Ended, suspects::Obeyed};
use fusion_core::{
    clock::Clock as _,
    error::Result,
    job::{Beat, BeatVerdict, JobQueue as _},
};
use std::time::Duration;

impl Shift<'_> {
    /// Gives a sign of life for everything in hand.
    pub(super) async fn beat(&mut self) -> Result<()> {
        let sent = self.clock.elapsed();
        self.next_beat = sent.saturating_add(self.worker.beat_every);
        self.log().await;
        let mut beats = self.hands.beats();
        beats.extend(self.suspects.beats());
        if beats.is_empty() {
            return Ok(());
        }
        match self.worker.queue.heartbeat(&beats, self.worker.lease_for).await {
            Ok(verdicts) => {
                self.reached();
                for (beat, verdict) in beats.iter().zip(verdicts) {
                    self.hands.obey(&beat.lease, verdict, sent, self.worker.cancel_grace);
                    self.obey_for_suspect(beat, verdict, sent);
                }
                Ok(())
            }
            Err(error) => self.bear(error),
        }
    }

    /// Hands on what handlers wrote; a queue that can't take it leaves it to the program's own log.
    pub(super) async fn log(&mut self) {
        let lines = self.hands.take_lines();
        if lines.is_empty() {
            return;
        }
        let count = lines.len();
        if let Err(error) = self.worker.queue.log(lines).await {
            tracing::warn!(count, %error, "what handlers wrote about their jobs is lost");
        }
    }

    /// Starts the first of the suspects when nothing else is in hand: noted as started before, it is counted when
    /// it takes this process with it.
    pub(super) async fn start_suspect(&mut self) -> Result<()> {
        let sent = self.clock.elapsed();
        if !self.hands.is_empty() || !self.flights.is_empty() || sent < self.pause_until {
            return Ok(());
        }
        let Some(first) = self.suspects.first() else { return Ok(()) };
        let (asks, starts) = (first.beat(false), first.beat(true));
        // It is asked first whether it may: what is marked as started is counted when its process dies.
        if self.sign(&asks, sent).await?.is_none() {
            return Ok(());
        }
        let Some(verdict) = self.sign(&starts, sent).await? else { return Ok(()) };
        let Some(Suspect { claimed, handler, .. }) = self.suspects.take_first() else { return Ok(()) };
        self.hands.start(claimed, handler, sent, &self.clock);
        self.hands.obey(&starts.lease, verdict, sent, self.worker.cancel_grace);
        Ok(())
    }

    /// Gives one sign of life for a suspect; `None`: it can't be started now.
    async fn sign(&mut self, beat: &Beat, sent: Duration) -> Result<Option<BeatVerdict>> {
        let told = self.worker.queue.heartbeat(std::slice::from_ref(beat), self.worker.lease_for).await;
        let verdict = match told {
            Ok(verdicts) => verdicts.first().copied().unwrap_or(BeatVerdict::Lost),
            Err(error) => return self.bear(error).map(|()| None),
        };
        self.obey_for_suspect(beat, verdict, sent);
        Ok(Some(verdict).filter(|verdict| matches!(verdict, BeatVerdict::Held | BeatVerdict::CancelWanted)))
    }

    fn obey_for_suspect(&mut self, beat: &Beat, verdict: BeatVerdict, sent: Duration) {
        match self.suspects.obey(&beat.lease, verdict, sent) {
            Obeyed::Kept => {}
            Obeyed::Lost => self.lose(1),
            Obeyed::Paused(one) => self.end([Ended::unstarted(one.claimed, self.clock.elapsed())]),
        }
    }

    pub(super) fn lose(&mut self, count: usize) {
        self.ran.lost += u64::try_from(count).unwrap_or(u64::MAX);
    }
}
