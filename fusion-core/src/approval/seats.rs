//! Whether the people there are could fill the seats that a route asks for.

use super::{Answer, Consequence, Group, Policy, Route, Stage};
use crate::{
    error::{Error, ErrorKind, Problem, Result},
    tenant::PersonId,
};

impl Route {
    /// The stages that can't be filled by the people there are, when the authors have no seat and nobody has two.
    ///
    /// `members` lists a group as [`Directory::members`](super::Directory::members) does; a group that can't be
    /// listed counts as large enough. Empty: the route can be satisfied.
    pub fn unsatisfiable(
        &self,
        authors: &[PersonId],
        members: impl Fn(&Group) -> Option<Vec<PersonId>>,
    ) -> Vec<Problem> {
        match &self.answer {
            Answer::Automatic | Answer::Confirm => Vec::new(),
            Answer::People(stages) => unfilled(stages, authors, members),
        }
    }
}

impl Policy {
    /// Every group that an answer or a required stage asks, some more than once.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        let asked = self.rules.iter().flat_map(|rule| match &rule.then {
            Consequence::Route(Answer::People(stages)) => stages.as_slice(),
            Consequence::Require(stage) => std::slice::from_ref(stage),
            Consequence::Route(Answer::Automatic | Answer::Confirm) | Consequence::Deny(_) => &[],
        });
        let otherwise: &[Stage] = match &self.otherwise {
            Answer::People(stages) => stages,
            Answer::Automatic | Answer::Confirm => &[],
        };
        asked.chain(otherwise).map(|stage| &stage.group)
    }

    /// Refuses a policy of which an answer or a required stage asks for more people than there are, whoever the
    /// author. Whether one request can be satisfied is asked with [`Route::unsatisfiable`] when it is submitted.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] naming every stage that can't be filled.
    pub fn check_people(&self, members: impl Fn(&Group) -> Option<Vec<PersonId>>) -> Result<()> {
        let mut problems = Vec::new();
        let mut check = |path: String, stages: &[Stage]| {
            for mut problem in unfilled(stages, &[], &members) {
                problem.path = format!("{path}.{}", problem.path);
                problems.push(problem);
            }
        };
        for (nth, rule) in self.rules.iter().enumerate() {
            match &rule.then {
                Consequence::Route(Answer::People(stages)) => check(format!("rules[{nth}].then"), stages),
                Consequence::Require(stage) => {
                    check(format!("rules[{nth}].then"), std::slice::from_ref(stage));
                }
                Consequence::Route(Answer::Automatic | Answer::Confirm) | Consequence::Deny(_) => {}
            }
        }
        if let Answer::People(stages) = &self.otherwise {
            check("otherwise".to_owned(), stages);
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "too few people could agree to what the policy asks")
            .with_problems(problems))
    }
}

/// A seat with those who may fill it, by their place in the list of people.
struct Bench {
    people: Vec<usize>,
}

/// A stage is named as soon as its seats can't be filled together with those of the stages before it.
fn unfilled(
    stages: &[Stage],
    authors: &[PersonId],
    members: impl Fn(&Group) -> Option<Vec<PersonId>>,
) -> Vec<Problem> {
    if stages.is_empty() {
        return vec![Problem::error("stages", "required", "people without a stage agree to nothing")];
    }
    let mut people: Vec<PersonId> = Vec::new();
    let mut benches: Vec<Bench> = Vec::new();
    // Who sits where: the bench of each person.
    let mut seated: Vec<Option<usize>> = Vec::new();
    let mut problems = Vec::new();
    for (nth, stage) in stages.iter().enumerate() {
        let Some(mut listed) = members(&stage.group) else { continue };
        listed.retain(|person| !authors.contains(person));
        listed.sort();
        listed.dedup();
        let listed: Vec<usize> = listed
            .into_iter()
            .map(|person| {
                people.iter().position(|known| *known == person).unwrap_or_else(|| {
                    people.push(person);
                    seated.push(None);
                    people.len() - 1
                })
            })
            .collect();
        let wanted = usize::try_from(stage.quorum.max(1)).unwrap_or(usize::MAX);
        let mut filled = 0;
        // Bounded by the people, not by the quorum that somebody wrote.
        while filled < wanted {
            benches.push(Bench { people: listed.clone() });
            let mut asked = vec![false; people.len()];
            if !seat(benches.len() - 1, &benches, &mut seated, &mut asked) {
                benches.pop();
                break;
            }
            filled += 1;
        }
        if filled < wanted {
            problems.push(Problem::error(
                format!("stages[{nth}]"),
                "unsatisfiable",
                format!(
                    "stage {} asks {wanted} of {}, and {filled} could agree: authors don't, and nobody sits twice",
                    stage.name, stage.group
                ),
            ));
        }
    }
    problems
}

/// Seats somebody on `bench`, moving others to where they may sit too: an augmenting path of a matching.
fn seat(bench: usize, benches: &[Bench], seated: &mut [Option<usize>], asked: &mut [bool]) -> bool {
    let Some(Bench { people, .. }) = benches.get(bench) else { return false };
    let free = people.iter().copied().find(|&person| seated.get(person).is_some_and(Option::is_none));
    if let Some(place) = free.and_then(|person| seated.get_mut(person)) {
        *place = Some(bench);
        return true;
    }
    for &person in people {
        match asked.get_mut(person) {
            Some(asked) if !*asked => *asked = true,
            _ => continue,
        }
        let Some(other) = seated.get(person).copied().flatten() else { continue };
        if seat(other, benches, seated, asked) {
            if let Some(place) = seated.get_mut(person) {
                *place = Some(bench);
            }
            return true;
        }
    }
    false
}
