//! A change of named fields, as the calls that it takes.

use super::{
    listing::{barcode, categories, variant_set, weight_of},
    offer::of_shop,
    pictures::{Staged, files, lost_media},
};
use crate::{
    manifest::{PRODUCT, VARIANT},
    wire::{
        input::{File, InventoryItem, ProductUpdate, VariantBulk, VariantSet},
        told::Told,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Converted, Edit, ListingEdit, LossKind, Losses, Money, Nature, NewListingVariant, RemoteProduct,
        RemoteVariant, StoreFacts, VariantEdit, Weight, WeightUnit,
    },
    plugin::Target,
};

/// What an edit takes, each as a call of its own; what is empty isn't called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edited {
    pub(crate) product: Option<ProductUpdate>,
    pub(crate) files: Option<Vec<File>>,
    pub(crate) variants: Vec<VariantBulk>,
    pub(crate) add: Vec<VariantBulk>,
    pub(crate) remove: Vec<String>,
}

/// Reads the edit against the product as it is; without one, as for a preview, what depends on it is left
/// out.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: the platform doesn't know a variant, or a price isn't in the shop's currency.
pub(crate) fn edited(
    edit: &ListingEdit,
    staged: &Staged,
    target: &Target,
    live: Option<&RemoteProduct>,
    facts: &StoreFacts,
) -> Result<Converted<Edited>> {
    let mut losses = Losses::default();
    let product = target.refs.get(&PRODUCT).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the listing isn't on the platform yet; publish it first")
    })?;
    let mut out = Edited { product: fields(edit, product, &mut losses), ..Edited::default() };
    if matches!(edit.bullets, Edit::Set(_)) {
        losses.add("bullets", LossKind::Dropped, "the platform has no place for selling points");
    }
    let media = match &edit.media {
        Edit::Keep => None,
        Edit::Set(media) => Some(media.as_slice()),
        Edit::Clear => Some(&[][..]),
    };
    for (nth, media) in media.into_iter().flatten().enumerate() {
        lost_media(media, &format!("media[{nth}]"), &mut losses);
    }
    if let (Some(media), Some(live)) = (media, live) {
        out.files = files(media, staged, target, &live.media, &mut losses);
    }
    for (nth, (id, change)) in edit.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        let id = known(*id, target, &path)?;
        let there = live.and_then(|live| find(live, &id));
        out.variants.extend(variant(change, id, there, &path, facts, &mut losses)?);
    }
    for (nth, new) in edit.add.iter().enumerate() {
        out.add.extend(added(new, &format!("add[{nth}]"), facts, &mut losses)?);
    }
    for (nth, id) in edit.remove.iter().enumerate() {
        out.remove.push(known(*id, target, &format!("remove[{nth}]"))?);
    }
    Ok(losses.with(out))
}

fn known(id: fusion_core::model::ListingVariantId, target: &Target, path: &str) -> Result<String> {
    target.variant(id).and_then(|refs| refs.get(&VARIANT)).map(str::to_owned).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the platform doesn't have a variant that is to change")
            .with_problems([Problem::error(path, "not_there", "publish the listing first")])
    })
}

fn find<'a>(live: &'a RemoteProduct, id: &str) -> Option<&'a RemoteVariant> {
    live.variants.value()?.iter().find(|variant| variant.refs.get(&VARIANT) == Some(id))
}

fn set<T: Clone>(edit: &Edit<T>, cleared: T) -> Option<T> {
    match edit {
        Edit::Keep => None,
        Edit::Set(value) => Some(value.clone()),
        Edit::Clear => Some(cleared),
    }
}

fn fields(edit: &ListingEdit, product: &str, losses: &mut Losses) -> Option<ProductUpdate> {
    let ListingEdit { title, description, brand, tags, categories: sorted, .. } = edit;
    if title.is_keep() && description.is_keep() && brand.is_keep() && tags.is_keep() && sorted.is_keep() {
        return None;
    }
    let (category, product_type) = match sorted {
        Edit::Keep => (Told::Absent, None),
        Edit::Clear => (Told::Null, Some(String::new())),
        Edit::Set(all) => {
            let sorted = categories(all, losses);
            (Told::or_null(sorted.category), Some(sorted.product_type.unwrap_or_default()))
        }
    };
    Some(ProductUpdate {
        id: product.to_owned(),
        // A title can't be emptied; the guard refuses that.
        title: set(title, String::new()),
        description_html: set(
            &match description {
                Edit::Keep => Edit::Keep,
                Edit::Set(text) => Edit::Set(text.to_html()),
                Edit::Clear => Edit::Clear,
            },
            String::new(),
        ),
        vendor: set(brand, String::new()),
        product_type,
        category,
        status: None,
        tags: set(tags, Vec::new()),
        metafields: Vec::new(),
    })
}

fn variant(
    edit: &VariantEdit,
    id: String,
    there: Option<&RemoteVariant>,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<Option<VariantBulk>> {
    if matches!(edit.offered, Edit::Set(false) | Edit::Clear) {
        let note = "the platform can't hide a variant; set its stock to 0 or remove it";
        losses.add(format!("{path}.offered"), LossKind::Dropped, note);
    }
    let (price, compare_at) = prices(edit, there, path, facts, losses)?;
    let sku = match &edit.sku {
        Edit::Keep => Told::Absent,
        Edit::Set(sku) => Told::Is(sku.clone()),
        Edit::Clear => Told::Null,
    };
    let barcode = match &edit.codes {
        Edit::Keep => Told::Absent,
        Edit::Set(codes) => Told::or_null(barcode(codes, path, losses)),
        Edit::Clear => Told::Null,
    };
    // A weight of 0 is the platform's word for none.
    let measurement = set(&edit.weight, Weight { value: 0.into(), unit: WeightUnit::Gram })
        .map(|weight| weight_of(&weight));
    let item = (!sku.is_absent() || measurement.is_some()).then(|| InventoryItem {
        sku,
        measurement,
        ..InventoryItem::default()
    });
    let nothing = item.is_none() && barcode.is_absent() && price.is_none() && compare_at.is_absent();
    Ok((!nothing).then(|| VariantBulk {
        id: Some(id),
        option_values: Vec::new(),
        barcode,
        price,
        compare_at_price: compare_at,
        inventory_item: item,
    }))
}

/// A reduction becomes price and struck-through price; taken away, the full price comes back.
fn prices(
    edit: &VariantEdit,
    there: Option<&RemoteVariant>,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<(Option<String>, Told<String>)> {
    let offer = there.and_then(|there| there.offer.value());
    let full: Option<Money> = match edit.price {
        Edit::Set(price) => Some(price),
        Edit::Keep | Edit::Clear => offer.map(|offer| offer.compare_at.unwrap_or(offer.price)),
    };
    let sent = |money: Option<Money>, field: &str| {
        money.map(|money| of_shop(money, &format!("{path}.{field}"), facts)).transpose()
    };
    Ok(match &edit.sale {
        Edit::Set(sale) => {
            if sale.from.is_some() || sale.to.is_some() {
                let note = "the platform has no times for a reduction: it begins with this change and stays";
                losses.add(format!("{path}.sale"), LossKind::Dropped, note);
            }
            if matches!(edit.compare_at, Edit::Set(_)) {
                let note = "during a reduction the full price is shown struck through";
                losses.add(format!("{path}.compare_at"), LossKind::Dropped, note);
            }
            let full = sent(full, "price")?.map_or(Told::Absent, Told::Is);
            (sent(Some(sale.price), "sale.price")?, full)
        }
        ended_or_none => {
            let (price, unnamed) = match (ended_or_none, &edit.price) {
                // The reduction's struck-through price goes with it.
                (Edit::Clear, _) => (full, Told::Null),
                (_, Edit::Set(price)) => (Some(*price), Told::Absent),
                (_, Edit::Keep | Edit::Clear) => (None, Told::Absent),
            };
            let compare_at = match edit.compare_at {
                Edit::Keep => unnamed,
                Edit::Set(money) => Told::Is(of_shop(money, &format!("{path}.compare_at"), facts)?),
                Edit::Clear => Told::Null,
            };
            (sent(price, "price")?, compare_at)
        }
    })
}

fn added(
    new: &NewListingVariant,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<Option<VariantBulk>> {
    if !new.offered {
        losses.add(
            path,
            LossKind::Dropped,
            "a variant that isn't on offer is left out: the platform can't hide one",
        );
        return Ok(None);
    }
    if new.media.is_some() {
        losses.add(
            format!("{path}.media"),
            LossKind::Dropped,
            "a variant that is added gets no picture of its own",
        );
    }
    let VariantSet { option_values, sku, barcode, price, compare_at_price, inventory_item, .. } =
        variant_set(new, path, Nature::Physical, facts, losses)?;
    // Whether it is shipped follows the product, which the edit doesn't tell.
    let item = inventory_item.map(|item| InventoryItem { sku, requires_shipping: None, ..item });
    Ok(Some(VariantBulk { id: None, option_values, barcode, price, compare_at_price, inventory_item: item }))
}
