//! Calls that wait for the statements before theirs to end, so that many go as one.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls that wait, and how many tasks send them.
pub(super) struct Line<C>(Mutex<Waiting<C>>);

struct Waiting<C> {
    calls: Vec<C>,
    serving: usize,
}

impl<C> Default for Line<C> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { calls: Vec::new(), serving: 0 }))
    }
}

impl<C> Line<C> {
    /// Adds a call. Whether the caller sees to it that somebody more serves the line, which up to `most` do at once.
    pub(super) fn add(&self, call: C, most: usize) -> bool {
        let mut waiting = self.waiting();
        waiting.calls.push(call);
        let wants_more = waiting.serving < most;
        waiting.serving += usize::from(wants_more);
        wants_more
    }

    /// Serves the line, for who was told to by [`add`](Self::add).
    pub(super) const fn serve(&self) -> Serving<'_, C> {
        Serving { line: self, is_over: false }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Serving<'a, C> {
    line: &'a Line<C>,
    is_over: bool,
}

impl<C> Serving<'_, C> {
    /// Takes what goes by the next statement out of what waits, by `take`; `None`, and the end, where that is nothing.
    pub(super) fn next(&mut self, take: impl FnOnce(&mut Vec<C>) -> Vec<C>) -> Option<Vec<C>> {
        let mut waiting = self.line.waiting();
        let taken = take(&mut waiting.calls);
        self.is_over = taken.is_empty();
        waiting.serving -= usize::from(self.is_over);
        (!self.is_over).then_some(taken)
    }
}

impl<C> Drop for Serving<'_, C> {
    fn drop(&mut self) {
        if !self.is_over {
            // The runtime ends in the middle: another one begins anew.
            let mut waiting = self.line.waiting();
            waiting.calls.clear();
            waiting.serving -= 1;
        }
    }
}
