//! Policies that nobody could satisfy.

use super::fixture::{person, route, stage};
use crate::{approval::*, error::ErrorKind, tenant::PersonId};

fn people(names: &[&str]) -> Vec<PersonId> {
    names.iter().map(|name| person(name)).collect()
}

/// desk: ann, ben, cem. lead: ben. Nobody can list "guests".
fn members(group: &Group) -> Option<Vec<PersonId>> {
    match group {
        Group::Anyone => Some(people(&["ann", "ben", "cem", "dan"])),
        Group::Named(name) => match name.as_str() {
            "desk" => Some(people(&["ann", "ben", "cem"])),
            "lead" => Some(people(&["ben"])),
            "guests" => None,
            _ => Some(Vec::new()),
        },
    }
}

fn unsatisfiable(stages: &[Stage], authors: &[&str]) -> Vec<String> {
    let problems = route(Answer::People(stages.to_vec())).unsatisfiable(&people(authors), members);
    problems.into_iter().map(|problem| problem.path).collect()
}

#[test]
fn a_stage_is_named_that_too_few_people_can_fill() {
    let none: [&str; 0] = [];
    for (stages, authors, expected) in [
        (vec![stage("desk", 3)], vec![], &none[..]),
        (vec![stage("desk", 4)], vec![], &["stages[0]"][..]),
        (vec![stage("desk", 3)], vec!["ann"], &["stages[0]"][..]),
        (vec![stage("desk", 2)], vec!["ann", "dan"], &none[..]),
        (vec![stage("desk", 2), stage("lead", 1)], vec![], &none[..]),
        // Ben can't sit for both.
        (vec![stage("desk", 3), stage("lead", 1)], vec![], &["stages[1]"][..]),
        (vec![stage("lead", 1), stage("desk", 3)], vec![], &["stages[1]"][..]),
        (vec![stage("desk", 2), stage("lead", 1)], vec!["ann"], &["stages[1]"][..]),
        (vec![stage("lead", 1)], vec!["ben"], &["stages[0]"][..]),
        (
            vec![stage("nobody", 1), stage("desk", 1), stage("gone", 1)],
            vec![],
            &["stages[0]", "stages[2]"][..],
        ),
        // Enough of those who can't be listed.
        (vec![stage("guests", 9), stage("desk", 3)], vec![], &none[..]),
        (vec![Stage::new("review", Group::Anyone, 4)], vec![], &none[..]),
        (vec![Stage::new("review", Group::Anyone, 4)], vec!["dan"], &["stages[0]"][..]),
        (vec![stage("desk", u32::MAX)], vec![], &["stages[0]"][..]),
    ] {
        assert_eq!(unsatisfiable(&stages, &authors), expected, "{stages:?} by {authors:?}");
    }
}

#[test]
fn whoever_sits_already_moves_when_only_that_makes_room() {
    // In the order of the list ann would sit for the first stage, and nobody be left for the second.
    let members = |group: &Group| {
        Some(people(match group {
            Group::Named(name) if name == "desk" => &["ann", "ben"],
            _ => &["ann"],
        }))
    };
    let stages = vec![stage("desk", 1), stage("lead", 1)];
    assert!(route(Answer::People(stages)).unsatisfiable(&[], members).is_empty());
}

#[test]
fn nobody_has_to_be_there_for_an_answer_without_people() {
    for answer in [Answer::Automatic, Answer::Confirm] {
        assert!(route(answer).unsatisfiable(&people(&["ann"]), |_| Some(Vec::new())).is_empty());
    }
}

#[test]
fn a_policy_that_asks_for_more_people_than_there_are_is_refused_by_place_and_stage() {
    let rule = |then: Consequence| PolicyRule { name: "rule".to_owned(), when: Vec::new(), then };
    let policy = Policy {
        rules: vec![
            rule(Consequence::Route(Answer::People(vec![stage("desk", 2), stage("lead", 2)]))),
            rule(Consequence::Require(stage("gone", 1))),
            rule(Consequence::Require(stage("lead", 1))),
        ],
        otherwise: Answer::People(vec![stage("desk", 4)]),
    };
    let error = policy.check_people(members).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["rules[0].then.stages[1]", "rules[1].then.stages[0]", "otherwise.stages[0]"]);
    assert!(error.problems()[1].message.contains("stage gone"), "{:?}", error.problems());
    assert!(Policy::two_people().check_people(members).is_ok());
    assert!(Policy::confirm().check_people(|_| Some(Vec::new())).is_ok());
}
