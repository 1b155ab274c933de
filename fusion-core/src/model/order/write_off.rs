//! Pieces that we cancel and that mustn't be sold again: no platform tells it.

use super::Order;
use crate::{clock::Timestamp, model::RequestId};
use serde::{Deserialize, Serialize};

/// Pieces of a line that a cancellation of ours, with [`Restock::No`](super::Restock::No), takes off sale for good.
///
/// It is kept with the order from the moment on at which the cancellation may have had its effect, so that whoever sees
/// the effect first counts the pieces as gone, and it goes when the request is known to have had none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteOff {
    /// The request that cancels.
    pub request: RequestId,
    /// The line's key.
    pub line: String,
    /// How many pieces.
    pub count: i64,
    /// From when on it may have happened.
    pub sent: Timestamp,
    /// Whether a person has said that it didn't happen, and has let it be sent once more.
    #[serde(default)]
    pub denied: bool,
    /// When it was known to have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Timestamp>,
}

impl Order {
    /// Writes off so many `pieces` of each line, which `request` may have cancelled since `sent`, unless that is noted
    /// already.
    pub(crate) fn write_off(&mut self, request: RequestId, pieces: &[(String, i64)], sent: Timestamp) {
        if self.write_offs.iter().any(|one| one.request == request) {
            return;
        }
        let pieces = pieces.iter().cloned();
        self.write_offs.extend(pieces.map(|(line, count)| WriteOff {
            request,
            line,
            count,
            sent,
            denied: false,
            done: None,
        }));
    }

    /// Pieces of `line` that are written off, by those for which `counts` says so.
    pub(crate) fn written_off(&self, line: &str, counts: impl Fn(&WriteOff) -> bool) -> i64 {
        let of_line = self.write_offs.iter().filter(|one| one.line == line && counts(one));
        of_line.fold(0_i64, |sum, one| sum.saturating_add(one.count))
    }
}
