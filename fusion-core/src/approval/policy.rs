//! Which commands run at once, which after a confirmation, and which after people have agreed.

use super::{Answer, Group, Route, Stage};
use crate::{
    canonical::{self, Hash},
    error::{Error, ErrorKind, Problem, Result},
    model::StoreId,
    tenant::ActorKind,
    verb::{Operation, PlatformSlug},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is known about a change when the policy is asked. `None`: not known, which takes the strictest branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFacts {
    /// What is to be done.
    pub operation: Operation,
    /// On which platform; `None` for what concerns the tenant.
    pub platform: Option<PlatformSlug>,
    /// In which store.
    pub store: Option<StoreId>,
    /// Who wants it.
    pub actor: ActorKind,
    /// Largest change of a price, in per cent of the old one; zero when no price changes.
    pub price_change_percent: Option<Decimal>,
    /// How many things it touches.
    pub items: Option<u32>,
    /// Whether the platform will charge for it.
    pub charges: Option<bool>,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It is one of these operations.
    Operation(BTreeSet<Operation>),
    /// It is on one of these platforms.
    Platform(BTreeSet<PlatformSlug>),
    /// It is in one of these stores.
    Store(BTreeSet<StoreId>),
    /// It comes from one of these kinds of actors.
    Actor(BTreeSet<ActorKind>),
    /// A price changes by more than this many per cent.
    PriceChangeAbove(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// It touches more things than this.
    ItemsAbove(u32),
    /// The platform charges for it.
    Charges,
    /// It is free of charge.
    NoCharges,
}

/// What a condition comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    NotKnown,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Condition {
    fn holds(&self, facts: &ChangeFacts) -> Holds {
        let known = |fact: Option<bool>| fact.map_or(Holds::NotKnown, Holds::from);
        match self {
            Self::Operation(operations) => operations.contains(&facts.operation).into(),
            Self::Platform(platforms) => {
                facts.platform.as_ref().is_some_and(|platform| platforms.contains(platform)).into()
            }
            Self::Store(stores) => facts.store.is_some_and(|store| stores.contains(&store)).into(),
            Self::Actor(kinds) => kinds.contains(&facts.actor).into(),
            Self::PriceChangeAbove(limit) => {
                known(facts.price_change_percent.map(|percent| percent > *limit))
            }
            Self::ItemsAbove(limit) => known(facts.items.map(|items| items > *limit)),
            Self::Charges => known(facts.charges),
            Self::NoCharges => known(facts.charges.map(|charges| !charges)),
        }
    }
}

/// What follows when a rule's conditions hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// This answer; the first rule that routes wins.
    Route(Answer),
    /// This stage too, whatever routes.
    Require(Stage),
    /// It is refused, whatever else the policy says.
    Deny(String),
}

/// A rule: all conditions have to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// What people call it.
    pub name: String,
    /// When it applies.
    pub when: Vec<Condition>,
    /// What follows.
    pub then: Consequence,
}

impl PolicyRule {
    fn holds(&self, facts: &ChangeFacts) -> Holds {
        self.when.iter().fold(Holds::Yes, |all, condition| match (all, condition.holds(facts)) {
            (Holds::No, _) | (_, Holds::No) => Holds::No,
            (Holds::NotKnown, _) | (_, Holds::NotKnown) => Holds::NotKnown,
            (Holds::Yes, Holds::Yes) => Holds::Yes,
        })
    }
}

/// A tenant's rules.
///
/// The first routing rule that holds gives the answer, required stages add up, a denial wins. A rule of which it
/// isn't known whether it holds is taken both ways, and the stricter outcome counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// In order.
    pub rules: Vec<PolicyRule>,
    /// The answer where no rule routes.
    pub otherwise: Answer,
}

/// What is harmless unless the platform charges for it.
const UNCRITICAL: [Operation; 4] =
    [Operation::SyncInventory, Operation::AcknowledgeOrder, Operation::ShipOrder, Operation::AmendTracking];

impl Policy {
    /// Whatever is critical needs one person who didn't write it.
    ///
    /// Critical is everything but stock, acknowledging, shipping and tracking, and these too where the platform
    /// charges for them.
    pub fn two_people() -> Self {
        Self::critical_needs(Answer::People(vec![Stage::new("review", Group::Anyone, 1)]))
    }

    /// Whatever is critical is confirmed by the person who asked for it: for those who run a shop alone.
    pub fn confirm() -> Self {
        Self::critical_needs(Answer::Confirm)
    }

    fn critical_needs(otherwise: Answer) -> Self {
        let uncritical = PolicyRule {
            name: "uncritical".to_owned(),
            when: vec![Condition::Operation(UNCRITICAL.into()), Condition::NoCharges],
            then: Consequence::Route(Answer::Automatic),
        };
        Self { rules: vec![uncritical], otherwise }
    }

    /// Everything runs at once. For stores where nothing can be lost.
    pub fn automatic() -> Self {
        Self { rules: Vec::new(), otherwise: Answer::Automatic }
    }

    /// What names the policy in votes, grants and audit.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: it has no canonical form.
    pub fn hash(&self) -> Result<Hash> {
        canonical::hash(self)
    }

    /// Refuses rules that can't be meant.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] naming every one.
    pub fn check(&self) -> Result<()> {
        let mut problems = Vec::new();
        let mut check_answer = |path: String, answer: &Answer| {
            let Answer::People(stages) = answer else { return };
            if stages.is_empty() {
                problems.push(Problem::error(
                    &path,
                    "required",
                    "people without a stage agree to everything",
                ));
            }
            for (nth, stage) in stages.iter().enumerate() {
                problems.extend(stage_problem(&format!("{path}.stages[{nth}]"), stage));
            }
        };
        for (nth, rule) in self.rules.iter().enumerate() {
            if let Consequence::Route(answer) = &rule.then {
                check_answer(format!("rules[{nth}].then"), answer);
            }
        }
        check_answer("otherwise".to_owned(), &self.otherwise);
        for (nth, rule) in self.rules.iter().enumerate() {
            if let Consequence::Require(stage) = &rule.then {
                problems.extend(stage_problem(&format!("rules[{nth}].then"), stage));
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "the policy can't be meant so").with_problems(problems))
    }

    /// Who has to agree to a change of which `facts` are known. Deterministic: no clock, no network, no chance.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: a rule denies it. [`ErrorKind::InvalidInput`]: the policy has no canonical form.
    pub fn route(&self, facts: &ChangeFacts) -> Result<Route> {
        let mut rules = Vec::new();
        let mut required = Vec::new();
        let mut answer: Option<Answer> = None;
        let mut routed = false;
        for rule in &self.rules {
            let holds = rule.holds(facts);
            if holds == Holds::No {
                continue;
            }
            match &rule.then {
                Consequence::Deny(why) => {
                    return Err(Error::new(ErrorKind::Refused, format!("the policy refuses it: {why}"))
                        .with_operation(facts.operation));
                }
                Consequence::Require(stage) => required.push(stage.clone()),
                Consequence::Route(_) if routed => continue,
                Consequence::Route(this) => {
                    answer = Some(match answer {
                        Some(possible) => possible.stricter(this.clone()),
                        None => this.clone(),
                    });
                    routed = holds == Holds::Yes;
                }
            }
            rules.push(rule.name.clone());
        }
        let mut answer = match answer {
            Some(answer) if routed => answer,
            Some(possible) => possible.stricter(self.otherwise.clone()),
            None => self.otherwise.clone(),
        };
        if !required.is_empty() {
            answer = answer.stricter(Answer::People(required));
        }
        Ok(Route { policy: self.hash()?, answer, rules })
    }
}

fn stage_problem(path: &str, stage: &Stage) -> Option<Problem> {
    (stage.quorum == 0 || stage.veto == 0)
        .then(|| Problem::error(path, "zero", "quorum and veto are at least one person"))
}

/// The tenant's policy in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// The rules.
    pub policy: Policy,
    /// Their hash.
    pub hash: Hash,
}
