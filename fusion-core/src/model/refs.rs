//! What the platforms call things.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// What kind of thing a platform's id names: `product`, `inventory_item`, `asin`. The manifest lists them.
///
/// A kind knows whether one id names one thing in a store: two listings may share an id of a shared kind, and
/// storage refuses a second listing with an id of any other. `of("asin")` and `shared("asin")` are two kinds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RefKind {
    name: Cow<'static, str>,
    shared: bool,
}

/// Stands before the name of a shared kind where it is stored; no platform's word has a colon.
const SHARED: &str = "shared:";

impl RefKind {
    /// A kind whose ids name one thing in a store each.
    pub const fn of(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), shared: false }
    }

    /// A kind whose ids several things in a store may have.
    pub const fn shared(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), shared: true }
    }

    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether one id names one thing in a store.
    pub const fn is_unique(&self) -> bool {
        !self.shared
    }
}

impl From<String> for RefKind {
    fn from(stored: String) -> Self {
        match stored.strip_prefix(SHARED) {
            Some(name) => Self { name: name.to_owned().into(), shared: true },
            None => Self { name: stored.into(), shared: false },
        }
    }
}

impl From<RefKind> for String {
    fn from(kind: RefKind) -> Self {
        match kind.shared {
            true => format!("{SHARED}{}", kind.name),
            false => kind.name.into_owned(),
        }
    }
}

impl fmt::Display for RefKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A platform's id for one thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ref {
    /// What kind of thing.
    pub kind: RefKind,
    /// The platform's id, byte for byte.
    pub id: String,
}

impl Ref {
    /// The thing of `kind` that the platform calls `id`.
    pub fn new(kind: RefKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Everything a platform calls one of our things, now and before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refs {
    /// At most one for each kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    current: Vec<Ref>,
    /// Replaced ids: old orders still name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<Ref>,
}

impl Refs {
    /// Refs with these current ids.
    pub fn of(refs: impl IntoIterator<Item = Ref>) -> Self {
        let mut all = Self::default();
        for one in refs {
            all.set(one);
        }
        all
    }

    /// The current id of `kind`.
    pub fn get(&self, kind: &RefKind) -> Option<&str> {
        self.current.iter().find(|one| one.kind == *kind).map(|one| one.id.as_str())
    }

    /// The current ids.
    pub fn current(&self) -> &[Ref] {
        &self.current
    }

    /// The replaced ids.
    pub fn retired(&self) -> &[Ref] {
        &self.retired
    }

    /// Whether the platform knows nothing of it now.
    pub fn is_empty(&self) -> bool {
        self.current.is_empty()
    }

    /// Makes `new` the current id of its kind; a different one is retired, never dropped.
    pub fn set(&mut self, new: Ref) {
        self.retired.retain(|old| *old != new);
        match self.current.iter_mut().find(|one| one.kind == new.kind) {
            Some(one) if one.id == new.id => {}
            Some(one) => self.retired.push(std::mem::replace(one, new)),
            None => self.current.push(new),
        }
    }

    /// Takes over every current id of `newer`.
    pub fn merge(&mut self, newer: &Self) {
        for one in &newer.current {
            self.set(one.clone());
        }
    }

    /// Retires every current id: the platform has forgotten the thing.
    pub fn retire_all(&mut self) {
        self.retired.append(&mut self.current);
    }

    /// Whether `wanted` is or was an id of it.
    pub fn knows(&self, wanted: &Ref) -> bool {
        self.current.contains(wanted) || self.retired.contains(wanted)
    }
}
