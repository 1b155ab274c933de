use fusion_core::clock::Timestamp;

/// What keeps jobs of one partition from beginning work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    closed: Closed,
    pub(super) paused: bool,
    /// Jobs that begin work and may be in hands at once.
    pub(super) max_live: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closed {
    #[default]
    No,
    Until(Timestamp),
    UntilOpened,
}

/// How a gate stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    ClosedUntil(Timestamp),
    ClosedUntilOpened,
    Paused,
    Full,
}

impl Gate {
    /// How it stands while `live` jobs that begin work are in hands.
    pub(super) fn standing(&self, now: Timestamp, live: usize) -> Standing {
        match self.closed {
            _ if self.paused => Standing::Paused,
            Closed::Until(open_at) if now < open_at => Standing::ClosedUntil(open_at),
            Closed::UntilOpened => Standing::ClosedUntilOpened,
            _ if self.max_live.is_some_and(|max_live| live >= max_live) => Standing::Full,
            Closed::No | Closed::Until(_) => Standing::Open,
        }
    }

    /// When it opens by itself, if it is closed; `Some(None)`: never. Says nothing about a pause.
    pub(super) fn closed(&self, now: Timestamp) -> Option<Option<Timestamp>> {
        match self.closed {
            Closed::Until(open_at) if now < open_at => Some(Some(open_at)),
            Closed::UntilOpened => Some(None),
            Closed::No | Closed::Until(_) => None,
        }
    }

    /// Closes it. Of several calls that were told to wait, the longest wait counts.
    pub(super) fn close(&mut self, until: Option<Timestamp>) {
        self.closed = match (self.closed, until) {
            (Closed::UntilOpened, _) | (_, None) => Closed::UntilOpened,
            (Closed::Until(earlier), Some(until)) => Closed::Until(earlier.max(until)),
            (Closed::No, Some(until)) => Closed::Until(until),
        };
    }

    pub(super) fn open(&mut self) {
        self.closed = Closed::No;
    }
}
