//! Parents and children become products with variants.

use super::item::Listed;
use crate::extras::ListingExtras;
use fusion_core::{
    error::{Result, Severity},
    model::{
        Converted, Issue, Lifecycle, LossKind, Losses, ProductOption, RemoteProduct, RemoteVariant, Seen,
    },
};
use std::collections::BTreeMap;

/// SKUs joined to products.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Families {
    /// Products: SKUs that stand alone, and families of which every member was given.
    pub whole: Vec<RemoteProduct>,
    /// Families of which only a part was given, by their parent's SKU, with the members that were: they are
    /// read by `variationParentSku` before anything is made of them.
    pub partial: BTreeMap<String, Vec<String>>,
}

/// Joins SKUs to products. A page cuts families in two; what is cut is named and never taken for the whole.
///
/// # Errors
/// [`ErrorKind::InvalidInput`](fusion_core::error::ErrorKind::InvalidInput): a SKU's extras aren't those that
/// [`items`](super::items) made.
pub fn families(listed: Vec<Listed>) -> Result<Converted<Families>> {
    let mut losses = Losses::default();
    let mut parents = Vec::new();
    let mut children: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    let mut families = Families::default();
    for one in listed {
        match (&one.children, &one.parent) {
            (Some(_), _) => parents.push(one),
            (None, Some(parent)) => children.entry(parent.clone()).or_default().push(one),
            (None, None) => families.whole.push(one.product),
        }
    }
    for parent in parents {
        let given = children.remove(&parent.sku).unwrap_or_default();
        let named = parent.children.as_deref().unwrap_or_default();
        let is_given = |sku: &String| given.iter().any(|child| child.sku == *sku);
        if named.iter().all(is_given) && (!named.is_empty() || given.is_empty()) {
            families.whole.push(joined(parent, given, &mut losses)?);
        } else {
            let members = given.into_iter().map(|child| child.sku).collect();
            families.partial.insert(parent.sku, members);
        }
    }
    for (parent, given) in children {
        families.partial.insert(parent, given.into_iter().map(|child| child.sku).collect());
    }
    Ok(losses.with(families))
}

fn joined(parent: Listed, children: Vec<Listed>, losses: &mut Losses) -> Result<RemoteProduct> {
    let mut product = parent.product;
    let mut variants = Vec::new();
    for child in children {
        let path = format!("children[{}]", child.sku);
        own_words(&product, &child.product, &path, losses);
        own_attributes(&mut product, &child, &path, losses)?;
        merge_state(&mut product, &child);
        // A child's issues keep their place by its SKU.
        product.issues.extend(child.product.issues.into_iter().map(|issue| Issue {
            fields: match issue.fields.as_slice() {
                [] => vec![child.sku.clone()],
                fields => fields.iter().map(|field| format!("{}.{field}", child.sku)).collect(),
            },
            ..issue
        }));
        if let Seen::Value(own) = child.product.variants {
            variants.extend(own);
        }
    }
    product.options = options(&variants);
    product.variants = if variants.is_empty() { Seen::Empty } else { Seen::Value(variants) };
    Ok(product)
}

/// A parent has no condition and no channel; the family's are those of the child that comes first.
fn own_attributes(
    product: &mut RemoteProduct,
    child: &Listed,
    path: &str,
    losses: &mut Losses,
) -> Result<()> {
    let Some(own) = child.product.extensions.get::<ListingExtras>()? else { return Ok(()) };
    let mut extras = product.extensions.get::<ListingExtras>()?.unwrap_or_default();
    if extras.condition.is_none() {
        extras.condition.clone_from(&own.condition);
    }
    if extras.channel.is_none() {
        extras.channel.clone_from(&own.channel);
    }
    let shared = ListingExtras { parent_sku: None, ..own };
    if extras != shared {
        let note = "attributes, condition or channel of its own; the family's are kept";
        losses.add(format!("{path}.attributes"), LossKind::Aggregated, note);
    }
    product.extensions.set(&extras)
}

/// The model has one wording and one row of pictures for a product; each child here has its own.
fn own_words(parent: &RemoteProduct, child: &RemoteProduct, path: &str, losses: &mut Losses) {
    let mut differs = |field: &str, is_other: bool| {
        if is_other {
            let note = "a variant's own; the parent's is kept";
            losses.add(format!("{path}.{field}"), LossKind::Aggregated, note);
        }
    };
    differs("title", child.title.value().is_some() && child.title != parent.title);
    differs("description", child.description.value().is_some() && child.description != parent.description);
    differs("bullets", child.bullets.value().is_some() && child.bullets != parent.bullets);
    differs("brand", child.brand.value().is_some() && child.brand != parent.brand);
    differs("tags", child.tags.value().is_some() && child.tags != parent.tags);
    differs("categories", child.categories.value().is_some() && child.categories != parent.categories);
    differs("media", child.media.value().is_some() && child.media != parent.media);
}

/// A family is live as soon as one of its members is; a parent alone is never buyable.
fn merge_state(product: &mut RemoteProduct, child: &Listed) {
    let either = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(a), Some(b)) => Some(a || b),
        (one, None) | (None, one) => one,
    };
    let state = &child.product.state;
    product.state.buyable = either(product.state.buyable, state.buyable);
    product.state.discoverable = either(product.state.discoverable, state.discoverable);
    if state.lifecycle == Lifecycle::Live || product.state.lifecycle == Lifecycle::Unknown(String::new()) {
        product.state.lifecycle = state.lifecycle.clone();
    }
    product.updated = product.updated.max(child.product.updated);
}

fn options(variants: &[RemoteVariant]) -> Seen<Vec<ProductOption>> {
    let mut options: Vec<ProductOption> = Vec::new();
    for (name, value) in variants.iter().flat_map(|variant| variant.options.iter()) {
        match options.iter_mut().find(|option| option.name == name) {
            Some(option) if option.values.iter().any(|known| known == value) => {}
            Some(option) => option.values.push(value.to_owned()),
            None => options.push(ProductOption { name: name.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    if options.is_empty() { Seen::NotRead } else { Seen::Value(options) }
}

/// Whether an issue keeps a listing from being sold.
pub(super) fn stops(issue: &Issue) -> bool {
    issue.severity == Severity::Error
}
