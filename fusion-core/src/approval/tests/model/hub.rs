//! Carries out what happens, as a hub with its storage and queue does.

use super::{
    super::{
        broken::{Broken, drive},
        fixture::*,
    },
    journal::{End, View},
    moves::Move,
    rules::{self, Violation},
    world::{Job, Node, Row, RowKey, Scope, World},
};
use crate::{
    approval::*,
    model::{GrantId, JobId, VoteId},
    tenant::Signature,
};
use uuid::Uuid;

/// What somebody said: place among the actors, revision whose digest they sent, decision.
type Said = (usize, u32, Decision);

pub(crate) struct Hub<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) broken: Broken,
}

/// `None`: it changes nothing.
pub(crate) type After = Result<Option<World>, Violation>;

impl Hub<'_> {
    /// The world after `what` has happened to the request `nth`.
    pub(crate) fn after(&self, world: &World, nth: usize, what: Move) -> After {
        let mut next = match what {
            Move::Tick
            | Move::Drift
            | Move::Forge
            | Move::Lease
            | Move::Begin(_)
            | Move::Answered(..)
            | Move::Lost(..)
            | Move::Settle
            | Move::LookUp(_) => world.clone(),
            _ => return self.event(world, nth, what),
        };
        let node = &mut next.nodes[nth];
        match what {
            Move::Tick => next.clock += 1,
            Move::Drift => node.stale = true,
            Move::Forge => node.forged = true,
            Move::Lease => {
                node.leases += 1;
                node.job = Job::Leased(node.leases);
                node.views.insert(node.leases, View::of(&node.journal));
            }
            Move::Begin(token) => {
                self.begin(node, token);
                rules::on_begin(self.scope, &next, nth)?;
            }
            Move::Answered(place, landing) => self.answered(node, place, landing)?,
            Move::Lost(place, applied) => {
                let repeat = self.scope.steps[node.journal.0[place].step];
                node.land(place, applied, repeat);
            }
            Move::Settle => node.journal.0.iter_mut().for_each(|one| one.settled = true),
            Move::LookUp(place) => {
                let found = node.truth[node.journal.0[place].step] > 0;
                let Some(end) = node.journal.look_up(place, found, &self.scope.steps, self.broken) else {
                    return Ok(None);
                };
                node.journal.end(None, place, end);
            }
            other => unreachable!("{other:?} is an event"),
        }
        rules::on_landing(&next.nodes[nth])?;
        Ok(Some(next))
    }

    fn event(&self, world: &World, nth: usize, what: Move) -> After {
        let node = &world.nodes[nth];
        let revision = node.request.revision;
        let answer = || self.scope.answer.clone();
        match what {
            Move::Submit => self.run(world, nth, Some(0), Event::Submit(terms(revision, answer())), None),
            Move::Amend(actor) => {
                let event = Event::Amend(terms(revision + 1, answer()));
                let after = self.run(world, nth, Some(actor), event, None)?;
                let Some(mut after) = after else { return Ok(None) };
                after.nodes[nth].authors.insert(actor);
                Ok(Some(after))
            }
            Move::Confirm(actor, shown) => self.say(world, nth, (actor, shown, Decision::Confirm)),
            Move::Approve(actor, shown) => self.say(world, nth, (actor, shown, Decision::Approve)),
            Move::Reject(actor, shown) => self.say(world, nth, (actor, shown, Decision::Reject)),
            Move::RequestChanges(actor, shown) => {
                self.say(world, nth, (actor, shown, Decision::RequestChanges))
            }
            Move::Retract(actor) => self.run(world, nth, Some(actor), Event::RetractVote, None),
            Move::Withdraw(actor) => self.run(world, nth, Some(actor), Event::Withdraw, None),
            Move::Revoke(actor) => self.run(world, nth, Some(actor), Event::Revoke, None),
            // It may be set back, and then has to end: the timer waits.
            Move::Timer(1)
                if matches!(
                    node.request.phase,
                    Phase::Executing { .. } | Phase::Unknown { .. } | Phase::Accepted
                ) =>
            {
                Ok(None)
            }
            Move::Timer(timer) => {
                let mut next = world.clone();
                next.nodes[nth].timers[timer] = false;
                self.told(next, nth, Event::Expire)
            }
            Move::Decide(actor, verdict) => self.decided(world, nth, actor, verdict),
            _ => self.work(world, nth, what),
        }
    }

    /// A person who has looked says what is; what then is to be sent again is written down as not sent.
    fn decided(&self, world: &World, nth: usize, actor: usize, verdict: Verdict) -> After {
        let mut evident = world.clone();
        let node = &mut evident.nodes[nth];
        for place in &self.scope.said(node, Broken::Nothing).unanswered {
            let applied = node.truth[node.journal.0[*place].step] > 0;
            node.journal.end(None, *place, if applied { End::Applied } else { End::NotSent });
        }
        self.run(&evident, nth, Some(actor), Event::Decide(verdict), None)
    }

    fn say(&self, world: &World, nth: usize, said: Said) -> After {
        let (actor, shown, decision) = said;
        let digest = digest(shown);
        let vote = vote_number(world.nodes[nth].request.revision, actor, decision);
        let event = match decision {
            Decision::Confirm => Event::Confirm { digest, vote },
            Decision::Approve => Event::Approve { digest, vote },
            Decision::Reject => Event::Reject { digest, vote },
            Decision::RequestChanges => Event::RequestChanges { digest, vote },
        };
        self.run(world, nth, Some(actor), event, Some(said))
    }

    /// What a job tells; the job is gone whatever the machine says to it.
    pub(super) fn told(&self, next: World, nth: usize, event: Event<'_>) -> After {
        Ok(Some(self.run(&next, nth, None, event, None)?.unwrap_or(next)))
    }

    pub(super) fn run(
        &self,
        world: &World,
        nth: usize,
        by: Option<usize>,
        event: Event<'_>,
        said: Option<Said>,
    ) -> After {
        let hub: (Signature, Membership) = (system(), Membership::default());
        let (by, membership) = by.map_or(&hub, |actor| &self.scope.actors[actor]);
        let parent = world.parent(nth);
        let touched = self.scope.touched(&world.nodes[nth]);
        let facts = Facts { now: world.now(), by, membership, parent, touched };
        let before = &world.nodes[nth].request;
        let Ok(done) = drive(self.broken, before, event, &facts) else { return Ok(None) };
        let mut next = world.clone();
        next.nodes[nth].request = done.request;
        next.nodes[nth].audit.push(done.action);
        rules::on_transition(self.scope, before, &next.nodes[nth], done.action)?;
        for effect in done.effects {
            self.carry_out(&mut next, nth, effect, said)?;
        }
        next.nodes[nth].closed |= next.nodes[nth].request.phase.status() == ApprovalStatus::Rejected;
        Ok(Some(next))
    }

    fn carry_out(
        &self,
        next: &mut World,
        nth: usize,
        effect: Effect,
        said: Option<Said>,
    ) -> Result<(), Violation> {
        let in_time = next.clock == 0;
        let node = &mut next.nodes[nth];
        let revision = node.request.revision;
        match effect {
            Effect::CountVote => {
                let (actor, shown, decision) = said.expect("a vote that nobody gave");
                if decision == Decision::RequestChanges {
                    return Ok(());
                }
                let of = &self.scope.actors[actor].0.id;
                let seat = node.request.seats.iter().rev().find(|seat| seat.person == *of);
                let key = (revision, actor, seat.map_or(0, |seat| seat.stage), decision);
                node.votes.insert(key, Row { shown, in_time });
            }
            Effect::VoidVotes(ids) => {
                let counts =
                    |(of, actor, _, decision): &RowKey| !ids.contains(&vote_number(*of, *actor, *decision));
                node.votes.retain(|key, _| counts(key));
            }
            Effect::OpenGrant(draft) => {
                let names = (1..=revision).find(|revision| digest(*revision) == draft.digest);
                let slot = node.grants.entry(draft.revision).or_insert((0, GrantState::Void));
                rules::ensure(2, slot.1 == GrantState::Void, "a second grant for a revision")?;
                *slot = (names.unwrap_or(0), GrantState::Unspent);
                node.request.grant = Some(GrantId::from_uuid(Uuid::from_u128(draft.revision.into())));
            }
            Effect::Enqueue => {
                rules::ensure(7, node.job == Job::None, "a second job for a grant")?;
                node.job = Job::Queued;
                node.request.job = Some(JobId::from_uuid(Uuid::nil()));
            }
            Effect::ClaimGrant(token) => self.turn(node, GrantState::Claimed(token)),
            Effect::ReleaseGrant => self.turn(node, GrantState::Unspent),
            Effect::SpendGrant => self.turn(node, GrantState::Spent),
            Effect::VoidGrant => self.turn(node, GrantState::Void),
            Effect::CancelJob => node.job = Job::None,
            Effect::Watch => node.watch = true,
            Effect::Reconcile => node.reconcile = true,
            Effect::TimerDecideBy => node.timers[0] = true,
            Effect::TimerExecuteBy => node.timers[1] = true,
            Effect::Raise(_) => {}
            Effect::TellChildren { done } => {
                for child in 0..next.nodes.len() {
                    if next.nodes[child].request.after == Some(next.nodes[nth].request.id)
                        && let Some(told) = self.run(next, child, None, Event::ParentEnded { done }, None)?
                    {
                        *next = told;
                    }
                }
            }
        }
        Ok(())
    }

    fn turn(&self, node: &mut Node, to: GrantState) {
        if let Some((_, state)) = node.grants.get_mut(&node.request.revision) {
            *state = to;
        }
    }
}

fn vote_number(revision: u32, actor: usize, decision: Decision) -> VoteId {
    vote_id(u128::from(revision) * 100 + actor as u128 * 10 + decision as u128)
}
