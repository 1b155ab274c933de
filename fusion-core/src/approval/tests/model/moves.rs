//! All that can happen next.

use super::{
    super::broken::Broken,
    journal::Next,
    world::{Job, Node, Scope, World},
};
use crate::approval::{Phase, Verdict};

/// What a platform does with what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    Applied,
    /// It doesn't take effect; tried again, it may.
    TryAgain,
    /// It doesn't take effect, and never will.
    Refused,
}

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
    /// The platform carries out or refuses what stands at this place of the journal, and the answer arrives.
    Answered(usize, Landing),
    /// The same or nothing of it, and nobody hears of it.
    Lost(usize, bool),
    /// The settle time passes, and with it every pause that anybody makes.
    Settle,
    /// A worker says how far it is; `true`: the platform only accepted it.
    Report(u64, bool),
    LeaseEnds,
    GivenUp,
    LookUpGivenUp,
    /// Whoever looks after an unknown one asks the platform what became of what stands at this place.
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
    pub(crate) fn moves(&self, world: &World, broken: Broken) -> Vec<(usize, Move)> {
        let mut moves = Vec::new();
        if world.clock < 2 {
            moves.push((0, Move::Tick));
        }
        for (nth, node) in world.nodes.iter().enumerate() {
            let mut here = Vec::new();
            self.people(node, &mut here);
            self.machinery(world, node, broken, &mut here);
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

    fn machinery(&self, world: &World, node: &Node, broken: Broken, moves: &mut Vec<Move>) {
        self.working(world, node, broken, moves);
        self.looking(node, broken, moves);
        if self.disturbed && !node.stale && !node.forged {
            moves.extend([Move::Drift, Move::Forge]);
        }
    }

    fn working(&self, world: &World, node: &Node, broken: Broken, moves: &mut Vec<Move>) {
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
                self.beginning(node, token, broken, moves);
            }
        }
        if broken == Broken::Fence {
            // Whoever lost its lease goes on as if it had it.
            for token in node.views.keys().filter(|token| node.job != Job::Leased(**token)) {
                if node.journal.began(*token) {
                    self.beginning(node, *token, broken, moves);
                }
            }
        }
        for &place in &node.flying {
            moves.extend([Move::Answered(place, Landing::Applied), Move::Lost(place, true)]);
            moves.push(Move::Lost(place, false));
            // One refusal of a kind is as good as many.
            if self.refuses && node.journal.0[place].n == 0 {
                moves.push(Move::Answered(place, Landing::TryAgain));
            }
            if self.refuses {
                moves.push(Move::Answered(place, Landing::Refused));
            }
        }
        for &token in node.views.keys() {
            let waits = node.flying.iter().any(|place| node.journal.0[*place].token == token);
            if !waits && (node.journal.began(token) || node.job == Job::Leased(token)) {
                moves.push(Move::Report(token, false));
                if self.accepts {
                    moves.push(Move::Report(token, true));
                }
            }
        }
    }

    /// A worker that waits for no answer sends its next step.
    fn beginning(&self, node: &Node, token: u64, broken: Broken, moves: &mut Vec<Move>) {
        let waits = node.flying.iter().any(|place| node.journal.0[*place].token == token);
        let Next::Send { step, n, .. } = self.seen(node, token, broken).next else { return };
        // Within one attempt the same is sent once: trying again at once is as good as the first try.
        let is_sent = node.journal.0.iter().any(|one| (one.step, one.n, one.token) == (step, n, token));
        if waits || is_sent {
            return;
        }
        let claimed = matches!(node.request.phase, Phase::Executing { token: held } if held == token);
        let is_lost = node.job != Job::Leased(token);
        moves.push(if claimed || is_lost { Move::Begin(token) } else { Move::Claim(token) });
    }

    fn looking(&self, node: &Node, broken: Broken, moves: &mut Vec<Move>) {
        if node.reconcile || node.watch {
            moves.push(Move::LookUpGivenUp);
        }
        let looks = node.reconcile || matches!(node.job, Job::Leased(_));
        if looks && matches!(node.request.phase, Phase::Unknown { .. }) {
            let doubtful = &self.said(node, broken).doubtful;
            moves.extend(doubtful.iter().map(|place| Move::LookUp(*place)));
            moves.push(Move::Resolve(false));
            if node.flying.is_empty() && !doubtful.is_empty() {
                moves.push(Move::Resolve(true));
            }
        }
        // Pauses are bounded: what was sent has arrived when this time is over.
        let is_over = node.flying.is_empty() || broken == Broken::BoundedPauses;
        if is_over && node.journal.0.iter().any(|one| !one.settled) {
            moves.push(Move::Settle);
        }
        if node.watch {
            moves.extend([Move::ObserveDone, Move::ObserveFailed, Move::ObserveOverdue]);
        }
    }
}
