//! Breadth first through everything that can happen, and backwards from the ends.

use super::{
    super::broken::Broken,
    hub::Hub,
    moves::Move,
    rules::{self, Violation},
    world::{Scope, World},
};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// More states than any scope has: a bound for the day when somebody makes one larger.
const MOST_STATES: usize = 2_000_000;

/// What the search has seen.
pub(crate) struct Seen {
    pub(crate) states: usize,
    pub(crate) changes: usize,
    pub(crate) depth: u32,
    pub(crate) phases: BTreeSet<&'static str>,
    /// States from which no end can be reached unless somebody takes the request back.
    pub(crate) stuck: Vec<CounterExample>,
}

/// The shortest way to a state or change that breaks an invariant.
#[derive(Debug)]
pub(crate) struct CounterExample {
    pub(crate) violation: Violation,
    pub(crate) steps: Vec<(usize, Move)>,
}

/// A state that was reached; its world is kept only until it has been looked at.
struct State {
    from: Option<(usize, (usize, Move))>,
    depth: u32,
    is_end: bool,
}

impl State {
    fn of(world: &World, from: Option<(usize, (usize, Move))>, depth: u32) -> Self {
        let is_end = world.nodes.iter().all(|node| node.request.phase.is_closed());
        Self { from, depth, is_end }
    }
}

/// Explores `scope` with one guard off.
pub(crate) fn explore(scope: &Scope, broken: Broken) -> Result<Seen, CounterExample> {
    let hub = Hub { scope, broken };
    let start = scope.start();
    let mut known = HashMap::from([(start.fingerprint(scope), 0_usize)]);
    let mut states = vec![State::of(&start, None, 0)];
    let mut open = VecDeque::from([start]);
    let mut back: Vec<Vec<usize>> = vec![Vec::new()];
    let mut phases = BTreeSet::new();
    let mut changes = 0;
    let mut nth = 0;
    while let Some(world) = open.pop_front() {
        phases.extend(world.nodes.iter().map(|node| node.request.phase.as_str()));
        for (of, what) in scope.moves(&world, broken) {
            let found = hub.after(&world, of, what).and_then(|next| {
                if let Some(next) = &next {
                    rules::holds(scope, next)?;
                }
                Ok(next)
            });
            let next = match found {
                Ok(None) => continue,
                Ok(Some(next)) => next,
                Err(violation) => {
                    let mut steps = way(&states, nth);
                    steps.push((of, what));
                    return Err(CounterExample { violation, steps });
                }
            };
            changes += 1;
            let to = *known.entry(next.fingerprint(scope)).or_insert_with(|| {
                states.push(State::of(&next, Some((nth, (of, what))), states[nth].depth + 1));
                back.push(Vec::new());
                open.push_back(next);
                states.len() - 1
            });
            if !what.is_voluntary() || world.nodes[of].request.phase == crate::approval::Phase::Draft {
                back[to].push(nth);
            }
            assert!(states.len() < MOST_STATES, "{}: too many states", scope.name);
        }
        nth += 1;
    }
    Ok(Seen {
        states: states.len(),
        changes,
        depth: states.iter().map(|state| state.depth).max().unwrap_or(0),
        phases,
        stuck: stuck(&states, &back),
    })
}

fn way(states: &[State], mut nth: usize) -> Vec<(usize, Move)> {
    let mut steps = Vec::new();
    while let Some((from, step)) = states[nth].from {
        steps.push(step);
        nth = from;
    }
    steps.reverse();
    steps
}

/// Backwards from every state whose requests are all closed.
fn stuck(states: &[State], back: &[Vec<usize>]) -> Vec<CounterExample> {
    let mut ends: Vec<bool> = states.iter().map(|state| state.is_end).collect();
    let mut open: Vec<usize> = (0..states.len()).filter(|nth| ends[*nth]).collect();
    while let Some(nth) = open.pop() {
        for &from in &back[nth] {
            if !ends[from] {
                ends[from] = true;
                open.push(from);
            }
        }
    }
    (0..states.len())
        .filter(|nth| !ends[*nth])
        .map(|nth| CounterExample {
            violation: Violation { invariant: 18, what: "no end can be reached" },
            steps: way(states, nth),
        })
        .collect()
}
