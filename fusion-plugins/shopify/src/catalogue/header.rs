//! What the columns of a file mean.

use super::{
    error::{CatalogueError, Likeness},
    record::{Damage, MAX_RECORD, Record, Records},
    text::{Place, Text},
};
use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Handle,
    Title,
    Body,
    Vendor,
    Category,
    GoogleCategory,
    Type,
    Tags,
    Published,
    Status,
    GiftCard,
    SeoTitle,
    SeoDescription,
    OptionName(u8),
    OptionValue(u8),
    Sku,
    Barcode,
    Mpn,
    Price,
    CompareAt,
    Cost,
    Tracker,
    Quantity,
    Grams,
    WeightUnit,
    RequiresShipping,
    HsCode,
    Origin,
    ImageSource,
    ImagePosition,
    ImageAlt,
    VariantImage,
}

/// Header names, old and new; the first of a field is how it is called where a file has none.
const NAMES: &[(&str, Field)] = &[
    ("Handle", Field::Handle),
    ("URL handle", Field::Handle),
    ("Title", Field::Title),
    ("Body (HTML)", Field::Body),
    ("Body HTML", Field::Body),
    ("Description", Field::Body),
    ("Vendor", Field::Vendor),
    ("Product Category", Field::Category),
    ("Standardized Product Type", Field::Category),
    ("Standard Product Type", Field::Category),
    ("Google Shopping / Google Product Category", Field::GoogleCategory),
    ("Type", Field::Type),
    ("Custom Product Type", Field::Type),
    ("Tags", Field::Tags),
    ("Published", Field::Published),
    ("Published on online store", Field::Published),
    ("Status", Field::Status),
    ("Gift Card", Field::GiftCard),
    ("SEO Title", Field::SeoTitle),
    ("SEO Description", Field::SeoDescription),
    ("Option1 Name", Field::OptionName(0)),
    ("Option2 Name", Field::OptionName(1)),
    ("Option3 Name", Field::OptionName(2)),
    ("Option1 Value", Field::OptionValue(0)),
    ("Option2 Value", Field::OptionValue(1)),
    ("Option3 Value", Field::OptionValue(2)),
    ("Variant SKU", Field::Sku),
    ("SKU", Field::Sku),
    ("Variant Barcode", Field::Barcode),
    ("Barcode", Field::Barcode),
    ("Google Shopping / MPN", Field::Mpn),
    ("Google Shopping / Manufacturer Part Number (MPN)", Field::Mpn),
    ("Variant Price", Field::Price),
    ("Price", Field::Price),
    ("Variant Compare At Price", Field::CompareAt),
    ("Compare-at price", Field::CompareAt),
    ("Compare At Price", Field::CompareAt),
    ("Cost per item", Field::Cost),
    ("Variant Inventory Tracker", Field::Tracker),
    ("Inventory Tracker", Field::Tracker),
    ("Variant Inventory Qty", Field::Quantity),
    ("Variant Inventory Quantity", Field::Quantity),
    ("Inventory Quantity", Field::Quantity),
    ("Variant Grams", Field::Grams),
    ("Weight value (grams)", Field::Grams),
    ("Variant Weight Unit", Field::WeightUnit),
    ("Weight unit for display", Field::WeightUnit),
    ("Variant Requires Shipping", Field::RequiresShipping),
    ("Requires Shipping", Field::RequiresShipping),
    ("Variant HS Code", Field::HsCode),
    ("HS Code", Field::HsCode),
    ("Harmonized System Code", Field::HsCode),
    ("Variant Country of Origin", Field::Origin),
    ("Country of origin", Field::Origin),
    ("COO", Field::Origin),
    ("Image Src", Field::ImageSource),
    ("Product image URL", Field::ImageSource),
    ("Image Position", Field::ImagePosition),
    ("Image Alt Text", Field::ImageAlt),
    ("Variant Image", Field::VariantImage),
    ("Variant image URL", Field::VariantImage),
];

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
        let (mut metafields, mut unknown, mut named) = (Vec::new(), Vec::new(), 0);
        for (nth, name) in names.iter().enumerate() {
            if !name.is_empty() {
                named = nth + 1;
            }
            if let Some((_, field)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                if let Some(first) = places.insert(*field, nth) {
                    let first = names.get(first).cloned().unwrap_or_default();
                    return Err(CatalogueError::RepeatedColumn {
                        first,
                        second: name.clone(),
                        line: record.line,
                    });
                }
                continue;
            }
            if let Some(key) = metafield(name) {
                metafields.push((nth, key));
            }
            if !name.is_empty() {
                unknown.push(name.clone());
            }
        }
        let header = Self { names, places, metafields, unknown, named };
        header.judge(&small)?;
        Ok(header)
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
        let known = || NAMES.iter().find(|(_, known)| *known == field).map(|(name, _)| *name);
        let own = self.place(field).and_then(|nth| self.names.get(nth)).map(String::as_str);
        own.or_else(known).unwrap_or_default()
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Whether `record` has a cell for every named column and none with text beyond the header.
    pub(super) fn fits(&self, record: &Record) -> bool {
        record.len() >= self.named
            && (self.width()..record.len()).all(|surplus| record.cell(surplus).is_empty())
    }
}

/// Namespace and key of a product metafield: `Stuff (product.metafields.custom.material)`.
fn metafield(name: &str) -> Option<String> {
    let (_, key) = name.split_once("product.metafields.")?;
    let key = key.trim_end().trim_end_matches(')').trim();
    (!key.is_empty()).then(|| key.to_owned())
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
