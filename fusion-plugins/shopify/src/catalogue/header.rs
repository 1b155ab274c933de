//! What the columns of a file mean.

use super::{
    error::{CatalogueError, Likeness},
    field::{Field, metafield},
    record::{Damage, MAX_RECORD, Record, Records},
    text::{Place, Text},
};
use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Header {
    /// The header's cells as the file writes them.
    names: Vec<String>,
    places: BTreeMap<Field, usize>,
    /// Columns of product metafields, with namespace and key.
    pub(super) metafields: Vec<(usize, String)>,
    /// Names of columns that mean nothing to the model.
    pub(super) unknown: Vec<String>,
    /// How many columns there are up to the last with a name.
    named: usize,
}

impl Header {
    /// Reads the header of `records`.
    pub(super) fn read<R: Read + Seek>(records: &mut Records<R>) -> Result<Self, CatalogueError> {
        let mut record = Record::default();
        loop {
            if !records.read(&mut record)? {
                return Err(CatalogueError::Empty);
            }
            // A line of separators alone, also of another kind, is blank.
            let blank = |cell: &str| cell.chars().all(|c| SEPARATORS.contains(&c));
            if record.damage.is_some() || !record.cells().all(blank) {
                break;
            }
        }
        match record.damage {
            None => Self::understand(&record),
            Some((damage, _)) => {
                let (place, reason) = match damage {
                    Damage::TextAfterQuote(place) => (place, "text follows a closing quote"),
                    Damage::UnclosedQuote(place) => (place, "the quote opened here is never closed"),
                    Damage::TooLong(place) => (place, "it is too long; a quote is probably not closed"),
                };
                Err(CatalogueError::Header { line: place.line, column: place.column, reason })
            }
        }
    }

    fn understand(record: &Record) -> Result<Self, CatalogueError> {
        let names: Vec<String> = record.cells().map(str::to_owned).collect();
        let small: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let mut places = BTreeMap::new();
        let (mut metafields, mut unknown, mut repeated) = (Vec::new(), Vec::new(), None);
        let named = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        for (nth, name) in names.iter().enumerate().take(named) {
            if let Some(field) = Field::named(name) {
                if let Some(first) = places.insert(field, nth) {
                    repeated = repeated.or(Some((first, nth)));
                }
                continue;
            }
            if let Some(key) = metafield(name) {
                metafields.push((nth, key));
                continue;
            }
            let name = if name.is_empty() { format!("column {}", nth + 1) } else { name.clone() };
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        let header = Self { names, places, metafields, unknown, named };
        header.judge(&small)?;
        match repeated {
            None => Ok(header),
            Some(both) => {
                let [first, second] =
                    <[usize; 2]>::from(both).map(|nth| header.names.get(nth).cloned().unwrap_or_default());
                Err(CatalogueError::RepeatedColumn { first, second, line: record.line })
            }
        }
    }

    /// Refuses what isn't a product export, with everything that is missing in one message.
    fn judge(&self, small: &[String]) -> Result<(), CatalogueError> {
        let needed = [(Field::Title, "title (Title)"), (Field::Price, "price (Variant Price or Price)")];
        let missing: Vec<_> =
            needed.iter().filter(|(field, _)| !self.has(*field)).map(|(_, name)| *name).collect();
        let likeness = self.likeness(small);
        // An Etsy file or a feed has a title and a price too, and means other things by its other columns;
        // a Matrixify table may hold commands to delete.
        let foreign = match likeness {
            Some(Likeness::Etsy | Likeness::Feed | Likeness::AmazonReport | Likeness::WooCommerce) => {
                !self.has(Field::Handle) && !self.has(Field::OptionValue(0))
            }
            Some(Likeness::Matrixify) => small.iter().any(|name| name.ends_with("command")),
            _ => false,
        };
        if missing.is_empty() && !foreign {
            return Ok(());
        }
        Err(CatalogueError::NotACatalogue { missing, likeness })
    }

    fn likeness(&self, small: &[String]) -> Option<Likeness> {
        let has = |name: &str| small.iter().any(|known| known == name);
        let any = |names: &[&str]| names.iter().any(|name| has(name));
        let starts = |start: &str| small.iter().any(|known| known.starts_with(start));
        if any(&["command", "top row", "variant command"]) || starts("metafield: ") {
            Some(Likeness::Matrixify)
        } else if any(&["currency_code", "variation 1 type"]) || (has("materials") && has("image1")) {
            Some(Likeness::Etsy)
        } else if any(&["regular price", "in stock?", "is featured?", "regular_price"]) {
            Some(Likeness::WooCommerce)
        } else if any(&["seller-sku", "item-name", "asin1", "asin", "fulfillment-channel"]) {
            Some(Likeness::AmazonReport)
        } else if any(&["availability", "image_link", "image link", "google_product_category"]) {
            Some(Likeness::Feed)
        } else if (has("location") || starts("on hand") || starts("available")) && !self.has(Field::Price) {
            Some(Likeness::Inventory)
        } else if self.has(Field::ImageSource) && !self.has(Field::Price) && !self.has(Field::Title) {
            Some(Likeness::ImagesOnly)
        } else {
            None
        }
    }

    /// Whether the file has a column for `field`.
    pub(super) fn has(&self, field: Field) -> bool {
        self.places.contains_key(&field)
    }

    /// Where the column of `field` stands.
    pub(super) fn place(&self, field: Field) -> Option<usize> {
        self.places.get(&field).copied()
    }

    /// How the file calls `field`; where it has no such column, how Shopify does.
    pub(super) fn name(&self, field: Field) -> &str {
        let own = self.place(field).and_then(|nth| self.names.get(nth)).map(String::as_str);
        own.unwrap_or_else(|| field.name())
    }

    /// How many columns there are, up to the last with a name.
    pub(super) fn width(&self) -> usize {
        self.named
    }

    /// Whether `record` has a cell for every named column and no text beyond the last.
    pub(super) fn fits(&self, record: &Record) -> bool {
        record.len() >= self.named
            && (self.width()..record.len()).all(|surplus| record.cell(surplus).is_empty())
    }
}

/// The separator that stands most often in the header outside quotes; the first of [`SEPARATORS`] wins a tie.
pub(super) fn separator<R: Read + Seek>(text: &mut Text<R>) -> Result<char, CatalogueError> {
    let mut counts = [0_usize; SEPARATORS.len()];
    let (mut quoted, mut seen, mut bytes, mut returned) = (false, false, 0, None);
    loop {
        let place = text.place();
        let Some(c) = text.next()? else { break };
        bytes += c.len_utf8();
        if bytes > MAX_RECORD {
            break;
        }
        // A return before another or before a line feed ends a line; before anything else it is the only end.
        if let Some(Place { line, column }) = returned.take()
            && !matches!(c, '\r' | '\n')
        {
            return Err(CatalogueError::CarriageReturns { line, column });
        }
        match c {
            '"' => {
                quoted = !quoted;
                seen = true;
            }
            _ if quoted => {}
            '\r' => returned = Some(place),
            '\n' if seen => break,
            '\n' => counts = [0; SEPARATORS.len()],
            '\u{FEFF}' => {
                return Err(CatalogueError::StrayMark { line: place.line, column: place.column });
            }
            c => {
                for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
                    *count += usize::from(c == separator);
                }
                seen |= !c.is_whitespace() && !SEPARATORS.contains(&c);
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let found = counts.iter().zip(SEPARATORS).find(|(count, _)| **count == most);
    Ok(found.map_or(',', |(_, separator)| separator))
}
