//! One SKU of a family: the parent, or a child with its offer.

use super::{
    call::{Call, Write, put_body, raw},
    create::attribute,
    entries::{Coded, Writer, basis, price, put, window},
    schema::ProductType,
    stock::{DEFAULT, is_amazons},
};
use crate::{
    extras::ListingExtras,
    wire::{attributes as entry, input::Attributes},
};
use fusion_core::{
    error::{Problem, Result},
    model::{LossKind, Losses, Media, NewListingVariant},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The condition of what nobody says anything about.
const NEW: &str = "new_new";

/// Makes the writes of a family's members, which share most attributes.
pub(super) struct Maker<'a> {
    pub(super) extras: &'a ListingExtras,
    pub(super) writer: &'a Writer<'a>,
    pub(super) pictures: &'a [&'a Media],
    pub(super) schema: Option<&'a ProductType>,
    pub(super) shared: Attributes,
}

impl Maker<'_> {
    /// The family's parent: no offer, no stock, no trade number.
    pub(super) fn parent(
        &self,
        sku: &str,
        variants: &[NewListingVariant],
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Call> {
        let mut out = self.shared.clone();
        put(&mut out, "parentage_level", &self.writer.word("parent"))?;
        self.theme(&mut out)?;
        self.writer.pictures(self.pictures, &mut out)?;
        let origins: BTreeSet<&String> =
            variants.iter().filter_map(|variant| variant.shipping.origin.as_ref()).collect();
        if let Some(origin) = origins.first() {
            put(&mut out, "country_of_origin", &self.writer.word(origin))?;
        }
        if origins.len() > 1 {
            let note = "the parent bears one of them; each variant its own";
            losses.add("variants[].shipping.origin", LossKind::Aggregated, note);
        }
        self.put(sku, "LISTING_PRODUCT_ONLY", out, None, problems)
    }

    fn theme(&self, out: &mut Attributes) -> Result<()> {
        let theme = self.extras.variation_theme.iter();
        let theme =
            theme.map(|name| entry::Theme { name: name.clone(), marketplace_id: self.writer.marketplace() });
        put(out, "variation_theme", &theme.collect::<Vec<_>>())
    }

    pub(super) fn variant(
        &self,
        path: &str,
        variant: &NewListingVariant,
        parent: Option<&str>,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Call> {
        let mut out = self.shared.clone();
        if let Some(parent) = parent {
            put(&mut out, "parentage_level", &self.writer.word("child"))?;
            let relation = [entry::Parent {
                child_relationship_type: "variation".to_owned(),
                parent_sku: parent.to_owned(),
                marketplace_id: self.writer.marketplace(),
            }];
            put(&mut out, "child_parent_sku_relationship", &relation)?;
            self.theme(&mut out)?;
        }
        for (option, value) in variant.options.iter() {
            match attribute(option, self.extras) {
                Some(name) => put(&mut out, &name, &self.writer.texts(&[value.to_owned()]))?,
                None if parent.is_none() => {
                    let note = "the only variant; no attribute is named for its option";
                    losses.add(format!("{path}.options"), LossKind::Dropped, note);
                }
                // Said once, for the whole product.
                None => {}
            }
        }
        let own = variant.media.and_then(|id| self.pictures.iter().find(|media| media.id == id));
        let rest = self.pictures.iter().filter(|media| own.is_none_or(|own| own.id != media.id));
        let pictures: Vec<&Media> = own.into_iter().chain(rest).copied().collect();
        self.writer.pictures(&pictures, &mut out)?;
        self.shipping(variant, path, &mut out, losses)?;
        let coded = self.writer.codes(&variant.codes, path, &mut out, losses)?;
        if coded == Coded::Odd || (coded == Coded::Not && !self.extras.code_exempt) {
            let mend = "the platform wants a GTIN of 8, 12, 13 or 14 digits, or its own exemption";
            problems.push(Problem::error(format!("{path}.codes"), "required", mend));
        }
        if variant.cost.is_some() {
            losses.add(
                format!("{path}.cost"),
                LossKind::Dropped,
                "the platform isn't told what a thing costs",
            );
        }
        let requirements = if variant.offered {
            self.offer(variant, path, &mut out, losses, problems)?;
            "LISTING"
        } else {
            "LISTING_PRODUCT_ONLY"
        };
        let sku = variant.sku.as_deref().unwrap_or_default();
        self.put(sku, requirements, out, Some(path), problems)
    }

    fn shipping(
        &self,
        variant: &NewListingVariant,
        path: &str,
        out: &mut Attributes,
        losses: &mut Losses,
    ) -> Result<()> {
        if let Some(weight) = &variant.shipping.weight {
            put(out, "item_package_weight", &self.writer.weight(weight))?;
        }
        if let Some(origin) = &variant.shipping.origin {
            put(out, "country_of_origin", &self.writer.word(origin))?;
        }
        if variant.shipping.hs_code.is_some() {
            let note = "the platform takes tariff numbers for some product types alone";
            losses.add(format!("{path}.shipping.hs_code"), LossKind::Dropped, note);
        }
        Ok(())
    }

    fn offer(
        &self,
        variant: &NewListingVariant,
        path: &str,
        out: &mut Attributes,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<()> {
        let facts = self.writer.facts;
        let at = format!("{path}.offer");
        price(variant.offer.price, &format!("{at}.price"), facts, problems);
        basis(&variant.offer, &at, facts, losses);
        let sale = variant.offer.sale.as_ref();
        if let Some(sale) = sale {
            price(sale.price, &format!("{at}.sale.price"), facts, problems);
        }
        let sale = sale.and_then(|sale| window(sale, &format!("{at}.sale"), problems));
        put(out, "purchasable_offer", &self.writer.offer(Some(variant.offer.price), sale))?;
        if let Some(compare_at) = variant.offer.compare_at {
            price(compare_at, &format!("{at}.compare_at"), facts, problems);
            let note = "it stands as the maker's list price, which the platform shows as it likes";
            losses.add(format!("{at}.compare_at"), LossKind::Reinterpreted, note);
            put(out, "list_price", &self.writer.list_price(compare_at))?;
        }
        let condition = self.extras.condition.as_deref().unwrap_or_else(|| {
            losses.add("extensions.amazon.listing.condition", LossKind::Guessed, "sold as new");
            NEW
        });
        put(out, "condition_type", &self.writer.word(condition))?;
        let channel = self.extras.channel.as_deref().unwrap_or(DEFAULT);
        if !variant.counted && !is_amazons(channel) {
            let mend = "the platform counts everything that a merchant ships; count it";
            problems.push(Problem::error(format!("{path}.counted"), "refused", mend));
        }
        let availability = [entry::Availability {
            fulfillment_channel_code: channel.to_owned(),
            quantity: (!is_amazons(channel)).then_some(0),
        }];
        put(out, "fulfillment_availability", &availability)
    }

    fn put(
        &self,
        sku: &str,
        requirements: &'static str,
        attributes: Attributes,
        path: Option<&str>,
        problems: &mut Vec<Problem>,
    ) -> Result<Call> {
        if let Some(schema) = self.schema {
            let text = raw(&attributes)?;
            let value: Value = fusion_plugin_sdk::parse(text.get().as_bytes(), "")?;
            for found in schema.check(&value) {
                let path = place(&found.attribute, &found.rest, path);
                // A family's SKUs share most of what is wrong.
                if !problems.iter().any(|known| known.path == path && known.code == found.code) {
                    problems.push(Problem::error(path, found.code, found.message));
                }
            }
        }
        let body = put_body(&self.extras.product_type, requirements, attributes)?;
        Ok(Call { sku: sku.to_owned(), write: Write::Put, body })
    }
}

/// Where in the listing an attribute comes from.
fn place(attribute: &str, rest: &str, variant: Option<&str>) -> String {
    let own = |field: &str| format!("{}.{field}", variant.unwrap_or("variants[]"));
    let entry = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(entry, _)| entry);
    match (attribute, entry) {
        ("item_name", _) => "title".to_owned(),
        ("product_description", _) => "description".to_owned(),
        ("bullet_point", Some(entry)) => format!("bullets[{entry}]"),
        ("bullet_point", None) => "bullets".to_owned(),
        ("brand", _) => "brand".to_owned(),
        ("generic_keyword", _) => "tags".to_owned(),
        ("recommended_browse_nodes" | "item_type_keyword", _) => "categories".to_owned(),
        ("condition_type", _) => "extensions.amazon.listing.condition".to_owned(),
        ("product_tax_code", _) => "extensions.amazon.listing.tax_code".to_owned(),
        ("variation_theme", _) => "extensions.amazon.listing.variation_theme".to_owned(),
        ("fulfillment_availability", _) => "extensions.amazon.listing.channel".to_owned(),
        ("purchasable_offer", _) => own("offer"),
        ("list_price", _) => own("offer.compare_at"),
        ("externally_assigned_product_identifier" | "part_number", _) => own("codes"),
        ("item_package_weight", _) => own("shipping.weight"),
        ("country_of_origin", _) => own("shipping.origin"),
        (name, _) if super::attributes::is_image(name) => "media".to_owned(),
        (name, _) => format!("extensions.amazon.listing.attributes.{name}{rest}"),
    }
}
