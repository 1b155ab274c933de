//! What only this platform has a place for: address, search texts, fields of the merchant's own.

use crate::{
    extras::CatalogueExtras,
    products::MARK,
    wire::input::{Metafield, Seo},
};
use fusion_core::model::{LossKind, Losses, NewListing, RemoteProduct};
use std::collections::BTreeMap;

/// Where losses of extras stand.
const PATH: &str = "extensions.shopify.catalogue";

/// Fields of a product that one call takes: a list holds 250, and a new product needs one for its mark
/// (<https://shopify.dev/docs/api/usage/limits>).
const MAX_METAFIELDS: usize = 249;

/// Longest address that the platform keeps.
const MAX_HANDLE: usize = 255;

/// Extras as the platform takes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    pub(super) handle: Option<String>,
    pub(super) product_type: Option<String>,
    pub(super) is_gift_card: bool,
    pub(super) seo: Option<Seo>,
    pub(super) metafields: Vec<Metafield>,
}

/// Reads what the listing carries; what can't be sent is a loss.
pub(super) fn extras(listing: &NewListing, losses: &mut Losses) -> Extras {
    let kept = match listing.extensions.get::<CatalogueExtras>() {
        Ok(Some(kept)) => kept,
        Ok(None) => return Extras::default(),
        Err(_) => {
            losses.add(PATH, LossKind::Dropped, "extras of another version of this plugin can't be read");
            return Extras::default();
        }
    };
    let seo = Seo { title: text(kept.seo_title), description: text(kept.seo_description) };
    Extras {
        handle: handle(kept.handle, &listing.title, losses),
        product_type: text(kept.product_type),
        is_gift_card: kept.gift_card,
        seo: (seo != Seo::default()).then_some(seo),
        metafields: metafields(kept.metafields, losses),
    }
}

/// A text without blanks around it; an empty one is none.
fn text(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A handle that the platform keeps as it is: it would change any other, and nobody would know to what.
fn handle(handle: String, title: &str, losses: &mut Losses) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_kept = !handle.is_empty()
        && handle.len() <= MAX_HANDLE
        && handle.bytes().all(plain)
        && !handle.starts_with('-')
        && !handle.ends_with('-')
        && !handle.contains("--");
    if is_kept {
        return Some(handle);
    }
    // A file without handles tells the title in its place.
    if !handle.is_empty() && handle != title {
        let note =
            "it isn't lower-case letters, digits and single hyphens, so the platform makes one of the title";
        losses.add(format!("{PATH}.handle"), LossKind::Reinterpreted, note);
    }
    None
}

fn metafields(kept: BTreeMap<String, String>, losses: &mut Losses) -> Vec<Metafield> {
    let mut sent = Vec::new();
    for (path, value) in kept {
        let lost = |note: &str, losses: &mut Losses| {
            // A bracket in the name would end its place.
            let place = path.replace(']', "%5D");
            losses.add(format!("{PATH}.metafields[{place}]"), LossKind::Dropped, note);
        };
        let Some((namespace, key)) = path.split_once('.').filter(|(namespace, key)| is_name(namespace, key))
        else {
            lost("the platform takes no such namespace and key", losses);
            continue;
        };
        if is_reserved(namespace) {
            lost("the namespace is the platform's or an app's own, and takes no texts", losses);
            continue;
        }
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        if sent.len() == MAX_METAFIELDS {
            lost("one call takes 249 fields", losses);
            continue;
        }
        let kind =
            if value.contains(['\n', '\r']) { "multi_line_text_field" } else { "single_line_text_field" };
        sent.push(Metafield {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            kind,
            value: value.to_owned(),
        });
    }
    sent
}

/// Namespaces have 3 to 255 letters, digits, hyphens and underscores, keys 2 to 64
/// (<https://shopify.dev/docs/api/admin-graphql/latest/input-objects/MetafieldInput>).
fn is_name(namespace: &str, key: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (3..=255).contains(&namespace.len()) && (2..=64).contains(&key.len()) && plain(namespace) && plain(key)
}

/// The platform's standard fields, and those that belong to an app.
fn is_reserved(namespace: &str) -> bool {
    namespace == "shopify" || namespace.starts_with("shopify--") || is_app_owned(namespace)
}

/// What an app keeps for itself, our mark among it
/// (<https://shopify.dev/docs/apps/build/custom-data/ownership>).
pub(super) fn is_app_owned(namespace: &str) -> bool {
    namespace.starts_with("app--")
}

/// Our mark on what we made: the platform shows the app's id in place of `$app`.
pub(super) fn is_mark(namespace: &str, key: &str) -> bool {
    let (own, mark) = MARK;
    let own = own.strip_prefix("$app").unwrap_or(own);
    is_app_owned(namespace) && namespace.ends_with(own.replace(':', "--").as_str()) && key == mark
}

/// What the platform shows of extras; `None` where they weren't read.
pub(super) fn live(product: &RemoteProduct) -> Option<CatalogueExtras> {
    product.extensions.get::<CatalogueExtras>().ok().flatten()
}
