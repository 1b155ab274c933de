//! Why something can't be said or done to a request, and what would be right instead.

use crate::{
    approval::{Answer, Group, Phase, Request, Stage, Waiting},
    tenant::ActorKind,
};

/// Why an event changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The phase has no such event.
    WrongPhase,
    /// The digest is of something else than what is asked now.
    Outdated,
    /// Whoever wrote a request doesn't vote on it.
    OwnRequest,
    /// Only humans vote and confirm.
    NotAPerson,
    /// They don't belong to the group that is asked now.
    NotEligible,
    /// It is for whoever asked for it.
    NotTheirs,
    /// Whoever asked for it confirms it.
    NotConfirmer,
    /// They don't belong to the tenant.
    NotAMember,
    /// It is for an admin.
    NotAnAdmin,
    /// They have a seat already.
    AlreadyVoted,
    /// They have no seat to take back.
    NoVote,
    /// The deadline has passed.
    TooLate,
    /// No deadline has passed.
    TooEarly,
    /// Steps have taken effect already.
    Touched,
    /// The attempt is not the one that counts.
    WrongToken,
    /// The grant wasn't signed for this, or isn't unspent.
    BadGrant,
    /// The request it waits for ended otherwise.
    ParentEnded,
    /// It is recorded already.
    AlreadyRecorded,
    /// A deadline lies before now, or the order of the two is wrong.
    BadDeadline,
    /// The policy that says who has to agree is no longer in force.
    OtherPolicy,
}

impl Refusal {
    /// What it means for the one who caused it, and which call is right as `request` stands.
    pub fn message(self, request: &Request) -> String {
        let plain = match self {
            Self::WrongPhase => return waits_for(request),
            Self::NotEligible => return not_asked(request),
            Self::NotConfirmer => return confirmation(request),
            Self::NotTheirs => return format!("it is for {}, who asked for it", request.requester.id),
            Self::OwnRequest => {
                "whoever wrote a request doesn't vote on it: somebody else has to; where one person runs the shop, \
                 a policy such as `Policy::confirm()` lets them confirm what they ask for"
            }
            Self::NotAPerson if request.phase == Phase::Draft => {
                "a program can't confirm what it asks for: have a person ask for it, or let the policy ask people or \
                 nobody about it"
            }
            Self::NotAPerson => "only a signed-in person can say so, not a program",
            Self::Outdated => {
                "what was shown was a draft, or has changed since; read it again with `Hub::bundle` or \
                 `Hub::request`, and decide on that"
            }
            Self::NotAMember => "they don't belong to the tenant's people: add them to the directory",
            Self::NotAnAdmin if request.phase == Phase::Approved => return revocation(request),
            Self::NotAnAdmin => "it takes an admin of the tenant, as the directory lists them",
            Self::AlreadyVoted => "they have voted on this already; `Hub::retract_vote` takes a vote back",
            Self::NoVote => "they have no vote that could be taken back",
            Self::TooLate => "the deadline has passed; submit it again",
            Self::TooEarly => "its deadline hasn't passed",
            Self::Touched => "it has taken effect in part already",
            Self::WrongToken => "the report is of another attempt than the one that counts",
            Self::BadGrant => "the grant wasn't signed for this, or was used",
            Self::ParentEnded => "the request it waits for ended otherwise",
            Self::AlreadyRecorded => "this is recorded already",
            Self::OtherPolicy => {
                "the rules of approval have changed since it was asked for; amend it or submit it again, and it is \
                 put before whom they name now"
            }
            Self::BadDeadline => "the deadlines lie in the past or in the wrong order",
        };
        plain.to_owned()
    }
}

/// Where the request stands, and who can do what to it there.
fn waits_for(request: &Request) -> String {
    let asker = &request.requester.id;
    match request.phase {
        Phase::Draft if request.digest.is_none() => {
            "it is a draft, and its store has still to be read: a worker does that (`Worker::run`, \
             `Worker::run_until_idle`), or `Hub::prepare` at once; then read it again with `Hub::bundle` and decide \
             on what it shows"
                .to_owned()
        }
        Phase::Draft => format!(
            "it is a draft, sent back for changes: {asker} puts it before people anew with `Hub::amend`, or takes it \
             back with `Hub::withdraw`"
        ),
        Phase::Pending(Waiting::Confirm) => confirmation(request),
        Phase::Pending(Waiting::Stage(number)) => format!(
            "it is pending, and waits for votes {}: `Hub::approve`, `Hub::reject` or `Hub::request_changes`; {asker} \
             may amend or withdraw it",
            stage_of(request, number)
        ),
        Phase::Approved => format!(
            "it is approved, and a worker carries it out (`Worker::run`, `Worker::run_until_idle`); until one begins, \
             {asker} may stop it with `Hub::withdraw`, and whoever approved it, or an admin, with `Hub::revoke`"
        ),
        Phase::Executing { .. } => {
            "it is executing: a worker is at it, and `Hub::request` shows how it ends".to_owned()
        }
        Phase::Accepted => {
            "it is accepted: the platform has it and decides later, and `Hub::request` shows how it ends"
                .to_owned()
        }
        Phase::Unknown { needs_person: false, .. } => {
            "it is unknown whether it took effect: a worker looks it up, and `Hub::request` shows how it ends"
                .to_owned()
        }
        Phase::Unknown { needs_person: true, .. } => {
            "it is unknown whether it took effect, and looking it up has told nothing: an admin says so with \
             `Hub::decide`"
                .to_owned()
        }
        Phase::Done => {
            "it is done: what shall be otherwise is a change of its own, asked for anew".to_owned()
        }
        closed @ (Phase::Failed
        | Phase::Rejected
        | Phase::Withdrawn
        | Phase::Expired
        | Phase::Revoked
        | Phase::Stale) => {
            format!(
                "it is closed ({}), and nothing becomes of it any more: ask for it anew",
                closed.as_str()
            )
        }
    }
}

/// Who decides in place of somebody who isn't asked.
fn not_asked(request: &Request) -> String {
    match request.phase {
        Phase::Pending(Waiting::Stage(number)) => format!(
            "they aren't asked: it waits for votes {}; the directory says who belongs to a group, and the policy \
             which groups are asked",
            stage_of(request, number)
        ),
        _ => "they belong to no group that is asked now".to_owned(),
    }
}

/// Whose confirmation it waits for, and how others could decide.
fn confirmation(request: &Request) -> String {
    let whose = match request.requester.kind {
        // What the hub asks for by itself is the members' own.
        ActorKind::System => "any member".to_owned(),
        ActorKind::Human | ActorKind::Service => format!("{} alone, who asked for it", request.requester.id),
    };
    format!(
        "it is pending, and waits for the confirmation of {whose}: `Hub::confirm`; others decide where the tenant's \
         policy asks people, such as `Policy::two_people()`, given with `HubBuilder::policy` before the tenant has one"
    )
}

/// Who revokes it, and how whoever asked for it stops it: they confirm it, and that is no approval.
fn revocation(request: &Request) -> String {
    let plain = "it takes whoever approved it, or an admin of the tenant, as the directory lists them";
    match request.requester.kind {
        ActorKind::System => plain.to_owned(),
        ActorKind::Human | ActorKind::Service => {
            format!("{plain}; {}, who asked for it, stops it with `Hub::withdraw`", request.requester.id)
        }
    }
}

/// Which people a stage asks.
fn stage_of(request: &Request, number: u32) -> String {
    let stages = match request.route.as_ref().map(|route| &route.answer) {
        Some(Answer::People(stages)) => stages.as_slice(),
        Some(Answer::Automatic | Answer::Confirm) | None => &[],
    };
    let nth = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    match nth.and_then(|nth| stages.get(nth)) {
        Some(Stage { name, group: Group::Anyone, .. }) => {
            format!("of stage `{name}`, of anyone who didn't write it")
        }
        Some(Stage { name, group: Group::Named(group), .. }) => {
            format!("of stage `{name}`, of group `{group}`")
        }
        None => format!("of stage {number}"),
    }
}
