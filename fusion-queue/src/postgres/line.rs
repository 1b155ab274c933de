//! Calls that wait for the statements before theirs to end, so that many go as one.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls that wait, while those before them are under way.
pub(super) struct Line<C>(Mutex<Waiting<C>>);

struct Waiting<C> {
    calls: Vec<C>,
    /// Tasks that send them, and how many calls those have under way.
    serving: usize,
    sent: usize,
}

impl<C> Waiting<C> {
    /// Whether it is time for one more statement beside those under way: a small one costs nearly what a big one does.
    fn are_many(&self) -> bool {
        self.calls.len() >= self.sent
    }
}

impl<C> Default for Line<C> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { calls: Vec::new(), serving: 0, sent: 0 }))
    }
}

impl<C> Line<C> {
    /// Adds a call. Whether the caller sees to it that somebody more serves the line, which up to `most` do at once.
    pub(super) fn add(&self, call: C, most: usize) -> bool {
        let mut waiting = self.waiting();
        waiting.calls.push(call);
        let wants_more = waiting.serving == 0 || (waiting.serving < most && waiting.are_many());
        waiting.serving += usize::from(wants_more);
        wants_more
    }

    /// Serves the line, for who was told to by [`add`](Self::add).
    pub(super) const fn serve(&self) -> Serving<'_, C> {
        Serving { line: self, sent: 0, is_over: false }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who sends what waits.
pub(super) struct Serving<'a, C> {
    line: &'a Line<C>,
    sent: usize,
    is_over: bool,
}

impl<C> Serving<'_, C> {
    /// What goes by the next statement, as `take` takes it out of what waits; the statement before has ended. `None`:
    /// nothing waits, or others who serve take it with them.
    pub(super) fn next(&mut self, take: impl FnOnce(&mut Vec<C>) -> Vec<C>) -> Option<Vec<C>> {
        let mut waiting = self.line.waiting();
        waiting.sent -= self.sent;
        let goes = waiting.serving == 1 || waiting.are_many();
        let taken = if goes { take(&mut waiting.calls) } else { Vec::new() };
        self.sent = taken.len();
        waiting.sent += self.sent;
        self.is_over = taken.is_empty();
        waiting.serving -= usize::from(self.is_over);
        (!self.is_over).then_some(taken)
    }
}

impl<C> Drop for Serving<'_, C> {
    fn drop(&mut self) {
        if !self.is_over {
            // The runtime ends in the middle. Where nobody else serves, what waits is told by its end.
            let mut waiting = self.line.waiting();
            waiting.sent -= self.sent;
            waiting.serving -= 1;
            if waiting.serving == 0 {
                waiting.calls.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(waiting: &mut Vec<u8>) -> Vec<u8> {
        std::mem::take(waiting)
    }

    #[test]
    fn a_second_statement_goes_when_as_many_wait_as_are_under_way_and_the_rest_goes_with_the_next() {
        let line = Line::default();
        assert!(line.add(1, 2), "the first is sent at once");
        let mut one = line.serve();
        assert_eq!(one.next(all), Some(vec![1]));
        assert!(line.add(2, 2));
        let mut other = line.serve();
        assert_eq!(other.next(all), Some(vec![2]));
        assert!(!line.add(3, 2), "two are under way");
        assert_eq!(one.next(all), Some(vec![3]), "as many as by the other");
        assert!(!line.add(4, 2));
        assert!(!line.add(5, 2));
        assert_eq!(other.next(all), Some(vec![4, 5]));
        assert!(!line.add(6, 2));
        assert_eq!(one.next(all), None, "two are under way, and one waits");
        assert!(!line.add(7, 1), "no more than are wanted");
        assert_eq!(other.next(all), Some(vec![6, 7]));
        assert_eq!(other.next(all), None);
        assert!(line.add(8, 2), "whoever comes after the end is sent for");
    }

    #[test]
    fn a_server_that_is_dropped_leaves_nobody_waiting_for_it() {
        let line = Line::default();
        assert!(line.add(1, 1));
        let mut serving = line.serve();
        assert_eq!(serving.next(all), Some(vec![1]));
        assert!(!line.add(2, 1));
        drop(serving);
        assert!(line.add(3, 1), "another one begins anew");
        assert_eq!(line.serve().next(all), Some(vec![3]), "what waited is told by its end");
    }
}
