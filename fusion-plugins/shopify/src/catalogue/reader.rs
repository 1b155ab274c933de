//! The walk over a file that yields its products.

use super::{
    assemble::{Draft, Rules},
    entry::{CatalogueProduct, CellProblem, Entry, Publish, RefusedProduct, Summary, shown},
    error::CatalogueError,
    field::Field,
    group::{Groups, Step},
    header::{Header, separator},
    options::Options,
    record::{Record, Records},
    row::Row,
    survey::Survey,
    text::{Text, encoding},
};
use std::{
    fmt,
    fs::File,
    io::{Read, Seek},
    path::Path,
};

/// Reads a catalogue file product by product.
pub struct Reader<R = File> {
    records: Records<R>,
    record: Record,
    header: Header,
    options: Options,
    survey: Survey,
    groups: Groups,
    draft: Option<(String, Draft)>,
    summary: Summary,
    over: bool,
}

impl Reader<File> {
    /// Opens the file at `path` and walks it once, so that no product is told before the whole file is known
    /// to be readable.
    ///
    /// # Errors
    /// Any [`CatalogueError`]: the file can't be read, isn't text in its encoding, or is no catalogue.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, CatalogueError> {
        Self::from_seekable(File::open(path)?, options)
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Reads `source` from its beginning, as [`Reader::open`] does a file.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn from_seekable(source: R, options: Options) -> Result<Self, CatalogueError> {
        let encoding = encoding(options.encoding.as_deref())?;
        let mut text = Text::new(source, encoding)?;
        let separator = separator(&mut text)?;
        let mut records = Records::new(Text::new(text.into_source(), encoding)?, separator);
        let header = Header::read(&mut records)?;
        let survey = Survey::of(&mut records, &header)?;
        let mut records = Records::new(Text::new(records.into_source(), encoding)?, separator);
        Header::read(&mut records)?;
        let summary = Summary {
            unknown_columns: header.unknown.clone(),
            repeated_skus: survey.repeated_skus.iter().cloned().collect(),
            ..Summary::default()
        };
        Ok(Self {
            records,
            record: Record::default(),
            header,
            options,
            survey,
            groups: Groups::default(),
            draft: None,
            summary,
            over: false,
        })
    }
}

impl<R> Reader<R> {
    /// What has been met so far; whole once the walk is over.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Ends a product; `None` while its handle comes back further down.
    fn finish(&mut self, ended: (String, Draft)) -> Option<Entry> {
        let (key, draft) = ended;
        let Some(returning) = self.survey.returning.get_mut(&key) else {
            return Some(draft.finish(&self.header));
        };
        returning.passed += 1;
        let (handle, problems) = draft.into_problems(&self.header);
        returning.problems.extend(problems);
        if returning.passed < returning.lines.len() {
            return None;
        }
        let returning = self.survey.returning.remove(&key)?;
        let line = returning.lines.get(1).map_or(0, |lines| *lines.start());
        let mut problems = vec![CellProblem {
            line,
            column: self.header.name(Field::Handle).to_owned(),
            value: shown(&handle),
            code: "handle_returns",
            reason: "the handle comes back after other products".to_owned(),
            help: "move all rows of the product together, or give the second product a handle of its own"
                .to_owned(),
        }];
        problems.extend(returning.problems);
        Some(Entry::Refused(RefusedProduct { handle, lines: returning.lines, problems }))
    }

    fn count(&mut self, entry: Entry) -> Entry {
        match &entry {
            Entry::Product(product) => {
                let CatalogueProduct { publish, .. } = &**product;
                self.summary.products += 1;
                self.summary.not_published += u64::from(*publish != Publish::Yes);
            }
            Entry::Refused(_) => self.summary.refused += 1,
            Entry::Broken(_) => {}
        }
        entry
    }
}

impl<R: Read + Seek> Iterator for Reader<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while !self.over {
            let ended = match self.records.read(&mut self.record) {
                Err(error) => {
                    self.over = true;
                    return Some(Entry::Broken(error));
                }
                Ok(false) => {
                    self.over = true;
                    self.draft.take()
                }
                Ok(true) => {
                    self.summary.records += 1;
                    let row = Row { header: &self.header, record: &self.record };
                    let rules = Rules { options: &self.options, repeated_skus: &self.survey.repeated_skus };
                    let (step, standing) = self.groups.follow(row);
                    match &mut self.draft {
                        Some((_, draft)) if step == Step::Continues => {
                            draft.add(row, standing, rules);
                            None
                        }
                        _ => {
                            let draft = Draft::begin(row, standing, rules);
                            self.draft.replace((self.groups.key().to_owned(), draft))
                        }
                    }
                }
            };
            if let Some(entry) = ended.and_then(|ended| self.finish(ended)) {
                return Some(self.count(entry));
            }
        }
        None
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("summary", &self.summary).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl<R: Read + Seek> Reader<R> {
    /// Bytes held in buffers between two products.
    pub(super) fn held(&self) -> usize {
        self.records.held() + self.record.held()
    }

    /// Whether nothing of the first walk is kept but what comes back.
    pub(super) fn survey_is_empty(&self) -> bool {
        self.survey.returning.is_empty() && self.survey.repeated_skus.is_empty()
    }
}
