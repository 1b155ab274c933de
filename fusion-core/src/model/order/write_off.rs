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
    /// Pieces of the line that weren't wanted any more before: these it doesn't take.
    pub beyond: i64,
    /// From when on it may have happened.
    pub sent: Timestamp,
    /// Whether it has.
    pub happened: Happened,
}

/// Whether a write-off has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It may.
    Maybe,
    /// It may: a person has said that it didn't, and has let it be sent once more.
    Denied,
    /// Nothing more comes of it since then, and nobody knows: the next read of the order says how it looks.
    Doubted(Timestamp),
    /// Yes, or it looks so; known since then.
    Yes(Timestamp),
}

impl WriteOff {
    /// Since when nothing more comes of it.
    pub(crate) const fn over(&self) -> Option<Timestamp> {
        match self.happened {
            Happened::Maybe | Happened::Denied => None,
            Happened::Doubted(at) | Happened::Yes(at) => Some(at),
        }
    }
}

impl Order {
    /// Writes off `pieces`, which `request` may have cancelled since `sent`, unless that is noted already: each line with
    /// the count and with how many of it were wanted before.
    pub(crate) fn write_off(&mut self, request: RequestId, pieces: &[(String, i64, i64)], sent: Timestamp) {
        if self.write_offs.iter().any(|one| one.request == request) {
            return;
        }
        for (line, count, wanted) in pieces.iter().cloned() {
            let known = self.facts.lines.iter().find(|known| known.key == line);
            // What isn't wanted any more may be that already.
            let beyond = known.map_or(0, |known| {
                let since = (wanted - self.facts.wanted_of(known)).max(0);
                (self.facts.unnamed_of(known) - since).max(0)
            });
            self.write_offs.push(WriteOff { request, line, count, beyond, sent, happened: Happened::Maybe });
        }
    }

    /// Notes what became of what `request` writes off.
    pub(crate) fn note_happened(&mut self, request: RequestId, happened: Happened) {
        for one in self.write_offs.iter_mut().filter(|one| one.request == request) {
            one.happened = happened;
        }
    }

    /// Lets what may be written off yet take none of these pieces, which were cancelled otherwise.
    pub(crate) fn keep_from_write_offs(&mut self, pieces: &[(String, i64)]) {
        for one in self.write_offs.iter_mut().filter(|one| one.over().is_none()) {
            let of_line = pieces.iter().filter(|(line, _)| *line == one.line);
            one.beyond = of_line.fold(one.beyond, |sum, (_, count)| sum.saturating_add(*count));
        }
    }

    /// Pieces of `line` that are written off, by those for which `counts` says so.
    pub(crate) fn written_off(&self, line: &str, counts: impl Fn(&WriteOff) -> bool) -> WrittenOff {
        let of_line = self.write_offs.iter().filter(|one| one.line == line && counts(one));
        WrittenOff(of_line.map(|one| (one.count, one.beyond)).collect())
    }
}

/// What is written off of one line: pieces, and how many weren't wanted any more before them.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenOff(Vec<(i64, i64)>);

impl WrittenOff {
    /// How many of `unwanted` pieces, whose fate no refund names, these are, where `known` were so before.
    pub(crate) fn among(&self, unwanted: i64, known: i64) -> i64 {
        let all = self.0.iter().fold(0_i64, |sum, (count, _)| sum.saturating_add(*count));
        let takes = |(count, beyond): &(i64, i64)| (unwanted - beyond).clamp(0, *count);
        let new = self.0.iter().map(takes).fold(0_i64, i64::saturating_add);
        let beyond = self.0.iter().map(|(_, beyond)| *beyond).min().unwrap_or(unwanted);
        // A refund may have named since what wasn't wanted before them.
        new.min((unwanted - beyond).max(0)).max(known.min(all)).min(unwanted)
    }
}
