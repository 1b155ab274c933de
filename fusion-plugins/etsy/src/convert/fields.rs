//! Fields that a draft and a change have in common, and what none of them can carry.

use super::{
    limits,
    product::{TAXONOMY, base},
};
use crate::{extras::ListingExtras, wire::Form};
use fusion_core::{
    error::Problem,
    model::{
        Category, Decimal, LossKind, Losses, Media, MediaRole, Nature, NewListing, NewListingVariant, Offer,
        RichText, StoreFacts, TaxBasis, TextFormat, Weight, WeightUnit,
    },
};
use fusion_plugin_sdk::plain_text;

/// Texts on their way out, with what is lost of them and what is wrong.
pub(super) struct Texts<'a> {
    pub(super) losses: &'a mut Losses,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Texts<'_> {
    pub(super) fn title(&mut self, title: &str) -> String {
        if title.trim().is_empty() {
            self.problems.push(Problem::error("title", "required", "give it a title"));
        }
        if let Some(c) = limits::ONCE_IN_TITLE.into_iter().find(|c| title.matches(*c).count() > 1) {
            let why = format!("the platform takes {c} once in a title; write it in words");
            self.problems.push(Problem::error("title", "repeated_character", why));
        }
        if title.chars().count() > limits::TITLE {
            self.losses.add("title", LossKind::Truncated, "the platform takes 140 characters");
        }
        cut(title, limits::TITLE)
    }

    pub(super) fn description(&mut self, text: &RichText, bullets: &[String]) -> String {
        if text.format == TextFormat::Html {
            self.losses.add(
                "description",
                LossKind::Reinterpreted,
                "the platform takes no HTML: its text is sent",
            );
        }
        let mut out = plain_text(text);
        if !bullets.is_empty() {
            self.losses.add("bullets", LossKind::Reinterpreted, "they stand below the description");
            out.push('\n');
        }
        for bullet in bullets {
            out.push_str("\n- ");
            out.push_str(bullet);
        }
        if out.trim().is_empty() {
            self.problems.push(Problem::error(
                "description",
                "required",
                "the platform takes no listing without one",
            ));
        }
        out
    }

    pub(super) fn tags(&mut self, tags: &[String]) -> Vec<String> {
        let may = |c: char| c.is_alphanumeric() || " -'™©®".contains(c);
        let mut sent = Vec::new();
        for (nth, tag) in tags.iter().enumerate() {
            if tag.chars().count() > limits::TAG || tag.is_empty() || !tag.chars().all(may) {
                let note = "the platform takes 20 letters, digits, spaces and - ' ™ © ®";
                self.losses.add(format!("tags[{nth}]"), LossKind::Dropped, note);
            } else {
                sent.push(tag.clone());
            }
        }
        if sent.len() > limits::TAGS {
            self.losses.add("tags", LossKind::Truncated, "the platform takes 13 tags");
            sent.truncate(limits::TAGS);
        }
        sent
    }

    pub(super) fn taxonomy(&mut self, categories: &[Category]) -> Option<i64> {
        let mut found = None;
        for (nth, category) in categories.iter().enumerate() {
            match category.value.parse::<i64>() {
                Ok(id) if category.scheme == TAXONOMY && found.is_none() => found = Some(id),
                _ => {
                    let note = "the platform takes one category of its own tree";
                    self.losses.add(format!("categories[{nth}]"), LossKind::Dropped, note);
                }
            }
        }
        if found.is_none() {
            let why = "choose a leaf of the platform's tree, scheme etsy";
            self.problems.push(Problem::error("categories", "required", why));
        }
        found
    }

    pub(super) fn required<T>(&mut self, field: &Option<T>, name: &str) {
        if field.is_none() {
            let path = format!("extensions.etsy.listing.{name}");
            self.problems.push(Problem::error(path, "required", "the platform takes no listing without it"));
        }
    }
}

/// What the platform has no field for.
pub(super) fn lost_of_listing(listing: &NewListing, facts: &StoreFacts, losses: &mut Losses) {
    if listing.brand.is_some() {
        losses.add("brand", LossKind::Dropped, "the platform has no field for it");
    }
    if base(&listing.locale.0) != base(&facts.locale.0) {
        losses.add(
            "locale",
            LossKind::Reinterpreted,
            "a new listing's texts are taken for the shop's language",
        );
    }
}

/// What the platform has no field for.
pub(super) fn lost_of_variant(
    variant: &NewListingVariant,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) {
    lost_of_offer(&variant.offer, path, facts, losses);
    let none = "the platform has no field for it";
    if variant.cost.is_some() {
        losses.add(format!("{path}.cost"), LossKind::Dropped, none);
    }
    for nth in 0..variant.codes.len() {
        losses.add(format!("{path}.codes[{nth}]"), LossKind::Dropped, none);
    }
    for (field, is) in
        [("hs_code", variant.shipping.hs_code.is_some()), ("origin", variant.shipping.origin.is_some())]
    {
        if is {
            losses.add(format!("{path}.shipping.{field}"), LossKind::Dropped, none);
        }
    }
}

fn lost_of_offer(offer: &Offer, path: &str, facts: &StoreFacts, losses: &mut Losses) {
    let sales = "the platform makes reductions in its web interface alone: the full price is shown";
    for (field, is) in [("compare_at", offer.compare_at.is_some()), ("sale", offer.sale.is_some())] {
        if is {
            losses.add(format!("{path}.offer.{field}"), LossKind::Dropped, sales);
        }
    }
    let told = offer.tax != TaxBasis::Unknown && facts.tax_basis != TaxBasis::Unknown;
    if told && offer.tax != facts.tax_basis {
        let note = "the shop takes its prices the other way, with or without tax";
        losses.add(format!("{path}.offer.tax"), LossKind::Reinterpreted, note);
    }
}

/// The platform's word for what kind of thing it is.
pub(super) fn word(nature: Nature, losses: &mut Losses) -> &'static str {
    match nature {
        Nature::Physical => "physical",
        Nature::Digital => "download",
        Nature::Both => "both",
        Nature::Service => {
            losses.add(
                "nature",
                LossKind::Reinterpreted,
                "the platform knows no services: it is shown as a thing",
            );
            "physical"
        }
    }
}

/// The platform has one weight a listing.
pub(super) fn one_weight(
    weights: impl Iterator<Item = Option<Weight>>,
    losses: &mut Losses,
) -> Option<Weight> {
    let all: Vec<Option<Weight>> = weights.collect();
    let heaviest = all.iter().flatten().copied().max_by_key(grams);
    if heaviest.is_some() && all.windows(2).any(|two| two.first() != two.last()) {
        losses.add(
            "variants[].shipping.weight",
            LossKind::Aggregated,
            "the platform has one weight: the heaviest",
        );
    }
    heaviest
}

/// To compare, never to send.
fn grams(weight: &Weight) -> Decimal {
    let of_unit = match weight.unit {
        WeightUnit::Gram => Decimal::ONE,
        WeightUnit::Kilogram => Decimal::ONE_THOUSAND,
        WeightUnit::Ounce => Decimal::new(28_349_523_125, 9),
        WeightUnit::Pound => Decimal::new(45_359_237, 5),
    };
    weight.value.checked_mul(of_unit).unwrap_or(Decimal::MAX)
}

/// The platform's word for a unit.
pub(super) fn unit(unit: WeightUnit) -> &'static str {
    match unit {
        WeightUnit::Gram => "g",
        WeightUnit::Kilogram => "kg",
        WeightUnit::Ounce => "oz",
        WeightUnit::Pound => "lb",
    }
}

/// What only this platform has.
pub(super) fn extras(extras: &ListingExtras, form: &mut Form) {
    form.set_some("who_made", extras.who_made.as_ref());
    form.set_some("when_made", extras.when_made.as_ref());
    form.set_some("is_supply", extras.is_supply);
    form.set_some("return_policy_id", extras.return_policy_id);
    form.set_some("shop_section_id", extras.shop_section_id);
    form.set_some("should_auto_renew", extras.should_auto_renew);
    form.set_some("is_customizable", extras.is_customizable);
    form.set_some("is_taxable", extras.is_taxable);
    if !extras.materials.is_empty() {
        form.set_list("materials", &extras.materials);
    }
    if !extras.styles.is_empty() {
        form.set_list("styles", &extras.styles);
    }
    if !extras.production_partner_ids.is_empty() {
        form.set_list("production_partner_ids", &extras.production_partner_ids);
    }
}

/// Whether it goes up as a picture, `before` others having gone.
pub(super) fn is_image(media: &Media, path: &str, before: usize, losses: &mut Losses) -> bool {
    let note = match media.role {
        MediaRole::Gallery if before < limits::IMAGES => return true,
        MediaRole::Gallery => {
            losses.add("media", LossKind::Truncated, "the platform takes 20 pictures");
            return false;
        }
        MediaRole::Video => "videos aren't carried yet",
        MediaRole::Download => "files for buyers aren't carried yet",
    };
    losses.add(path, LossKind::Dropped, note);
    false
}

/// The text that stands for a picture.
pub(super) fn alt(media: &Media, path: &str, losses: &mut Losses) -> Option<String> {
    let alt = media.alt.as_deref()?;
    if alt.chars().count() > limits::ALT {
        losses.add(format!("{path}.alt"), LossKind::Truncated, "the platform takes 500 characters");
    }
    Some(cut(alt, limits::ALT))
}

/// The first `limit` characters.
fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
