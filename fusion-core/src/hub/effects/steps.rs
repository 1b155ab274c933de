//! What the rows of a journal say together.

use crate::{
    error::{Fate, Result},
    hub::Hub,
    model::{GrantId, Repeat, Step, StepBegun, StepId, StepKey},
    storage::{Query, list_all},
    tenant::Tenant,
};
use std::collections::{HashMap, HashSet};

impl Hub {
    pub(in crate::hub) async fn steps_under(&self, tenant: &Tenant, grant: GrantId) -> Result<Vec<Step>> {
        let rows = list_all::<Step>(&*self.0.backend, tenant, &Query::StepsUnder(grant)).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }
}

/// Steps that were sent and of which nobody knows what became.
pub(in crate::hub) fn unanswered(steps: &[Step]) -> Vec<&StepBegun> {
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

/// Whether a step has taken effect, or may have.
pub(in crate::hub) fn is_touched(steps: &[Step]) -> bool {
    is_applied(steps) || !unanswered(steps).is_empty()
}

/// Whether a step has certainly taken effect.
pub(in crate::hub) fn is_applied(steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|step| matches!(step, Step::Ended(ended) if matches!(ended.fate, Fate::Applied | Fate::Partial)))
}

/// Whether a thing that nothing makes harmless to send twice was sent twice, and both took effect.
pub(in crate::hub) fn is_doubled(steps: &[Step]) -> bool {
    let took_effect = |begun: &StepBegun| {
        steps.iter().any(|step| {
            matches!(step, Step::Ended(ended)
                if ended.begun == begun.id && matches!(ended.fate, Fate::Applied | Fate::Partial))
        })
    };
    let mut keys = HashSet::new();
    let once = steps.iter().filter_map(|step| match step {
        Step::Begun(begun) if begun.repeat == Repeat::Once => Some(begun),
        _ => None,
    });
    once.filter(|begun| took_effect(begun)).any(|begun| !keys.insert(&begun.key))
}
