//! The approval machine: one pure function over request, event and facts.

mod deciding;
mod ending;
mod event;
mod refusal;
mod running;

pub use event::{Alarm, ClaimCheck, Effect, Event, Facts, Observation, Parent, Terms, Transition, Verdict};
pub use refusal::Refusal;

use super::{Phase, Request, Waiting};

/// What becomes of `request` through `event`, and what has to be carried out with it, in one commit.
///
/// # Errors
/// [`Refusal`]: the event changes nothing in this phase or for this actor; nothing is to be stored.
pub fn transition(request: &Request, event: Event<'_>, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let next = Next { request: request.clone(), effects: Vec::new() };
    match event {
        Event::Submit(terms) => deciding::submit(next, terms, facts),
        Event::Amend(terms) => deciding::amend(next, terms, facts),
        Event::Confirm { digest, vote } => deciding::confirm(next, digest, vote, facts),
        Event::Approve { digest, vote } => deciding::approve(next, digest, vote, facts),
        Event::Reject { digest, vote } => deciding::reject(next, digest, vote, facts),
        Event::RequestChanges { digest, vote } => deciding::request_changes(next, digest, vote, facts),
        Event::Comment => deciding::comment(next, facts),
        Event::RetractVote => deciding::retract(next, facts),
        Event::Withdraw => ending::withdraw(next, facts),
        Event::Revoke => ending::revoke(next, facts),
        Event::Expire => ending::expire(next, facts),
        Event::ParentEnded { done } => ending::parent_ended(next, done, facts),
        Event::Claim { token, check } => running::claim(next, token, check, facts),
        Event::Finished { token, started, watch, check } => {
            running::finished(next, token, started, watch, check, facts)
        }
        Event::Setback { token, failure, again } => running::setback(next, token, failure, again),
        Event::LeaseLost { token } => running::lease_lost(next, token),
        Event::GivenUp { failure } => running::given_up(next, failure, facts),
        Event::Resolve { open, needs_person } => running::resolve(next, open, needs_person),
        Event::Decide(verdict) => running::decide(next, verdict, facts),
        Event::Observe(observation) => running::observe(next, observation),
    }
}

/// A request on its way to the next version.
struct Next {
    request: Request,
    effects: Vec<Effect>,
}

impl Next {
    fn phase(&self) -> Phase {
        self.request.phase
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn done(mut self, phase: Phase, action: crate::audit::Action) -> Result<Transition, Refusal> {
        let was_open = !self.request.phase.is_closed();
        self.request.phase = phase;
        if was_open && phase.is_closed() && !self.request.children.is_empty() {
            self.effects.push(Effect::TellChildren { done: phase == Phase::Done });
        }
        Ok(Transition { request: self.request, action, effects: self.effects })
    }

    fn waiting_stage(&self) -> Option<u32> {
        match self.request.phase {
            Phase::Pending(Waiting::Stage(stage)) => Some(stage),
            _ => None,
        }
    }
}
