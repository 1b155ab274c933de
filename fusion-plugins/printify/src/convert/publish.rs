//! Handing a product to the sales channel, and telling how that ended.

use super::{listing::json, read::invalid};
use crate::wire::{ExternalWrite, Failed, Publish, Succeeded};
use fusion_core::{
    error::{Error, Result},
    model::ListingEdit,
};
use serde_json::Value;

/// What the channel is to take over: all of it the first time, afterwards what `edit` changes.
///
/// The first time the platform sends everything, whatever is asked. It locks the product until the publication has
/// ended: in a shop without a channel until [`succeeded`] or [`failed`] is sent, whatever happens.
///
/// # Errors
/// [`Internal`](fusion_core::error::ErrorKind::Internal): the body has no JSON form.
pub fn publication(edit: Option<&ListingEdit>) -> Result<Value> {
    json(&match edit {
        None => Publish {
            title: true,
            description: true,
            images: true,
            variants: true,
            tags: true,
            key_features: true,
            shipping_template: true,
        },
        Some(edit) => Publish {
            title: !edit.title.is_keep(),
            description: !edit.description.is_keep(),
            images: false,
            variants: !(edit.variants.is_empty() && edit.add.is_empty() && edit.remove.is_empty()),
            tags: !edit.tags.is_keep(),
            key_features: false,
            shipping_template: false,
        },
    })
}

/// The publication has ended as `id`, to be seen at `address`. Unlocks the product.
///
/// # Errors
/// [`InvalidInput`](fusion_core::error::ErrorKind::InvalidInput): the platform takes neither empty.
pub fn succeeded(id: &str, address: &str) -> Result<Value> {
    for (text, path) in [(id, "id"), (address, "address")] {
        if text.trim().is_empty() {
            return Err(invalid(
                "a published product needs an id and an address",
                path,
                "required",
                "name it",
            ));
        }
    }
    json(&Succeeded { external: ExternalWrite { id, handle: address } })
}

/// The publication has ended with `error`. Unlocks the product.
///
/// # Errors
/// [`Internal`](fusion_core::error::ErrorKind::Internal): the body has no JSON form.
pub fn failed(error: &Error) -> Result<Value> {
    let reason = error.message();
    json(&Failed { reason: if reason.is_empty() { "no reason was given" } else { reason } })
}
