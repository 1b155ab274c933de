//! What a conversion could not carry, said aloud.

use serde::{Deserialize, Serialize};

/// How something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The other side has no place for it.
    Dropped,
    /// Cut to a length or count.
    Truncated,
    /// Carried with another meaning.
    Reinterpreted,
    /// Several became one.
    Aggregated,
    /// Not told by the source and filled in.
    Guessed,
}

/// One thing that a conversion could not carry as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Where, as a path into the source.
    pub path: String,
    /// How it was lost.
    pub kind: LossKind,
    /// What that means, for the reviewer.
    pub note: String,
}

/// A value with everything that was lost in making it.
#[must_use = "losses have to reach the reviewer"]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Converted<T> {
    /// What was made.
    pub value: T,
    /// What could not be carried.
    pub losses: Vec<Loss>,
}

/// Collects losses while a conversion runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(Vec<Loss>);

impl Losses {
    /// Notes one loss.
    pub fn add(&mut self, path: impl Into<String>, kind: LossKind, note: impl Into<String>) {
        self.0.push(Loss { path: path.into(), kind, note: note.into() });
    }

    /// Joins the losses to what was made.
    pub fn with<T>(self, value: T) -> Converted<T> {
        Converted { value, losses: self.0 }
    }

    /// Takes over the losses of `part` and returns its value.
    pub fn take<T>(&mut self, part: Converted<T>) -> T {
        self.0.extend(part.losses);
        part.value
    }
}
