//! From bytes to characters, strictly, with the place of each.

use super::error::CatalogueError;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{Read, Seek, SeekFrom};

/// Bytes read at once: a few file system blocks, little beside one product's description.
pub(super) const READ_AHEAD: usize = 16 * 1024;

/// Room for what one read decodes to; a byte of an old encoding becomes at most three of UTF-8.
const DECODED: usize = 3 * READ_AHEAD;

/// Longest sequence in bytes that any decoder judges at once, with room to spare.
const LONGEST: usize = 8;

/// Where a character stands, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    fn pass(&mut self, c: char) {
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }
}

/// The characters of a file from its start, without a byte order mark.
pub(super) struct Text<R> {
    source: R,
    encoding: &'static Encoding,
    decoder: Decoder,
    bytes: Box<[u8]>,
    /// The last bytes of the buffer before this one: a fault may begin in them.
    recent: Vec<u8>,
    unread: std::ops::Range<usize>,
    /// Bytes of the file before the unread ones.
    consumed: u64,
    chars: String,
    at: usize,
    place: Place,
    /// What stands behind the decoded characters; told once they are used up.
    fault: Option<CatalogueError>,
    at_end: bool,
    done: bool,
}

impl<R: Read + Seek> Text<R> {
    /// Starts at the beginning of `source`; a byte order mark wins over `encoding`.
    pub(super) fn new(mut source: R, encoding: &'static Encoding) -> Result<Self, CatalogueError> {
        source.seek(SeekFrom::Start(0))?;
        let mut bytes = vec![0; READ_AHEAD].into_boxed_slice();
        let mut filled = 0;
        while filled < 3 {
            let room = bytes.get_mut(filled..).unwrap_or_default();
            match read(&mut source, room)? {
                0 => break,
                n => filled += n,
            }
        }
        let start = bytes.get(..filled).unwrap_or_default();
        let (encoding, mark) = Encoding::for_bom(start).unwrap_or((encoding, 0));
        Ok(Self {
            source,
            encoding,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes,
            recent: Vec::new(),
            unread: mark..filled,
            consumed: mark as u64,
            chars: String::with_capacity(DECODED),
            at: 0,
            place: Place { line: 1, column: 1 },
            fault: None,
            at_end: false,
            done: false,
        })
    }

    /// Gives the source back.
    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Where the next character stands.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The next character, or `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<char>, CatalogueError> {
        loop {
            if let Some(c) = self.chars.get(self.at..).and_then(|rest| rest.chars().next()) {
                self.at += c.len_utf8();
                self.place.pass(c);
                return Ok(Some(c));
            }
            if let Some(fault) = self.fault.take() {
                self.done = true;
                return Err(fault);
            }
            if self.done {
                return Ok(None);
            }
            self.decode()?;
        }
    }

    /// Decodes what is unread, reading more first if nothing is.
    fn decode(&mut self) -> Result<(), CatalogueError> {
        self.chars.clear();
        self.at = 0;
        if self.unread.is_empty() && !self.at_end {
            self.remember();
            let n = read(&mut self.source, &mut self.bytes)?;
            self.unread = 0..n;
            self.at_end = n == 0;
        }
        let wide = self.encoding == UTF_16LE || self.encoding == UTF_16BE;
        let unread = self.bytes.get(self.unread.clone()).unwrap_or_default();
        // No product text has a NUL, and databases refuse it: it is the mark of UTF-16 that was read as UTF-8.
        let nul = if wide { None } else { unread.iter().position(|b| *b == 0) };
        let clean = unread.get(..nul.unwrap_or(unread.len())).unwrap_or_default();
        let (result, used) =
            self.decoder.decode_to_string_without_replacement(clean, &mut self.chars, self.at_end);
        let before = self.consumed;
        self.unread.start += used;
        self.consumed += used as u64;
        if wide && let Some(at) = self.chars.find('\0') {
            let ahead: usize = self.chars.get(..at).map_or(0, |text| text.encode_utf16().count() * 2);
            self.chars.truncate(at);
            self.fault = Some(self.fault_at(before + ahead as u64, vec![0, 0]));
            return Ok(());
        }
        match result {
            DecoderResult::InputEmpty if nul.is_some() => {
                self.fault = Some(self.fault_at(self.consumed, vec![0]));
            }
            DecoderResult::InputEmpty => self.done = self.at_end,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let byte = self.consumed.saturating_sub(u64::from(length) + u64::from(after));
                self.fault = Some(self.fault_at(byte, self.before(usize::from(after), usize::from(length))));
            }
        }
        Ok(())
    }

    /// Keeps the end of a used buffer.
    fn remember(&mut self) {
        let used = self.bytes.get(..self.unread.end).unwrap_or_default();
        self.recent.extend_from_slice(used.get(used.len().saturating_sub(LONGEST)..).unwrap_or_default());
        self.recent.drain(..self.recent.len().saturating_sub(LONGEST));
    }

    /// The `length` bytes that end `after` bytes before the unread ones.
    fn before(&self, after: usize, length: usize) -> Vec<u8> {
        let used = self.bytes.get(..self.unread.start).unwrap_or_default();
        let mut found: Vec<u8> =
            self.recent.iter().chain(used).rev().skip(after).take(length).copied().collect();
        found.reverse();
        found
    }

    /// The refusal for `found` right after the characters decoded so far.
    fn fault_at(&self, byte: u64, found: Vec<u8>) -> CatalogueError {
        let mut place = self.place;
        self.chars.chars().for_each(|c| place.pass(c));
        CatalogueError::Bytes {
            line: place.line,
            column: place.column,
            byte,
            found,
            encoding: self.encoding.name(),
        }
    }

    /// Bytes held in buffers, however long the file.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.bytes.len() + self.chars.capacity()
    }
}

/// The encoding that `label` names, UTF-8 without one.
pub(super) fn encoding(label: Option<&str>) -> Result<&'static Encoding, CatalogueError> {
    match label {
        None => Ok(UTF_8),
        Some(label) => Encoding::for_label_no_replacement(label.as_bytes())
            .ok_or_else(|| CatalogueError::UnknownEncoding { label: label.to_owned() }),
    }
}

fn read(source: &mut impl Read, room: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
