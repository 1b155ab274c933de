//! From characters to records, repairing nothing.
//!
//! A general CSV reader makes `ab` of `"a"b` and goes on; here such a record is marked as damaged.

use super::{
    error::CatalogueError,
    text::{Place, Text},
};
use std::io::{Read, Seek};

/// Longest text of one record in bytes: eight times Shopify's longest description. What is longer is a quote
/// that nobody closed, and must not fill the memory.
pub(super) const MAX_RECORD: usize = 4 * 1024 * 1024;

/// Most cells of one record: as many columns as a spreadsheet has. A line of commas must not fill the memory.
const MAX_CELLS: usize = 16_384;

/// Why a record can't be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Text follows a closing quote.
    TextAfterQuote(Place),
    /// The file ends inside quotes that were opened here.
    UnclosedQuote(Place),
    /// The record is longer than [`MAX_RECORD`] or has more than [`MAX_CELLS`]; it begins here.
    TooLong(Place),
}

/// One record; its buffers are used again for the next.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Line on which it begins, from 1.
    pub(super) line: u64,
    /// Line on which it ends.
    pub(super) last_line: u64,
    /// The first damage, with the number of whole cells before it.
    pub(super) damage: Option<(Damage, usize)>,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The trimmed cell `nth`, empty beyond the last.
    pub(super) fn cell(&self, nth: usize) -> &str {
        let start = match nth.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.text.len()),
        };
        let end = self.ends.get(nth).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// The cells in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|nth| self.cell(nth))
    }

    /// Whether no cell holds anything and nothing is damaged.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty() && self.damage.is_none()
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.last_line = line;
        self.damage = None;
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, c: char, began: Place) {
        if self.text.len() < MAX_RECORD {
            self.text.push(c);
        } else {
            self.mark(Damage::TooLong(began));
        }
    }

    fn mark(&mut self, damage: Damage) {
        if self.damage.is_none() {
            self.damage = Some((damage, self.ends.len()));
        }
    }

    fn end_cell(&mut self, began: Place) {
        let start = self.ends.last().copied().unwrap_or(0);
        let cell = self.text.get(start..).unwrap_or_default();
        let leading = cell.len() - cell.trim_start().len();
        let kept = cell.trim().len();
        self.text.drain(start..start + leading);
        self.text.truncate(start + kept);
        if self.ends.len() < MAX_CELLS {
            self.ends.push(start + kept);
        } else {
            self.mark(Damage::TooLong(began));
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

/// Where in a cell the walk is.
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: it closes the cell or is the first of a pair.
    Quote,
    /// Behind the closing quote and some white space.
    Closed,
}

/// The records of a file.
pub(super) struct Records<R> {
    text: Text<R>,
    separator: char,
}

impl<R: Read + Seek> Records<R> {
    /// The records of `text`, their cells parted by `separator`.
    pub(super) fn new(text: Text<R>, separator: char) -> Self {
        Self { text, separator }
    }

    /// Gives the source back.
    pub(super) fn into_source(self) -> R {
        self.text.into_source()
    }

    /// Reads the next record that isn't blank into `record`; `false` at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, CatalogueError> {
        while self.read_any(record)? {
            if !record.is_blank() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_any(&mut self, record: &mut Record) -> Result<bool, CatalogueError> {
        let began = self.text.place();
        record.clear(began.line);
        let (mut at, mut opened, mut empty) = (At::Start, began, true);
        loop {
            let place = self.text.place();
            let Some(c) = self.text.next()? else {
                if empty {
                    return Ok(false);
                }
                if matches!(at, At::Quoted) {
                    record.mark(Damage::UnclosedQuote(opened));
                }
                record.end_cell(began);
                return Ok(true);
            };
            empty = false;
            record.last_line = place.line;
            at = match (at, c) {
                (At::Start, '"') => {
                    opened = place;
                    At::Quoted
                }
                (At::Quoted, '"') => At::Quote,
                (At::Quoted, c) => {
                    record.push(c, began);
                    At::Quoted
                }
                (At::Quote, '"') => {
                    record.push('"', began);
                    At::Quoted
                }
                (_, '\n') => {
                    record.end_cell(began);
                    return Ok(true);
                }
                (_, c) if c == self.separator => {
                    record.end_cell(began);
                    At::Start
                }
                // The carriage return of CRLF is white space too, so it needs no case of its own.
                (At::Start, c) if c.is_whitespace() => At::Start,
                (At::Quote | At::Closed, c) if c.is_whitespace() => At::Closed,
                (At::Quote | At::Closed, c) => {
                    record.mark(Damage::TextAfterQuote(place));
                    record.push(c, began);
                    At::Plain
                }
                (At::Start | At::Plain, c) => {
                    record.push(c, began);
                    At::Plain
                }
            };
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.text.held()
    }
}
