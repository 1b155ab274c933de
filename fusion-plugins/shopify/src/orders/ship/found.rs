//! Looks up whether a shipment that was sent and not answered has left.

use super::super::whole::complete;
use crate::{
    call::Shop,
    cost,
    find::{answer, sent},
    kinds::FULFILLMENT,
    wire::{
        order::{Fulfillment, Order, OrderData},
        order_documents::LISTED,
        order_variables as variables,
        order_write::FulfillmentInput,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::Ref,
    plugin::{Found, WireRequest},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What a shipment's request says beside itself, as a comment of its document: the platform reads over it.
#[derive(Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) order: String,
    /// Shipments that were there before.
    pub(super) known: BTreeSet<String>,
    pub(super) lines: BTreeMap<String, i64>,
}

pub(crate) async fn find(shop: &Shop<'_>, request: &WireRequest) -> Result<Found> {
    #[derive(Deserialize)]
    struct Sent {
        fulfillment: FulfillmentInput,
    }
    let wanted = sent::<Sent>(request)?.fulfillment;
    let note = Shop::note::<Note>(request)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the kept shipment says nothing about its order"))?;
    let asked = variables::Order { id: note.order.clone() };
    let told = shop.ask::<OrderData<Order>>(cost::ORDER, &asked).await?;
    let mut order = told.data.order.ok_or_else(super::super::read::gone)?;
    // Read to the end, so that what isn't there has not left.
    let is_whole = order.fulfillments.len() < LISTED;
    if is_whole {
        complete(shop, &mut order).await?;
    }
    let is_new = |one: &&Fulfillment| !note.known.contains(&one.id);
    let fits = |one: &&Fulfillment| lines(one) == note.lines && is_followed(one, &wanted);
    let found: Vec<&Fulfillment> = order.fulfillments.iter().filter(is_new).filter(fits).collect();
    Ok(match found.as_slice() {
        [] => Found::NotApplied { settled: is_whole },
        [one] => {
            let value = json!({ "fulfillment": { "id": one.id }, "userErrors": [] });
            Found::Applied(answer("fulfillmentCreate", &value.to_string()))
        }
        several => {
            Found::Doubtful(several.iter().map(|one| Ref::new(FULFILLMENT, one.id.as_str())).collect())
        }
    })
}

fn lines(one: &Fulfillment) -> BTreeMap<String, i64> {
    let mut all = BTreeMap::new();
    for line in &one.fulfillment_line_items.nodes {
        *all.entry(line.line_item.id.clone()).or_default() += line.quantity.unwrap_or(0);
    }
    all
}

/// Whether it bears the number that was sent, where one was.
fn is_followed(one: &Fulfillment, wanted: &FulfillmentInput) -> bool {
    let number = wanted.tracking_info.as_ref().and_then(|tracking| tracking.number.as_ref());
    number.is_none_or(|number| one.tracking_info.iter().any(|other| other.number.as_ref() == Some(number)))
}
