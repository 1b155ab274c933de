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

/// What a conversion is about: what a [`Loss`]'s path leads into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossSubject {
    /// A listing on its way to the platform.
    Listing,
    /// A change of a listing on its way to the platform.
    Edit,
    /// Stock on its way to the platform.
    Stock,
    /// Something done to an order, on its way to the platform.
    Action,
    /// A product that the platform shows.
    Product,
    /// An order that the platform shows.
    Order,
    /// A storefront that the platform shows.
    Store,
}

/// One row of the table of what a plugin's conversions lose: what [`Loss`]es there are, before any happens.
///
/// Every loss that a conversion reports is named by a row of its plugin's table, and every row by a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossRow {
    /// What the path leads into.
    pub subject: LossSubject,
    /// The path of the losses, with `[]` for every place in a list: `variants[].cost`.
    pub field: &'static str,
    /// How it is lost.
    pub kind: LossKind,
    /// Why, for people.
    pub why: &'static str,
}

impl Loss {
    /// The path with `[]` for every place in a list, as a [`LossRow`] has it.
    pub fn field(&self) -> String {
        without_places(&self.path)
    }
}

impl LossRow {
    /// Whether `loss`, of a conversion of this row's subject, is one of those that the row stands for.
    pub fn names(&self, loss: &Loss) -> bool {
        self.kind == loss.kind && loss.field() == self.field
    }
}

/// `variants[3].cost` as `variants[].cost`.
fn without_places(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        inside = inside && c != ']';
        if !inside {
            out.push(c);
        }
        inside = inside || c == '[';
    }
    out
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
