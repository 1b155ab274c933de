//! Attributes of a listing as they are read: lists of entries for several marketplaces and languages.

use super::reading::leftovers;
use crate::wire::attributes::{self as wire, Selectors};
use fusion_core::{
    error::Result,
    model::{LossKind, Losses, StoreFacts},
};
use fusion_plugin_sdk::{parse, unreadable};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Names of the attributes that the model has a place for, each with the members of an entry that are carried.
/// Everything else travels in the extras.
const MAPPED: &[(&str, &[&str])] = &[
    ("item_name", TEXT),
    ("product_description", TEXT),
    ("bullet_point", TEXT),
    ("brand", TEXT),
    ("generic_keyword", TEXT),
    ("item_type_keyword", TEXT),
    ("recommended_browse_nodes", TEXT),
    ("condition_type", TEXT),
    ("product_tax_code", TEXT),
    ("parentage_level", TEXT),
    ("part_number", TEXT),
    ("externally_assigned_product_identifier", &["type", "value", "marketplace_id"]),
    ("item_package_weight", &["unit", "value", "marketplace_id"]),
    ("list_price", &["currency", "value", "marketplace_id"]),
    ("fulfillment_availability", &["fulfillment_channel_code", "quantity", "marketplace_id"]),
    ("variation_theme", &["name", "marketplace_id"]),
    ("child_parent_sku_relationship", &["child_relationship_type", "parent_sku", "marketplace_id"]),
    (
        "purchasable_offer",
        &[
            "marketplace_id",
            "currency",
            "audience",
            "our_price[].schedule[].value_with_tax",
            "discounted_price[].schedule[].value_with_tax",
            "discounted_price[].schedule[].start_at",
            "discounted_price[].schedule[].end_at",
        ],
    ),
];

const TEXT: &[&str] = &["value", "language_tag", "marketplace_id"];

/// The members of an image's entry that are carried.
const IMAGE: &[&str] = &["media_location", "marketplace_id"];

/// Attributes of one SKU, seen from one marketplace.
pub(super) struct Attributes<'a> {
    pub(super) raw: &'a BTreeMap<String, Box<RawValue>>,
    pub(super) facts: &'a StoreFacts,
}

impl Attributes<'_> {
    /// Places and texts of this marketplace's entries; those of others belong to other stores.
    fn own(&self, name: &str) -> Result<Vec<(usize, &RawValue, Selectors)>> {
        let Some(raw) = self.raw.get(name) else { return Ok(Vec::new()) };
        let path = format!("attributes[{name}]");
        let entries: Vec<&RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| unreadable(&path, "it is no list of entries"))?;
        let mut own = Vec::new();
        for (nth, entry) in entries.into_iter().enumerate() {
            let selectors: Selectors = parse(entry.get().as_bytes(), &format!("{path}[{nth}]"))?;
            if selectors.marketplace_id.as_ref().is_none_or(|id| *id == self.facts.remote_id) {
                own.push((nth, entry, selectors));
            }
        }
        Ok(own)
    }

    /// This marketplace's entries.
    pub(super) fn entries<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<(usize, T)>> {
        let read = |(nth, entry, _): (usize, &RawValue, Selectors)| {
            Ok((nth, parse(entry.get().as_bytes(), &format!("attributes[{name}][{nth}]"))?))
        };
        self.own(name)?.into_iter().map(read).collect()
    }

    /// This marketplace's only entry; further ones are lost.
    pub(super) fn first<T: DeserializeOwned>(&self, name: &str, losses: &mut Losses) -> Result<Option<T>> {
        let mut entries = self.entries(name)?.into_iter();
        let first = entries.next();
        for (nth, _) in entries {
            losses.add(format!("attributes[{name}][{nth}]"), LossKind::Dropped, "the model has one of it");
        }
        Ok(first.map(|(_, entry)| entry))
    }

    /// Texts in the store's language, or in the language of the first where there is none in it.
    pub(super) fn texts(&self, name: &str, losses: &mut Losses) -> Result<Vec<String>> {
        let entries: Vec<(usize, wire::Text)> = self.entries(name)?;
        let own = tag(&self.facts.locale.0);
        let is_own =
            |text: &&(usize, wire::Text)| text.1.language_tag.as_deref().is_none_or(|tag| tag == own);
        let language = match entries.iter().find(is_own).or(entries.first()) {
            Some((_, text)) => text.language_tag.clone(),
            None => return Ok(Vec::new()),
        };
        let mut texts = Vec::new();
        for (nth, text) in entries {
            if text.language_tag == language || text.language_tag.is_none() {
                texts.push(text.value);
            } else {
                let note = "a text in another language than the store's";
                losses.add(format!("attributes[{name}][{nth}]"), LossKind::Dropped, note);
            }
        }
        Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
    }

    /// The one text; further ones are lost.
    pub(super) fn text(&self, name: &str, losses: &mut Losses) -> Result<Option<String>> {
        let mut texts = self.texts(name, losses)?.into_iter();
        let first = texts.next();
        if texts.next().is_some() {
            losses.add(format!("attributes[{name}]"), LossKind::Dropped, "the model has one text for it");
        }
        Ok(first)
    }

    /// The attributes that no field of the model carries, as JSON texts of their entries in this marketplace.
    pub(super) fn others(&self, taken: &[String]) -> Result<BTreeMap<String, String>> {
        let is_mapped = |name: &str| MAPPED.iter().any(|(known, _)| *known == name) || is_image(name);
        let mut others = BTreeMap::new();
        for name in self.raw.keys().filter(|name| !is_mapped(name) && !taken.contains(name)) {
            let own: Vec<&str> = self.own(name)?.into_iter().map(|(_, entry, _)| entry.get()).collect();
            if !own.is_empty() {
                others.insert(name.clone(), format!("[{}]", own.join(",")));
            }
        }
        Ok(others)
    }

    /// Reports the members of mapped attributes that nothing carries.
    pub(super) fn lost(&self, losses: &mut Losses) -> Result<()> {
        for name in self.raw.keys() {
            let carried = match MAPPED.iter().find(|(known, _)| known == name) {
                Some((_, members)) => members,
                None if is_image(name) => IMAGE,
                None => continue,
            };
            for (nth, entry, _) in self.own(name)? {
                let path = format!("attributes[{name}][{nth}]");
                let mut part = Losses::default();
                leftovers(&parse(entry.get().as_bytes(), &path)?, carried, &mut part);
                let members: Vec<String> = part.with(()).losses.into_iter().map(|loss| loss.path).collect();
                if !members.is_empty() {
                    let note = format!("the model has no place for {}", members.join(", "));
                    losses.add(path, LossKind::Dropped, note);
                }
            }
        }
        Ok(())
    }
}

/// Pictures that a listing shows in a row.
pub(super) const PICTURES: usize = 9;

/// The attributes of the pictures, in order.
pub(super) fn picture_names() -> impl Iterator<Item = String> {
    let others = (1..PICTURES).map(|place| format!("other_product_image_locator_{place}"));
    std::iter::once("main_product_image_locator".to_owned()).chain(others)
}

/// Whether an attribute is one of them.
pub(super) fn is_image(name: &str) -> bool {
    picture_names().any(|picture| picture == name)
}

/// A language as the platform writes it: `en_US`.
pub(super) fn tag(locale: &str) -> String {
    locale.replace('-', "_")
}
