//! Rows on their way into a statement that takes any number of them.

use super::fault::Place;
use fusion_core::error::Result;
use serde::Serialize;
use std::collections::VecDeque;

/// Bytes of one text beyond which the next rows go by a statement of their own: a value of SQLite's holds a thousand
/// million.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Rows as JSON arrays, most often as one.
#[derive(Default)]
pub(super) struct List(VecDeque<String>);

impl List {
    pub(super) fn push(&mut self, place: &Place, row: &impl Serialize) -> Result<()> {
        let row = place.text(row)?;
        match self.0.back_mut() {
            Some(text) if text.len() + row.len() < MOST_BYTES => {
                text.push(',');
                text.push_str(&row);
            }
            _ => self.0.push_back(format!("[{row}")),
        }
        Ok(())
    }

    /// The next array that a statement is given.
    pub(super) fn pop(&mut self) -> Option<String> {
        let mut text = self.0.pop_front()?;
        text.push(']');
        Some(text)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Bytes as `unhex` reads them.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).flatten().collect()
}
