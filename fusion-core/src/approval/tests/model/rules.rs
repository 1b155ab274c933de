//! What holds in every state and at every change, told from the rows, the journal and the platform alone.

use super::{
    super::{broken::Broken, fixture::digest},
    journal::End,
    world::{Job, Node, Scope, World},
};
use crate::{approval::*, audit::Action, tenant::ActorKind};
use std::collections::BTreeSet;

/// An invariant that doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: u8,
    pub(crate) what: &'static str,
}

pub(crate) fn ensure(invariant: u8, holds: bool, what: &'static str) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { invariant, what }) }
}

/// Whether the rows give `revision` what the policy asks for: counted anew, without the machine's seats.
fn has_authority(scope: &Scope, node: &Node, revision: u32) -> bool {
    let counted = |decision: Decision, stage: u32, who: &dyn Fn(usize) -> bool| {
        let rows = node.votes.iter().filter(|((of, actor, at, said), row)| {
            *of == revision && *at == stage && *said == decision && row.shown == revision && who(*actor)
        });
        rows.map(|((_, actor, ..), _)| *actor).collect::<BTreeSet<usize>>().len()
    };
    let is_human = |actor: usize| scope.actors[actor].0.kind == ActorKind::Human;
    match &scope.answer {
        Answer::Automatic => true,
        Answer::Confirm => {
            counted(Decision::Confirm, 0, &|actor| may_confirm(scope, actor) && is_human(actor)) == 1
        }
        Answer::People(stages) => stages.iter().zip(1..).all(|(stage, number)| {
            let may = |actor: usize| is_human(actor) && scope.actors[actor].1.is_in(&stage.group);
            counted(Decision::Approve, number, &may) >= stage.quorum as usize
        }),
    }
}

/// The requester; where the hub asks by itself, any member.
fn may_confirm(scope: &Scope, actor: usize) -> bool {
    match scope.actors[0].0.kind {
        ActorKind::System => scope.actors[actor].1.member,
        ActorKind::Human | ActorKind::Service => actor == 0,
    }
}

/// A step is about to leave.
pub(crate) fn on_begin(scope: &Scope, world: &World, nth: usize) -> Result<(), Violation> {
    let node = &world.nodes[nth];
    let revision = node.request.revision;
    ensure(11, !node.closed, "a step begins after the request was closed")?;
    ensure(1, has_authority(scope, node, revision), "a step begins without agreement")?;
    let (names, _) = node.grant().unwrap_or((0, GrantState::Void));
    ensure(3, names == revision, "a step begins for something that nobody granted")?;
    ensure(7, world.parent(nth) == Parent::Done, "a step begins before the parent is done")?;
    let mut under_way = BTreeSet::new();
    let alone = node.flying.iter().all(|place| under_way.insert(node.journal.0[*place].token));
    ensure(2, alone, "two steps of one attempt are under way at once")
}

/// A worker is about to claim.
pub(crate) fn before_claim(world: &World, nth: usize) -> Result<(), Violation> {
    let grants = world.nodes[nth].grants.values();
    ensure(2, grants.filter(|(_, state)| *state == GrantState::Unspent).count() <= 1, "two open grants")
}

/// A worker has claimed.
pub(crate) fn on_claim(world: &World, nth: usize) -> Result<(), Violation> {
    ensure(3, !world.nodes[nth].forged, "claimed with a grant that nobody signed")?;
    ensure(8, world.clock < 2, "claimed after the execute-by time")?;
    ensure(8, !world.nodes[nth].stale, "claimed although the listing has changed")
}

/// Something has arrived at the platform.
pub(crate) fn on_landing(node: &Node) -> Result<(), Violation> {
    ensure(12, node.truth.iter().all(|times| *times <= 1), "a step has taken effect twice")
}

/// The machine has said yes to an event.
pub(crate) fn on_transition(
    scope: &Scope,
    before: &Request,
    node: &Node,
    action: Action,
) -> Result<(), Violation> {
    let after = node.request.phase;
    let late = after == Phase::Done && node.truth.iter().all(|times| *times > 0);
    ensure(9, !before.phase.is_closed() || late, "a closed request goes on")?;
    let entry = match after {
        Phase::Rejected => action == Action::Rejected,
        Phase::Withdrawn => action == Action::Withdrawn,
        Phase::Expired => action == Action::Expired,
        Phase::Revoked => action == Action::Revoked,
        Phase::Stale => action == Action::WentStale,
        Phase::Executing { .. } => action == Action::Claimed,
        _ => true,
    };
    ensure(10, entry, "the audit entry says something else than what happened")?;
    let effect_free = after.status() != ApprovalStatus::Rejected || !scope.touched(node);
    ensure(11, effect_free, "closed as if without effect after part of it was begun")?;
    let looked_up = scope.said(node, Broken::Nothing).doubtful.is_empty();
    ensure(12, !after.is_closed() || looked_up, "closed with a step that nobody will look up")
}

/// What holds in every state.
pub(crate) fn holds(scope: &Scope, world: &World) -> Result<(), Violation> {
    (0..world.nodes.len()).try_for_each(|nth| {
        let node = &world.nodes[nth];
        votes(scope, node)?;
        permits(scope, world, nth)?;
        attempts(scope, node)
    })
}

fn votes(scope: &Scope, node: &Node) -> Result<(), Violation> {
    let mut seated = BTreeSet::new();
    for ((revision, actor, _, decision), row) in &node.votes {
        ensure(6, *revision == node.request.revision, "a vote on an older revision counts")?;
        ensure(3, row.shown == *revision, "a vote counts for what its voter wasn't shown")?;
        ensure(13, row.in_time, "a vote counts that came after the decide-by time")?;
        ensure(22, scope.actors[*actor].0.kind == ActorKind::Human, "a program's vote counts")?;
        if *decision == Decision::Confirm {
            ensure(1, may_confirm(scope, *actor), "somebody else than the requester confirms")?;
            continue;
        }
        ensure(4, !node.authors.contains(actor), "an author's vote counts")?;
        ensure(5, seated.insert(*actor), "one person has two seats")?;
    }
    let counted = |seat: &Seat| {
        node.votes.iter().any(|((revision, actor, stage, decision), _)| {
            *revision == node.request.revision
                && *stage == seat.stage
                && scope.actors[*actor].0.id == seat.person
                && *decision == seat.decision
        })
    };
    ensure(6, node.request.seats.iter().all(counted), "a seat without a vote that counts")
}

fn permits(scope: &Scope, world: &World, nth: usize) -> Result<(), Violation> {
    let node = &world.nodes[nth];
    let phase = node.request.phase;
    let revision = node.request.revision;
    let agreed = phase.status() == ApprovalStatus::Approved;
    ensure(1, !agreed || has_authority(scope, node, revision), "approved without agreement")?;
    ensure(
        3,
        !agreed || node.request.digest == Some(digest(revision)),
        "another digest than the revision's",
    )?;
    let valid = node.grants.values().filter(|(_, state)| *state != GrantState::Void).count();
    ensure(2, valid <= 1, "two grants at once")?;
    let unspent = node.grant().is_some_and(|(_, state)| state == GrantState::Unspent);
    let live = node.job != Job::None;
    if phase == Phase::Approved {
        ensure(7, unspent, "approved without an unspent grant")?;
        ensure(
            7,
            live == (world.parent(nth) == Parent::Done),
            "approved without the job that it should have",
        )?;
        ensure(7, live == node.request.job.is_some(), "the request names another job than the queue has")
    } else {
        ensure(7, !unspent, "a grant is unspent that nobody may claim")?;
        let working = matches!(phase, Phase::Executing { .. } | Phase::Unknown { needs_person: false, .. });
        ensure(7, working || !live, "a job is live for what it can't do")
    }
}

fn attempts(scope: &Scope, node: &Node) -> Result<(), Violation> {
    let phase = node.request.phase;
    if let Some((_, GrantState::Claimed(token))) = node.grant() {
        let by = match phase {
            Phase::Executing { token } | Phase::Unknown { token, .. } => Some(token),
            _ => None,
        };
        ensure(2, by == Some(token), "a grant is claimed by somebody else than the running attempt")?;
    }
    let said = scope.said(node, Broken::Nothing);
    let of_the_attempt = |place: &usize| match phase {
        Phase::Executing { token: held } => node.journal.0[*place].token == held,
        _ => matches!(phase, Phase::Unknown { .. }),
    };
    ensure(12, said.doubtful.iter().all(of_the_attempt), "an unanswered step counts as answered")?;
    let sent =
        |step: usize| node.journal.0.iter().any(|one| one.step == step && one.ends.contains(&End::Applied));
    let kept = (0..node.truth.len()).all(|step| !sent(step) || node.truth[step] > 0);
    ensure(20, kept, "the journal knows of an effect that there isn't")
}
