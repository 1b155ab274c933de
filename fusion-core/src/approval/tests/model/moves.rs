//! All that can happen next.

use super::world::{Job, Node, Scope, Step, World};
use crate::approval::{Phase, Verdict};

/// One thing that happens to one request, or to the world. Actors are named by their place, digests by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The clock goes on.
    Tick,
    Submit,
    Amend(usize),
    Confirm(usize, u32),
    Approve(usize, u32),
    Reject(usize, u32),
    RequestChanges(usize, u32),
    Retract(usize),
    Withdraw(usize),
    Revoke(usize),
    /// A timer job: 0 decide-by, 1 execute-by.
    Timer(usize),
    /// The queue hands the job to a worker.
    Lease,
    /// A worker begins its first step, with the claim in the same commit.
    Claim(u64),
    /// A worker that has claimed begins its next step.
    Begin(u64),
    /// The platform carries a step out or refuses it, and the answer arrives.
    Answered(u64, usize, bool),
    /// The same, and the answer is lost.
    Lost(u64, usize, bool),
    /// A worker says how far it is; `true`: the platform only accepted it.
    Report(u64, bool),
    LeaseEnds,
    GivenUp,
    LookUpGivenUp,
    /// Whoever looks after an unknown one asks the platform what became of a step, often enough.
    LookUp(usize),
    /// Says how many are left; `true`: look-ups have said all they can.
    Resolve(bool),
    Decide(usize, Verdict),
    ObserveDone,
    ObserveFailed,
    ObserveOverdue,
    /// Somebody changes the listing at the platform.
    Drift,
    /// Somebody writes into the grant's row.
    Forge,
}

impl Move {
    /// Nobody has to do this: what needs it to end may wait for ever.
    pub(crate) fn is_voluntary(self) -> bool {
        matches!(self, Self::Withdraw(_) | Self::Revoke(_))
    }
}

impl Scope {
    pub(crate) fn moves(&self, world: &World) -> Vec<(usize, Move)> {
        let mut moves = Vec::new();
        if world.clock < 2 {
            moves.push((0, Move::Tick));
        }
        for (nth, node) in world.nodes.iter().enumerate() {
            let mut here = Vec::new();
            self.people(node, &mut here);
            self.machinery(world, node, &mut here);
            moves.extend(here.into_iter().map(|what| (nth, what)));
        }
        moves
    }

    fn people(&self, node: &Node, moves: &mut Vec<Move>) {
        moves.push(Move::Submit);
        for actor in 0..self.actors.len() {
            if node.request.revision < self.revisions {
                moves.push(Move::Amend(actor));
            }
            // Open screens: anybody may answer to what they were shown some time ago.
            for shown in 1..=node.request.revision {
                moves.extend([Move::Confirm(actor, shown), Move::Approve(actor, shown)]);
                moves.push(Move::Reject(actor, shown));
                if self.fickle {
                    moves.push(Move::RequestChanges(actor, shown));
                }
            }
            if self.fickle {
                moves.push(Move::Retract(actor));
            }
            moves.extend([Move::Withdraw(actor), Move::Revoke(actor)]);
            // The evidence is right: it says what the platform has.
            if !node.flying.is_empty() || !matches!(node.request.phase, Phase::Unknown { .. }) {
                continue;
            }
            if node.truth.iter().all(|times| *times > 0) {
                moves.push(Move::Decide(actor, Verdict::Done));
            } else {
                moves.extend([Move::Decide(actor, Verdict::Again), Move::Decide(actor, Verdict::Failed)]);
            }
        }
    }

    fn machinery(&self, world: &World, node: &Node, moves: &mut Vec<Move>) {
        for timer in 0..2 {
            if node.timers[timer] && usize::from(world.clock) > timer {
                moves.push(Move::Timer(timer));
            }
        }
        match node.job {
            Job::None => {}
            Job::Queued if node.leases < self.leases => moves.push(Move::Lease),
            Job::Queued => moves.push(Move::GivenUp),
            Job::Leased(token) => {
                moves.push(Move::LeaseEnds);
                if node.leases == self.leases {
                    moves.push(Move::GivenUp);
                }
                if node.unanswered() == 0 && !node.all_applied() {
                    let claimed =
                        matches!(node.request.phase, Phase::Executing { token: held } if held == token);
                    moves.push(if claimed { Move::Begin(token) } else { Move::Claim(token) });
                }
            }
        }
        for &(token, step) in &node.flying {
            for applied in [true, false] {
                moves.extend([Move::Answered(token, step, applied), Move::Lost(token, step, applied)]);
            }
        }
        for token in 1..=node.leases {
            let waits = node.flying.iter().any(|(of, _)| *of == token);
            if !waits && (node.began.contains(&token) || node.job == Job::Leased(token)) {
                moves.push(Move::Report(token, false));
                if self.accepts {
                    moves.push(Move::Report(token, true));
                }
            }
        }
        if node.reconcile || node.watch {
            moves.push(Move::LookUpGivenUp);
        }
        let looks = node.reconcile || matches!(node.job, Job::Leased(_));
        if looks && matches!(node.request.phase, Phase::Unknown { .. }) {
            for (step, state) in node.steps.iter().enumerate() {
                // The settle time: nothing that was sent can still arrive.
                if matches!(state, Step::Unanswered(_)) && node.flying.is_empty() {
                    moves.push(Move::LookUp(step));
                }
            }
            moves.push(Move::Resolve(false));
            if node.flying.is_empty() && node.unanswered() > 0 {
                moves.push(Move::Resolve(true));
            }
        }
        if node.watch {
            moves.extend([Move::ObserveDone, Move::ObserveFailed, Move::ObserveOverdue]);
        }
        if self.disturbed && !node.stale && !node.forged {
            moves.extend([Move::Drift, Move::Forge]);
        }
    }
}
