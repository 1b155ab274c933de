//! What there is in the small world: people, a clock of three values, requests with what hangs on them.

use super::super::fixture::*;
use crate::{
    approval::*,
    audit::Action,
    clock::Timestamp,
    tenant::{ActorKind, Signature},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// How much of the world is explored together.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) name: &'static str,
    pub(crate) answer: Answer,
    /// The first one is the requester.
    pub(crate) actors: Vec<(Signature, Membership)>,
    /// Who wrote parts of the first revision, by place among the actors.
    pub(crate) editors: Vec<usize>,
    pub(crate) revisions: u32,
    /// Leases that the queue gives out before it gives the job up.
    pub(crate) leases: u64,
    pub(crate) steps: usize,
    /// A second request waits for the first.
    pub(crate) family: bool,
    /// Somebody else changes the listing, somebody writes into the grant's row.
    pub(crate) disturbed: bool,
    /// The platform may decide later.
    pub(crate) accepts: bool,
    /// Whether those who agreed change their minds: requests for changes, votes taken back.
    pub(crate) fickle: bool,
}

pub(crate) fn actor(kind: ActorKind, name: &str, groups: &[&str], admin: bool) -> (Signature, Membership) {
    (signature(kind, name), Membership { admin, ..membership(groups) })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Job {
    None,
    Queued,
    Leased(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Open,
    Unanswered(u64),
    Applied,
}

/// A vote that counts, as the person sent it. Rows that are void can't matter any more and are left out here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) shown: u32,
    pub(crate) in_time: bool,
}

/// Revision, place of the actor among the actors, stage, decision.
pub(crate) type RowKey = (u32, usize, u32, Decision);

/// One request and all that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) request: Request,
    /// Who has written any part of it, whatever the request says.
    pub(crate) authors: BTreeSet<usize>,
    pub(crate) votes: BTreeMap<RowKey, Row>,
    /// By revision: the revision whose digest it names, and its state.
    pub(crate) grants: BTreeMap<u32, (u32, GrantState)>,
    pub(crate) job: Job,
    pub(crate) leases: u64,
    pub(crate) reconcile: bool,
    pub(crate) watch: bool,
    pub(crate) timers: [bool; 2],
    pub(crate) stale: bool,
    pub(crate) forged: bool,
    /// The journal, to which each token adds.
    pub(crate) steps: Vec<Step>,
    pub(crate) began: BTreeSet<u64>,
    /// What has left and isn't answered, by token and step.
    pub(crate) flying: BTreeSet<(u64, usize)>,
    /// How often the platform has carried out each step.
    pub(crate) truth: Vec<u8>,
    /// It was closed without effect.
    pub(crate) closed: bool,
    /// What was recorded; nothing that follows depends on it.
    pub(crate) audit: Vec<Action>,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    /// 0: before the decide-by time. 1: past it. 2: past the execute-by time.
    pub(crate) clock: u8,
    pub(crate) nodes: Vec<Node>,
}

impl Scope {
    pub(crate) fn start(&self) -> World {
        let node = |number: u128| {
            let mut request = draft(number, self.actors[0].0.clone());
            request.editors = self.editors.iter().map(|nth| self.actors[*nth].0.id.clone()).collect();
            Node {
                request,
                authors: self.editors.iter().copied().chain([0]).collect(),
                votes: BTreeMap::new(),
                grants: BTreeMap::new(),
                job: Job::None,
                leases: 0,
                reconcile: false,
                watch: false,
                timers: [false; 2],
                stale: false,
                forged: false,
                steps: vec![Step::Open; self.steps],
                began: BTreeSet::new(),
                flying: BTreeSet::new(),
                truth: vec![0; self.steps],
                closed: false,
                audit: Vec::new(),
            }
        };
        let mut nodes = vec![node(1)];
        if self.family {
            nodes.push(node(2));
            let child = nodes[1].request.id;
            nodes[0].request.children.push(child);
            nodes[1].request.after = Some(nodes[0].request.id);
        }
        World { clock: 0, nodes }
    }
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        match self.clock {
            0 => Timestamp::EPOCH,
            1 => DECIDE_BY,
            _ => EXECUTE_BY,
        }
    }

    pub(crate) fn parent(&self, nth: usize) -> Parent {
        match self.nodes[nth].request.after {
            None => Parent::Done,
            Some(_) => match self.nodes[0].request.phase {
                Phase::Done => Parent::Done,
                phase if phase.is_closed() => Parent::Ended,
                _ => Parent::Open,
            },
        }
    }

    /// Two worlds with the same fingerprint go on in the same way.
    pub(crate) fn fingerprint(&self) -> (u64, u64) {
        let with = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, self.clock).hash(&mut hasher);
            for node in &self.nodes {
                node.hash_into(&mut hasher);
            }
            hasher.finish()
        };
        (with(0), with(1))
    }
}

impl Node {
    pub(crate) fn touched(&self) -> bool {
        self.steps.iter().any(|step| *step != Step::Open)
    }

    pub(crate) fn unanswered(&self) -> u32 {
        self.steps.iter().filter(|step| matches!(step, Step::Unanswered(_))).count() as u32
    }

    pub(crate) fn all_applied(&self) -> bool {
        self.steps.iter().all(|step| *step == Step::Applied)
    }

    pub(crate) fn grant(&self) -> Option<(u32, GrantState)> {
        self.grants.get(&self.request.revision).copied()
    }

    /// A worker writes down its next step and sends it.
    pub(crate) fn begin(&mut self, token: u64) {
        if let Some(step) = self.steps.iter().position(|step| *step == Step::Open) {
            self.steps[step] = Step::Unanswered(token);
            self.flying.insert((token, step));
            self.began.insert(token);
        }
    }

    /// What was sent arrives at the platform.
    pub(crate) fn land(&mut self, token: u64, step: usize, applied: bool) {
        self.flying.remove(&(token, step));
        self.truth[step] += u8::from(applied);
    }

    fn hash_into(&self, hasher: &mut DefaultHasher) {
        let request = &self.request;
        (request.phase, request.revision, request.digest, request.token, request.attempt).hash(hasher);
        (request.job.is_some(), request.grant.is_some(), request.watch.is_some()).hash(hasher);
        let seats: BTreeSet<_> =
            request.seats.iter().map(|seat| (seat.stage, &seat.person, seat.decision)).collect();
        seats.hash(hasher);
        (&request.editors, &self.authors, &self.votes).hash(hasher);
        for (revision, (digest, state)) in &self.grants {
            (revision, digest, grant_number(*state)).hash(hasher);
        }
        (self.job, self.leases, self.reconcile, self.watch, self.timers).hash(hasher);
        (self.stale, self.forged, self.closed).hash(hasher);
        (&self.steps, &self.began, &self.flying, &self.truth).hash(hasher);
    }
}

fn grant_number(state: GrantState) -> (u8, u64) {
    match state {
        GrantState::Unspent => (0, 0),
        GrantState::Claimed(token) => (1, token),
        GrantState::Spent => (2, 0),
        GrantState::Void => (3, 0),
    }
}
