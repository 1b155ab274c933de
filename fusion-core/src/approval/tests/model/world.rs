//! What there is in the small world: people, a clock of three values, requests with what hangs on them.

use super::{
    super::{broken::Broken, fixture::*},
    journal::{Journal, Next, Said, Sending, View},
};
use crate::{
    approval::*,
    audit::Action,
    clock::Timestamp,
    model::Repeat,
    tenant::{ActorKind, Signature},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
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
    /// What makes each step harmless to repeat, if anything does.
    pub(crate) steps: Vec<Repeat>,
    /// Whether the platform refuses a step: for the time being, and for good.
    pub(crate) refuses: bool,
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

/// A vote that counts, as the person sent it. Rows that are void can't matter any more and are left out here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    pub(crate) journal: Journal,
    /// What each worker knows of it.
    pub(crate) views: BTreeMap<u64, View>,
    /// What has left and isn't answered, by its place in the journal: a worker may sleep before it sends.
    pub(crate) flying: BTreeSet<usize>,
    /// How often the platform has carried out each step.
    pub(crate) truth: Vec<u8>,
    /// What the platform knows by its key, and carries out once: step and count.
    pub(crate) keys: BTreeSet<(usize, u32)>,
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
                journal: Journal::default(),
                views: BTreeMap::new(),
                flying: BTreeSet::new(),
                truth: vec![0; self.steps.len()],
                keys: BTreeSet::new(),
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
}

impl Scope {
    pub(crate) fn actor(&self, person: &crate::tenant::PersonId) -> Option<usize> {
        self.actors.iter().position(|(by, _)| by.id == *person)
    }

    /// What the journal of `node` says.
    pub(crate) fn said(&self, node: &Node, broken: Broken) -> Rc<Said> {
        node.journal.said(&self.steps, broken)
    }

    /// What the rows say that the worker with `token` knows.
    pub(crate) fn seen(&self, node: &Node, token: u64, broken: Broken) -> Rc<Said> {
        let view = node.views.get(&token).cloned().unwrap_or_default();
        node.journal.seen(&view).said(&self.steps, broken)
    }

    pub(crate) fn touched(&self, node: &Node) -> bool {
        self.said(node, Broken::Nothing).touched
    }

    /// Whether every step is recorded.
    pub(crate) fn all_applied(&self, node: &Node) -> bool {
        self.said(node, Broken::Nothing).next == Next::Done
    }
}

impl Node {
    pub(crate) fn grant(&self) -> Option<(u32, GrantState)> {
        self.grants.get(&self.request.revision).copied()
    }

    /// A worker writes down a step and is about to send it.
    pub(crate) fn begin(&mut self, sent: Sending) {
        let view = self.views.entry(sent.token).or_default();
        self.flying.insert(self.journal.begin(view, sent));
    }

    /// What was sent arrives at the platform.
    pub(crate) fn land(&mut self, place: usize, applied: bool, repeat: Repeat) {
        self.flying.remove(&place);
        let sent = &self.journal.0[place];
        // What the platform knows by its key it takes for the first one.
        let is_known = applied && repeat != Repeat::Once && !self.keys.insert((sent.step, sent.n));
        self.truth[sent.step] += u8::from(applied && !is_known);
    }

    /// Its answer is written down, whoever owns the job by now.
    pub(crate) fn answer(&mut self, place: usize, end: super::journal::End) {
        let token = self.journal.0[place].token;
        self.journal.end(self.views.get_mut(&token), place, end);
    }
}
