//! Who has to agree to one command, in which order.

use crate::canonical::Hash;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who fills the seats of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Anybody of the tenant who didn't write the request.
    Anyone,
    /// Members of this group of the directory.
    Named(String),
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// One round of people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stage {
    /// What people call it.
    pub name: String,
    /// Who.
    pub group: Group,
    /// How many of them have to agree; at least 1.
    pub quorum: u32,
    /// How many of them close it by saying no; at least 1.
    pub veto: u32,
}

impl Stage {
    /// `quorum` people of `group`, each of whom can close it.
    pub fn new(name: impl Into<String>, group: Group, quorum: u32) -> Self {
        Self { name: name.into(), group, quorum: quorum.max(1), veto: 1 }
    }
}

/// What a policy answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It may run at once.
    Automatic,
    /// The requester, a human, has to send back what was shown.
    Confirm,
    /// People have to agree, stage after stage.
    People(Vec<Stage>),
}

impl Answer {
    /// The stricter of two answers; stages of both have to agree.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::People(mut stages), Self::People(more)) => {
                // A stage that stands twice in one of them stands twice in both together: it asks two rounds.
                for (nth, stage) in more.iter().enumerate() {
                    let times = |stages: &[Stage]| stages.iter().filter(|other| *other == stage).count();
                    if times(&stages) < times(more.get(..=nth).unwrap_or(&more)) {
                        stages.push(stage.clone());
                    }
                }
                Self::People(stages)
            }
            (people @ Self::People(_), _) | (_, people @ Self::People(_)) => people,
            (Self::Confirm, _) | (_, Self::Confirm) => Self::Confirm,
            (Self::Automatic, Self::Automatic) => Self::Automatic,
        }
    }
}

/// An answer with the policy that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Hash of the policy.
    pub policy: Hash,
    /// What it answered.
    pub answer: Answer,
    /// The names of the rules that led there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

impl Route {
    /// The stage counted from 1.
    pub fn stage(&self, number: u32) -> Option<&Stage> {
        match &self.answer {
            Answer::People(stages) => stages.get(usize::try_from(number).ok()?.checked_sub(1)?),
            Answer::Automatic | Answer::Confirm => None,
        }
    }
}
