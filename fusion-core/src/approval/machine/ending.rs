//! The ways out of a request that nobody has begun to carry out.

use super::{Effect, Facts, Next, Refusal, Transition};
use crate::{
    approval::{Decision, Phase, Seat},
    audit::Action,
    error::{Error, ErrorKind, Fate},
    tenant::ActorKind,
};

/// Takes back what hangs on an approval that has had no effect.
fn undo_approval(next: &mut Next) {
    if next.phase() == Phase::Approved {
        next.effect(Effect::VoidGrant);
        next.effect(Effect::CancelJob);
    }
}

pub(super) fn withdraw(mut next: Next, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if !matches!(next.phase(), Phase::Draft | Phase::Pending(_) | Phase::Approved) {
        return Err(Refusal::WrongPhase);
    }
    if facts.touched {
        return Err(Refusal::Touched);
    }
    if next.request.requester != *facts.by {
        return Err(Refusal::NotTheirs);
    }
    undo_approval(&mut next);
    next.done(Phase::Withdrawn, Action::Withdrawn)
}

pub(super) fn parent_ended(mut next: Next, done: bool, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if next.request.after.is_none() {
        return Err(Refusal::WrongPhase);
    }
    match (next.phase(), done) {
        (Phase::Approved, true) => {
            if next.request.job.is_some() {
                return Err(Refusal::AlreadyRecorded);
            }
            next.effect(Effect::Enqueue);
            next.done(Phase::Approved, Action::Approved)
        }
        (Phase::Draft | Phase::Pending(_) | Phase::Approved, false) => {
            if facts.touched {
                return Err(Refusal::Touched);
            }
            undo_approval(&mut next);
            next.request.failure =
                Some(Error::new(ErrorKind::Refused, "the request it waits for ended otherwise").to_failure());
            next.done(Phase::Withdrawn, Action::Withdrawn)
        }
        _ => Err(Refusal::WrongPhase),
    }
}

pub(super) fn revoke(mut next: Next, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if next.phase() != Phase::Approved {
        return Err(Refusal::WrongPhase);
    }
    if facts.touched {
        return Err(Refusal::Touched);
    }
    if facts.by.kind != ActorKind::Human {
        return Err(Refusal::NotAPerson);
    }
    let counted = |seat: &Seat| seat.person == facts.by.id && seat.decision == Decision::Approve;
    if !facts.membership.admin && !next.request.seats.iter().any(counted) {
        return Err(Refusal::NotAnAdmin);
    }
    undo_approval(&mut next);
    next.done(Phase::Revoked, Action::Revoked)
}

pub(super) fn expire(mut next: Next, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let deadline = match next.phase() {
        Phase::Pending(_) => next.request.decide_by,
        Phase::Approved => next.request.execute_by,
        _ => return Err(Refusal::WrongPhase),
    };
    if facts.now < deadline {
        return Err(Refusal::TooEarly);
    }
    undo_approval(&mut next);
    if facts.touched {
        next.request.failure = Some(
            Error::new(ErrorKind::Timeout, "its time ran out after part of it had taken effect")
                .with_fate(Fate::Partial)
                .to_failure(),
        );
        return next.done(Phase::Failed, Action::ExecutedFailed);
    }
    next.done(Phase::Expired, Action::Expired)
}
