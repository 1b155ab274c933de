//! What the rows of a journal say. Pure, so that workers, look-ups and the model check decide alike.

use super::Found;
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Failure, Fate, Retry},
    model::{Repeat, Sealed, Step, StepBegun, StepEnded, StepId, StepKey},
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// Look-ups of one step that may tell nothing for certain before a person is asked: at the usual settle times some
/// minutes, after which waiting has told nothing new.
const MAX_INCONCLUSIVE: usize = 8;

const MISS: &str = "a look-up found no trace of the write";
const INCONCLUSIVE: &str = "a look-up could not tell whether the write took effect";

/// What makes two sendings of one name the same step.
#[derive(Clone, Copy)]
pub(crate) enum Sameness<'f> {
    /// A grant names what is sent: the name alone.
    Granted,
    /// What is sent, as this tells; the same may have to be said again after something else was.
    Content(&'f dyn Fn(&StepBegun) -> bool),
}

/// What is known about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// It has to be sent, under this count.
    New { n: u32 },
    /// It was answered.
    Recorded(&'a StepBegun, &'a Sealed),
    /// It failed for good.
    Failed(&'a Failure),
    /// It was sent and nobody knows what became of it.
    Unanswered(&'a StepBegun),
}

/// What `steps` say about the step `name`.
pub(crate) fn known<'a>(steps: &'a [Step], name: &str, sameness: Sameness<'_>) -> Known<'a> {
    let begun = |step: &'a Step| match step {
        Step::Begun(begun) if begun.name == name => Some(begun),
        _ => None,
    };
    let is_it = |begun: &&StepBegun| match sameness {
        Sameness::Granted => true,
        Sameness::Content(is_it) => is_it(begun),
    };
    let sent = steps.iter().filter_map(begun);
    let Some(last) = sent.clone().filter(is_it).max_by_key(|begun| (begun.n, begun.sending)) else {
        return Known::New { n: 0 };
    };
    if matches!(sameness, Sameness::Content(_)) && sent.clone().any(|begun| begun.at > last.at) {
        // What was sent since has overwritten it.
        return Known::New { n: last.n + 1 };
    }
    // A late answer knows more than a look-up, and a person more than the answer that came to nothing.
    match ends(steps, last.id).filter(|ended| ended.fate != Fate::Unknown).max_by_key(|ended| ended.at) {
        Some(StepEnded { fate: Fate::Applied | Fate::Partial, answer: Some(answer), .. }) => {
            Known::Recorded(last, answer)
        }
        Some(StepEnded { fate: Fate::NotSent, .. }) => Known::New { n: last.n },
        Some(StepEnded { fate: Fate::Rejected, failure: Some(failure), .. })
            if failure.retry == Retry::Never =>
        {
            Known::Failed(failure)
        }
        Some(StepEnded { fate: Fate::Rejected, .. }) => Known::New { n: last.n + 1 },
        Some(_) | None => Known::Unanswered(last),
    }
}

/// How often what has this key was sent.
pub(crate) fn sendings(steps: &[Step], key: &StepKey) -> u32 {
    let sent = |step: &&Step| matches!(step, Step::Begun(begun) if begun.key == *key);
    u32::try_from(steps.iter().filter(sent).count()).unwrap_or(u32::MAX)
}

/// Steps that were sent and of which nobody knows what became.
pub(crate) fn unanswered(steps: &[Step]) -> Vec<&StepBegun> {
    let answered: HashSet<StepId> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Ended(ended) if ended.fate != Fate::Unknown => Some(ended.begun),
            _ => None,
        })
        .collect();
    // A later sending under the same key is the same thing again; it speaks for both.
    let mut newest: HashMap<&StepKey, &StepBegun> = HashMap::new();
    for step in steps {
        if let Step::Begun(begun) = step {
            let known = newest.entry(&begun.key).or_insert(begun);
            if known.sending < begun.sending {
                *known = begun;
            }
        }
    }
    let mut open: Vec<_> = newest.into_values().filter(|begun| !answered.contains(&begun.id)).collect();
    open.sort_by_key(|begun| (begun.at, begun.id));
    open
}

/// Those of them that have to be looked up. The others are harmless to send again, exactly as they were kept: the
/// next run does so.
pub(crate) fn doubtful(steps: &[Step]) -> Vec<&StepBegun> {
    unanswered(steps).into_iter().filter(|begun| begun.repeat == Repeat::Once).collect()
}

/// Whether a step has taken effect, or may have.
pub(crate) fn is_touched(steps: &[Step]) -> bool {
    is_applied(steps) || !unanswered(steps).is_empty()
}

/// Whether a step has certainly taken effect.
pub(crate) fn is_applied(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Ended(ended) if took_effect(ended)))
}

/// Whether a thing that nothing makes harmless to send twice was sent twice, and both took effect.
pub(crate) fn is_doubled(steps: &[Step]) -> bool {
    let mut keys = HashSet::new();
    let once = steps.iter().filter_map(|step| match step {
        Step::Begun(begun) if begun.repeat == Repeat::Once => Some(begun),
        _ => None,
    });
    once.filter(|begun| ends(steps, begun.id).any(took_effect)).any(|begun| !keys.insert(&begun.key))
}

/// How long the step is left alone before it is looked up (again): what was sent may still arrive, and what has
/// arrived may be slow to show up.
pub(crate) fn look_up_in(steps: &[Step], begun: &StepBegun, now: Timestamp, settle: Duration) -> Duration {
    let last = misses(steps, begun, MISS).chain(misses(steps, begun, INCONCLUSIVE)).map(|row| row.at).max();
    settle.saturating_sub(now.since(last.unwrap_or(begun.at)))
}

/// What a look-up makes of the step: its fate and, where nothing was found, why. `None`: only a person can tell.
pub(crate) fn looked_up(steps: &[Step], begun: &StepBegun, found: &Found) -> Option<(Fate, Option<Failure>)> {
    let missed = |fate, message| {
        let failure = Error::new(ErrorKind::NotFound, message).with_fate(Fate::Unknown).to_failure();
        Some((fate, Some(failure)))
    };
    match found {
        Found::Applied(_) => Some((Fate::Applied, None)),
        Found::Partial(_) => Some((Fate::Partial, None)),
        Found::NotApplied { settled: false } => {
            let earlier = misses(steps, begun, INCONCLUSIVE).count();
            (earlier + 1 < MAX_INCONCLUSIVE).then(|| missed(Fate::Unknown, INCONCLUSIVE)).flatten()
        }
        // The first time it may only be slow to show up.
        Found::NotApplied { settled: true } if misses(steps, begun, MISS).next().is_none() => {
            missed(Fate::Unknown, MISS)
        }
        Found::NotApplied { settled: true } => missed(Fate::NotSent, MISS),
        Found::Doubtful(_) => None,
    }
}

fn ends(steps: &[Step], begun: StepId) -> impl Iterator<Item = &StepEnded> {
    steps.iter().filter_map(move |step| match step {
        Step::Ended(ended) if ended.begun == begun => Some(ended),
        _ => None,
    })
}

/// Earlier look-ups that found nothing; each left a row.
fn misses<'a>(
    steps: &'a [Step],
    begun: &StepBegun,
    message: &'static str,
) -> impl Iterator<Item = &'a StepEnded> {
    let is_miss = move |failure: &Failure| failure.kind == ErrorKind::NotFound && failure.message == message;
    ends(steps, begun.id).filter(move |ended| ended.failure.as_ref().is_some_and(is_miss))
}

fn took_effect(ended: &StepEnded) -> bool {
    matches!(ended.fate, Fate::Applied | Fate::Partial)
}
