//! What a row tells of one variant.

use super::{Findings, Row, Rules, product::OptionName};
use crate::catalogue::{
    entry::NoteKind,
    field::Field,
    header::Header,
    values::{Barcode, Fault, amount, barcode, decimal, quantity, truth},
};
use fusion_core::model::{
    Code, CodeKind, Decimal, LossKind, NewImage, NewVariant, OptionValues, Shipping, Weight, WeightUnit,
};
use std::collections::{HashMap, HashSet};

/// A variant whose options have no names yet.
pub(super) struct VariantRow {
    line: u64,
    values: [String; 3],
    image: Option<String>,
    shipped: bool,
    variant: NewVariant,
}

/// The variants of a product, whole.
pub(super) struct Variants {
    pub(super) variants: Vec<NewVariant>,
    /// Names and values in the order in which the file tells them.
    pub(super) options: Vec<(String, Vec<String>)>,
    /// Whether each variant is shipped.
    pub(super) shipped: Vec<bool>,
}

impl VariantRow {
    /// Reads the variant's cells; `None` if the price can't be read, every problem being noted.
    pub(super) fn read(
        row: Row<'_>,
        rules: Rules<'_>,
        image: Option<String>,
        found: &mut Findings,
    ) -> Option<Self> {
        let (currency, comma) = (rules.options.currency, rules.options.decimal_comma);
        let filled = |field| Some(row.cell(field)).filter(|cell| !cell.is_empty());
        let sku = found.unquoted(row, Field::Sku);
        if rules.repeated_skus.contains(sku) {
            found.note(row, Field::Sku, NoteKind::RepeatedSku);
        }
        let price = found.take(row, Field::Price, amount(row.cell(Field::Price), currency, comma));
        let [compare_at, cost] = [Field::CompareAt, Field::Cost].map(|field| {
            filled(field).and_then(|cell| found.take(row, field, amount(cell, currency, comma)))
        });
        let shipped = found.take(row, Field::RequiresShipping, truth(row.cell(Field::RequiresShipping)));
        let shipping = shipping(row, comma, found);
        let codes = codes(row, found);
        let on_hand = on_hand(row, comma, found);
        let values = [0, 1, 2].map(|nth| row.cell(Field::OptionValue(nth)).to_owned());
        Some(Self {
            line: row.record.line,
            values,
            image,
            shipped: shipped.flatten().unwrap_or(true),
            variant: NewVariant {
                options: OptionValues::default(),
                sku: Some(sku.to_owned()).filter(|sku| !sku.is_empty()),
                codes,
                price: price?,
                compare_at,
                cost,
                shipping,
                image: None,
                on_hand,
            },
        })
    }
}

fn codes(row: Row<'_>, found: &mut Findings) -> Vec<Code> {
    let mut codes = Vec::new();
    let text = found.unquoted(row, Field::Barcode);
    if !text.is_empty() {
        match barcode(text) {
            Barcode::Good(code) => codes.push(code),
            Barcode::WrongCheckDigit(code) => {
                found.note(row, Field::Barcode, NoteKind::CheckDigit);
                codes.push(code);
            }
            Barcode::Damaged => {
                let note = "a spreadsheet turned the barcode into a number; its digits are gone";
                found.loss(row, Field::Barcode, LossKind::Dropped, note);
            }
        }
    }
    let mpn = row.cell(Field::Mpn);
    if !mpn.is_empty() {
        codes.push(Code { kind: CodeKind::Mpn, value: mpn.to_owned() });
    }
    codes
}

/// The opening stock; `None` where the shop doesn't count.
fn on_hand(row: Row<'_>, comma: bool, found: &mut Findings) -> Option<i64> {
    let (cell, tracked) = (row.cell(Field::Quantity), !row.cell(Field::Tracker).is_empty());
    if cell.is_empty() {
        // A counted variant without a number would be sold without end.
        return tracked.then(|| {
            found.loss(row, Field::Quantity, LossKind::Guessed, "the stock isn't told and is taken as 0");
            0
        });
    }
    let counted = found.take(row, Field::Quantity, quantity(cell, comma))?;
    if row.header.has(Field::Tracker) && !tracked {
        if counted != 0 {
            let note = "the shop doesn't track this variant, so the number isn't its stock";
            found.loss(row, Field::Quantity, LossKind::Dropped, note);
        }
        return None;
    }
    if counted < 0 {
        found.note(row, Field::Quantity, NoteKind::NegativeQuantity);
    }
    Some(counted)
}

fn shipping(row: Row<'_>, comma: bool, found: &mut Findings) -> Shipping {
    let filled = |field| Some(row.cell(field)).filter(|cell| !cell.is_empty());
    let grams = filled(Field::Grams)
        .and_then(|cell| found.take(row, Field::Grams, decimal(cell, comma)))
        // Shopify writes 0 for what nobody weighed.
        .filter(|grams| !grams.is_zero());
    // The column is in grams whatever unit the shop shows; only for kilograms the way back is exact.
    let kilograms = row.cell(Field::WeightUnit).eq_ignore_ascii_case("kg");
    let weight = grams.map(|grams| match grams.checked_div(Decimal::ONE_THOUSAND) {
        Some(value) if kilograms => Weight { value: value.normalize(), unit: WeightUnit::Kilogram },
        _ => Weight { value: grams.normalize(), unit: WeightUnit::Gram },
    });
    let origin = row.cell(Field::Origin);
    let is_country = origin.len() == 2 && origin.bytes().all(|b| b.is_ascii_alphabetic());
    if !origin.is_empty() && !is_country {
        found.loss(row, Field::Origin, LossKind::Dropped, "a country is two letters of ISO 3166");
    }
    let hs_code = found.unquoted(row, Field::HsCode);
    Shipping {
        weight,
        hs_code: Some(hs_code.to_owned()).filter(|code| !code.is_empty()),
        origin: is_country.then(|| origin.to_ascii_uppercase()),
    }
}

/// Names the options of all variants and finds what doesn't go together.
pub(super) fn build(
    rows: Vec<VariantRow>,
    names: &[OptionName; 3],
    images: &[NewImage],
    header: &Header,
    found: &mut Findings,
) -> Variants {
    let mut built = Variants { variants: Vec::new(), options: Vec::new(), shipped: Vec::new() };
    let choices = choices(&rows, names, header, found);
    let places: HashMap<&str, usize> = (images.iter().map(|image| image.source.as_str())).zip(0..).collect();
    let (mut seen, mut values) = (HashSet::new(), HashSet::new());
    for mut row in rows {
        if !seen.insert(row.values.clone()) {
            let values: Vec<&str> =
                row.values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
            let column = header.name(Field::OptionValue(0));
            found.problem_at(
                row.line,
                column,
                &values.join(" / "),
                Fault {
                    code: "repeated_options",
                    reason: "another variant of the product has the same option values",
                    help: "give each variant its own values, or delete one of the two rows",
                },
            );
        }
        for (nth, name) in &choices {
            let value = row.values.get(*nth).map(String::as_str).unwrap_or_default();
            let new = values.insert((*nth, value.to_owned()));
            row.variant.options.set(name, value);
            match built.options.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) if new => values.push(value.to_owned()),
                Some(_) => {}
                None => built.options.push((name.clone(), vec![value.to_owned()])),
            }
        }
        row.variant.image = row.image.and_then(|own| places.get(own.as_str()).copied());
        built.shipped.push(row.shipped);
        built.variants.push(row.variant);
    }
    built
}

/// The options that are real choices: place and name of each.
fn choices(
    rows: &[VariantRow],
    names: &[OptionName; 3],
    header: &Header,
    found: &mut Findings,
) -> Vec<(usize, String)> {
    let mut choices: Vec<(usize, String)> = Vec::new();
    for (place, option) in (0..).zip(names) {
        let nth = usize::from(place);
        let value = |row: &VariantRow| row.values.get(nth).cloned().unwrap_or_default();
        let valued = rows.iter().filter(|row| !value(row).is_empty()).count();
        let column = header.name(Field::OptionValue(place));
        if valued == 0 || is_no_choice(rows, nth, option) {
            continue;
        }
        if option.name.is_empty() {
            let first = rows.iter().find(|row| !value(row).is_empty());
            let (line, value) = first.map_or((0, String::new()), |row| (row.line, value(row)));
            found.problem_at(
                line,
                column,
                &value,
                Fault {
                    code: "option_without_name",
                    reason: "the option has values and no name",
                    help: "write the option's name on the first row of the product",
                },
            );
            continue;
        }
        for row in rows.iter().filter(|row| value(row).is_empty()) {
            found.problem_at(
                row.line,
                column,
                "",
                Fault {
                    code: "option_value_missing",
                    reason: "the variant has no value for an option that others of the product have",
                    help: "write a value for every option of every variant",
                },
            );
        }
        if choices.iter().any(|(_, name)| *name == option.name) {
            found.problem_at(
                option.line,
                column,
                &option.name,
                Fault {
                    code: "repeated_option",
                    reason: "two options of the product have the same name",
                    help: "rename one of them",
                },
            );
        }
        choices.push((nth, option.name.clone()));
    }
    choices
}

/// Whether this is how Shopify writes that there is nothing to choose.
fn is_no_choice(rows: &[VariantRow], nth: usize, option: &OptionName) -> bool {
    (option.name.is_empty() || option.name.eq_ignore_ascii_case("title"))
        && rows
            .iter()
            .all(|row| row.values.get(nth).is_some_and(|value| value.eq_ignore_ascii_case("default title")))
}
