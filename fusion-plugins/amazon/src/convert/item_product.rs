//! A SKU as a product of its own.

use super::{
    asked::ListingPart,
    attributes::{Attributes, picture_names},
    issues::{is_suppressed, issues},
    item::Listed,
    reading::{filled, part, time_of},
    stock,
};
use crate::{
    extras::ListingExtras,
    kinds::{ASIN, FNSKU, SKU},
    wire::{attributes as entry, listing as wire},
};
use fusion_core::{
    error::Result,
    model::{
        Category, Extensions, Lifecycle, ListingState, LossKind, Losses, Ref, Refs, RemoteMedia,
        RemoteProduct, RichText, Seen, StoreFacts,
    },
};

/// Amazon's own tree of categories.
pub(super) const BROWSE: &str = "amazon.browse";
/// Amazon's words for kinds of things.
pub(super) const KEYWORD: &str = "amazon.keyword";

pub(super) struct Reader<'a> {
    pub(super) read: &'a wire::Item,
    pub(super) asked: &'a [ListingPart],
    pub(super) facts: &'a StoreFacts,
}

/// How a SKU hangs together with others.
#[derive(Default)]
pub(super) struct Kin {
    pub(super) parent: Option<String>,
    children: Option<Vec<String>>,
    theme: Option<String>,
    pub(super) options: Vec<String>,
}

impl Reader<'_> {
    fn asked(&self, part: ListingPart) -> bool {
        self.asked.contains(&part)
    }

    pub(super) fn listed(&self, losses: &mut Losses) -> Result<Listed> {
        let (read, facts) = (self.read, self.facts);
        let summary =
            read.summaries.iter().flatten().find(|summary| summary.marketplace_id == facts.remote_id);
        let attributes = read.attributes.as_ref().map(|raw| Attributes { raw, facts });
        if let Some(attributes) = &attributes {
            attributes.lost(losses)?;
        }
        let kin = self.kin(attributes.as_ref(), losses)?;
        let refs = self.refs(summary);
        let text = |name: &str, losses: &mut Losses| match &attributes {
            Some(attributes) => attributes.text(name, losses).map(Seen::from_option),
            None => Ok(Seen::NotRead),
        };
        let list = |name: &str, losses: &mut Losses| match &attributes {
            Some(attributes) => attributes
                .texts(name, losses)
                .map(|all| if all.is_empty() { Seen::Empty } else { Seen::Value(all) }),
            None => Ok(Seen::NotRead),
        };
        let title = match (text("item_name", losses)?, summary.and_then(|one| filled(one.item_name.clone())))
        {
            (Seen::Value(title), _) | (_, Some(title)) => Seen::Value(title),
            (unread, None) => unread,
        };
        let description = match text("product_description", losses)? {
            Seen::Value(text) => Seen::Value(RichText::plain(text)),
            Seen::Empty => Seen::Empty,
            Seen::NotRead => Seen::NotRead,
            Seen::Withheld(why) => Seen::Withheld(why),
        };
        // Only these tell a parent from a listing that can be bought, except that a parent has no offer.
        let tells_kin = attributes.is_some() || read.relationships.is_some();
        let variants = if kin.children.is_some() {
            Seen::Empty
        } else if !tells_kin && read.offers.as_ref().is_none_or(Vec::is_empty) {
            Seen::NotRead
        } else {
            Seen::Value(vec![self.variant(refs.clone(), &kin, summary, attributes.as_ref(), losses)?])
        };
        let issues = read.issues.as_deref().unwrap_or_default();
        let product = RemoteProduct {
            state: self.state(summary),
            title,
            description,
            bullets: list("bullet_point", losses)?,
            brand: text("brand", losses)?,
            nature: Seen::NotRead,
            tags: list("generic_keyword", losses)?,
            categories: self.categories(attributes.as_ref(), losses)?,
            options: Seen::NotRead,
            variants,
            media: self.media(summary, attributes.as_ref(), losses)?,
            issues: self::issues(issues, &facts.remote_id, losses),
            updated: time_of(
                summary.and_then(|one| one.last_updated_date.as_deref()),
                "summaries.lastUpdatedDate",
            )?,
            url: None,
            extensions: self.extensions(&kin, summary, attributes.as_ref(), losses)?,
            refs,
        };
        Ok(Listed { sku: read.sku.clone(), parent: kin.parent, children: kin.children, product })
    }

    fn refs(&self, summary: Option<&wire::Summary>) -> Refs {
        let mut refs = Refs::of([Ref::new(SKU, self.read.sku.as_str())]);
        for (kind, id) in [
            (ASIN, summary.and_then(|one| one.asin.clone())),
            (FNSKU, summary.and_then(|one| one.fn_sku.clone())),
        ] {
            if let Some(id) = filled(id) {
                refs.set(Ref::new(kind, id));
            }
        }
        refs
    }

    /// From the relationships, or from the attributes that made them.
    fn kin(&self, attributes: Option<&Attributes<'_>>, losses: &mut Losses) -> Result<Kin> {
        let mut kin = Kin::default();
        if let Some(attributes) = attributes {
            let parent: Option<entry::Parent> = attributes.first("child_parent_sku_relationship", losses)?;
            kin.parent = parent.map(|parent| parent.parent_sku);
            if attributes.text("parentage_level", losses)?.as_deref() == Some("parent") {
                kin.children = Some(Vec::new());
            }
            let theme: Option<entry::Theme> = attributes.first("variation_theme", losses)?;
            kin.theme = theme.map(|theme| theme.name);
        }
        let here = |of: &&wire::RelationsOf| of.marketplace_id == self.facts.remote_id;
        let relations =
            self.read.relationships.iter().flatten().filter(here).flat_map(|of| &of.relationships);
        for relation in relations {
            if relation.kind != "VARIATION" {
                losses.add("relationships", LossKind::Dropped, "the model has no boxes of boxes");
                continue;
            }
            if !relation.child_skus.is_empty() {
                kin.children = Some(relation.child_skus.clone());
            }
            let mut parents = relation.parent_skus.iter();
            if let Some(parent) = parents.next() {
                kin.parent = Some(parent.clone());
            }
            if parents.next().is_some() {
                losses.add("relationships", LossKind::Dropped, "a variant belongs to one product");
            }
            if let Some(theme) = &relation.variation_theme {
                kin.theme = filled(Some(theme.theme.clone())).or(kin.theme);
                kin.options.clone_from(&theme.attributes);
            }
        }
        if kin.options.is_empty() {
            let words = kin.theme.iter().flat_map(|theme| theme.split('/'));
            kin.options = words.map(str::to_ascii_lowercase).collect();
        }
        Ok(kin)
    }

    fn state(&self, summary: Option<&wire::Summary>) -> ListingState {
        let Some(summary) = summary else {
            // A SKU that was handed in and never made has no summary.
            let unseen = if self.asked(ListingPart::Summaries) {
                Lifecycle::Draft
            } else {
                Lifecycle::Unknown(String::new())
            };
            return ListingState::of(unseen);
        };
        let says = |word: &str| summary.status.iter().any(|one| one == word);
        let (buyable, discoverable) = (says("BUYABLE"), says("DISCOVERABLE"));
        let issues = self.read.issues.as_deref().unwrap_or_default();
        let lifecycle = match summary.status.first() {
            _ if says("DELETED") => Lifecycle::Gone,
            _ if buyable || discoverable => Lifecycle::Live,
            Some(word) => Lifecycle::Unknown(word.clone()),
            None if is_suppressed(issues, &summary.marketplace_id) => Lifecycle::Blocked,
            None => Lifecycle::Hidden,
        };
        ListingState { lifecycle, buyable: Some(buyable), discoverable: Some(discoverable), locked: false }
    }

    fn categories(
        &self,
        attributes: Option<&Attributes<'_>>,
        losses: &mut Losses,
    ) -> Result<Seen<Vec<Category>>> {
        let Some(attributes) = attributes else { return Ok(Seen::NotRead) };
        let mut all = Vec::new();
        for (scheme, name) in [(BROWSE, "recommended_browse_nodes"), (KEYWORD, "item_type_keyword")] {
            let values = attributes.texts(name, losses)?.into_iter();
            all.extend(values.map(|value| Category { scheme: scheme.to_owned(), value }));
        }
        Ok(if all.is_empty() { Seen::Empty } else { Seen::Value(all) })
    }

    fn media(
        &self,
        summary: Option<&wire::Summary>,
        attributes: Option<&Attributes<'_>>,
        losses: &mut Losses,
    ) -> Result<Seen<Vec<RemoteMedia>>> {
        let picture =
            |url: String| RemoteMedia { refs: Refs::default(), url: Seen::Value(url), alt: Seen::NotRead };
        let mut all = Vec::new();
        if let Some(attributes) = attributes {
            for name in picture_names() {
                let found: Option<entry::Locator> = attributes.first(&name, losses)?;
                all.extend(found.map(|found| picture(found.media_location)));
            }
        }
        if all.is_empty() {
            let shown = summary.and_then(|one| one.main_image.as_ref());
            return Ok(match shown {
                // The summary shows the first one alone, so the others aren't known.
                Some(_) if attributes.is_none() => Seen::NotRead,
                Some(image) => Seen::Value(vec![picture(image.link.clone())]),
                None => part(attributes.is_some(), None),
            });
        }
        Ok(Seen::Value(all))
    }

    fn extensions(
        &self,
        kin: &Kin,
        summary: Option<&wire::Summary>,
        attributes: Option<&Attributes<'_>>,
        losses: &mut Losses,
    ) -> Result<Extensions> {
        let mut extensions = Extensions::default();
        let typed = self.read.product_types.iter().flatten();
        let product_type = summary
            .and_then(|one| one.product_type.clone())
            .or_else(|| {
                typed
                    .filter(|of| of.marketplace_id == self.facts.remote_id)
                    .map(|of| of.product_type.clone())
                    .next()
            })
            .and_then(|word| filled(Some(word)));
        // Half of the extras would look like a listing without the rest.
        let (Some(product_type), Some(attributes)) = (product_type, attributes) else {
            return Ok(extensions);
        };
        let exempt = "supplier_declared_has_product_identifier_exemption";
        let mut others = attributes.others(if kin.parent.is_some() { &kin.options } else { &[] })?;
        let code_exempt = others.get(exempt).is_some_and(|text| text.contains("true"));
        if code_exempt {
            others.remove(exempt);
        }
        let channels: Vec<(usize, entry::Availability)> = attributes.entries("fulfillment_availability")?;
        extensions.set(&ListingExtras {
            product_type,
            condition: attributes
                .text("condition_type", losses)?
                .or_else(|| summary.and_then(|one| one.condition_type.clone())),
            tax_code: attributes.text("product_tax_code", losses)?,
            variation_theme: kin.theme.clone(),
            options: kin.options.iter().map(|name| (name.clone(), name.clone())).collect(),
            parent_sku: kin.parent.clone(),
            channel: channels
                .into_iter()
                .map(|(_, one)| one.fulfillment_channel_code)
                .find(|channel| stock::is_amazons(channel)),
            code_exempt,
            attributes: others,
        })?;
        Ok(extensions)
    }
}
