//! Entries of attributes on their way to the platform.

use super::{
    attributes::{PICTURES, picture_names, tag},
    call::raw,
    item_product::{BROWSE, KEYWORD},
    offer::{EVERYBODY, digits, schedule},
};
use crate::wire::{attributes as entry, input::Attributes};
use fusion_core::{
    error::{Problem, Result},
    model::{
        Category, Code, CodeKind, Locale, LossKind, Losses, Media, MediaRole, Money, Offer, Sale, StoreFacts,
        TaxBasis, Weight, WeightUnit,
    },
};
use serde::Serialize;

/// One marketplace's attributes in one language.
pub(super) struct Writer<'a> {
    pub(super) facts: &'a StoreFacts,
    /// `en_US`.
    language: String,
}

impl<'a> Writer<'a> {
    /// Texts in `locale`; where it names no region, the store's.
    pub(super) fn new(locale: &Locale, facts: &'a StoreFacts, losses: &mut Losses) -> Self {
        let language =
            |locale: &str| locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let (own, wanted) = (&facts.locale.0, &locale.0);
        let is_same = language(own) == language(wanted);
        if !is_same {
            let note = "the texts stand in another language than the marketplace's";
            losses.add("locale", LossKind::Reinterpreted, note);
        }
        let has_region = wanted.contains(['-', '_']);
        let chosen = if is_same && !has_region { own } else { wanted };
        Self { facts, language: tag(chosen) }
    }

    /// For a change, which names no language.
    pub(super) fn of_store(facts: &'a StoreFacts) -> Self {
        Self { facts, language: tag(&facts.locale.0) }
    }

    pub(super) fn language(&self) -> &str {
        &self.language
    }

    pub(super) fn marketplace(&self) -> Option<String> {
        Some(self.facts.remote_id.clone())
    }

    /// Texts in the store's language.
    pub(super) fn texts(&self, values: &[String]) -> Vec<entry::Text> {
        let text = |value: &String| entry::Text {
            value: value.clone(),
            language_tag: Some(self.language.clone()),
            marketplace_id: self.marketplace(),
        };
        values.iter().map(text).collect()
    }

    /// Words of a list, which have no language.
    pub(super) fn word(&self, value: &str) -> Vec<entry::Text> {
        vec![entry::Text { value: value.to_owned(), language_tag: None, marketplace_id: self.marketplace() }]
    }

    /// The offer to everybody.
    pub(super) fn offer(&self, price: Option<Money>, sale: Option<Window>) -> Vec<entry::Offer> {
        vec![entry::Offer {
            marketplace_id: self.marketplace(),
            currency: self.facts.currency.code().to_owned(),
            audience: Some(EVERYBODY.to_owned()),
            our_price: price.map(|price| schedule(price, None)).unwrap_or_default(),
            discounted_price: sale
                .map(|sale| schedule(sale.price, Some((sale.from, sale.to))))
                .unwrap_or_default(),
        }]
    }

    pub(super) fn list_price(&self, price: Money) -> Vec<entry::ListPrice> {
        vec![entry::ListPrice {
            currency: price.currency().code().to_owned(),
            value: digits(price.amount()),
            marketplace_id: self.marketplace(),
        }]
    }

    pub(super) fn weight(&self, weight: &Weight) -> Vec<entry::Weight> {
        let unit = match weight.unit {
            WeightUnit::Gram => "grams",
            WeightUnit::Kilogram => "kilograms",
            WeightUnit::Ounce => "ounces",
            WeightUnit::Pound => "pounds",
        };
        vec![entry::Weight {
            unit: unit.to_owned(),
            value: digits(weight.value.normalize()),
            marketplace_id: self.marketplace(),
        }]
    }

    /// Trade numbers: the platform takes one, and the maker's part number beside it.
    pub(super) fn codes(
        &self,
        codes: &[Code],
        path: &str,
        out: &mut Attributes,
        losses: &mut Losses,
    ) -> Result<Coded> {
        let place = |kind: CodeKind| codes.iter().position(|code| code.kind == kind);
        let mut coded = Coded::Not;
        let chosen = place(CodeKind::Gtin).or_else(|| place(CodeKind::Barcode));
        let part = place(CodeKind::Mpn);
        if let Some(code) = chosen.and_then(|nth| codes.get(nth)) {
            match kind_of(&code.value) {
                Some(kind) => {
                    let value = [entry::Identifier {
                        kind: kind.to_owned(),
                        value: code.value.clone(),
                        marketplace_id: self.marketplace(),
                    }];
                    put(out, "externally_assigned_product_identifier", &value)?;
                    coded = Coded::Yes;
                }
                None => coded = Coded::Odd,
            }
        }
        if let Some(code) = part.and_then(|nth| codes.get(nth)) {
            put(out, "part_number", &self.word(&code.value))?;
        }
        for nth in (0..codes.len()).filter(|nth| Some(*nth) != chosen && Some(*nth) != part) {
            let note = "the platform takes one trade number";
            losses.add(format!("{path}.codes[{nth}]"), LossKind::Dropped, note);
        }
        Ok(coded)
    }

    /// Pictures in order: the first is the main one.
    pub(super) fn pictures(&self, media: &[&Media], out: &mut Attributes) -> Result<()> {
        for (name, media) in picture_names().zip(media) {
            let value =
                [entry::Locator { media_location: media.source.clone(), marketplace_id: self.marketplace() }];
            put(out, &name, &value)?;
        }
        Ok(())
    }

    /// Where a product belongs: ids of the platform's tree and its word for a kind of thing.
    pub(super) fn categories(
        &self,
        categories: &[Category],
        out: &mut Attributes,
        losses: &mut Losses,
    ) -> Result<()> {
        let mut browse = Vec::new();
        let mut keyword = Vec::new();
        for (nth, category) in categories.iter().enumerate() {
            match category.scheme.as_str() {
                BROWSE => browse.extend(self.word(&category.value)),
                KEYWORD => keyword.extend(self.word(&category.value)),
                _ => losses.add(
                    format!("categories[{nth}]"),
                    LossKind::Dropped,
                    "the platform takes ids of its own tree and its own words",
                ),
            }
        }
        for (name, values) in [("recommended_browse_nodes", browse), ("item_type_keyword", keyword)] {
            if !values.is_empty() {
                put(out, name, &values)?;
            }
        }
        Ok(())
    }
}

/// Whether a trade number could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coded {
    /// Yes.
    Yes,
    /// There is none.
    Not,
    /// There is one of no length that a trade number has.
    Odd,
}

/// A reduction with both its ends: the platform takes no other.
#[derive(Clone, Copy)]
pub(super) struct Window {
    price: Money,
    from: fusion_core::clock::Timestamp,
    to: fusion_core::clock::Timestamp,
}

pub(super) fn window(sale: &Sale, path: &str, problems: &mut Vec<Problem>) -> Option<Window> {
    match (sale.from, sale.to) {
        (Some(from), Some(to)) if from < to => Some(Window { price: sale.price, from, to }),
        _ => {
            let mend = "the platform takes a reduction with a beginning and a later end";
            problems.push(Problem::error(path, "window", mend));
            None
        }
    }
}

/// Prices that the platform can take: in its currency, with its digits.
pub(super) fn price(price: Money, path: &str, facts: &StoreFacts, problems: &mut Vec<Problem>) {
    if price.currency() != facts.currency {
        let mend = format!("the store sells in {}; convert the price first", facts.currency);
        problems.push(Problem::error(path, "foreign_currency", mend));
    } else if price.amount().scale() > facts.currency.exponent() {
        let mend = format!("{} has {} digits behind the point", facts.currency, facts.currency.exponent());
        problems.push(Problem::error(path, "too_precise", mend));
    }
}

/// Prices are written as the marketplace shows them; whether ours hold tax may differ.
pub(super) fn basis(offer: &Offer, path: &str, facts: &StoreFacts, losses: &mut Losses) {
    if offer.tax == TaxBasis::Unknown || facts.tax_basis == TaxBasis::Unknown {
        let note = "nobody tells whether it holds tax; it is sent as it is";
        losses.add(format!("{path}.tax"), LossKind::Guessed, note);
    } else if offer.tax != facts.tax_basis {
        let note = "the marketplace takes prices the other way, with or without tax";
        losses.add(format!("{path}.tax"), LossKind::Reinterpreted, note);
    }
}

/// Pictures that the platform can fetch, as many as it takes.
pub(super) fn shown<'m>(media: &'m [Media], losses: &mut Losses) -> Vec<&'m Media> {
    let mut sent = Vec::new();
    for (nth, one) in media.iter().enumerate() {
        let path = format!("media[{nth}]");
        let is_fetched = one.source.starts_with("https://") || one.source.starts_with("http://");
        let note = match one.role {
            MediaRole::Gallery if !is_fetched => {
                "the platform fetches pictures itself; give an address that anybody can open"
            }
            MediaRole::Gallery if sent.len() >= PICTURES => {
                losses.add(path, LossKind::Truncated, "the platform shows nine pictures");
                continue;
            }
            MediaRole::Gallery => {
                if one.alt.is_some() {
                    losses.add(format!("{path}.alt"), LossKind::Dropped, "the platform has no place for it");
                }
                sent.push(one);
                continue;
            }
            MediaRole::Video => "videos aren't taken here",
            MediaRole::Download => "the platform has no files for buyers",
        };
        losses.add(path, LossKind::Dropped, note);
    }
    sent
}

/// Words to find it by: the platform takes one text of them.
pub(super) fn keywords(tags: &[String], losses: &mut Losses) -> Vec<String> {
    if tags.len() > 1 {
        losses.add("tags", LossKind::Aggregated, "the platform takes one text: the words, joined");
    }
    if tags.is_empty() { Vec::new() } else { vec![tags.join(" ")] }
}

/// Which trade number it is, by its length.
fn kind_of(code: &str) -> Option<&'static str> {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match code.len() {
        8 | 13 => Some("ean"),
        12 => Some("upc"),
        14 => Some("gtin"),
        _ => None,
    }
}

pub(super) fn put(out: &mut Attributes, name: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
    out.insert(name.to_owned(), raw(value)?);
    Ok(())
}
