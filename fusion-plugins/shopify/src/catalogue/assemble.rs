//! From consecutive rows to one product.

mod findings;
mod images;
mod product;
mod variant;

use super::{
    entry::{CatalogueProduct, CellProblem, Entry, RefusedProduct, shown},
    field::Field,
    group::Standing,
    header::Header,
    options::Options,
    row::{Broken, Row},
    values::Fault,
};
use findings::Findings;
use images::Images;
use product::Told;
use std::{collections::BTreeSet, ops::RangeInclusive};
use variant::VariantRow;

const NO_VARIANT: Fault = Fault {
    code: "no_variant",
    reason: "no row of the product has a price",
    help: "write the price of the only variant on the first row",
};

/// What every row is read with.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) options: &'a Options,
    pub(super) repeated_skus: &'a BTreeSet<String>,
}

/// A product of which some rows have been read.
pub(super) struct Draft {
    handle: String,
    lines: RangeInclusive<u64>,
    told: Told,
    variants: Vec<VariantRow>,
    images: Images,
    found: Findings,
    adrift: bool,
}

impl Draft {
    /// Begins with the first row of a product.
    pub(super) fn begin(row: Row<'_>, standing: Standing, rules: Rules<'_>) -> Self {
        let name = row.name();
        let handle = if name.uncertain { shown(name.text) } else { name.text.to_owned() };
        let mut draft = Self {
            handle,
            lines: row.record.line..=row.record.last_line,
            told: Told::default(),
            variants: Vec::new(),
            images: Images::default(),
            found: Findings::default(),
            adrift: false,
        };
        if draft.trusts(row, standing) {
            draft.told = Told::by(row, &mut draft.found);
            draft.read(row, rules);
        }
        draft
    }

    /// Takes a further row of the same product.
    pub(super) fn add(&mut self, row: Row<'_>, standing: Standing, rules: Rules<'_>) {
        self.lines = *self.lines.start()..=row.record.last_line;
        if self.trusts(row, standing) {
            self.told.compare(row, &mut self.found);
            self.read(row, rules);
        }
    }

    /// Whether the row's cells mean what their columns say; notes the problem if not.
    fn trusts(&mut self, row: Row<'_>, standing: Standing) -> bool {
        if let Some(broken) = row.broken() {
            self.found.broken(row, broken);
            return false;
        }
        match standing {
            Standing::Sound => true,
            Standing::Adrift => {
                // One problem stands for all rows up to the next title: there may be thousands.
                if !self.adrift {
                    self.found.adrift(row);
                }
                self.adrift = true;
                false
            }
            Standing::Nameless => {
                self.found.nameless(row);
                false
            }
        }
    }

    fn read(&mut self, row: Row<'_>, rules: Rules<'_>) {
        self.images.gallery(row, &mut self.found);
        if row.has_variant() {
            let image = self.images.of_variant(row, &mut self.found);
            if let Some(variant) = VariantRow::read(row, rules, image, &mut self.found) {
                self.variants.push(variant);
            }
        } else if row.cell(Field::ImageSource).is_empty() {
            self.found.nothing(row);
        }
    }

    /// Ends the product.
    pub(super) fn finish(mut self, header: &Header) -> Entry {
        let images = self.images.in_order();
        let variants =
            variant::build(self.variants, &self.told.option_names, &images, header, &mut self.found);
        if variants.variants.is_empty() && self.found.problems.is_empty() {
            self.found.problem_at(*self.lines.start(), header.name(Field::Price), "", NO_VARIANT);
        }
        let whole = if self.found.problems.is_empty() {
            self.told.into_product(&self.handle, variants, images, &mut self.found)
        } else {
            None
        };
        let Findings { problems, losses, notes } = self.found;
        match whole {
            Some((product, publish)) => Entry::Product(Box::new(CatalogueProduct {
                handle: self.handle,
                lines: self.lines,
                product,
                publish,
                losses,
                notes,
            })),
            None => Entry::Refused(RefusedProduct { handle: self.handle, lines: vec![self.lines], problems }),
        }
    }

    /// Ends a product whose handle comes back: all that is kept of it is what is wrong.
    pub(super) fn into_problems(self, header: &Header) -> (String, Vec<CellProblem>) {
        let handle = self.handle.clone();
        match self.finish(header) {
            Entry::Refused(refused) => (handle, refused.problems),
            Entry::Product(_) | Entry::Broken(_) => (handle, Vec::new()),
        }
    }
}

impl Row<'_> {
    /// Whether the row tells a variant: an option value, a price or a SKU.
    fn has_variant(self) -> bool {
        [Field::Price, Field::Sku, Field::OptionValue(0), Field::OptionValue(1), Field::OptionValue(2)]
            .into_iter()
            .any(|field| !self.cell(field).is_empty())
    }
}
