//! From the grant to the end.

use super::{
    super::{
        fixture::*,
        model::{journal::End, moves::Landing},
    },
    *,
};
use crate::audit::Action;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn invariant_02_one_grant_and_one_running_attempt(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            let node = &change.after.nodes[change.nth];
            let valid = node.grants.values().filter(|(_, state)| *state != GrantState::Void);
            prop_assert!(valid.count() <= 1);
            if let (Phase::Executing { token: before }, Phase::Executing { token: after }) =
                (change.was().phase, change.is().phase)
            {
                prop_assert_eq!(before, after, "one attempt took the place of another");
            }
            let under_way: Vec<u64> = node.flying.iter().map(|place| node.journal.0[*place].token).collect();
            let attempts: BTreeSet<u64> = under_way.iter().copied().collect();
            prop_assert_eq!(attempts.len(), under_way.len(), "one attempt sends two at once");
        }
    }

    #[test]
    fn invariant_07_approved_means_one_unspent_grant_and_one_job_or_an_open_parent(
        scope in any_scope(), picks in any_picks(),
    ) {
        for change in walk(&scope, &picks) {
            for (nth, node) in change.after.nodes.iter().enumerate() {
                let unspent = node.grants.values().filter(|(_, state)| *state == GrantState::Unspent).count();
                let approved = node.request.phase == Phase::Approved;
                prop_assert_eq!(unspent, usize::from(approved));
                if approved {
                    let is_due = change.after.parent(nth) == Parent::Done;
                    prop_assert_eq!(node.job != super::super::model::world::Job::None, is_due);
                }
            }
        }
    }

    #[test]
    fn invariant_08_a_claim_needs_time_and_an_untouched_listing(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            if let (Move::Claim(_), Phase::Executing { .. }) = (change.what, change.is().phase) {
                let node = &change.before.nodes[change.nth];
                prop_assert!(change.before.now() < node.request.execute_by);
                prop_assert!(!node.stale && !node.forged);
                prop_assert_eq!(node.grant().map(|(_, state)| state), Some(GrantState::Unspent));
            }
        }
    }

    #[test]
    fn invariant_09_a_closed_request_takes_nothing_but_a_late_effect(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            if change.was().phase.is_closed() && change.was() != change.is() {
                prop_assert!(matches!(change.what, Move::Report(..)), "{:?}", change.what);
                prop_assert_eq!(change.is().phase, Phase::Done);
                prop_assert!(scope.all_applied(&change.before.nodes[change.nth]));
            }
        }
    }

    #[test]
    fn invariant_10_a_request_changes_with_exactly_one_entry(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            for (before, after) in change.before.nodes.iter().zip(&change.after.nodes) {
                let entries: &[Action] = &after.audit[before.audit.len()..];
                prop_assert!(entries.len() <= 1, "{:?} for {:?}", entries, change.what);
                prop_assert!(entries.len() == 1 || before.request == after.request);
            }
        }
    }

    #[test]
    fn invariant_11_nothing_begins_once_it_is_closed(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            let (before, after) = (&change.before.nodes[change.nth], &change.after.nodes[change.nth]);
            prop_assert!(!before.closed || after.flying.len() <= before.flying.len());
            prop_assert!(!before.closed || after.request.attempt == before.request.attempt);
            if change.is().phase.status() == ApprovalStatus::Rejected && !before.closed {
                prop_assert!(!scope.touched(after) && after.flying.is_empty());
            }
        }
    }

    #[test]
    fn invariant_12_an_unanswered_step_leaves_again_only_after_look_ups(
        scope in any_scope(), picks in any_picks(),
    ) {
        for change in walk(&scope, &picks) {
            let (before, after) = (&change.before.nodes[change.nth], &change.after.nodes[change.nth]);
            for sent in &after.journal.0[before.journal.0.len()..] {
                prop_assert!(sent.n > 0 || scope.steps[sent.step] != Repeat::Once || before.truth[sent.step] == 0);
                let earlier = before.journal.0.iter().filter(|one| one.step == sent.step);
                for one in earlier.filter(|one| scope.steps[one.step] == Repeat::Once) {
                    // A person's word stands for the look-ups.
                    let is_known = matches!(one.ends.last(), Some(End::NotSent | End::TryAgain));
                    prop_assert!(is_known, "sent again though nobody knows: {:?}", one);
                }
            }
        }
    }

    #[test]
    fn invariant_18_every_open_request_can_reach_an_end(scope in any_scope(), picks in any_picks()) {
        let hub = Hub { scope: &scope, broken: Broken::Nothing };
        let Some(last) = walk(&scope, &picks).pop() else { return Ok(()) };
        let mut world = last.after;
        // More than the longest way to an end from anywhere in these worlds.
        for _ in 0..80 {
            let mut moves = scope.moves(&world, Broken::Nothing);
            moves.sort_by_key(|(_, what)| urgency(*what));
            let before = world.fingerprint(&scope);
            let next = moves.into_iter().filter(|(_, what)| urgency(*what) < NEVER).find_map(|(nth, what)| {
                let next = hub.after(&world, nth, what).unwrap()?;
                (next.fingerprint(&scope) != before).then_some(next)
            });
            match next {
                Some(next) => world = next,
                None => break,
            }
        }
        for node in &world.nodes {
            prop_assert!(node.request.phase.is_closed(), "{:?} waits for ever", node.request.phase);
        }
    }

    #[test]
    fn invariant_20_no_phase_refuses_what_a_platform_answered(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            let node = &change.after.nodes[change.nth];
            if !scope.all_applied(node) {
                continue;
            }
            let (by, membership) = (system(), Membership::default());
            let parent = change.after.parent(change.nth);
            let facts = Facts { now: change.after.now(), by: &by, membership: &membership, parent, touched: true };
            for token in node.views.keys().copied().filter(|token| node.journal.began(*token)) {
                // The worst that could be said against it; it counts nevertheless.
                let check = ClaimCheck::default();
                let event = Event::Finished { token, started: true, watch: None, check: &check };
                match transition(&node.request, event, &facts) {
                    Ok(done) => prop_assert_eq!(done.request.phase, Phase::Done),
                    Err(refusal) => {
                        prop_assert_eq!(refusal, Refusal::AlreadyRecorded);
                        prop_assert!(matches!(node.request.phase, Phase::Done | Phase::Accepted));
                    }
                }
            }
        }
    }
}

const NEVER: u8 = 100;

/// What is done first by people and machines who want it to end, and take nothing back.
fn urgency(what: Move) -> u8 {
    match what {
        Move::Timer(_) => 0,
        Move::Answered(_, Landing::Applied) => 1,
        Move::Report(_, false) => 2,
        Move::LookUp(_) => 3,
        Move::Settle => 3,
        Move::Resolve(false) => 4,
        Move::ObserveDone => 5,
        Move::Claim(_) | Move::Begin(_) => 6,
        Move::Lease => 7,
        Move::Tick => 8,
        Move::Decide(..) => 9,
        Move::GivenUp => 10,
        // Drafts alone: nobody else can end them.
        Move::Withdraw(_) => 11,
        _ => NEVER,
    }
}
