//! The policy, the people it asks for, and many requests at once.

use super::{super::fixture::*, super::policy::facts, *};
use crate::{
    clock::Timestamp,
    error::ErrorKind,
    tenant::{ActorKind, PersonId},
    verb::Operation,
};
use rust_decimal::Decimal;

fn any_condition() -> impl Strategy<Value = Condition> {
    let operation = prop::sample::select(vec![Operation::Publish, Operation::UpdateProduct]);
    prop_oneof![
        operation.prop_map(|operation| Condition::Operation([operation].into())),
        Just(Condition::Actor([ActorKind::Human].into())),
        (0..3_i64).prop_map(|tens| Condition::PriceChangeAbove(Decimal::from(tens * 10))),
        (0..3_u32).prop_map(Condition::ItemsAbove),
        Just(Condition::Charges),
        Just(Condition::NoCharges),
    ]
}

fn any_consequence() -> impl Strategy<Value = Consequence> {
    prop_oneof![
        4 => any_answer().prop_map(Consequence::Route),
        3 => (prop::sample::select(vec!["desk", "lead"]), 1..=2_u32)
            .prop_map(|(group, quorum)| Consequence::Require(stage(group, quorum))),
        1 => Just(Consequence::Deny("no".to_owned())),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let rule = (prop::collection::vec(any_condition(), 0..3), any_consequence())
        .prop_map(|(when, then)| PolicyRule { name: "rule".to_owned(), when, then });
    (prop::collection::vec(rule, 0..6), any_answer())
        .prop_map(|(rules, otherwise)| Policy { rules, otherwise })
}

fn any_facts() -> impl Strategy<Value = ChangeFacts> {
    let operation = prop::sample::select(vec![Operation::Publish, Operation::UpdateProduct]);
    let human = prop::bool::ANY;
    (operation, human, 0..=30_i64, 0..=4_u32, any::<bool>()).prop_map(
        |(operation, human, percent, items, charges)| ChangeFacts {
            actor: if human { ActorKind::Human } else { ActorKind::Service },
            price_change_percent: Some(Decimal::from(percent)),
            items: Some(items),
            charges: Some(charges),
            ..facts(operation)
        },
    )
}

/// The order of strictness: refused, then people, the more stages the stricter, then confirmation, then nothing.
fn is_at_least(strict: Option<&Answer>, loose: Option<&Answer>) -> bool {
    match (strict, loose) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(Answer::People(strict)), Some(Answer::People(loose))) => loose.iter().all(|stage| {
            let times = |stages: &[Stage]| stages.iter().filter(|other| *other == stage).count();
            times(strict) >= times(loose)
        }),
        (Some(strict), Some(loose)) => rank(strict) >= rank(loose),
    }
}

fn rank(answer: &Answer) -> u8 {
    match answer {
        Answer::Automatic => 0,
        Answer::Confirm => 1,
        Answer::People(_) => 2,
    }
}

/// What a policy answers; `None`: it refuses.
fn answer(policy: &Policy, facts: &ChangeFacts) -> Option<Answer> {
    match policy.route(facts) {
        Ok(route) => Some(route.answer),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Refused);
            None
        }
    }
}

const PEOPLE: [&str; 5] = ["ann", "ben", "cem", "dan", "eve"];

fn members(groups: &[(bool, bool)], group: &Group) -> Vec<PersonId> {
    let is_in = |(desk, lead): &(bool, bool)| match group {
        Group::Anyone => true,
        Group::Named(name) => {
            if name == "desk" {
                *desk
            } else {
                *lead
            }
        }
    };
    groups.iter().zip(PEOPLE).filter(|(of, _)| is_in(of)).map(|(_, name)| person(name)).collect()
}

/// Whether some of them, voting in some order, bring the request to its approval: tried with the machine.
fn can_be_approved(request: &Request, groups: &[(bool, bool)]) -> bool {
    if request.phase == Phase::Approved {
        return true;
    }
    groups.iter().zip(PEOPLE).any(|((desk, lead), name)| {
        let names: Vec<&str> =
            [("desk", *desk), ("lead", *lead)].iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        let (by, membership) = (human(name), membership(&names));
        let facts = Facts {
            now: Timestamp::EPOCH,
            by: &by,
            membership: &membership,
            parent: Parent::Done,
            touched: false,
        };
        let event = Event::Approve { digest: digest(1), vote: vote_id(1) };
        transition(request, event, &facts).is_ok_and(|done| can_be_approved(&done.request, groups))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn invariant_15_the_same_facts_have_the_same_answer(policy in any_policy(), facts in any_facts()) {
        let written = serde_json::to_string(&policy).unwrap();
        let read: Policy = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(policy.hash().unwrap(), read.hash().unwrap());
        prop_assert_eq!(policy.route(&facts).ok(), read.route(&facts).ok());
    }

    #[test]
    fn invariant_15_the_same_event_has_the_same_outcome(scope in any_scope(), picks in any_picks()) {
        let (first, second) = (walk(&scope, &picks), walk(&scope, &picks));
        prop_assert_eq!(first.len(), second.len());
        for (first, second) in first.iter().zip(&second) {
            prop_assert_eq!(first.is(), second.is());
        }
    }

    #[test]
    fn invariant_16_a_missing_fact_is_never_less_strict(
        policy in any_policy(), facts in any_facts(), missing in 1..8_u8,
    ) {
        let mut unknown = facts.clone();
        if missing & 1 > 0 {
            unknown.price_change_percent = None;
        }
        if missing & 2 > 0 {
            unknown.items = None;
        }
        if missing & 4 > 0 {
            unknown.charges = None;
        }
        let (strict, loose) = (answer(&policy, &unknown), answer(&policy, &facts));
        prop_assert!(is_at_least(strict.as_ref(), loose.as_ref()), "{:?} is laxer than {:?}", strict, loose);
    }

    #[test]
    fn invariant_17_a_route_counts_as_satisfiable_when_people_can_approve_it_and_only_then(
        answer in any_answer(), groups in prop::collection::vec(any::<(bool, bool)>(), 1..=5),
    ) {
        let route = route(answer.clone());
        let problems = route.unsatisfiable(&[person("ann")], |group| Some(members(&groups, group)));
        if let Answer::People(_) = answer {
            let mut pending = draft(1, human("ann"));
            pending.phase = Phase::Pending(Waiting::Stage(1));
            (pending.digest, pending.route) = (Some(digest(1)), Some(route));
            prop_assert_eq!(problems.is_empty(), can_be_approved(&pending, &groups), "{:?}", problems);
        } else {
            prop_assert!(problems.is_empty());
        }
    }

    #[test]
    fn invariant_19_the_order_within_a_bundle_changes_nothing(
        scope in any_scope(), votes in prop::collection::vec((0..4_usize, 0..4_u8), 0..12), cuts in any::<u32>(),
    ) {
        // Two requests of a bundle, one of which waits for the other, so that they do meet.
        let scope = Scope { family: true, ..scope };
        let hub = Hub { scope: &scope, broken: Broken::Nothing };
        let decision = |(actor, kind): &(usize, u8)| match kind {
            0 => Move::Reject(*actor, 1),
            1 => Move::Confirm(0, 1),
            _ => Move::Approve(*actor, 1),
        };
        let script: Vec<Move> =
            std::iter::once(Move::Submit).chain(votes.iter().map(decision)).collect();
        let end = |order: &[usize]| {
            let mut done = [0; 2];
            let mut world = scope.start();
            for &nth in order {
                let what = script[done[nth]];
                done[nth] += 1;
                world = hub.after(&world, nth, what).unwrap().unwrap_or(world);
            }
            world
        };
        let once: Vec<usize> = script.iter().map(|_| 0).collect();
        let parent_first: Vec<usize> = once.iter().copied().chain(script.iter().map(|_| 1)).collect();
        let child_first: Vec<usize> = parent_first.iter().map(|nth| 1 - nth).collect();
        let mut mixed = Vec::new();
        let mut left = [script.len(); 2];
        for turn in 0..2 * script.len() {
            let wish = (cuts >> (turn % 32)) as usize & 1;
            let nth = if left[wish] > 0 { wish } else { 1 - wish };
            left[nth] -= 1;
            mixed.push(nth);
        }
        let ends = [parent_first, child_first, mixed].map(|order| outcomes(&end(&order)));
        prop_assert_eq!(&ends[0], &ends[1]);
        prop_assert_eq!(&ends[0], &ends[2]);
    }
}

/// What became of each, and whether its job is there. A request whose parent was rejected is closed without
/// agreement, whichever of the two was rejected first; only the word for it differs.
fn outcomes(world: &World) -> Vec<(ApprovalStatus, Option<Phase>, bool)> {
    let outcome = |node: &super::super::model::world::Node| {
        let phase = node.request.phase;
        let open = (phase.status() != ApprovalStatus::Rejected).then_some(phase);
        (phase.status(), open, node.request.job.is_some())
    };
    world.nodes.iter().map(outcome).collect()
}
