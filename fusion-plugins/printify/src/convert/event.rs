//! A webhook's delivery: a hint what to read, hardly ever more.

use super::read::{At, filled, record, time};
use crate::{
    kinds::{ORDER, PRODUCT, SHOP},
    wire,
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{Converted, LossKind, Losses, Ref},
    plugin::{Asks, Hint, Matter},
};
use serde_json::Value;

/// What a merchant's program has to do with a product in a shop without a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishing {
    /// Show it for the first time.
    Create,
    /// Show it as it is now.
    Update,
    /// Take it away.
    Delete,
    /// A word that this version doesn't know.
    Other(String),
}

/// A delivery, read. Its signature is checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The platform's id of it: a repeated delivery has the same.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// The shop, where it is told.
    pub shop: Option<Ref>,
    /// What to look at.
    pub hint: Hint,
    /// What is asked for, when a publication has begun: the product is locked until it is answered.
    pub publishing: Option<Publishing>,
}

/// Reads a delivery. A topic that this version doesn't know is a hint about nothing.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): the envelope isn't what the contract says.
pub fn event(answer: &Value) -> Result<Converted<Event>> {
    let at = At::default();
    let read: wire::Event = record(answer)?;
    let topic = read.kind.need(&at.member("type"))?;
    let happened = read.created_at.need(&at.member("created_at"))?;
    let resource = read.resource.maybe(&at.member("resource"))?.unwrap_or_default();
    let inner = at.member("resource");
    let data = resource.data.maybe(&inner.member("data"))?.unwrap_or_default();
    let id = filled(resource.id.maybe(&inner.member("id"))?.map(|id| id.0));
    let kind = resource.kind.maybe(&inner.member("type"))?;
    let about = match (kind.as_deref(), id) {
        (Some("shop"), Some(id)) => Some(Ref::new(SHOP, id)),
        (Some("product"), Some(id)) => Some(Ref::new(PRODUCT, id)),
        (Some("order"), Some(id)) => Some(Ref::new(ORDER, id)),
        _ => None,
    };
    let members = inner.member("data");
    let named = filled(data.shop_id.maybe(&members.member("shop_id"))?.map(|id| id.0));
    let of_shop = about.clone().filter(|about| about.kind == SHOP);
    let publishing = match topic.as_str() {
        "product:publish:started" => {
            data.action.maybe(&members.member("action"))?.map(|action| match action.as_str() {
                "create" => Publishing::Create,
                "update" => Publishing::Update,
                "delete" => Publishing::Delete,
                _ => Publishing::Other(action),
            })
        }
        _ => None,
    };
    let matter = match kind.as_deref() {
        Some("shop") => Matter::Store,
        Some("product") => Matter::Products,
        Some("order") => Matter::Orders,
        _ => Matter::Unknown,
    };
    let mut losses = Losses::default();
    let is_thin = data.others.keys().all(|name| name == "publish_details");
    if !is_thin {
        let note = "a delivery is a hint: state and shipments are read from the order";
        losses.add(members.as_str(), LossKind::Dropped, note);
    }
    Ok(losses.with(Event {
        id: read.id.need(&at.member("id"))?,
        at: time(&happened, &at.member("created_at"))?.unwrap_or(Timestamp::EPOCH),
        shop: named.map(|id| Ref::new(SHOP, id)).or(of_shop),
        hint: Hint { topic, about, asks: Asks::Look(matter) },
        publishing,
    }))
}
