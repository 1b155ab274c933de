//! What we want shown, as one write for each SKU of the family.

use super::{
    call::Call,
    entries::{Writer, keywords, put, shown},
    member::Maker,
    schema::ProductType,
    words::plain,
};
use crate::{
    extras::ListingExtras,
    wire::{attributes as entry, input::Attributes},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Category, Converted, LossKind, Losses, Nature, NewListing, NewListingVariant, RichText, StoreFacts,
    },
};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeSet};

/// The longest SKU that the platform takes.
pub(super) const MAX_SKU: usize = 40;

/// The writes that make a listing: a parent first, then a child for each variant; a product with one variant is
/// one SKU. Stock is 0 until the first push. `schema` is the product type's, where it was read.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], with every problem and its path: extras or SKUs are missing or repeat, a price
/// isn't the marketplace's, a trade number is missing, an option has no attribute, or the schema refuses.
pub fn created(
    listing: &NewListing,
    facts: &StoreFacts,
    schema: Option<&ProductType>,
) -> Result<Converted<Vec<Call>>> {
    let Some(extras) =
        listing.extensions.get::<ListingExtras>()?.filter(|extras| !extras.product_type.is_empty())
    else {
        return Err(invalid(vec![Problem::error(
            "extensions.amazon.listing",
            "required",
            "the platform needs a product type; choose one of its own",
        )]));
    };
    let mut losses = Losses::default();
    let mut problems = whole(listing, &extras);
    let writer = Writer::new(&listing.locale, facts, &mut losses);
    let pictures = shown(&listing.media, &mut losses);
    let shared = shared(&Whole::of(listing), &extras, &writer, &mut losses, &mut problems)?;
    let maker = Maker { extras: &extras, writer: &writer, pictures: &pictures, schema, shared };
    let mut calls = Vec::new();
    let is_family = listing.variants.len() > 1;
    let parent_sku = extras.parent_sku.clone().unwrap_or_else(|| format!("P-{}", listing.listing));
    if is_family {
        calls.push(maker.parent(&parent_sku, &listing.variants, &mut losses, &mut problems)?);
    }
    for (nth, variant) in listing.variants.iter().enumerate() {
        let parent = is_family.then_some(parent_sku.as_str());
        let path = format!("variants[{nth}]");
        calls.push(maker.variant(&path, variant, parent, &mut losses, &mut problems)?);
    }
    if problems.is_empty() { Ok(losses.with(calls)) } else { Err(invalid(problems)) }
}

/// What all SKUs of a product say alike.
pub(super) struct Whole {
    pub(super) title: String,
    pub(super) description: RichText,
    pub(super) bullets: Vec<String>,
    pub(super) brand: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) categories: Vec<Category>,
}

impl Whole {
    fn of(listing: &NewListing) -> Self {
        Self {
            title: listing.title.clone(),
            description: listing.description.clone(),
            bullets: listing.bullets.clone(),
            brand: listing.brand.clone(),
            tags: listing.tags.clone(),
            categories: listing.categories.clone(),
        }
    }
}

/// The writes of variants that join a family.
#[expect(clippy::too_many_arguments, reason = "an edit's own parts, and where problems and losses go")]
pub(super) fn grown(
    whole: &Whole,
    add: &[NewListingVariant],
    parent: &str,
    extras: &ListingExtras,
    schema: Option<&ProductType>,
    facts: &StoreFacts,
    losses: &mut Losses,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Call>> {
    let writer = Writer::of_store(facts);
    let shared = shared(whole, extras, &writer, losses, problems)?;
    let maker = Maker { extras, writer: &writer, pictures: &[], schema, shared };
    problems.extend(skus(add, "add", Some(parent)));
    let mut calls = Vec::new();
    for (nth, variant) in add.iter().enumerate() {
        let path = format!("add[{nth}]");
        if variant.media.is_some() {
            losses.add(format!("{path}.media"), LossKind::Dropped, "a variant that is added gets no picture");
        }
        calls.push(maker.variant(&path, variant, Some(parent), losses, problems)?);
    }
    Ok(calls)
}

pub(super) fn invalid(problems: Vec<Problem>) -> Error {
    Error::new(ErrorKind::InvalidInput, "the platform can't take this").with_problems(problems)
}

/// What is wrong with the product as a whole.
fn whole(listing: &NewListing, extras: &ListingExtras) -> Vec<Problem> {
    let mut problems = Vec::new();
    if matches!(listing.nature, Nature::Digital | Nature::Service) {
        problems.push(Problem::error("nature", "refused", "only things that are shipped can be sold here"));
    }
    if listing.variants.is_empty() {
        problems.push(Problem::error("variants", "required", "a product needs at least one variant"));
    }
    if listing.variants.len() > 1 {
        if extras.variation_theme.is_none() {
            let mend = "say how the variants differ, in the platform's word: COLOR/SIZE";
            problems.push(Problem::error("extensions.amazon.listing.variation_theme", "required", mend));
        }
        for option in listing.options.iter().filter(|option| attribute(&option.name, extras).is_none()) {
            let path = format!("extensions.amazon.listing.options.{}", option.name);
            problems.push(Problem::error(path, "required", "name the attribute that holds this option"));
        }
    }
    let parent = extras.parent_sku.as_deref().filter(|_| listing.variants.len() > 1);
    problems.extend(skus(&listing.variants, "variants", parent));
    problems
}

/// The attribute that holds an option: the one that is named, or the theme's of the same name.
pub(super) fn attribute<'a>(option: &str, extras: &'a ListingExtras) -> Option<Cow<'a, str>> {
    if let Some(named) = extras.options.get(option) {
        return Some(Cow::Borrowed(named));
    }
    let plain = option.trim().to_ascii_lowercase().replace(' ', "_").replace("colour", "color");
    let theme = extras.variation_theme.as_deref().unwrap_or_default();
    theme.split('/').any(|part| part.eq_ignore_ascii_case(&plain)).then_some(Cow::Owned(plain))
}

fn skus(variants: &[NewListingVariant], list: &str, parent: Option<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut skus = BTreeSet::from_iter(parent);
    for (nth, variant) in variants.iter().enumerate() {
        let path = format!("{list}[{nth}].sku");
        let sku = variant.sku.as_deref().unwrap_or_default();
        let (code, mend) = if sku.is_empty() {
            ("required", "the platform knows a variant by its SKU")
        } else if sku.trim() != sku {
            ("blank", "a SKU that begins or ends with a blank is another one to the platform")
        } else if sku.chars().count() > MAX_SKU {
            ("too_long", "a SKU has at most 40 characters")
        } else if !skus.insert(sku) {
            ("repeated", "one SKU is one listing: give each variant its own")
        } else {
            continue;
        };
        problems.push(Problem::error(path, code, mend));
    }
    problems
}

/// Attributes that every SKU of the family carries.
fn shared(
    whole: &Whole,
    extras: &ListingExtras,
    writer: &Writer<'_>,
    losses: &mut Losses,
    problems: &mut Vec<Problem>,
) -> Result<Attributes> {
    let mut out = Attributes::new();
    for (name, text) in &extras.attributes {
        match RawValue::from_string(text.clone()) {
            Ok(value) if text.trim_start().starts_with('[') => {
                out.insert(name.clone(), value);
            }
            _ => problems.push(Problem::error(
                format!("extensions.amazon.listing.attributes.{name}"),
                "unreadable",
                "an attribute is the JSON text of a list of entries",
            )),
        }
    }
    put(&mut out, "item_name", &writer.texts(std::slice::from_ref(&whole.title)))?;
    let description = plain(&whole.description, "description", losses);
    for (name, texts) in [
        ("product_description", vec![description]),
        ("bullet_point", whole.bullets.clone()),
        ("brand", whole.brand.iter().cloned().collect()),
        ("generic_keyword", keywords(&whole.tags, losses)),
    ] {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        if !texts.is_empty() {
            put(&mut out, name, &writer.texts(&texts))?;
        }
    }
    writer.categories(&whole.categories, &mut out, losses)?;
    if let Some(code) = &extras.tax_code {
        put(&mut out, "product_tax_code", &writer.word(code))?;
    }
    if extras.code_exempt {
        let exempt = [entry::Flag { value: true, marketplace_id: writer.facts.remote_id.clone() }];
        put(&mut out, "supplier_declared_has_product_identifier_exemption", &exempt)?;
    }
    Ok(out)
}
