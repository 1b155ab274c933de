//! The machine with one of its guards off: the facts that the guard looks at are forged, and only they.

use super::fixture::{DECIDE_BY, human};
use crate::{approval::*, clock::Timestamp, tenant::ActorKind};
use std::collections::BTreeSet;

/// Which guard is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Broken {
    Nothing,
    DigestSeen,
    Eligibility,
    Authorship,
    OneSeat,
    Human,
    Quorum,
    DecideBy,
    ConfirmByRequester,
    AmendVoidsVotes,
    AmendOnlyBefore,
    AmendByAuthors,
    GrantWithApproval,
    JobWithApproval,
    ParentDone,
    ParentTells,
    CancelWithWithdrawal,
    ClosedAbsorbs,
    ExecuteBy,
    Snapshot,
    GrantHolds,
    Token,
    TouchedWithdraw,
    TouchedRevoke,
    TouchedExpire,
    TouchedGivenUp,
    OpenSteps,
    Mark,
    ReleaseOnRetry,
    DoubtForGivenUpDoubt,
    // The journal's own, which forge the rows or the clock that its functions are given.
    Recorded,
    OnceIsLookedUp,
    LookUpTwice,
    SettleTime,
    BoundedPauses,
    Fence,
    LateAnswers,
}

/// `transition` without the guard.
pub(super) fn drive(
    broken: Broken,
    request: &Request,
    event: Event<'_>,
    facts: &Facts<'_>,
) -> Result<Transition, Refusal> {
    if broken == Broken::Nothing {
        return transition(request, event, facts);
    }
    let mut request = request.clone();
    let mut event = event;
    let mut facts = *facts;
    let anybody = human("anybody");
    let as_human = crate::tenant::Signature { kind: ActorKind::Human, id: facts.by.id.clone() };
    let everywhere = Membership {
        member: true,
        admin: facts.membership.admin,
        groups: BTreeSet::from(["desk".to_owned(), "lead".to_owned()]),
    };
    let forged;
    let before = request.clone();
    match (broken, &mut event) {
        (Broken::DigestSeen, Event::Approve { digest, .. } | Event::Reject { digest, .. }) => {
            *digest = request.digest.unwrap_or(*digest);
        }
        (Broken::Eligibility, Event::Approve { .. }) => facts.membership = &everywhere,
        (Broken::Authorship, Event::Approve { .. }) => {
            request.requester = anybody;
            request.editors.clear();
        }
        (Broken::OneSeat, Event::Approve { .. }) => request.seats.retain(|s| s.person != facts.by.id),
        (Broken::Human, Event::Approve { .. } | Event::Confirm { .. }) => facts.by = &as_human,
        (Broken::Quorum, Event::Approve { .. }) => {
            if let Some(Route { answer: Answer::People(stages), .. }) = &mut request.route {
                stages.iter_mut().for_each(|stage| stage.quorum = 1);
            }
        }
        (Broken::DecideBy, Event::Approve { .. } | Event::Confirm { .. }) => facts.now = Timestamp::EPOCH,
        (Broken::ConfirmByRequester, Event::Confirm { .. }) => request.requester = facts.by.clone(),
        (Broken::AmendOnlyBefore, Event::Amend(_)) if !request.phase.is_closed() => {
            request.phase = Phase::Pending(Waiting::Stage(1));
        }
        (Broken::AmendByAuthors, Event::Amend(_)) => request.requester = facts.by.clone(),
        (Broken::ParentDone, _) => facts.parent = Parent::Done,
        (Broken::ClosedAbsorbs, Event::Submit(_)) if request.phase.is_closed() => {
            request.phase = Phase::Draft
        }
        (Broken::ExecuteBy, Event::Claim { .. }) => facts.now = DECIDE_BY,
        (Broken::Snapshot, Event::Claim { check, .. }) => {
            forged = ClaimCheck { stale: Vec::new(), ..(*check).clone() };
            *check = &forged;
        }
        (Broken::GrantHolds, Event::Claim { check, .. }) => {
            forged = ClaimCheck { grant_holds: true, ..(*check).clone() };
            *check = &forged;
        }
        (Broken::Token, Event::Setback { token, .. } | Event::LeaseLost { token }) => {
            if let Phase::Executing { token: held } = request.phase {
                *token = held;
            }
        }
        (Broken::TouchedWithdraw, Event::Withdraw)
        | (Broken::TouchedRevoke, Event::Revoke)
        | (Broken::TouchedExpire, Event::Expire)
        | (Broken::TouchedGivenUp, Event::GivenUp { .. }) => facts.touched = false,
        (Broken::OpenSteps, Event::Resolve { open, .. }) => *open = 0,
        (Broken::Mark, Event::Decide(_)) => {
            if let Phase::Unknown { token, .. } = request.phase {
                request.phase = Phase::Unknown { token, needs_person: true };
            }
        }
        (Broken::DoubtForGivenUpDoubt, Event::GivenUp { .. })
            if matches!(request.phase, Phase::Unknown { .. }) =>
        {
            return Err(Refusal::WrongPhase);
        }
        _ => {}
    }
    let is_amend = matches!(event, Event::Amend(_));
    let is_withdraw = matches!(event, Event::Withdraw);
    let mut after = transition(&request, event, &facts)?;
    let drop = |after: &mut Transition, which: fn(&Effect) -> bool| after.effects.retain(|e| !which(e));
    match broken {
        Broken::Authorship | Broken::ConfirmByRequester => {
            after.request.requester = before.requester;
            after.request.editors = before.editors;
        }
        Broken::AmendByAuthors => after.request.requester = before.requester,
        Broken::OneSeat if after.request.seats.len() <= before.seats.len() => {
            let mine: Vec<Seat> =
                before.seats.iter().filter(|seat| seat.person == facts.by.id).cloned().collect();
            after.request.seats.splice(0..0, mine);
        }
        Broken::Quorum => after.request.route = before.route.or(after.request.route),
        Broken::AmendVoidsVotes if is_amend => {
            after.request.seats = before.seats;
            drop(&mut after, |effect| matches!(effect, Effect::VoidVotes(_)));
        }
        Broken::GrantWithApproval => drop(&mut after, |effect| matches!(effect, Effect::OpenGrant(_))),
        Broken::JobWithApproval => drop(&mut after, |effect| matches!(effect, Effect::Enqueue)),
        Broken::ParentTells => drop(&mut after, |effect| matches!(effect, Effect::TellChildren { .. })),
        Broken::CancelWithWithdrawal if is_withdraw => {
            drop(&mut after, |effect| matches!(effect, Effect::CancelJob));
        }
        Broken::ReleaseOnRetry => drop(&mut after, |effect| matches!(effect, Effect::ReleaseGrant)),
        _ => {}
    }
    Ok(after)
}
