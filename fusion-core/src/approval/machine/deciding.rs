//! From the draft to the grant: who says what to which revision.

use super::{Effect, Facts, Next, Parent, Refusal, Terms, Transition};
use crate::{
    approval::{Answer, Decision, GrantDraft, Phase, Seat, Waiting},
    audit::Action,
    canonical::Hash,
    model::VoteId,
    tenant::ActorKind,
};

pub(super) fn submit(next: Next, terms: Terms, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if next.phase() != Phase::Draft {
        return Err(Refusal::WrongPhase);
    }
    // A revision that was sent back has its digest: another one is another revision.
    if next.request.digest.is_some_and(|digest| digest != terms.digest) {
        return Err(Refusal::Outdated);
    }
    enter(next, terms, Action::RequestSubmitted, facts)
}

pub(super) fn amend(mut next: Next, terms: Terms, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if !matches!(next.phase(), Phase::Draft | Phase::Pending(_)) {
        return Err(Refusal::WrongPhase);
    }
    if matches!(next.phase(), Phase::Pending(_)) && facts.now >= next.request.decide_by {
        return Err(Refusal::TooLate);
    }
    if next.request.requester != *facts.by && !next.request.editors.contains(&facts.by.id) {
        return Err(Refusal::NotTheirs);
    }
    void_votes(&mut next);
    next.request.revision += 1;
    next.request.failure = None;
    enter(next, terms, Action::Amended, facts)
}

/// Puts a revision before whoever has to agree.
fn enter(mut next: Next, terms: Terms, action: Action, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    if terms.decide_by <= facts.now || terms.execute_by < terms.decide_by {
        return Err(Refusal::BadDeadline);
    }
    if facts.parent == Parent::Ended {
        return Err(Refusal::ParentEnded);
    }
    next.request.digest = Some(terms.digest);
    next.request.decide_by = terms.decide_by;
    next.request.execute_by = terms.execute_by;
    let answer = terms.route.answer.clone();
    next.request.route = Some(terms.route);
    match answer {
        Answer::Automatic => approved(next, action, facts),
        Answer::Confirm => {
            // Nobody but a human could confirm: an agent's request would wait for ever.
            if next.request.requester.kind == ActorKind::Service {
                return Err(Refusal::NotAPerson);
            }
            next.effect(Effect::TimerDecideBy);
            next.done(Phase::Pending(Waiting::Confirm), action)
        }
        Answer::People(_) => {
            next.effect(Effect::TimerDecideBy);
            next.done(Phase::Pending(Waiting::Stage(1)), action)
        }
    }
}

/// Agreement is complete: the grant, and its job unless the parent is still open.
fn approved(mut next: Next, action: Action, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let (Some(digest), Some(route)) = (next.request.digest, next.request.route.as_ref()) else {
        return Err(Refusal::WrongPhase);
    };
    let draft = GrantDraft {
        request: next.request.id,
        revision: next.request.revision,
        digest,
        policy: route.policy,
        execute_by: next.request.execute_by,
    };
    next.effect(Effect::OpenGrant(draft));
    match facts.parent {
        Parent::Done => next.effect(Effect::Enqueue),
        Parent::Open => {}
        Parent::Ended => return Err(Refusal::ParentEnded),
    }
    next.effect(Effect::TimerExecuteBy);
    next.done(Phase::Approved, action)
}

fn check_shown(next: &Next, digest: Hash, facts: &Facts<'_>) -> Result<(), Refusal> {
    if facts.now >= next.request.decide_by {
        return Err(Refusal::TooLate);
    }
    if next.request.digest != Some(digest) {
        return Err(Refusal::Outdated);
    }
    if facts.by.kind != ActorKind::Human {
        return Err(Refusal::NotAPerson);
    }
    Ok(())
}

pub(super) fn confirm(
    mut next: Next,
    digest: Hash,
    _vote: VoteId,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    if next.phase() != Phase::Pending(Waiting::Confirm) {
        return Err(Refusal::WrongPhase);
    }
    check_shown(&next, digest, facts)?;
    match next.request.requester.kind {
        // What the hub asks for by itself is the members' own.
        ActorKind::System if !facts.membership.member => return Err(Refusal::NotAMember),
        ActorKind::Human | ActorKind::Service if next.request.requester != *facts.by => {
            return Err(Refusal::NotConfirmer);
        }
        ActorKind::System | ActorKind::Human | ActorKind::Service => {}
    }
    next.effect(Effect::CountVote);
    approved(next, Action::RequestConfirmed, facts)
}

/// Whether the voter may take a seat of the open stage; the stage's number.
fn check_seat(next: &Next, digest: Hash, facts: &Facts<'_>) -> Result<u32, Refusal> {
    let number = next.waiting_stage().ok_or(Refusal::WrongPhase)?;
    check_shown(next, digest, facts)?;
    if next.request.is_author(&facts.by.id) {
        return Err(Refusal::OwnRequest);
    }
    let stage =
        next.request.route.as_ref().and_then(|route| route.stage(number)).ok_or(Refusal::WrongPhase)?;
    if !facts.membership.member {
        return Err(Refusal::NotAMember);
    }
    if !facts.membership.is_in(&stage.group) {
        return Err(Refusal::NotEligible);
    }
    if next.request.seats.iter().any(|seat| seat.person == facts.by.id) {
        return Err(Refusal::AlreadyVoted);
    }
    Ok(number)
}

fn take_seat(next: &mut Next, stage: u32, decision: Decision, vote: VoteId, facts: &Facts<'_>) {
    next.request.seats.push(Seat { stage, person: facts.by.id.clone(), decision, vote });
    next.effect(Effect::CountVote);
}

pub(super) fn approve(
    mut next: Next,
    digest: Hash,
    vote: VoteId,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    let number = check_seat(&next, digest, facts)?;
    take_seat(&mut next, number, Decision::Approve, vote, facts);
    let route = next.request.route.as_ref();
    let quorum = route.and_then(|route| route.stage(number)).map_or(u32::MAX, |stage| stage.quorum.max(1));
    let has_more = route.and_then(|route| route.stage(number + 1)).is_some();
    if next.request.count(number, Decision::Approve) < quorum {
        return next.done(Phase::Pending(Waiting::Stage(number)), Action::VoteCounted);
    }
    if has_more {
        return next.done(Phase::Pending(Waiting::Stage(number + 1)), Action::VoteCounted);
    }
    approved(next, Action::Approved, facts)
}

pub(super) fn reject(
    mut next: Next,
    digest: Hash,
    vote: VoteId,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    let number = check_seat(&next, digest, facts)?;
    take_seat(&mut next, number, Decision::Reject, vote, facts);
    let veto = next
        .request
        .route
        .as_ref()
        .and_then(|route| route.stage(number))
        .map_or(1, |stage| stage.veto.max(1));
    if next.request.count(number, Decision::Reject) < veto {
        return next.done(Phase::Pending(Waiting::Stage(number)), Action::VoteCounted);
    }
    next.done(Phase::Rejected, Action::Rejected)
}

pub(super) fn request_changes(
    mut next: Next,
    digest: Hash,
    _vote: VoteId,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    check_seat(&next, digest, facts)?;
    next.effect(Effect::CountVote);
    void_votes(&mut next);
    next.done(Phase::Draft, Action::ChangesRequested)
}

fn void_votes(next: &mut Next) {
    let votes: Vec<VoteId> = next.request.seats.drain(..).map(|seat| seat.vote).collect();
    if !votes.is_empty() {
        next.effect(Effect::VoidVotes(votes));
    }
}

pub(super) fn comment(next: Next, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let phase = next.phase();
    if phase.is_closed() {
        return Err(Refusal::WrongPhase);
    }
    if !facts.membership.member {
        return Err(Refusal::NotAMember);
    }
    next.done(phase, Action::Commented)
}

pub(super) fn retract(mut next: Next, facts: &Facts<'_>) -> Result<Transition, Refusal> {
    let number = next.waiting_stage().ok_or(Refusal::WrongPhase)?;
    if facts.now >= next.request.decide_by {
        return Err(Refusal::TooLate);
    }
    let place = next.request.seats.iter().position(|seat| seat.stage == number && seat.person == facts.by.id);
    let seat = next.request.seats.remove(place.ok_or(Refusal::NoVote)?);
    next.effect(Effect::VoidVotes(vec![seat.vote]));
    let phase = next.phase();
    next.done(phase, Action::VoteRetracted)
}
