//! What follows from which rules.

use super::fixture::{human, person, stage};
use crate::{
    approval::*,
    error::ErrorKind,
    tenant::ActorKind,
    verb::{Operation, PlatformSlug},
};
use rust_decimal::Decimal;

pub(super) fn facts(operation: Operation) -> ChangeFacts {
    ChangeFacts {
        operation,
        platform: Some(PlatformSlug::of("etsy")),
        store: None,
        actor: ActorKind::Human,
        price_change_percent: Some(Decimal::ZERO),
        items: Some(1),
        charges: Some(false),
    }
}

fn rule(name: &str, when: Vec<Condition>, then: Consequence) -> PolicyRule {
    PolicyRule { name: name.to_owned(), when, then }
}

fn people(stages: &[Stage]) -> Answer {
    Answer::People(stages.to_vec())
}

fn answer(policy: &Policy, facts: &ChangeFacts) -> Answer {
    policy.route(facts).unwrap().answer
}

#[test]
fn the_first_rule_that_routes_wins() {
    let policy = Policy {
        rules: vec![
            rule("small", vec![Condition::NoCharges], Consequence::Route(Answer::Automatic)),
            rule("all", vec![], Consequence::Route(people(&[stage("desk", 1)]))),
        ],
        otherwise: Answer::Confirm,
    };
    let mut facts = facts(Operation::UpdateProduct);
    assert_eq!(answer(&policy, &facts), Answer::Automatic);
    facts.charges = Some(true);
    assert_eq!(answer(&policy, &facts), people(&[stage("desk", 1)]));
    assert_eq!(policy.route(&facts).unwrap().rules, ["all"]);
}

#[test]
fn obligations_add_up_whatever_routes() {
    let above = |limit: i64| vec![Condition::PriceChangeAbove(Decimal::from(limit))];
    let policy = Policy {
        rules: vec![
            rule("big", above(10), Consequence::Require(stage("lead", 1))),
            rule("any", vec![], Consequence::Route(Answer::Automatic)),
            rule("huge", above(50), Consequence::Require(stage("owner", 2))),
        ],
        otherwise: Answer::Automatic,
    };
    let mut facts = facts(Operation::UpdateProduct);
    for (percent, expected) in [
        (10, Answer::Automatic),
        (11, people(&[stage("lead", 1)])),
        (51, people(&[stage("lead", 1), stage("owner", 2)])),
    ] {
        facts.price_change_percent = Some(Decimal::from(percent));
        assert_eq!(answer(&policy, &facts), expected, "{percent}");
    }
    facts.price_change_percent = None;
    assert_eq!(answer(&policy, &facts), people(&[stage("lead", 1), stage("owner", 2)]));
}

#[test]
fn a_denial_wins_over_everything_also_when_it_is_only_possible() {
    let deny = Consequence::Deny("never for money".to_owned());
    let policy = Policy {
        rules: vec![
            rule("all", vec![], Consequence::Route(Answer::Automatic)),
            rule("charged", vec![Condition::Charges], deny),
        ],
        otherwise: Answer::Automatic,
    };
    let mut facts = facts(Operation::Publish);
    assert!(policy.route(&facts).is_ok());
    for charges in [Some(true), None] {
        facts.charges = charges;
        assert_eq!(policy.route(&facts).unwrap_err().kind(), ErrorKind::Refused, "{charges:?}");
    }
}

#[test]
fn two_people_and_confirm_ask_for_all_that_is_critical_and_for_all_that_is_charged() {
    let uncritical = [
        Operation::SyncInventory,
        Operation::AcknowledgeOrder,
        Operation::ShipOrder,
        Operation::AmendTracking,
    ];
    let critical = [
        Operation::CreateProduct,
        Operation::UpdateProduct,
        Operation::DeleteProduct,
        Operation::Publish,
        Operation::Unpublish,
        Operation::CancelOrder,
        Operation::RefundOrder,
        Operation::SubmitOrder,
        Operation::ChangePolicy,
    ];
    for (policy, asks) in [
        (Policy::two_people(), people(&[Stage::new("review", Group::Anyone, 1)])),
        (Policy::confirm(), Answer::Confirm),
    ] {
        assert!(policy.check().is_ok());
        for operation in critical {
            assert_eq!(answer(&policy, &facts(operation)), asks, "{operation:?}");
        }
        for operation in uncritical {
            assert_eq!(answer(&policy, &facts(operation)), Answer::Automatic, "{operation:?}");
            for charges in [Some(true), None] {
                let charged = ChangeFacts { charges, ..facts(operation) };
                assert_eq!(answer(&policy, &charged), asks, "{operation:?} {charges:?}");
            }
        }
    }
}

#[test]
fn a_stage_that_two_rules_require_is_two_rounds_in_every_answer() {
    let twice = people(&[stage("desk", 1), stage("desk", 1)]);
    let once = people(&[stage("desk", 1)]);
    assert_eq!(once.clone().stricter(twice.clone()), twice);
    assert_eq!(twice.clone().stricter(once), twice);
}

#[test]
fn a_policy_without_people_or_with_nobody_is_refused_by_place() {
    let nobody = Stage { quorum: 0, ..stage("desk", 1) };
    let no_veto = Stage { veto: 0, ..stage("desk", 1) };
    let policy = Policy {
        rules: vec![
            rule("a", vec![], Consequence::Route(people(&[stage("desk", 1), nobody.clone()]))),
            rule("b", vec![], Consequence::Require(no_veto)),
        ],
        otherwise: people(&[]),
    };
    let error = policy.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["rules[0].then.stages[1]", "otherwise", "rules[1].then"]);
}

#[test]
fn a_seat_is_for_members_of_the_tenant_and_of_the_group() {
    let named = Group::Named("desk".to_owned());
    let member = super::fixture::membership(&["desk"]);
    let gone = Membership { member: false, ..member.clone() };
    assert!(member.is_in(&named) && member.is_in(&Group::Anyone));
    assert!(!member.is_in(&Group::Named("lead".to_owned())));
    assert!(!gone.is_in(&named) && !gone.is_in(&Group::Anyone));
}

#[test]
fn whoever_wrote_a_part_is_an_author_whatever_kind_of_being_signed() {
    let mut request = super::fixture::draft(1, human("ann"));
    request.editors = vec![person("eve")];
    for (name, expected) in [("ann", true), ("eve", true), ("ben", false)] {
        assert_eq!(request.is_author(&person(name)), expected, "{name}");
    }
}
