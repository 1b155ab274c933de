//! From product and overrides to what one store shall show.

use crate::{
    clock::Clock,
    model::Refs,
    model::{
        Edit, Lifecycle, Listing, ListingEdit, ListingId, ListingState, ListingVariant, ListingVariantId,
        NewListing, NewListingVariant, Offer, Product, ShippedBy, Store, StoreId, Variant, VariantEdit,
        VariantId,
    },
};

/// A listing of `product` in `store` that no platform knows yet.
pub(super) fn new_listing(product: &Product, store: StoreId, clock: &dyn Clock) -> Listing {
    Listing {
        id: ListingId::new(clock),
        store,
        product: product.id,
        refs: Refs::default(),
        overrides: ListingEdit::default(),
        bindings: Vec::new(),
        variants: product.variants.iter().map(|variant| new_row(variant.id, clock)).collect(),
        media: Vec::new(),
        state: ListingState::of(Lifecycle::Draft),
        issues: Vec::new(),
        losses: Vec::new(),
        doubt: None,
        desired: None,
        applied: None,
        observed: None,
        synced: None,
    }
}

fn new_row(variant: VariantId, clock: &dyn Clock) -> ListingVariant {
    ListingVariant {
        id: ListingVariantId::new(clock),
        variant: Some(variant),
        refs: Refs::default(),
        remote_sku: None,
        offered: true,
        offer: None,
        shipped_by: ShippedBy::Merchant,
        counted_as: None,
    }
}

/// Adds rows for variants that came to the product later; whether there were any.
pub(super) fn add_rows(listing: &mut Listing, product: &Product, clock: &dyn Clock) -> bool {
    let known: Vec<VariantId> = listing.variants.iter().filter_map(|row| row.variant).collect();
    let new: Vec<ListingVariant> = product
        .variants
        .iter()
        .filter(|variant| !known.contains(&variant.id))
        .map(|variant| new_row(variant.id, clock))
        .collect();
    let any = !new.is_empty();
    listing.variants.extend(new);
    any
}

/// What `store` shall show: product, overrides and prices resolved.
pub(super) fn resolve(product: &Product, listing: &Listing, store: &Store) -> NewListing {
    let edit = &listing.overrides;
    let rows = listing.variants.iter().filter_map(|row| {
        let variant = product.variants.iter().find(|variant| Some(variant.id) == row.variant)?;
        let edit = edit.variants.iter().find(|(id, _)| *id == row.id).map(|(_, edit)| edit);
        Some(resolve_row(row, variant, edit, store))
    });
    NewListing {
        listing: listing.id,
        product: product.id,
        locale: product.locale.clone(),
        title: chosen(&edit.title, &product.wording.title),
        description: chosen(&edit.description, &product.wording.description),
        bullets: chosen(&edit.bullets, &product.wording.bullets),
        brand: chosen_option(&edit.brand, product.brand.as_ref()),
        nature: product.nature,
        tags: chosen(&edit.tags, &product.tags),
        categories: chosen(&edit.categories, &product.categories),
        options: product.options.clone(),
        variants: rows.collect(),
        media: chosen(&edit.media, &product.media),
        extensions: product.extensions.clone(),
    }
}

fn resolve_row(
    row: &ListingVariant,
    variant: &Variant,
    edit: Option<&VariantEdit>,
    store: &Store,
) -> NewListingVariant {
    let keep = VariantEdit::default();
    let edit = edit.unwrap_or(&keep);
    NewListingVariant {
        id: row.id,
        variant: Some(variant.id),
        options: variant.options.clone(),
        sku: chosen_option(&edit.sku, variant.sku.as_ref()),
        offered: row.offered && chosen(&edit.offered, &variant.offered),
        counted: !variant.consumes.is_empty(),
        offer: Offer {
            price: match &edit.price {
                Edit::Set(price) => *price,
                Edit::Keep | Edit::Clear => variant.base_price,
            },
            compare_at: chosen_option(&edit.compare_at, variant.compare_at.as_ref()),
            sale: chosen_option(&edit.sale, None),
            tax: store.facts.tax_basis,
        },
        cost: variant.cost,
        codes: chosen(&edit.codes, &variant.codes),
        shipping: variant.shipping.clone(),
        media: variant.media,
    }
}

/// Brings what a store shall show in line with an edit of it.
pub(super) fn edited(desired: &mut NewListing, edit: &ListingEdit) {
    desired.title = chosen(&edit.title, &desired.title);
    desired.description = chosen(&edit.description, &desired.description);
    desired.bullets = chosen(&edit.bullets, &desired.bullets);
    desired.brand = chosen_option(&edit.brand, desired.brand.as_ref());
    desired.tags = chosen(&edit.tags, &desired.tags);
    desired.categories = chosen(&edit.categories, &desired.categories);
    desired.media = chosen(&edit.media, &desired.media);
    for (id, edit) in &edit.variants {
        let Some(row) = desired.variants.iter_mut().find(|row| row.id == *id) else { continue };
        row.sku = chosen_option(&edit.sku, row.sku.as_ref());
        row.offered = match edit.offered {
            Edit::Set(offered) => offered,
            Edit::Keep | Edit::Clear => row.offered,
        };
        if let Edit::Set(price) = edit.price {
            row.offer.price = price;
        }
        row.offer.compare_at = chosen_option(&edit.compare_at, row.offer.compare_at.as_ref());
        row.offer.sale = chosen_option(&edit.sale, row.offer.sale.as_ref());
        row.codes = chosen(&edit.codes, &row.codes);
        row.shipping.weight = chosen_option(&edit.weight, row.shipping.weight.as_ref());
    }
    for option in &mut desired.options {
        for value in edit.add.iter().filter_map(|row| row.options.get(&option.name)) {
            if !option.values.iter().any(|known| known == value) {
                option.values.push(value.to_owned());
            }
        }
    }
    for added in &edit.add {
        match desired.variants.iter_mut().find(|row| row.id == added.id) {
            Some(known) => known.clone_from(added),
            None => desired.variants.push(added.clone()),
        }
    }
    desired.variants.retain(|row| !edit.remove.contains(&row.id));
}

fn chosen<T: Clone + Default>(edit: &Edit<T>, own: &T) -> T {
    match edit {
        Edit::Keep => own.clone(),
        Edit::Set(value) => value.clone(),
        Edit::Clear => T::default(),
    }
}

fn chosen_option<T: Clone>(edit: &Edit<T>, own: Option<&T>) -> Option<T> {
    match edit {
        Edit::Keep => own.cloned(),
        Edit::Set(value) => Some(value.clone()),
        Edit::Clear => None,
    }
}
