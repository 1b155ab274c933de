//! One record, read by column.

use super::{
    field::Field,
    header::Header,
    record::{Damage, Record},
};

/// A record beside the header that gives its cells a meaning.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) record: &'a Record,
}

/// Why a row can't be read by column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The record itself is damaged.
    Damaged(Damage),
    /// It has other columns than the header.
    CellCount { found: usize, wanted: usize },
}

/// Which product a row names.
pub(super) struct Name<'a> {
    /// Handle, or title without one, as written; empty if it has neither.
    pub(super) text: &'a str,
    /// Whether it is a title.
    pub(super) is_title: bool,
    /// Whether the cell of the name is itself damaged.
    pub(super) uncertain: bool,
}

impl<'a> Row<'a> {
    /// The trimmed cell of `field`, empty without such a column.
    pub(super) fn cell(self, field: Field) -> &'a str {
        self.header.place(field).map_or("", |nth| self.record.cell(nth))
    }

    /// Why the cells can't be trusted, if they can't.
    pub(super) fn broken(self) -> Option<Broken> {
        match self.record.damage {
            Some((damage, _)) => Some(Broken::Damaged(damage)),
            None if self.header.fits(self.record) => None,
            None => Some(Broken::CellCount { found: self.record.len(), wanted: self.header.width() }),
        }
    }

    /// The product that the row names; of a damaged one only cells up to the damage count.
    pub(super) fn name(self) -> Name<'a> {
        let sound = self.record.damage.map_or(usize::MAX, |(_, whole)| whole);
        let readable = |field| {
            let nth = self.header.place(field).filter(|nth| *nth <= sound)?;
            let text = self.record.cell(nth);
            (!text.is_empty()).then_some((text, nth == sound))
        };
        let (handle, title) = (readable(Field::Handle), readable(Field::Title));
        let (text, uncertain) = handle.or(title).unwrap_or(("", false));
        Name { text, is_title: handle.is_none() && title.is_some(), uncertain }
    }

    /// Whether the row begins a product: it is sound and has a title.
    pub(super) fn has_title(self) -> bool {
        self.broken().is_none() && !self.cell(Field::Title).is_empty()
    }

    /// The SKU without a spreadsheet's apostrophe.
    pub(super) fn sku(self) -> &'a str {
        let cell = self.cell(Field::Sku);
        cell.strip_prefix('\'').unwrap_or(cell).trim()
    }
}
