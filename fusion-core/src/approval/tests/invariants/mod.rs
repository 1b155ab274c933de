//! The invariants, by their numbers, on random ways through random worlds.

mod deciding;
mod evaluation;
mod running;

use super::{
    broken::Broken,
    fixture::stage,
    model::{
        hub::Hub,
        moves::Move,
        rules,
        world::{Scope, World, actor},
    },
};
use crate::{
    approval::*,
    model::Repeat,
    tenant::ActorKind::{Human, Service},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use std::collections::BTreeSet;

/// One thing that happened and changed something.
#[derive(Debug)]
struct Change {
    before: World,
    nth: usize,
    what: Move,
    after: World,
}

impl Change {
    fn was(&self) -> &Request {
        &self.before.nodes[self.nth].request
    }

    fn is(&self) -> &Request {
        &self.after.nodes[self.nth].request
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let any_stage = (prop::sample::select(vec!["desk", "lead"]), 1..=2_u32, 1..=2_u32, any::<bool>());
    let stages = prop::collection::vec(any_stage, 1..=3).prop_map(|stages| {
        let stages = stages.into_iter().map(|(group, quorum, veto, anyone)| {
            let group = if anyone { Group::Anyone } else { stage(group, 1).group };
            Stage { veto, ..Stage::new("stage", group, quorum) }
        });
        Answer::People(stages.collect())
    });
    prop_oneof![1 => Just(Answer::Automatic), 1 => Just(Answer::Confirm), 3 => stages]
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let people = prop::collection::vec((0..8_u8, any::<bool>(), any::<bool>()), 3..=5);
    let size = (1..=3_u32, 1..=3_u64, (1..=2_usize, 0..=1_usize));
    (any_answer(), people, size, any::<[bool; 6]>()).prop_map(|(answer, people, size, flags)| {
        let [family, disturbed, accepts, fickle, edited, refuses] = flags;
        let mut actors: Vec<_> = people
            .iter()
            .zip(["ann", "ben", "cem", "dan", "eve"])
            .map(|((kind, desk, lead), name)| {
                let groups: Vec<&str> = [("desk", *desk), ("lead", *lead)]
                    .iter()
                    .filter(|(_, is)| *is)
                    .map(|(g, _)| *g)
                    .collect();
                actor(if *kind == 0 { Service } else { Human }, name, &groups, false)
            })
            .collect();
        // Somebody has to be able to tell what nobody can look up.
        actors.push(actor(Human, "root", &["desk", "lead"], true));
        let (revisions, leases, steps) = size;
        let steps =
            [Repeat::Once, Repeat::Idempotent].into_iter().cycle().skip(steps.1).take(steps.0).collect();
        let editors = if edited { vec![1] } else { Vec::new() };
        let name = "random";
        Scope {
            name,
            answer,
            actors,
            editors,
            revisions,
            leases,
            steps,
            refuses,
            family,
            disturbed,
            accepts,
            fickle,
        }
    })
}

/// Which of the possible moves is tried next.
fn any_picks() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 50..300)
}

/// What ends much is tried seldom, so that the ways get long.
fn is_seldom(what: Move) -> bool {
    matches!(
        what,
        Move::Tick | Move::Withdraw(_) | Move::Revoke(_) | Move::Reject(..) | Move::Drift | Move::Forge
    )
}

/// Goes a random way; every rule of the model holds on it.
fn walk(scope: &Scope, picks: &[u32]) -> Vec<Change> {
    let hub = Hub { scope, broken: Broken::Nothing };
    let mut changes = Vec::new();
    let mut world = scope.start();
    for pick in picks {
        let moves = scope.moves(&world, Broken::Nothing);
        let (nth, what) = moves[(*pick as usize >> 4) % moves.len()];
        if is_seldom(what) && pick % 16 > 0 {
            continue;
        }
        let next = hub.after(&world, nth, what).unwrap_or_else(|broken| panic!("{broken:?} by {what:?}"));
        let Some(next) = next else { continue };
        rules::holds(scope, &next).unwrap_or_else(|broken| panic!("{broken:?} after {what:?}"));
        changes.push(Change { before: world, nth, what, after: next.clone() });
        world = next;
    }
    changes
}

#[test]
fn the_random_ways_reach_every_phase() {
    let mut runner = TestRunner::deterministic();
    let mut phases = BTreeSet::new();
    for _ in 0..400 {
        let scope = any_scope().new_tree(&mut runner).unwrap().current();
        let picks = any_picks().new_tree(&mut runner).unwrap().current();
        phases.extend(walk(&scope, &picks).iter().map(|change| change.is().phase.as_str()));
    }
    assert_eq!(phases.len(), 13, "{phases:?}");
}
