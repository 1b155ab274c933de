//! Two worlds are one when only the names of people who are alike differ.

use super::world::{Node, Row, Scope, World};
use crate::approval::{Decision, GrantState};
use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// What one actor has done to one request: whether they wrote a part of it, and their votes by revision and stage.
type Deeds = (bool, Vec<(u32, u32, Decision, Row)>);

impl World {
    /// Two worlds with the same fingerprint go on in the same way, but for the names of people who are alike.
    pub(crate) fn fingerprint(&self, scope: &Scope) -> u128 {
        let names = self.names(scope);
        let with = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, self.clock).hash(&mut hasher);
            for node in &self.nodes {
                node.hash_into(&mut hasher, scope, &names);
            }
            hasher.finish()
        };
        u128::from(with(0)) << 64 | u128::from(with(1))
    }

    /// The name that each actor goes by: people of the same groups who aren't the requester or an editor are told
    /// apart by what they have done alone.
    fn names(&self, scope: &Scope) -> Vec<usize> {
        let mut names: Vec<usize> = (0..scope.actors.len()).collect();
        for alike in scope.alike() {
            let mut order = alike.clone();
            order.sort_by_cached_key(|actor| self.deeds(*actor));
            for (name, actor) in alike.into_iter().zip(order) {
                names[actor] = name;
            }
        }
        names
    }

    /// All that an actor has done.
    fn deeds(&self, actor: usize) -> Vec<Deeds> {
        let of = |node: &Node| {
            let votes = node.votes.iter().filter(|((_, by, ..), _)| *by == actor);
            let votes =
                votes.map(|((revision, _, stage, decision), row)| (*revision, *stage, *decision, *row));
            (node.authors.contains(&actor), votes.collect())
        };
        self.nodes.iter().map(of).collect()
    }
}

impl Scope {
    /// Actors whom nothing but their names tells apart.
    fn alike(&self) -> Vec<Vec<usize>> {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        let is_like = |one: usize, other: usize| {
            let ((by, membership), (other_by, other_membership)) = (&self.actors[one], &self.actors[other]);
            by.kind == other_by.kind && membership == other_membership
        };
        for actor in (1..self.actors.len()).filter(|actor| !self.editors.contains(actor)) {
            match classes.iter_mut().find(|class| is_like(class[0], actor)) {
                Some(class) => class.push(actor),
                None => classes.push(vec![actor]),
            }
        }
        classes.retain(|class| class.len() > 1);
        classes
    }
}

impl Node {
    fn hash_into(&self, hasher: &mut DefaultHasher, scope: &Scope, names: &[usize]) {
        let request = &self.request;
        (request.phase, request.revision, request.digest, request.token, request.attempt).hash(hasher);
        (request.job.is_some(), request.grant.is_some(), request.watch.is_some()).hash(hasher);
        let name = |person| scope.actor(person).map(|actor| names[actor]);
        let seats: BTreeSet<_> =
            request.seats.iter().map(|seat| (seat.stage, name(&seat.person), seat.decision)).collect();
        let editors: BTreeSet<_> = request.editors.iter().map(name).collect();
        let authors: BTreeSet<_> = self.authors.iter().map(|actor| names[*actor]).collect();
        let votes: BTreeSet<_> = self
            .votes
            .iter()
            .map(|((revision, actor, stage, decision), row)| {
                (*revision, names[*actor], *stage, *decision, *row)
            })
            .collect();
        (seats, editors, authors, votes).hash(hasher);
        for (revision, (digest, state)) in &self.grants {
            (revision, digest, grant_number(*state)).hash(hasher);
        }
        (self.job, self.leases, self.reconcile, self.watch, self.timers).hash(hasher);
        (self.stale, self.forged, self.closed).hash(hasher);
        (&self.journal, &self.views, &self.flying, &self.truth, &self.keys).hash(hasher);
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
