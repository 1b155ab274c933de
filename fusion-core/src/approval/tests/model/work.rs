//! What workers, look-ups and the platform do.

use super::{
    super::{broken::Broken, fixture::*},
    hub::{After, Hub},
    journal::{End, Next, Sending, View},
    moves::{Landing, Move},
    rules::{self, Violation},
    world::{Job, Node, World},
};
use crate::{approval::*, model::Repeat};

impl Hub<'_> {
    pub(super) fn work(&self, world: &World, nth: usize, what: Move) -> After {
        let node = &world.nodes[nth];
        let found = ClaimCheck {
            stale: if node.stale { vec!["price".to_owned()] } else { Vec::new() },
            grant_holds: !node.forged && node.grant().is_some_and(|(_, state)| state == GrantState::Unspent),
            ..good_check()
        };
        match what {
            Move::Claim(token) => {
                rules::before_claim(world, nth)?;
                let before = node.request.attempt;
                let Some(mut after) =
                    self.run(world, nth, None, Event::Claim { token, check: &found }, None)?
                else {
                    return Ok(None);
                };
                let node = &mut after.nodes[nth];
                if node.request.attempt == before {
                    node.job = Job::None;
                } else {
                    self.begin(node, token);
                    rules::on_claim(&after, nth)?;
                    rules::on_begin(self.scope, &after, nth)?;
                }
                Ok(Some(after))
            }
            Move::Report(token, accepted) => self.report(world, nth, token, accepted, &found),
            Move::LeaseEnds => {
                let Job::Leased(token) = node.job else { return Ok(None) };
                let mut next = world.clone();
                let node = &mut next.nodes[nth];
                node.job = Job::Queued;
                // A lease may be longer than the settle time: whoever sleeps is looked up at once.
                node.journal.0.iter_mut().filter(|one| one.token == token).for_each(|one| one.settled = true);
                self.told(next, nth, Event::LeaseLost { token })
            }
            Move::GivenUp => {
                let mut next = world.clone();
                next.nodes[nth].job = Job::None;
                self.told(next, nth, Event::GivenUp { failure: failure() })
            }
            Move::LookUpGivenUp => {
                let mut next = world.clone();
                (next.nodes[nth].reconcile, next.nodes[nth].watch) = (false, false);
                self.told(next, nth, Event::GivenUp { failure: failure() })
            }
            Move::Resolve(needs_person) => self.resolved(world, nth, needs_person),
            Move::ObserveDone => self.observed(world, nth, Observation::Done),
            Move::ObserveFailed => self.observed(world, nth, Observation::Failed(failure())),
            Move::ObserveOverdue => self.observed(world, nth, Observation::Overdue),
            other => unreachable!("{other:?} is no work"),
        }
    }

    /// Whoever has looked up says how many steps are left; the run that may go on then reads the journal anew.
    fn resolved(&self, world: &World, nth: usize, needs_person: bool) -> After {
        let open = self.scope.said(&world.nodes[nth], self.broken).doubtful.len() as u32;
        let Some(mut after) = self.run(world, nth, None, Event::Resolve { open, needs_person }, None)? else {
            return Ok(None);
        };
        let node = &mut after.nodes[nth];
        node.reconcile = false;
        if matches!(node.request.phase, Phase::Unknown { needs_person: true, .. }) {
            node.job = Job::None;
        }
        if let Job::Leased(token) = node.job {
            node.views.insert(token, View::of(&node.journal));
        }
        Ok(Some(after))
    }

    fn observed(&self, world: &World, nth: usize, observation: Observation) -> After {
        let mut next = world.clone();
        next.nodes[nth].watch = false;
        self.told(next, nth, Event::Observe(observation))
    }

    /// A worker, alive or believed dead, says what the rows that it knows make of its attempt.
    fn report(&self, world: &World, nth: usize, token: u64, accepted: bool, found: &ClaimCheck) -> After {
        let node = &world.nodes[nth];
        let holds = node.job == Job::Leased(token);
        let seen = self.scope.seen(node, token, self.broken);
        let began = node.journal.began(token);
        let last = node.leases == self.scope.leases;
        let (event, is_over) = if seen.next == Next::Done {
            let started = node.views.get(&token).is_some_and(|view| !node.journal.seen(view).0.is_empty());
            let watch = accepted.then(watch);
            (Event::Finished { token, started, watch, check: found }, true)
        } else if !began {
            // Nothing was sent: the job waits for its next try, and nobody is told.
            return Ok(None);
        } else if !seen.unanswered.is_empty() {
            (Event::LeaseLost { token }, false)
        } else {
            let again = !last && seen.next != Next::Failed;
            (Event::Setback { token, failure: failure(), again }, !again)
        };
        let Some(mut after) = self.run(world, nth, None, event, None)? else { return Ok(None) };
        if holds {
            after.nodes[nth].job = if is_over { Job::None } else { Job::Queued };
        }
        Ok(Some(after))
    }

    /// The worker's next step, as its own rows say.
    pub(super) fn begin(&self, node: &mut Node, token: u64) {
        if let Next::Send { step, n, sending } = self.scope.seen(node, token, self.broken).next {
            let settled = self.scope.steps[step] != Repeat::Once;
            node.begin(Sending { step, n, sending, token, ends: Vec::new(), settled });
        }
    }

    pub(super) fn answered(&self, node: &mut Node, place: usize, landing: Landing) -> Result<(), Violation> {
        let sent = &node.journal.0[place];
        let (token, repeat) = (sent.token, self.scope.steps[sent.step]);
        node.land(place, landing == Landing::Applied, repeat);
        let end = match landing {
            Landing::Applied => End::Applied,
            Landing::TryAgain => End::TryAgain,
            Landing::Refused => End::Refused,
        };
        // Refused the second time, it may have taken effect the first time.
        let view = node.views.get(&token).cloned().unwrap_or_default();
        let tells_nothing = end != End::Applied && node.journal.is_doubtful(place, &view);
        let is_dropped = self.broken == Broken::LateAnswers && node.job != Job::Leased(token);
        if !tells_nothing && !is_dropped {
            node.answer(place, end);
        }
        let is_kept = tells_nothing || node.journal.0[place].ends.last() == Some(&end);
        rules::ensure(20, is_kept, "what the platform answered isn't kept")
    }
}
