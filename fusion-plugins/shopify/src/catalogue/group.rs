//! Which rows are one product.

use super::{field::Field, row::Row};

/// Follows the rows of a file and says where a product begins; both walks decide by it.
#[derive(Debug, Default)]
pub(super) struct Groups {
    current: Option<Current>,
    /// A damaged row came by and no title since.
    adrift: bool,
}

#[derive(Debug)]
struct Current {
    key: String,
    named_by_title: bool,
}

/// How a row stands to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It begins another product.
    Begins,
    /// It belongs to the same product.
    Continues,
}

/// What is said of a row besides its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be read.
    Sound,
    /// It follows a damaged row, so nobody knows whose it is.
    Adrift,
    /// It names no product.
    Nameless,
}

impl Groups {
    /// Takes the next row.
    pub(super) fn follow(&mut self, row: Row<'_>) -> (Step, Standing) {
        let broken = row.broken().is_some();
        if broken {
            self.adrift = true;
        } else if row.has_title() {
            self.adrift = false;
        }
        let name = row.name();
        let key = key(name.text);
        let (step, nameless) = match &self.current {
            Some(current) if key.is_empty() => {
                let by_title = current.named_by_title || !row.header.has(Field::Handle);
                (Step::Continues, !by_title)
            }
            Some(current) if current.key == key => (Step::Continues, false),
            // `"mug"x` may be a variant of `mug`: that one can't be complete without it.
            Some(current) if name.uncertain && !current.key.is_empty() && key.starts_with(&current.key) => {
                (Step::Continues, false)
            }
            Some(_) | None => (Step::Begins, key.is_empty()),
        };
        if step == Step::Begins {
            self.current = Some(Current { key, named_by_title: name.is_title });
        }
        let standing = match (broken, self.adrift, nameless) {
            (false, true, _) => Standing::Adrift,
            (false, false, true) => Standing::Nameless,
            _ => Standing::Sound,
        };
        (step, standing)
    }

    /// The key of the product that the last row belongs to.
    pub(super) fn key(&self) -> &str {
        self.current.as_ref().map_or("", |current| &current.key)
    }
}

/// What a handle is compared by: Shopify writes handles in small letters.
fn key(name: &str) -> String {
    name.to_lowercase()
}
