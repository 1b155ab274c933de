//! From what a store was told to what it shall show: the edit that leads there, where one can tell it.

use crate::{
    model::{
        Edit, ListingEdit, NewListing, NewListingVariant, Offer, OptionValues, ProductOption, Shipping,
        VariantEdit,
    },
    plugin::Target,
};

/// What leads from what a store was told to what it shall show; `None`: no edit can tell it, as with a renamed option.
pub(super) fn difference(before: &NewListing, after: &NewListing, target: &Target) -> Option<ListingEdit> {
    // By name, so that a field that is added is told here or makes the change a whole one.
    let NewListing {
        listing: _,
        product: _,
        locale,
        title,
        description,
        bullets,
        brand,
        nature,
        tags,
        categories,
        options,
        variants,
        media,
        extensions,
    } = after;
    let is_edit = before.locale == *locale
        && before.nature == *nature
        && before.extensions == *extensions
        && same_options(&before.options, options);
    if !is_edit {
        return None;
    }
    let mut edit = ListingEdit {
        title: told(&before.title, title),
        description: told(&before.description, description),
        bullets: told_list(&before.bullets, bullets),
        brand: told_option(before.brand.as_ref(), brand.as_ref()),
        tags: told_list(&before.tags, tags),
        categories: told_list(&before.categories, categories),
        media: told_list(&before.media, media),
        variants: Vec::new(),
        add: Vec::new(),
        remove: Vec::new(),
    };
    for row in variants {
        let known = before.variants.iter().find(|known| known.id == row.id);
        match known.filter(|_| target.has(row.id)) {
            Some(known) => {
                let change = row_difference(known, row)?;
                if change != VariantEdit::default() {
                    edit.variants.push((row.id, change));
                }
            }
            // What isn't on offer and was never made has nothing to be told.
            None if row.offered => edit.add.push(row.clone()),
            None => {}
        }
    }
    let gone =
        |row: &&NewListingVariant| target.has(row.id) && !variants.iter().any(|kept| kept.id == row.id);
    edit.remove = before.variants.iter().filter(gone).map(|row| row.id).collect();
    Some(edit)
}

fn row_difference(before: &NewListingVariant, after: &NewListingVariant) -> Option<VariantEdit> {
    let NewListingVariant {
        id: _,
        variant,
        options,
        sku,
        offered,
        counted,
        offer,
        cost,
        codes,
        shipping: Shipping { weight, hs_code, origin },
        media,
    } = after;
    let is_edit = before.variant == *variant
        && same_choice(&before.options, options)
        && before.counted == *counted
        && before.offer.tax == offer.tax;
    is_edit.then(|| VariantEdit {
        sku: told_option(before.sku.as_ref(), sku.as_ref()),
        offered: told(&before.offered, offered),
        codes: told_list(&before.codes, codes),
        cost: told_option(before.cost.as_ref(), cost.as_ref()),
        weight: told_option(before.shipping.weight.as_ref(), weight.as_ref()),
        hs_code: told_option(before.shipping.hs_code.as_ref(), hs_code.as_ref()),
        origin: told_option(before.shipping.origin.as_ref(), origin.as_ref()),
        media: told_option(before.media.as_ref(), media.as_ref()),
        ..offer_difference(&before.offer, offer)
    })
}

/// Prices alone. What is shown during a reduction is made of all of an offer, so around one all of it is told.
fn offer_difference(before: &Offer, after: &Offer) -> VariantEdit {
    let Offer { price, compare_at, sale, tax: _ } = after;
    let is_reduced = before.sale.is_some() || sale.is_some();
    if is_reduced && before != after {
        return VariantEdit {
            price: Edit::Set(*price),
            compare_at: compare_at.map_or(Edit::Clear, Edit::Set),
            sale: sale.map_or(Edit::Clear, Edit::Set),
            ..VariantEdit::default()
        };
    }
    VariantEdit {
        price: told(&before.price, price),
        compare_at: told_option(before.compare_at.as_ref(), compare_at.as_ref()),
        ..VariantEdit::default()
    }
}

/// The same options in the same order. Values come with variants that are added; the others keep their order.
fn same_options(before: &[ProductOption], after: &[ProductOption]) -> bool {
    let same = |(before, after): (&ProductOption, &ProductOption)| {
        let known = |value: &&String| before.values.contains(value) && after.values.contains(value);
        let (old, new) = (before.values.iter().filter(known), after.values.iter().filter(known));
        before.name == after.name && old.eq(new)
    };
    before.len() == after.len() && before.iter().zip(after).all(same)
}

fn same_choice(before: &OptionValues, after: &OptionValues) -> bool {
    before.iter().count() == after.iter().count()
        && before.iter().all(|(name, value)| after.get(name) == Some(value))
}

fn told<T: Clone + PartialEq>(before: &T, after: &T) -> Edit<T> {
    if before == after { Edit::Keep } else { Edit::Set(after.clone()) }
}

fn told_option<T: Clone + PartialEq>(before: Option<&T>, after: Option<&T>) -> Edit<T> {
    match after {
        _ if before == after => Edit::Keep,
        Some(after) => Edit::Set(after.clone()),
        None => Edit::Clear,
    }
}

fn told_list<T: Clone + PartialEq>(before: &Vec<T>, after: &Vec<T>) -> Edit<Vec<T>> {
    match after.is_empty() {
        _ if before == after => Edit::Keep,
        false => Edit::Set(after.clone()),
        true => Edit::Clear,
    }
}

#[cfg(test)]
mod tests;
