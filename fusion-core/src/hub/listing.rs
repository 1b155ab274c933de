//! A listing: what its store shall show, from product and overrides, and what the store does show.

use crate::{
    clock::Clock,
    model::{
        Converted, Edit, Lifecycle, Listing, ListingEdit, ListingId, ListingState, ListingVariant,
        ListingVariantId, Loss, LossKind, Losses, NewListing, NewListingVariant, Offer, Product, Refs,
        RemoteMedia, RemoteProduct, ShippedBy, Shipping, Store, StoreId, Variant, VariantEdit, VariantId,
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
        cost: chosen_option(&edit.cost, variant.cost.as_ref()),
        codes: chosen(&edit.codes, &variant.codes),
        shipping: Shipping {
            weight: chosen_option(&edit.weight, variant.shipping.weight.as_ref()),
            hs_code: chosen_option(&edit.hs_code, variant.shipping.hs_code.as_ref()),
            origin: chosen_option(&edit.origin, variant.shipping.origin.as_ref()),
        },
        media: chosen_option(&edit.media, variant.media.as_ref()),
    }
}

/// Brings what a store shall show in line with an edit of it.
pub(super) fn edited(desired: &mut NewListing, edit: &ListingEdit) {
    let ListingEdit { title, description, bullets, brand, tags, categories, media, variants, add, remove } =
        edit;
    desired.title = chosen(title, &desired.title);
    desired.description = chosen(description, &desired.description);
    desired.bullets = chosen(bullets, &desired.bullets);
    desired.brand = chosen_option(brand, desired.brand.as_ref());
    desired.tags = chosen(tags, &desired.tags);
    desired.categories = chosen(categories, &desired.categories);
    desired.media = chosen(media, &desired.media);
    for (id, edit) in variants {
        if let Some(row) = desired.variants.iter_mut().find(|row| row.id == *id) {
            edited_row(row, edit);
        }
    }
    for option in &mut desired.options {
        for value in add.iter().filter_map(|row| row.options.get(&option.name)) {
            if !option.values.iter().any(|known| known == value) {
                option.values.push(value.to_owned());
            }
        }
    }
    for added in add {
        match desired.variants.iter_mut().find(|row| row.id == added.id) {
            Some(known) => known.clone_from(added),
            None => desired.variants.push(added.clone()),
        }
    }
    desired.variants.retain(|row| !remove.contains(&row.id));
}

fn edited_row(row: &mut NewListingVariant, edit: &VariantEdit) {
    let VariantEdit { sku, price, compare_at, sale, offered, codes, cost, weight, hs_code, origin, media } =
        edit;
    let (offer, shipping) = (&mut row.offer, &mut row.shipping);
    // Neither can be emptied.
    if let Edit::Set(price) = price {
        offer.price = *price;
    }
    if let Edit::Set(offered) = offered {
        row.offered = *offered;
    }
    offer.compare_at = chosen_option(compare_at, offer.compare_at.as_ref());
    offer.sale = chosen_option(sale, offer.sale.as_ref());
    row.sku = chosen_option(sku, row.sku.as_ref());
    row.codes = chosen(codes, &row.codes);
    row.cost = chosen_option(cost, row.cost.as_ref());
    shipping.weight = chosen_option(weight, shipping.weight.as_ref());
    shipping.hs_code = chosen_option(hs_code, shipping.hs_code.as_ref());
    shipping.origin = chosen_option(origin, shipping.origin.as_ref());
    row.media = chosen_option(media, row.media.as_ref());
}

/// Keeps how the store shows the listing as a whole.
pub(super) fn keep_shown(listing: &mut Listing, read: &Converted<RemoteProduct>) {
    listing.state = read.value.state.clone();
    listing.issues.clone_from(&read.value.issues);
    listing.losses = unheld(read);
}

/// Notes what the platform calls those of the product's pictures that lie where the platform shows one; each is one
/// picture there, in their order where several have the same address.
pub(super) fn pair_pictures(listing: &mut Listing, product: &Product, remote: &RemoteProduct) {
    let theirs = remote.media.value().map(Vec::as_slice).unwrap_or_default();
    for ours in &product.media {
        if listing.media.iter().any(|(known, _)| *known == ours.id) {
            continue;
        }
        let is_free = |shown: &RemoteMedia| {
            let mut taken = listing.media.iter();
            !taken.any(|(_, refs)| shown.refs.current().iter().any(|one| refs.knows(one)))
        };
        let is_it = |shown: &&RemoteMedia| shown.url.value() == Some(&ours.source) && is_free(shown);
        if let Some(shown) = theirs.iter().find(is_it) {
            listing.media.push((ours.id, shown.refs.clone()));
        }
    }
}

/// What of the platform's product the catalogue can't hold: what the plugin says, and pictures without an address.
pub(super) fn unheld(read: &Converted<RemoteProduct>) -> Vec<Loss> {
    let mut losses = Losses::default();
    for (nth, media) in read.value.media.value().into_iter().flatten().enumerate() {
        let path = format!("media[{nth}]");
        if media.url.value().is_none() && !read.losses.iter().any(|loss| loss.path == path) {
            losses.add(path, LossKind::Dropped, "the platform tells no address of the picture");
        }
    }
    [read.losses.clone(), losses.with(()).losses].concat()
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
