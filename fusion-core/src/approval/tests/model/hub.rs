//! Carries out what happens, as a hub with its storage and queue does.

use super::{
    super::{
        broken::{Broken, drive},
        fixture::*,
    },
    moves::Move,
    rules::{self, Violation},
    world::{Job, Node, Row, RowKey, Scope, Step, World},
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
        let mut next = world.clone();
        let node = &mut next.nodes[nth];
        match what {
            Move::Tick => next.clock += 1,
            Move::Drift => node.stale = true,
            Move::Forge => node.forged = true,
            Move::Lease => {
                node.leases += 1;
                node.job = Job::Leased(node.leases);
            }
            Move::Begin(token) => {
                node.begin(token);
                rules::on_begin(self.scope, &next, nth)?;
            }
            Move::Answered(token, step, applied) => {
                node.land(token, step, applied);
                node.steps[step] = if applied { Step::Applied } else { Step::Open };
            }
            Move::Lost(token, step, applied) => node.land(token, step, applied),
            Move::LookUp(step) => {
                node.steps[step] = if node.truth[step] > 0 { Step::Applied } else { Step::Open };
            }
            _ => return self.event(next, nth, what),
        }
        rules::on_landing(&next.nodes[nth])?;
        Ok(Some(next))
    }

    fn event(&self, mut next: World, nth: usize, what: Move) -> After {
        let revision = next.nodes[nth].request.revision;
        let answer = || self.scope.answer.clone();
        match what {
            Move::Submit => self.run(next, nth, Some(0), Event::Submit(terms(revision, answer())), None),
            Move::Amend(actor) => {
                next.nodes[nth].authors.insert(actor);
                let event = Event::Amend(terms(revision + 1, answer()));
                self.run(next, nth, Some(actor), event, None)
            }
            Move::Confirm(actor, shown) => self.say(next, nth, (actor, shown, Decision::Confirm)),
            Move::Approve(actor, shown) => self.say(next, nth, (actor, shown, Decision::Approve)),
            Move::Reject(actor, shown) => self.say(next, nth, (actor, shown, Decision::Reject)),
            Move::RequestChanges(actor, shown) => {
                self.say(next, nth, (actor, shown, Decision::RequestChanges))
            }
            Move::Retract(actor) => self.run(next, nth, Some(actor), Event::RetractVote, None),
            Move::Withdraw(actor) => self.run(next, nth, Some(actor), Event::Withdraw, None),
            Move::Revoke(actor) => self.run(next, nth, Some(actor), Event::Revoke, None),
            Move::Timer(timer) => {
                next.nodes[nth].timers[timer] = false;
                self.told(next, nth, Event::Expire)
            }
            Move::Decide(actor, verdict) => {
                let mut evident = next.clone();
                let node = &mut evident.nodes[nth];
                for (step, times) in node.truth.iter().enumerate() {
                    node.steps[step] = if *times > 0 { Step::Applied } else { Step::Open };
                }
                self.run(evident, nth, Some(actor), Event::Decide(verdict), None)
            }
            _ => self.work(next, nth, what),
        }
    }

    fn say(&self, next: World, nth: usize, said: Said) -> After {
        let (actor, shown, decision) = said;
        let digest = digest(shown);
        let vote = vote_number(next.nodes[nth].request.revision, actor, decision);
        let event = match decision {
            Decision::Confirm => Event::Confirm { digest, vote },
            Decision::Approve => Event::Approve { digest, vote },
            Decision::Reject => Event::Reject { digest, vote },
            Decision::RequestChanges => Event::RequestChanges { digest, vote },
        };
        self.run(next, nth, Some(actor), event, Some(said))
    }

    fn work(&self, mut next: World, nth: usize, what: Move) -> After {
        let node = &mut next.nodes[nth];
        let found = ClaimCheck {
            stale: if node.stale { vec!["price".to_owned()] } else { Vec::new() },
            grant_holds: !node.forged && node.grant().is_some_and(|(_, state)| state == GrantState::Unspent),
            ..good_check()
        };
        match what {
            Move::Claim(token) => {
                rules::before_claim(&next, nth)?;
                let before = next.nodes[nth].request.attempt;
                let Some(mut after) =
                    self.run(next, nth, None, Event::Claim { token, check: &found }, None)?
                else {
                    return Ok(None);
                };
                let node = &mut after.nodes[nth];
                if node.request.attempt == before {
                    node.job = Job::None;
                } else {
                    rules::on_claim(&after, nth)?;
                    after.nodes[nth].begin(token);
                    rules::on_begin(self.scope, &after, nth)?;
                }
                Ok(Some(after))
            }
            Move::Report(token, accepted) => self.report(next, nth, token, accepted, &found),
            Move::LeaseEnds => {
                let Job::Leased(token) = node.job else { return Ok(None) };
                node.job = Job::Queued;
                self.told(next, nth, Event::LeaseLost { token })
            }
            Move::GivenUp => {
                node.job = Job::None;
                self.told(next, nth, Event::GivenUp { failure: failure() })
            }
            Move::LookUpGivenUp => {
                (node.reconcile, node.watch) = (false, false);
                self.told(next, nth, Event::GivenUp { failure: failure() })
            }
            Move::Resolve(needs_person) => {
                let event = Event::Resolve { open: node.unanswered(), needs_person };
                let Some(mut after) = self.run(next, nth, None, event, None)? else { return Ok(None) };
                let node = &mut after.nodes[nth];
                node.reconcile = false;
                if matches!(node.request.phase, Phase::Unknown { needs_person: true, .. }) {
                    node.job = Job::None;
                }
                Ok(Some(after))
            }
            Move::ObserveDone => self.observed(next, nth, Observation::Done),
            Move::ObserveFailed => self.observed(next, nth, Observation::Failed(failure())),
            Move::ObserveOverdue => self.observed(next, nth, Observation::Overdue),
            other => unreachable!("{other:?} is no work"),
        }
    }

    fn observed(&self, mut next: World, nth: usize, observation: Observation) -> After {
        next.nodes[nth].watch = false;
        self.told(next, nth, Event::Observe(observation))
    }

    /// A worker, alive or believed dead, says what the journal makes of its attempt.
    fn report(&self, next: World, nth: usize, token: u64, accepted: bool, found: &ClaimCheck) -> After {
        let node = &next.nodes[nth];
        let holds = node.job == Job::Leased(token);
        let (event, is_over) = if node.all_applied() {
            let watch = accepted.then(watch);
            (Event::Finished { token, started: !node.began.is_empty(), watch, check: found }, true)
        } else if node.unanswered() > 0 {
            (Event::LeaseLost { token }, false)
        } else {
            let again = node.leases < self.scope.leases;
            (Event::Setback { token, failure: failure(), again }, !again)
        };
        let Some(mut after) = self.run(next, nth, None, event, None)? else { return Ok(None) };
        if holds {
            after.nodes[nth].job = if is_over { Job::None } else { Job::Queued };
        }
        Ok(Some(after))
    }

    /// What a job tells; the job is gone whatever the machine says to it.
    fn told(&self, next: World, nth: usize, event: Event<'_>) -> After {
        Ok(Some(self.run(next.clone(), nth, None, event, None)?.unwrap_or(next)))
    }

    fn run(
        &self,
        mut next: World,
        nth: usize,
        by: Option<usize>,
        event: Event<'_>,
        said: Option<Said>,
    ) -> After {
        let hub: (Signature, Membership) = (system(), Membership::default());
        let (by, membership) = by.map_or(&hub, |actor| &self.scope.actors[actor]);
        let parent = next.parent(nth);
        let touched = next.nodes[nth].touched();
        let facts = Facts { now: next.now(), by, membership, parent, touched };
        let before = next.nodes[nth].request.clone();
        let Ok(done) = drive(self.broken, &before, event, &facts) else { return Ok(None) };
        next.nodes[nth].request = done.request;
        next.nodes[nth].audit.push(done.action);
        rules::on_transition(&before, &next.nodes[nth], done.action)?;
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
                        && let Some(told) =
                            self.run(next.clone(), child, None, Event::ParentEnded { done }, None)?
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
