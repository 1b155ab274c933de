//! From the claim to the end: what a worker, a platform and those who look things up can say.

use super::{Alarm, ClaimCheck, Effect, Facts, Next, Observation, Refusal, Transition, Verdict};
use crate::{
    approval::Phase,
    audit::Action,
    error::{Error, ErrorKind, Failure, Fate},
    plugin::Watch,
    tenant::ActorKind,
};

/// Why a claim ends the request instead of beginning it.
enum Obstacle {
    Expired,
    Stale(String),
}

fn obstacle(next: &Next, check: &ClaimCheck, facts: &Facts<'_>) -> Option<Obstacle> {
    if facts.now >= next.request.execute_by {
        return Some(Obstacle::Expired);
    }
    if !check.same_account {
        return Some(Obstacle::Stale("the connection belongs to another account now".to_owned()));
    }
    if !check.same_preview {
        return Some(Obstacle::Stale(
            "plugin or store facts have changed, and with them the preview".to_owned(),
        ));
    }
    (!check.stale.is_empty())
        .then(|| Obstacle::Stale(format!("changed since it was shown: {}", check.stale.join(", "))))
}

/// Ends an approved request that may not begin.
fn end(mut next: Next, obstacle: Obstacle, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    next.effect(Effect::VoidGrant);
    let (phase, action, kind, message) = match obstacle {
        Obstacle::Expired => {
            (Phase::Expired, Action::Expired, ErrorKind::Timeout, "its time ran out".to_owned())
        }
        Obstacle::Stale(why) => (Phase::Stale, Action::WentStale, ErrorKind::Conflict, why),
    };
    let fate = if facts.touched { Fate::Partial } else { Fate::NotSent };
    next.request.failure = Some(Error::new(kind, message).with_fate(fate).to_failure());
    if facts.touched {
        return next.done(Phase::Failed, Action::ExecutedFailed);
    }
    next.done(phase, action)
}

pub(super) fn claim(
    mut next: Next,
    token: u64,
    check: &ClaimCheck,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    if next.phase() != Phase::Approved {
        return Err(Refusal::WrongPhase);
    }
    if !check.grant_holds {
        return Err(Refusal::BadGrant);
    }
    if let Some(obstacle) = obstacle(&next, check, facts) {
        return end(next, obstacle, facts);
    }
    next.request.attempt += 1;
    next.request.token = Some(token);
    next.request.failure = None;
    next.effect(Effect::ClaimGrant(token));
    next.done(Phase::Executing { token }, Action::Claimed)
}

pub(super) fn finished(
    mut next: Next,
    token: u64,
    started: bool,
    watch: Option<Watch>,
    check: &ClaimCheck,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    let phase = next.phase();
    let alarm = match phase {
        Phase::Draft | Phase::Pending(_) => return Err(Refusal::WrongPhase),
        Phase::Executing { token: held } if held == token => None,
        Phase::Unknown { .. } => {
            next.effect(Effect::CancelJob);
            None
        }
        Phase::Approved if started => {
            next.effect(Effect::CancelJob);
            None
        }
        Phase::Approved => {
            if !check.grant_holds {
                return Err(Refusal::BadGrant);
            }
            if let Some(obstacle) = obstacle(&next, check, facts) {
                return end(next, obstacle, facts);
            }
            next.request.attempt += 1;
            None
        }
        // Whoever began nothing had no effect, and nothing to tell about an attempt that isn't theirs.
        Phase::Executing { .. } if !started => return Err(Refusal::WrongToken),
        Phase::Executing { .. } => {
            next.effect(Effect::CancelJob);
            Some(Alarm::DoubleEffect)
        }
        Phase::Done | Phase::Accepted if !started || next.request.token == Some(token) => {
            return Err(Refusal::AlreadyRecorded);
        }
        Phase::Done | Phase::Accepted => Some(Alarm::DoubleEffect),
        Phase::Failed
        | Phase::Rejected
        | Phase::Withdrawn
        | Phase::Expired
        | Phase::Revoked
        | Phase::Stale => {
            if !started {
                return Err(Refusal::WrongPhase);
            }
            Some(Alarm::LateEffect)
        }
    };
    next.effect(Effect::SpendGrant);
    next.request.failure = None;
    // The report that counts is known by it when it comes again.
    if !matches!(phase, Phase::Done | Phase::Accepted) {
        next.request.token = Some(token);
    }
    let action = match (alarm, &watch) {
        (Some(Alarm::LateEffect), _) => Action::LateEffect,
        (Some(Alarm::DoubleEffect), _) => Action::DoubleEffect,
        (None, None) => Action::ExecutedDone,
        (None, Some(_)) => Action::ExecutedAccepted,
    };
    if let Some(alarm) = alarm {
        next.effect(Effect::Raise(alarm));
    }
    match watch {
        // It is watched already.
        Some(_) if phase == Phase::Accepted => next.done(Phase::Accepted, action),
        Some(watch) if !phase.is_closed() => {
            next.request.watch = Some(watch);
            next.effect(Effect::Watch);
            next.done(Phase::Accepted, action)
        }
        // A closed request is never opened again, not even to watch.
        Some(_) | None => {
            next.request.watch = None;
            next.done(Phase::Done, action)
        }
    }
}

pub(super) fn setback(
    mut next: Next,
    token: u64,
    failure: Failure,
    again: bool,
) -> Result<Transition, Refusal> {
    match next.phase() {
        Phase::Executing { token: held } | Phase::Unknown { token: held, .. } if held == token => {}
        Phase::Executing { .. } | Phase::Unknown { .. } => return Err(Refusal::WrongToken),
        _ => return Err(Refusal::WrongPhase),
    }
    let was_lost = matches!(next.phase(), Phase::Unknown { .. });
    next.request.failure = Some(failure);
    if again {
        next.effect(Effect::ReleaseGrant);
        if was_lost {
            enqueue_if_gone(&mut next);
        }
        return next.done(Phase::Approved, Action::AttemptFailed);
    }
    next.effect(Effect::SpendGrant);
    if was_lost {
        next.effect(Effect::CancelJob);
    }
    next.done(Phase::Failed, Action::ExecutedFailed)
}

/// A lost attempt's job is still in the queue, unless the queue gave it up or it ended when a person was asked.
fn enqueue_if_gone(next: &mut Next) {
    if next.request.job.is_none() {
        next.effect(Effect::Enqueue);
    }
}

pub(super) fn lease_lost(next: Next, token: u64) -> Result<Transition, Refusal> {
    match next.phase() {
        Phase::Executing { token: held } if held == token => {
            next.done(Phase::Unknown { token, needs_person: false }, Action::ExecutedUnknown)
        }
        Phase::Executing { .. } => Err(Refusal::WrongToken),
        Phase::Unknown { .. } => Err(Refusal::AlreadyRecorded),
        _ => Err(Refusal::WrongPhase),
    }
}

pub(super) fn given_up(mut next: Next, failure: Failure, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let had_job = next.request.job.take().is_some();
    let unknown = |token, needs_person| Phase::Unknown { token, needs_person };
    let token = match next.phase() {
        // Nobody was asked yet, so nobody has agreed to what fails.
        Phase::Draft if next.request.digest.is_none() => {
            next.request.failure = Some(failure);
            return next.done(Phase::Withdrawn, Action::Withdrawn);
        }
        Phase::Approved => next.request.token.unwrap_or_default(),
        Phase::Executing { token } => token,
        Phase::Unknown { token, needs_person: false } => {
            next.request.failure = Some(failure);
            // First the rescued job, then the job that looks up instead of it; after that only people are left.
            if had_job {
                next.effect(Effect::Reconcile);
            }
            return next.done(unknown(token, !had_job), Action::ExecutedUnknown);
        }
        Phase::Unknown { needs_person: true, .. } => return Err(Refusal::AlreadyRecorded),
        Phase::Accepted => {
            next.request.failure = Some(failure);
            let token = next.request.token.unwrap_or_default();
            return next.done(unknown(token, true), Action::ExecutedUnknown);
        }
        _ => return Err(Refusal::WrongPhase),
    };
    next.request.failure = Some(failure);
    if facts.touched {
        if next.phase() == Phase::Approved {
            next.effect(Effect::ClaimGrant(token));
        }
        next.effect(Effect::Reconcile);
        return next.done(unknown(token, false), Action::ExecutedUnknown);
    }
    next.effect(Effect::VoidGrant);
    next.done(Phase::Failed, Action::ExecutedFailed)
}

pub(super) fn resolve(mut next: Next, open: u32, needs_person: bool) -> Result<Transition, Refusal> {
    let Phase::Unknown { token, needs_person: marked } = next.phase() else {
        return Err(Refusal::WrongPhase);
    };
    if open == 0 {
        next.effect(Effect::ReleaseGrant);
        enqueue_if_gone(&mut next);
        return next.done(Phase::Approved, Action::Resolved);
    }
    // The mark stays: no job is left that could look again.
    if marked || !needs_person {
        return Err(Refusal::AlreadyRecorded);
    }
    next.request.job = None;
    next.done(Phase::Unknown { token, needs_person }, Action::Resolved)
}

pub(super) fn decide(mut next: Next, verdict: Verdict, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if !matches!(next.phase(), Phase::Unknown { needs_person: true, .. }) {
        return Err(Refusal::WrongPhase);
    }
    if facts.by.kind != ActorKind::Human {
        return Err(Refusal::NotAPerson);
    }
    if !facts.membership.admin {
        return Err(Refusal::NotAnAdmin);
    }
    match verdict {
        Verdict::Done => {
            next.request.failure = None;
            next.effect(Effect::SpendGrant);
            next.done(Phase::Done, Action::Decided)
        }
        Verdict::Failed => {
            next.effect(Effect::SpendGrant);
            next.done(Phase::Failed, Action::Decided)
        }
        Verdict::Again => {
            next.effect(Effect::ReleaseGrant);
            next.effect(Effect::Enqueue);
            next.done(Phase::Approved, Action::Decided)
        }
    }
}

pub(super) fn observe(mut next: Next, observation: Observation) -> Result<Transition, Refusal> {
    if next.phase() != Phase::Accepted {
        return Err(Refusal::WrongPhase);
    }
    match observation {
        Observation::Done => {
            next.request.watch = None;
            next.done(Phase::Done, Action::Observed)
        }
        Observation::Failed(failure) => {
            next.request.watch = None;
            next.request.failure = Some(failure);
            next.done(Phase::Failed, Action::Observed)
        }
        Observation::Still(watch) => {
            next.request.watch = Some(watch);
            next.done(Phase::Accepted, Action::Observed)
        }
        Observation::Overdue => {
            next.request.job = None;
            let token = next.request.token.unwrap_or_default();
            next.done(Phase::Unknown { token, needs_person: true }, Action::ExecutedUnknown)
        }
    }
}
