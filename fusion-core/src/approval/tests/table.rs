//! The machine's table, row by row: which phase takes which event, and where it leads.

mod ends;
mod rows;

use super::fixture::*;
use crate::{approval::*, clock::Timestamp, model::JobId, tenant::Signature};
use uuid::Uuid;

/// The token of the attempt that counts.
const TOKEN: u64 = 7;

/// Every phase, the pending and unknown ones in both forms.
fn phases() -> [Phase; 15] {
    [
        Phase::Draft,
        Phase::Pending(Waiting::Confirm),
        Phase::Pending(Waiting::Stage(1)),
        Phase::Approved,
        Phase::Executing { token: TOKEN },
        Phase::Accepted,
        Phase::Done,
        Phase::Failed,
        Phase::Unknown { token: TOKEN, needs_person: false },
        Phase::Unknown { token: TOKEN, needs_person: true },
        Phase::Rejected,
        Phase::Withdrawn,
        Phase::Expired,
        Phase::Revoked,
        Phase::Stale,
    ]
}

/// A request of ann's in this phase, with one stage of one person, and whatever the phase brings along.
fn at(phase: Phase) -> Request {
    let answer = match phase {
        Phase::Pending(Waiting::Confirm) => Answer::Confirm,
        _ => Answer::People(vec![stage("desk", 1)]),
    };
    let begun = matches!(
        phase,
        Phase::Executing { .. } | Phase::Accepted | Phase::Done | Phase::Failed | Phase::Unknown { .. }
    );
    let has_job = matches!(
        phase,
        Phase::Approved | Phase::Executing { .. } | Phase::Unknown { needs_person: false, .. }
    );
    Request {
        phase,
        digest: Some(digest(1)),
        route: Some(route(answer)),
        token: begun.then_some(TOKEN),
        job: has_job.then_some(JobId::from_uuid(Uuid::nil())),
        watch: (phase == Phase::Accepted).then(watch),
        ..draft(1, human("ann"))
    }
}

/// What is known beside the event; nothing stands against it until a test says so.
#[derive(Clone)]
struct Known {
    now: Timestamp,
    by: Signature,
    membership: Membership,
    parent: Parent,
    touched: bool,
}

/// By a colleague at the desk.
fn ben() -> Known {
    Known {
        now: Timestamp::EPOCH,
        by: human("ben"),
        membership: membership(&["desk"]),
        parent: Parent::Done,
        touched: false,
    }
}

fn by(who: Signature) -> Known {
    Known { by: who, ..ben() }
}

fn run(request: &Request, event: Event<'_>, known: &Known) -> Result<Transition, Refusal> {
    let Known { now, by, membership, parent, touched } = known;
    transition(request, event, &Facts { now: *now, by, membership, parent: *parent, touched: *touched })
}

fn next(request: &Request, event: Event<'_>, known: &Known) -> Result<Phase, Refusal> {
    run(request, event, known).map(|done| done.request.phase)
}

fn effects(request: &Request, event: Event<'_>, known: &Known) -> Vec<Effect> {
    run(request, event, known).unwrap().effects
}
