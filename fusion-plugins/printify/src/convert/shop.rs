//! Shops, providers, uploads and subscriptions.

use super::{
    listing::json,
    money::{COST_CURRENCY, PRICE_DIGITS},
    page::page,
    read::{At, filled, invalid, list, record},
};
use crate::{
    kinds::{PRINT_PROVIDER, UPLOAD, WEBHOOK},
    settings::Settings,
    wire,
};
use fusion_core::{
    error::Result,
    model::{Media, MediaRole, Ref, Refs, RemoteMedia, RichText, Seen, StoreFacts},
    plugin::Page,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Reads the shops of an account; what no answer tells comes from `settings`.
///
/// A shop without a channel has the channel `disconnected` in [`StoreFacts::other`]. A channel that is connected
/// again is another shop with another id.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn stores(answer: &Value, settings: &Settings) -> Result<Vec<StoreFacts>> {
    let one = |(at, shop): (At, wire::Shop)| {
        let id = shop.id.need(&at.member("id"))?.0;
        let mut other = BTreeMap::new();
        if let Some(channel) = shop.sales_channel.maybe(&at.member("sales_channel"))? {
            other.insert("sales_channel".to_owned(), json!(channel));
        }
        if let Some(digits) = settings.price_digits {
            other.insert(PRICE_DIGITS.to_owned(), json!(digits));
        }
        if let Some(currency) = settings.cost_currency {
            other.insert(COST_CURRENCY.to_owned(), json!(currency));
        }
        Ok(StoreFacts {
            // No answer names the account; a shop stands in one alone.
            account: id.clone(),
            name: filled(shop.title.maybe(&at.member("title"))?).unwrap_or_else(|| id.clone()),
            remote_id: id,
            currency: settings.currency,
            tax_basis: settings.tax_basis,
            locale: settings.locale.clone(),
            locations: Vec::new(),
            scopes: Vec::new(),
            other,
        })
    };
    list(answer)?.into_iter().map(one).collect()
}

/// Reads print providers, in short or in full, as [`StoreFacts::locations`] has them; a single one too.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn providers(answer: &Value) -> Result<Vec<(Ref, String)>> {
    let all = match answer {
        Value::Array(_) => list(answer)?,
        _ => vec![(At::default(), record(answer)?)],
    };
    let one = |(at, one): (At, wire::Provider)| {
        let id = one.id.need(&at.member("id"))?.to_string();
        let title = one.title.maybe(&at.member("title"))?.unwrap_or_else(|| id.clone());
        Ok((Ref::new(PRINT_PROVIDER, id), title))
    };
    all.into_iter().map(one).collect()
}

/// Reads uploaded artwork.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn upload(answer: &Value) -> Result<RemoteMedia> {
    let at = At::default();
    let read: wire::Upload = record(answer)?;
    Ok(RemoteMedia {
        refs: Refs::of([Ref::new(UPLOAD, read.id.need(&at.member("id"))?)]),
        url: read.preview_url.seen(&at.member("preview_url"))?,
        alt: Seen::Empty,
    })
}

/// Reads a page of uploads.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): the page itself can't be read.
pub fn uploads(answer: &Value) -> Result<Page<RemoteMedia>> {
    page(answer, UPLOAD, upload)
}

/// The body that uploads artwork by its address. The same bytes get the same id again.
///
/// # Errors
/// [`InvalidInput`](fusion_core::error::ErrorKind::InvalidInput): it is no picture that the platform can fetch.
pub fn upload_request(artwork: &Media) -> Result<Value> {
    let message = "the platform can't take the artwork";
    if artwork.role != MediaRole::Gallery {
        return Err(invalid(message, "role", "no_picture", "artwork is a PNG or JPEG picture"));
    }
    if !artwork.source.starts_with("https://") && !artwork.source.starts_with("http://") {
        return Err(invalid(message, "source", "no_address", "give an address that anybody can open"));
    }
    let path = artwork.source.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().filter(|name| name.contains('.')).unwrap_or("artwork.png");
    json(&wire::UploadByUrl { file_name: name, url: &artwork.source })
}

/// A subscription to one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The platform's id of it.
    pub id: Ref,
    /// What it is about.
    pub topic: String,
    /// Where deliveries go.
    pub address: String,
}

/// Reads subscriptions, a list or one.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn subscriptions(answer: &Value) -> Result<Vec<Subscription>> {
    let all = match answer {
        Value::Array(_) => list(answer)?,
        _ => vec![(At::default(), record(answer)?)],
    };
    let one = |(at, one): (At, wire::Webhook)| {
        Ok(Subscription {
            id: Ref::new(WEBHOOK, one.id.need(&at.member("id"))?),
            topic: one.topic.need(&at.member("topic"))?,
            address: one.url.need(&at.member("url"))?,
        })
    };
    all.into_iter().map(one).collect()
}

/// Reads which subscription was ended.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): the answer names none.
pub fn unsubscribed(answer: &Value) -> Result<Ref> {
    let read: wire::Webhook = record(answer)?;
    Ok(Ref::new(WEBHOOK, read.id.need(&At::default().member("id"))?))
}

/// Reads what the platform shows under the European rules on product safety, as one text.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn safety(answer: &Value) -> Result<RichText> {
    let one = |(at, one): (At, wire::SafetyText)| {
        let title = one.title.need(&at.member("title"))?;
        Ok(format!("{title}\n{}", one.text.need(&at.member("text"))?))
    };
    let texts = list(answer)?.into_iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(RichText::plain(texts.join("\n\n")))
}
