//! A change of named fields, as the calls that it takes.

mod variant;

use self::variant::Rows;
use super::{
    listing::categories,
    pictures::{Staged, files, lost_media},
};
use crate::{
    kinds::{PRODUCT, VARIANT},
    wire::{
        input::{Detached, File, ProductUpdate, VariantBulk},
        told::Told,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Converted, Edit, ListingEdit, ListingVariantId, LossKind, Losses, RemoteProduct, StoreFacts},
    plugin::Target,
};

/// Variants that one call takes their pictures off
/// (<https://shopify.dev/docs/api/admin-graphql/latest/enums/MediaUserErrorCode>).
const DETACHED: usize = 100;

/// What an edit takes, each as a call of its own; what is empty isn't called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edited {
    pub(crate) product: Option<ProductUpdate>,
    pub(crate) files: Option<Vec<File>>,
    pub(crate) variants: Vec<Row>,
    /// In calls that the edit alone cuts: a run that goes on has the same ones.
    pub(crate) detach: Vec<Vec<Detached>>,
    pub(crate) add: Vec<Row>,
    pub(crate) remove: Vec<String>,
}

/// A variant on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) bulk: VariantBulk,
    /// The place among the product's pictures of one that the variant is given and that is sent before; what it is
    /// called is known then.
    pub(crate) picture: Option<usize>,
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
    let mut cleared: Vec<String> = Vec::new();
    let mut rows =
        Rows { target, live, facts, sent: media, files: out.files.as_deref(), losses: &mut losses };
    for (nth, (id, change)) in edit.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        let id = known(*id, target, &path)?;
        if change.media == Edit::Clear {
            cleared.push(id.clone());
        }
        out.variants.extend(rows.changed(change, id, &path)?);
    }
    let detached = |ids: &[String]| ids.iter().filter_map(|id| rows.detached(id)).collect();
    out.detach = cleared.chunks(DETACHED).map(detached).collect();
    for (nth, new) in edit.add.iter().enumerate() {
        out.add.extend(rows.added(new, &format!("add[{nth}]"))?);
    }
    for (nth, id) in edit.remove.iter().enumerate() {
        out.remove.push(known(*id, target, &format!("remove[{nth}]"))?);
    }
    Ok(losses.with(out))
}

fn known(id: ListingVariantId, target: &Target, path: &str) -> Result<String> {
    target.variant(id).and_then(|refs| refs.get(&VARIANT)).map(str::to_owned).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the platform doesn't have a variant that is to change")
            .with_problems([Problem::error(path, "not_there", "publish the listing first")])
    })
}

fn set<T: Clone>(edit: &Edit<T>, cleared: T) -> Option<T> {
    match edit {
        Edit::Keep => None,
        Edit::Set(value) => Some(value.clone()),
        Edit::Clear => Some(cleared),
    }
}

fn fields(edit: &ListingEdit, product: &str, losses: &mut Losses) -> Option<ProductUpdate> {
    // By name, so that a field that is added can't be forgotten; `edited` sees to the others.
    let ListingEdit {
        title,
        description,
        bullets: _,
        brand,
        tags,
        categories: sorted,
        media: _,
        variants: _,
        add: _,
        remove: _,
    } = edit;
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
