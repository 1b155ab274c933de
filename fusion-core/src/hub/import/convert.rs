//! From what a platform shows to a product of the catalogue.

use crate::{
    error::Problem,
    model::{
        Lifecycle, Nature, NewImage, NewProduct, NewVariant, ProductStatus, RemoteMedia, RemoteProduct,
        RemoteVariant, Shipping, Store, Wording,
    },
};

/// The product that `remote` is, without stock.
///
/// # Errors
/// Everything that a product needs and the platform didn't tell.
pub(super) fn new_product(remote: &RemoteProduct, store: &Store) -> Result<NewProduct, Problem> {
    let Some(title) = remote.title.value().filter(|title| !title.trim().is_empty()) else {
        return Err(Problem::error("title", "required", "a product needs a title"));
    };
    let Some(variants) = remote.variants.value().filter(|variants| !variants.is_empty()) else {
        return Err(Problem::error("variants", "required", "a product needs at least one variant"));
    };
    let pictures: Vec<(&RemoteMedia, &String)> = pictures(remote).collect();
    let images = pictures
        .iter()
        .map(|(media, url)| NewImage { source: (*url).clone(), alt: media.alt.value().cloned() });
    let mut product = NewProduct {
        locale: store.facts.locale.clone(),
        wording: Wording {
            title: title.clone(),
            description: remote.description.value().cloned().unwrap_or_default(),
            bullets: remote.bullets.value().cloned().unwrap_or_default(),
        },
        brand: remote.brand.value().cloned(),
        nature: remote.nature.value().copied().unwrap_or(Nature::Physical),
        options: remote.options.value().cloned().unwrap_or_default(),
        variants: Vec::with_capacity(variants.len()),
        images: images.collect(),
        categories: remote.categories.value().cloned().unwrap_or_default(),
        tags: remote.tags.value().cloned().unwrap_or_default(),
        extensions: remote.extensions.clone(),
        status: match remote.state.lifecycle {
            Lifecycle::Live => ProductStatus::Published,
            _ => ProductStatus::Staged,
        },
        ..NewProduct::default()
    };
    for (nth, variant) in variants.iter().enumerate() {
        product = product.with_variant(new_variant(nth, variant, &pictures)?);
    }
    Ok(product)
}

fn new_variant(
    nth: usize,
    remote: &RemoteVariant,
    pictures: &[(&RemoteMedia, &String)],
) -> Result<NewVariant, Problem> {
    let Some(offer) = remote.offer.value() else {
        return Err(Problem::error(
            format!("variants[{nth}].offer"),
            "required",
            "the platform told no price",
        ));
    };
    Ok(NewVariant {
        options: remote.options.clone(),
        sku: sku(remote).map(str::to_owned),
        codes: remote.codes.value().cloned().unwrap_or_default(),
        price: offer.price,
        compare_at: offer.compare_at,
        cost: remote.cost.value().copied(),
        shipping: Shipping {
            weight: remote.weight.value().copied(),
            hs_code: remote.hs_code.value().cloned(),
            origin: remote.origin.value().cloned(),
        },
        image: remote
            .media
            .value()
            .and_then(|own| pictures.iter().position(|(media, _)| media.refs.current().contains(own))),
        on_hand: None,
    })
}

/// The pictures that can be taken over.
fn pictures(remote: &RemoteProduct) -> impl Iterator<Item = (&RemoteMedia, &String)> {
    let media = remote.media.value().into_iter().flatten();
    media.filter_map(|media| Some((media, media.url.value()?)))
}

/// The variant's SKU; platforms tell a missing one as an empty text too.
pub(super) fn sku(remote: &RemoteVariant) -> Option<&str> {
    remote.sku.value().map(String::as_str).filter(|sku| !sku.trim().is_empty())
}
