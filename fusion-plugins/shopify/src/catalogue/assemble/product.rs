//! What the first row of a product tells.

use super::{Findings, Row};
use crate::{
    catalogue::{
        entry::{NoteKind, Publish, Withheld},
        field::Field,
        values::{Fault, truth},
    },
    extras::CatalogueExtras,
};
use fusion_core::model::{
    Category, Extensions, LossKind, Nature, NewImage, NewProduct, ProductOption, ProductStatus, RichText,
    Wording,
};
use std::collections::BTreeMap;

use super::variant::Variants;

/// Longest title that Shopify takes, in characters.
const MAX_TITLE: usize = 255;

/// Columns whose later cells are compared with the first row's.
const COMPARED: [Field; 9] = [
    Field::Title,
    Field::Body,
    Field::Vendor,
    Field::Category,
    Field::Type,
    Field::Tags,
    Field::Published,
    Field::Status,
    Field::GiftCard,
];

/// The product's own cells.
#[derive(Default)]
pub(super) struct Told {
    line: u64,
    title: String,
    body: String,
    vendor: String,
    categories: Vec<Category>,
    tags: Vec<String>,
    withheld: Option<Withheld>,
    draft: bool,
    extras: CatalogueExtras,
    /// The cells of [`COMPARED`].
    first: Vec<String>,
    /// Names of the three options with the line that told each.
    pub(super) option_names: [OptionName; 3],
}

/// What an option is called.
#[derive(Clone, Default)]
pub(super) struct OptionName {
    pub(super) name: String,
    pub(super) line: u64,
}

impl Told {
    /// Reads the product's cells of its first row.
    pub(super) fn by(row: Row<'_>, found: &mut Findings) -> Self {
        let text = |field| row.cell(field).to_owned();
        let some = |field| Some(text(field)).filter(|text| !text.is_empty());
        check_title(row, found);
        let gift_card = found.take(row, Field::GiftCard, truth(row.cell(Field::GiftCard))).flatten();
        let published = found.take(row, Field::Published, truth(row.cell(Field::Published))).flatten();
        let (draft, by_status) = status(row, found);
        let withheld = if gift_card == Some(true) {
            Some(Withheld::GiftCard)
        } else {
            by_status.or((published == Some(false)).then_some(Withheld::Unpublished))
        };
        let categories =
            [("shopify", Field::Category), ("google", Field::GoogleCategory), ("merchant", Field::Type)]
                .into_iter()
                .filter_map(|(scheme, field)| {
                    Some(Category { scheme: scheme.to_owned(), value: some(field)? })
                })
                .collect();
        let mut tags: Vec<String> = Vec::new();
        for tag in row.cell(Field::Tags).split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        let metafields: BTreeMap<String, String> = (row.header.metafields.iter())
            .map(|(nth, key)| (key.clone(), row.record.cell(*nth).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let mut told = Self {
            line: row.record.line,
            title: text(Field::Title),
            body: text(Field::Body),
            vendor: text(Field::Vendor),
            categories,
            tags,
            withheld,
            draft,
            extras: CatalogueExtras {
                handle: String::new(),
                product_type: some(Field::Type),
                gift_card: gift_card == Some(true),
                seo_title: some(Field::SeoTitle),
                seo_description: some(Field::SeoDescription),
                metafields,
            },
            first: COMPARED.into_iter().map(text).collect(),
            option_names: Default::default(),
        };
        told.name_options(row, found);
        told
    }

    /// Compares a later row with the first: what it repeats or says otherwise changes nothing.
    pub(super) fn compare(&mut self, row: Row<'_>, found: &mut Findings) {
        for (field, first) in COMPARED.into_iter().zip(&self.first) {
            let cell = row.cell(field);
            if !cell.is_empty() && cell != first {
                found.note(row, field, NoteKind::DiffersFromFirstRow);
            }
        }
        self.name_options(row, found);
    }

    /// Takes the first name told for each option.
    fn name_options(&mut self, row: Row<'_>, found: &mut Findings) {
        for (nth, option) in (0..).zip(&mut self.option_names) {
            let (field, name) = (Field::OptionName(nth), row.cell(Field::OptionName(nth)));
            if name.is_empty() {
                continue;
            }
            if option.name.is_empty() {
                *option = OptionName { name: name.to_owned(), line: row.record.line };
            } else if option.name != name {
                found.note(row, field, NoteKind::DiffersFromFirstRow);
            }
        }
    }

    /// Joins the product's cells with its variants and pictures; `None` if a problem came up.
    pub(super) fn into_product(
        mut self,
        handle: &str,
        built: Variants,
        images: Vec<NewImage>,
        found: &mut Findings,
    ) -> Option<(NewProduct, Publish)> {
        let nature = self.nature(&built, found);
        self.extras.handle = handle.to_owned();
        let mut extensions = Extensions::default();
        if extensions.set(&self.extras).is_err() {
            found.problem_at(
                self.line,
                "",
                "",
                Fault {
                    code: "extras",
                    reason: "the extra columns can't be kept",
                    help: "remove the metafield columns",
                },
            );
            return None;
        }
        let mut variants = built.variants;
        if self.extras.gift_card {
            variants.iter_mut().for_each(|variant| variant.on_hand = None);
        }
        let description = if self.body.is_empty() { RichText::default() } else { RichText::html(self.body) };
        let product = NewProduct {
            wording: Wording { title: self.title, description, bullets: Vec::new() },
            brand: Some(self.vendor).filter(|vendor| !vendor.is_empty()),
            nature,
            options: built.options.into_iter().map(|(name, values)| ProductOption { name, values }).collect(),
            variants,
            images,
            categories: self.categories,
            tags: self.tags,
            extensions,
            status: if self.draft { ProductStatus::Draft } else { ProductStatus::Staged },
            ..NewProduct::default()
        };
        Some((product, self.withheld.map_or(Publish::Yes, Publish::No)))
    }

    fn nature(&self, built: &Variants, found: &mut Findings) -> Nature {
        if self.extras.gift_card || built.shipped.iter().all(|shipped| !shipped) {
            return Nature::Digital;
        }
        if built.shipped.iter().all(|shipped| *shipped) {
            return Nature::Physical;
        }
        found.losses.push(fusion_core::model::Loss {
            path: "Variant Requires Shipping".to_owned(),
            kind: LossKind::Aggregated,
            note: "some variants are shipped and some not; the product is kept as both".to_owned(),
        });
        Nature::Both
    }
}

fn check_title(row: Row<'_>, found: &mut Findings) {
    let title = row.cell(Field::Title);
    if title.is_empty() {
        found.problem(
            row,
            Field::Title,
            Fault {
                code: "no_title",
                reason: "the first row of a product has no title",
                help: "write the title on the first row, and keep the rows of a product together",
            },
        );
    } else if title.chars().count() > MAX_TITLE {
        found.problem(
            row,
            Field::Title,
            Fault {
                code: "title_too_long",
                reason: "the title is longer than 255 characters",
                help: "shorten it",
            },
        );
    }
}

fn status(row: Row<'_>, found: &mut Findings) -> (bool, Option<Withheld>) {
    match row.cell(Field::Status).to_ascii_lowercase().as_str() {
        "" | "active" => (false, None),
        "draft" => (true, Some(Withheld::Draft)),
        "archived" => (false, Some(Withheld::Archived)),
        "unlisted" => (false, Some(Withheld::Unpublished)),
        _ => {
            found.problem(
                row,
                Field::Status,
                Fault {
                    code: "unknown_status",
                    reason: "the status is none that Shopify has",
                    help: "write active, draft or archived",
                },
            );
            (false, None)
        }
    }
}
