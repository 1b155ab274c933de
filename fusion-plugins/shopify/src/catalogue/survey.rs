//! The first walk: every byte is checked, and what comes back is found.

use super::{
    entry::CellProblem,
    error::CatalogueError,
    group::{Groups, Step},
    header::Header,
    record::{Record, Records},
    row::Row,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::{Read, Seek},
    ops::RangeInclusive,
};

/// A handle that comes back later in the file.
#[derive(Debug)]
pub(super) struct Returning {
    /// Where it stands.
    pub(super) lines: Vec<RangeInclusive<u64>>,
    /// How often the second walk has come by.
    pub(super) passed: usize,
    /// What was found there.
    pub(super) problems: Vec<CellProblem>,
}

/// What must be known of the whole file before its first product is told.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Handles that come back.
    pub(super) returning: HashMap<String, Returning>,
    /// SKUs that name more than one variant.
    pub(super) repeated_skus: BTreeSet<String>,
}

impl Survey {
    /// Walks `records` to their end.
    pub(super) fn of<R: Read + Seek>(
        records: &mut Records<R>,
        header: &Header,
    ) -> Result<Self, CatalogueError> {
        let mut handles: HashMap<Box<str>, RangeInclusive<u64>> = HashMap::new();
        let mut skus: HashSet<Box<str>> = HashSet::new();
        let (mut survey, mut groups, mut record) = (Self::default(), Groups::default(), Record::default());
        let mut open: Option<(String, RangeInclusive<u64>)> = None;
        while records.read(&mut record)? {
            let row = Row { header, record: &record };
            let (step, _) = groups.follow(row);
            if row.broken().is_none() {
                survey.count_sku(&mut skus, row.sku());
            }
            match &mut open {
                Some((_, lines)) if step == Step::Continues => *lines = *lines.start()..=record.last_line,
                _ => {
                    let begun = (groups.key().to_owned(), record.line..=record.last_line);
                    if let Some((key, lines)) = open.replace(begun) {
                        survey.close(&mut handles, key, lines);
                    }
                }
            }
        }
        if let Some((key, lines)) = open {
            survey.close(&mut handles, key, lines);
        }
        Ok(survey)
    }

    fn count_sku(&mut self, seen: &mut HashSet<Box<str>>, sku: &str) {
        if sku.is_empty() {
            return;
        }
        if seen.contains(sku) {
            self.repeated_skus.insert(sku.to_owned());
        } else {
            seen.insert(sku.into());
        }
    }

    fn close(
        &mut self,
        seen: &mut HashMap<Box<str>, RangeInclusive<u64>>,
        key: String,
        lines: RangeInclusive<u64>,
    ) {
        if key.is_empty() {
            return;
        }
        let Some(first) = seen.get(key.as_str()) else {
            seen.insert(key.into_boxed_str(), lines);
            return;
        };
        self.returning
            .entry(key)
            .or_insert_with(|| Returning { lines: vec![first.clone()], passed: 0, problems: Vec::new() })
            .lines
            .push(lines);
    }
}
