//! What is noticed while rows are read.

use super::{Broken, Row, shown};
use crate::catalogue::{
    entry::{CellProblem, Note, NoteKind},
    field::Field,
    record::Damage,
    values::Fault,
};
use fusion_core::model::{Loss, LossKind};

/// Problems, losses and notes of one product.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<CellProblem>,
    pub(super) losses: Vec<Loss>,
    pub(super) notes: Vec<Note>,
}

impl Findings {
    /// Notes that a cell can't be read.
    pub(super) fn problem(&mut self, row: Row<'_>, field: Field, fault: Fault) {
        self.problem_at(row.record.line, row.header.name(field), row.cell(field), fault);
    }

    /// The same for a cell that is no longer at hand.
    pub(super) fn problem_at(&mut self, line: u64, column: &str, value: &str, fault: Fault) {
        self.problems.push(CellProblem {
            line,
            column: column.to_owned(),
            value: shown(value),
            code: fault.code,
            reason: fault.reason.to_owned(),
            help: fault.help.to_owned(),
        });
    }

    /// Keeps what `read` gives; its fault becomes a problem.
    pub(super) fn take<T>(&mut self, row: Row<'_>, field: Field, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.problem(row, field, fault)).ok()
    }

    /// Notes what a cell says and the product can't carry.
    pub(super) fn loss(&mut self, row: Row<'_>, field: Field, kind: LossKind, note: &str) {
        self.losses.push(Loss {
            path: format!("line {}, {}", row.record.line, row.header.name(field)),
            kind,
            note: format!("{:?}: {note}", shown(row.cell(field))),
        });
    }

    /// Notes something that changes nothing.
    pub(super) fn note(&mut self, row: Row<'_>, field: Field, kind: NoteKind) {
        self.notes.push(Note {
            line: row.record.line,
            column: row.header.name(field).to_owned(),
            value: shown(row.cell(field)),
            kind,
        });
    }

    /// Takes a spreadsheet's apostrophe off a cell and says so.
    pub(super) fn unquoted<'a>(&mut self, row: Row<'a>, field: Field) -> &'a str {
        let cell = row.cell(field);
        match cell.strip_prefix('\'') {
            None => cell,
            Some(rest) => {
                self.note(row, field, NoteKind::StrippedApostrophe);
                rest.trim()
            }
        }
    }

    /// Notes that a record is damaged.
    pub(super) fn broken(&mut self, row: Row<'_>, broken: Broken) {
        let quotes = "double each quote inside a quoted cell and close the cell with one";
        let (line, code, reason, help) = match broken {
            Broken::Damaged(Damage::TextAfterQuote(at)) => {
                let reason = format!("text follows a closing quote at column {}", at.column);
                (at.line, "text_after_quote", reason, quotes)
            }
            Broken::Damaged(Damage::UnclosedQuote(at)) => {
                let reason =
                    format!("the file ends inside the quotes that were opened at column {}", at.column);
                (at.line, "unclosed_quote", reason, quotes)
            }
            Broken::Damaged(Damage::TooLong(at)) => {
                (at.line, "record_too_long", "the record is longer than any product".to_owned(), quotes)
            }
            Broken::CellCount { found, wanted } => {
                let reason = format!("the record has {found} cells and the header {wanted}");
                let help = "quote cells that hold a separator, and write every cell, also the empty ones";
                (row.record.line, "cell_count", reason, help)
            }
        };
        self.problems.push(CellProblem {
            line,
            column: String::new(),
            value: String::new(),
            code,
            reason,
            help: help.to_owned(),
        });
    }

    /// Notes that rows follow a damaged one.
    pub(super) fn adrift(&mut self, row: Row<'_>) {
        self.problem_at(
            row.record.line,
            "",
            "",
            Fault {
                code: "after_damage",
                reason: "the row follows a damaged one, so nobody knows whose it is",
                help: "mend the damaged row",
            },
        );
    }

    /// Notes that a row names no product.
    pub(super) fn nameless(&mut self, row: Row<'_>) {
        self.problem(
            row,
            Field::Handle,
            Fault {
                code: "no_handle",
                reason: "the row has neither a handle nor a title, so nobody knows whose it is",
                help: "repeat the handle on every row of a product",
            },
        );
    }

    /// Notes a row that tells nothing, and what of it is dropped.
    pub(super) fn nothing(&mut self, row: Row<'_>) {
        let told = [Field::Barcode, Field::CompareAt, Field::Cost, Field::VariantImage];
        for field in told.into_iter().filter(|field| !row.cell(*field).is_empty()) {
            self.loss(
                row,
                field,
                LossKind::Dropped,
                "the row has no price, SKU or option value of a variant",
            );
        }
        self.note(row, Field::Handle, NoteKind::NothingInRow);
    }
}
