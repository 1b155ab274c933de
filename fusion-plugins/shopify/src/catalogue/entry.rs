//! What a walk over a catalogue file yields.

use super::error::CatalogueError;
use fusion_core::{
    error::{Error, ErrorKind, Problem},
    model::{Loss, NewProduct},
};
use std::{fmt, ops::RangeInclusive};

/// One product of a file, in the file's order.
#[derive(Debug)]
pub enum Entry {
    /// It was read whole.
    Product(Box<CatalogueProduct>),
    /// Something in it can't be read, so nothing of it may be written.
    Refused(RefusedProduct),
    /// The file can't be read any further; nothing follows.
    Broken(CatalogueError),
}

/// A product that was read whole.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueProduct {
    /// Its handle as the file writes it; where it has none, its title.
    pub handle: String,
    /// Lines of the file that tell it, from 1.
    pub lines: RangeInclusive<u64>,
    /// The product.
    pub product: NewProduct,
    /// Whether it is to be published.
    pub publish: Publish,
    /// What could not be carried as it was.
    pub losses: Vec<Loss>,
    /// What was noticed and changes nothing, or was mended in a way that can't be wrong.
    pub notes: Vec<Note>,
}

/// Whether a product is to be published once it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// It is.
    Yes,
    /// It is saved and not published.
    No(Withheld),
}

/// Why a product is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    /// Gift cards are published only when they are named.
    GiftCard,
    /// Its status is archived.
    Archived,
    /// Its status is draft.
    Draft,
    /// It is not published in the shop either, or only for those who know its address.
    Unpublished,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GiftCard => "gift card",
            Self::Archived => "archived",
            Self::Draft => "draft",
            Self::Unpublished => "unpublished",
        })
    }
}

/// Something worth telling about one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line on which the record begins.
    pub line: u64,
    /// The column, as the file calls it.
    pub column: String,
    /// What the cell holds, cut to a readable length.
    pub value: String,
    /// What there is to tell.
    pub kind: NoteKind,
}

/// What a note tells.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// More was sold than there was.
    NegativeQuantity,
    /// A spreadsheet's leading apostrophe was taken off.
    StrippedApostrophe,
    /// Another variant of the file has the same SKU; nothing is found by it.
    RepeatedSku,
    /// The last digit of the barcode doesn't prove the others.
    CheckDigit,
    /// A later row tells something else of the product; the first row counts.
    DiffersFromFirstRow,
    /// The row tells neither a variant nor an image.
    NothingInRow,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, value, kind } = self;
        let what = match kind {
            NoteKind::NegativeQuantity => "the stock is negative: more was sold than there was",
            NoteKind::StrippedApostrophe => "a spreadsheet's leading apostrophe was taken off",
            NoteKind::RepeatedSku => "another variant has this SKU too; nothing is found by it",
            NoteKind::CheckDigit => "the check digit is wrong; it is kept as a barcode of no known system",
            NoteKind::DiffersFromFirstRow => "the first row of the product says otherwise and counts",
            NoteKind::NothingInRow => "the row tells neither a variant nor an image",
        };
        write!(f, "line {line}, {column} {value:?}: {what}")
    }
}

/// A product of which nothing may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedProduct {
    /// Its handle as the file writes it; empty where the rows name no product.
    pub handle: String,
    /// Every place of the file where it stands.
    pub lines: Vec<RangeInclusive<u64>>,
    /// Everything that was found.
    pub problems: Vec<CellProblem>,
}

impl fmt::Display for RefusedProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is refused", self.handle)?;
        for (nth, problem) in self.problems.iter().enumerate() {
            write!(f, "{} {problem}", if nth == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl From<RefusedProduct> for Error {
    fn from(refused: RefusedProduct) -> Self {
        let message = format!("the product {:?} of the catalogue file is refused", refused.handle);
        Self::new(ErrorKind::InvalidInput, message)
            .with_problems(refused.problems.into_iter().map(Problem::from))
    }
}

/// One thing that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellProblem {
    /// Line on which the record begins; for a damaged record the line of the damage.
    pub line: u64,
    /// The column, as the file calls it; empty where the whole record is meant.
    pub column: String,
    /// What the cell holds, cut to a readable length.
    pub value: String,
    /// A stable word for programs: `comma_in_number`.
    pub code: &'static str,
    /// What is wrong with it.
    pub reason: String,
    /// What would help.
    pub help: String,
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", {} {:?}", self.column, self.value)?;
        }
        write!(f, ": {}; {}", self.reason, self.help)
    }
}

impl From<CellProblem> for Problem {
    fn from(problem: CellProblem) -> Self {
        let mut path = format!("line {}", problem.line);
        if !problem.column.is_empty() {
            path.push_str(", ");
            path.push_str(&problem.column);
        }
        Self::error(path, problem.code, format!("{}; {}", problem.reason, problem.help))
    }
}

/// What a walk has met so far; whole once the walk is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records that hold anything, without the header.
    pub records: u64,
    /// Products read whole.
    pub products: u64,
    /// Of these the ones that are not to be published.
    pub not_published: u64,
    /// Products refused.
    pub refused: u64,
    /// Columns that mean nothing to the model, each named once.
    pub unknown_columns: Vec<String>,
    /// SKUs that name more than one variant, known from the start.
    pub repeated_skus: Vec<String>,
}

/// Longest part of a cell that a message repeats, in characters.
const SHOWN: usize = 80;

/// `value` short enough for a message.
pub(super) fn shown(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        None => value.to_owned(),
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
    }
}
