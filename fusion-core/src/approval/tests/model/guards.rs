//! Each guard is needed: without it the search finds a way to break what it guards.

use super::{
    super::broken::Broken,
    documented, scopes,
    search::{CounterExample, explore},
    world::Scope,
};
use crate::{approval::Answer, model::Repeat};

/// Guard, where to look, what breaks without it.
fn guards() -> Vec<(&'static str, Broken, Scope, u8)> {
    vec![
        ("digest seen", Broken::DigestSeen, scopes::editor(), 3),
        ("eligible", Broken::Eligibility, scopes::editor(), 1),
        ("no author votes", Broken::Authorship, scopes::editor(), 4),
        ("one person, one seat", Broken::OneSeat, steady(scopes::two_stages()), 5),
        ("human", Broken::Human, scopes::two_stages(), 22),
        ("quorum", Broken::Quorum, scopes::two_stages(), 1),
        ("decide-by time", Broken::DecideBy, scopes::editor(), 13),
        ("requester confirms", Broken::ConfirmByRequester, scopes::confirm(), 1),
        ("a member confirms for the hub", Broken::ConfirmByRequester, scopes::by_the_hub(), 1),
        ("amending voids votes", Broken::AmendVoidsVotes, scopes::two_stages(), 6),
        ("amend before approval only", Broken::AmendOnlyBefore, scopes::confirm(), 6),
        ("authors amend", Broken::AmendByAuthors, scopes::editor(), 4),
        ("grant with the approval", Broken::GrantWithApproval, scopes::editor(), 7),
        ("job with the approval", Broken::JobWithApproval, scopes::editor(), 7),
        ("parent done", Broken::ParentDone, confirmed(scopes::family()), 7),
        ("parent tells", Broken::ParentTells, scopes::family(), 7),
        ("withdrawing cancels the job", Broken::CancelWithWithdrawal, scopes::running(), 7),
        ("closed absorbs", Broken::ClosedAbsorbs, scopes::running(), 9),
        ("execute-by time", Broken::ExecuteBy, scopes::running(), 8),
        ("snapshot", Broken::Snapshot, scopes::running(), 8),
        ("grant's MAC", Broken::GrantHolds, scopes::running(), 3),
        ("token", Broken::Token, scopes::running(), 7),
        ("untouched: withdraw", Broken::TouchedWithdraw, scopes::running(), 11),
        ("untouched: revoke", Broken::TouchedRevoke, scopes::running(), 11),
        ("untouched: expire", Broken::TouchedExpire, scopes::running(), 11),
        ("untouched: given up", Broken::TouchedGivenUp, scopes::running(), 12),
        ("open steps are looked up", Broken::OpenSteps, scopes::running(), 12),
        ("a person only when marked", Broken::Mark, scopes::running(), 7),
        ("a retry releases the grant", Broken::ReleaseOnRetry, scopes::running(), 7),
        ("what is recorded is read back", Broken::Recorded, scopes::running(), 12),
        ("an unanswered one is looked up", Broken::OnceIsLookedUp, scopes::running(), 12),
        ("two look-ups", Broken::LookUpTwice, scopes::running(), 12),
        ("settle time between look-ups", Broken::SettleTime, scopes::running(), 12),
        ("pauses are bounded (assumed)", Broken::BoundedPauses, scopes::running(), 12),
        ("a step begins under the lease", Broken::Fence, once_last(scopes::running()), 12),
        ("late answers are kept", Broken::LateAnswers, scopes::running(), 20),
        ("a given-up look-up asks people", Broken::DoubtForGivenUpDoubt, scopes::running(), 18),
    ]
}

/// Nobody changes their mind.
fn steady(scope: Scope) -> Scope {
    Scope { fickle: false, ..scope }
}

/// Nothing makes the last step harmless to repeat.
fn once_last(scope: Scope) -> Scope {
    Scope { steps: vec![Repeat::Idempotent, Repeat::Once], ..scope }
}

/// The requester confirms each.
fn confirmed(scope: Scope) -> Scope {
    Scope { answer: Answer::Confirm, ..scope }
}

/// The most steps to a counter-example: the guards are walls of their own, not the last of many.
const MOST_STEPS: usize = 12;

#[test]
fn without_any_one_guard_the_search_finds_a_counter_example() {
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    for (guard, broken, scope, invariant) in guards() {
        let found: Option<CounterExample> = match explore(&scope, broken) {
            Ok(seen) => seen.stuck.into_iter().min_by_key(|found| found.steps.len()),
            Err(found) => Some(found),
        };
        match found {
            Some(CounterExample { violation, steps }) => {
                let (number, what) = (violation.invariant, violation.what);
                lines.push(format!("| {guard} | {} | {number} | {what} |", steps.len()));
                if number != invariant || !(2..=MOST_STEPS).contains(&steps.len()) {
                    wrong.push(format!("{guard}: {violation:?} after {steps:?}"));
                }
            }
            None => wrong.push(format!("{guard}: nothing breaks without it")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    documented(&lines);
}
