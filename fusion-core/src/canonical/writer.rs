//! Writes canonical bytes while a value is serialised, with no tree of it in between.

use serde::Serialize;
use serde_json::Value;
use std::{cmp::Ordering, fmt::Display, io::Write as _, ops::Range};

mod serializer;

/// Largest integer that every JSON reader returns unchanged.
pub(super) const MAX_SAFE: u64 = (1 << 53) - 1;

/// Bytes of most values: an audit entry has some 300.
const USUAL: usize = 512;

/// The canonical bytes of `value`; none where it has no canonical form, or one that shows in a tree alone, such as
/// names that are numbers.
pub(super) fn written(value: &impl Serialize) -> Option<Vec<u8>> {
    let mut writer = Writer { out: Vec::with_capacity(USUAL), ..Writer::default() };
    value.serialize(&mut writer).ok()?;
    Some(writer.out)
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// Those of all objects that aren't closed.
    fields: Vec<Field>,
    /// Their names as they are, one behind the other.
    names: String,
    /// Where an object is put in order.
    ordered: Vec<u8>,
}

struct Field {
    name: Range<usize>,
    /// From the quote before its name to the end of its value.
    written: Range<usize>,
}

#[derive(Debug)]
struct NotWritten;

/// An object whose fields are being written.
struct Object<'a> {
    writer: &'a mut Writer,
    first_field: usize,
    first_name: usize,
    begins: usize,
    closes: &'static [u8],
}

/// An array whose items are being written.
struct Array<'a> {
    writer: &'a mut Writer,
    is_empty: bool,
    closes: &'static [u8],
}

impl Writer {
    fn whole(&mut self, number: impl Display, size: u64) -> Result<(), NotWritten> {
        match size <= MAX_SAFE {
            true => write!(self.out, "{number}").map_err(|_| NotWritten),
            false => Err(NotWritten),
        }
    }

    fn text(&mut self, text: &str) {
        if is_plain(text.as_bytes()) {
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend(Value::from(text).to_string().into_bytes());
        }
    }

    fn array(&mut self, closes: &'static [u8]) -> Array<'_> {
        self.out.push(b'[');
        Array { writer: self, is_empty: true, closes }
    }

    fn object(&mut self, closes: &'static [u8]) -> Object<'_> {
        self.out.push(b'{');
        let (first_field, first_name, begins) = (self.fields.len(), self.names.len(), self.out.len());
        Object { writer: self, first_field, first_name, begins, closes }
    }

    /// The beginning of an object that has a variant's name alone.
    fn variant(&mut self, name: &str) {
        self.out.push(b'{');
        self.text(name);
        self.out.push(b':');
    }
}

/// Whether a text stands in quotes as it is. It looks at all of it, which the compiler does for many bytes at once.
fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |is_plain, byte| is_plain & (*byte >= b' ') & (*byte != b'"') & (*byte != b'\\'))
}

/// By UTF-16 units.
fn order(one: &str, other: &str) -> Ordering {
    match one.is_ascii() && other.is_ascii() {
        true => one.cmp(other),
        false => one.encode_utf16().cmp(other.encode_utf16()),
    }
}

impl Array<'_> {
    fn item(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), NotWritten> {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.out.push(b',');
        }
        item.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.out.extend_from_slice(self.closes);
    }
}

impl Object<'_> {
    fn name(&mut self, name: &str) {
        let (from, begins) = self.next();
        self.writer.names.push_str(name);
        self.writer.text(name);
        self.named(from, begins);
    }

    /// A name that has to be serialised to be known.
    fn key(&mut self, key: &(impl Serialize + ?Sized)) -> Result<(), NotWritten> {
        let (from, begins) = self.next();
        key.serialize(&mut *self.writer)?;
        let Writer { out, names, .. } = &mut *self.writer;
        match out.get(begins..) {
            Some([b'"', name @ .., b'"']) if !name.contains(&b'\\') => {
                names.push_str(str::from_utf8(name).map_err(|_| NotWritten)?);
            }
            Some(name @ [b'"', ..]) => {
                names.push_str(&serde_json::from_slice::<String>(name).map_err(|_| NotWritten)?);
            }
            _ => return Err(NotWritten),
        }
        self.named(from, begins);
        Ok(())
    }

    /// Where the next field's name begins, as it is and as it is written: its place is by the first.
    fn next(&mut self) -> (usize, usize) {
        let Writer { out, fields, names, .. } = &mut *self.writer;
        if fields.len() > self.first_field {
            out.push(b',');
        }
        (names.len(), out.len())
    }

    fn named(&mut self, from: usize, begins: usize) {
        let Writer { out, fields, names, .. } = &mut *self.writer;
        fields.push(Field { name: from..names.len(), written: begins..begins });
        out.push(b':');
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), NotWritten> {
        value.serialize(&mut *self.writer)?;
        let Writer { out, fields, .. } = &mut *self.writer;
        fields.last_mut().ok_or(NotWritten)?.written.end = out.len();
        Ok(())
    }

    fn close(self) -> Result<(), NotWritten> {
        let Writer { out, fields, names, ordered } = self.writer;
        let name = |field: &Field| names.get(field.name.clone()).unwrap_or_default();
        let own = fields.get_mut(self.first_field..).ok_or(NotWritten)?;
        if !own.is_sorted_by(|one, other| order(name(one), name(other)).is_lt()) {
            own.sort_by(|one, other| order(name(one), name(other)));
            ordered.clear();
            // Of fields with one name the last counts, as in a tree.
            for same in own.chunk_by(|one, other| name(one) == name(other)) {
                if !ordered.is_empty() {
                    ordered.push(b',');
                }
                let last = same.last().and_then(|field| out.get(field.written.clone()));
                ordered.extend_from_slice(last.ok_or(NotWritten)?);
            }
            out.truncate(self.begins);
            out.extend_from_slice(ordered);
        }
        fields.truncate(self.first_field);
        names.truncate(self.first_name);
        out.extend_from_slice(self.closes);
        Ok(())
    }
}
