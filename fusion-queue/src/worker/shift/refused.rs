//! Ends that the queue can't store as they are.

use super::Shift;
use crate::worker::hands::{Ended, Refusal};
use fusion_core::error::{Error, Result};

impl Shift<'_> {
    /// Deals with a batch that was refused: each of its ends goes by itself, and who is to blame fails for it.
    pub(super) fn part(&mut self, mut ended: Vec<Ended>, error: Error) -> Result<()> {
        self.reached();
        match (ended.pop(), ended.is_empty()) {
            // Its failure says no more than that; the queue takes nothing.
            (Some(Ended { refusal: Refusal::Alone, .. }), true) | (None, _) => return Err(error),
            (Some(one), true) => {
                tracing::warn!(job = %one.job.job().id, %error, "how a job ended can't be stored; it has failed");
                self.end([one.refused(&error)]);
            }
            (Some(last), false) => {
                let all = ended.into_iter().chain([last]);
                self.end(all.map(|one| match one.refusal {
                    Refusal::None => Ended { refusal: Refusal::WithOthers, ..one },
                    Refusal::WithOthers | Refusal::Alone => one,
                }));
            }
        }
        Ok(())
    }
}
