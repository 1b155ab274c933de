//! Stock: the merchant's own by channel, Amazon's own as it is told, and the one write there is.

use super::{
    call::{Call, Write, entry, patch_body},
    page::page,
    reading::leftovers,
};
use crate::{
    kinds::{ASIN, CHANNEL, FNSKU, SKU},
    wire::{attributes::Availability, listing as wire, stock},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Converted, Losses, Quantity, Ref, Refs, RemoteLevel, StockRow, StoreFacts},
    plugin::Page,
};
use fusion_plugin_sdk::parse;

/// The merchant's own channel.
pub(super) const DEFAULT: &str = "DEFAULT";

/// Channels of Amazon's own warehouses begin so.
const AMAZON: &str = "AMAZON_";

/// Whether Amazon ships what is sold over this channel.
pub(super) fn is_amazons(channel: &str) -> bool {
    channel.starts_with(AMAZON)
}

/// A level of one channel. Every marketplace of an account shows the same number: one pool.
pub(super) fn level(sku: &str, channel: &str, quantity: Option<i64>, facts: &StoreFacts) -> RemoteLevel {
    RemoteLevel {
        location: Some(Ref::new(CHANNEL, channel)),
        pool: Some(format!("{}/{sku}/{channel}", facts.account)),
        quantity: match quantity {
            sellable if is_amazons(channel) => Quantity::ManagedByPlatform { sellable },
            Some(count) => Quantity::Counted(count),
            None => Quantity::Unknown,
        },
    }
}

/// Levels by attribute, which is what was last set, or by the summary, which comes later.
pub(super) fn levels(
    sku: &str,
    set: Option<Vec<(usize, Availability)>>,
    shown: Option<&[wire::Available]>,
    facts: &StoreFacts,
) -> Option<Vec<RemoteLevel>> {
    match (set, shown) {
        (Some(set), _) if !set.is_empty() => Some(
            set.iter()
                .map(|(_, one)| level(sku, &one.fulfillment_channel_code, one.quantity, facts))
                .collect(),
        ),
        (_, Some(shown)) => Some(
            shown.iter().map(|one| level(sku, &one.fulfillment_channel_code, one.quantity, facts)).collect(),
        ),
        (Some(_), None) => Some(Vec::new()),
        (None, None) => None,
    }
}

const CARRIED: &[&str] = &["sellerSku", "asin", "fnSku", "inventoryDetails.fulfillableQuantity"];

/// What Amazon's warehouses hold, SKU by SKU, from `getInventorySummaries` with details. `channel` names them
/// (`AMAZON_NA`): the answer doesn't. What is on its way, reserved or spoilt is lost and said.
///
/// # Errors
/// [`ErrorKind::Protocol`]: the answer isn't a list.
pub fn amazon_stock(
    answer: &[u8],
    channel: &str,
    facts: &StoreFacts,
) -> Result<Page<Converted<(Refs, RemoteLevel)>>> {
    let read: stock::Summaries = parse(answer, "")?;
    let name = "payload.inventorySummaries";
    let mut page = page(&read.payload.inventory_summaries, name, ("/sellerSku", SKU), |record| {
        let mut losses = Losses::default();
        leftovers(&parse(record, "")?, CARRIED, &mut losses);
        let read: stock::Summary = parse(record, "")?;
        let mut refs = Refs::of([Ref::new(SKU, read.seller_sku.as_str())]);
        for (kind, id) in [(ASIN, read.asin), (FNSKU, read.fn_sku)] {
            if let Some(id) = id {
                refs.set(Ref::new(kind, id));
            }
        }
        let sellable = read.inventory_details.and_then(|details| details.fulfillable_quantity);
        let mut level = level(&read.seller_sku, channel, sellable, facts);
        level.quantity = Quantity::ManagedByPlatform { sellable };
        Ok(Some(losses.with((refs, level))))
    });
    page.next = read.pagination.and_then(|pagination| pagination.next_token);
    Ok(page)
}

/// The write that brings one row in line. It merges, so that the handling time beside the number stays, and it
/// always names the channel: without it a second one is made
/// (<https://github.com/amzn/selling-partner-api-models/issues/2061>).
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: the row has no SKU, or the stock is Amazon's own.
pub fn stock_write(row: &StockRow) -> Result<Call> {
    let no = |path: &str, code: &str, mend: &str| {
        Error::new(ErrorKind::InvalidInput, "the stock can't be set")
            .with_problems([Problem::error(path, code, mend)])
    };
    let sku = row.refs.get(&SKU).ok_or_else(|| no("refs", "required", "publish the listing first"))?;
    let channel = match &row.location {
        None => DEFAULT,
        Some(place) if is_amazons(&place.id) => {
            return Err(no("location", "platforms_own", "what lies in Amazon's warehouses is read only"));
        }
        Some(place) => &place.id,
    };
    let value = [Availability {
        fulfillment_channel_code: channel.to_owned(),
        quantity: Some(i64::from(row.available)),
    }];
    let patch = entry("merge", "fulfillment_availability", &value)?;
    Ok(Call { sku: sku.to_owned(), write: Write::Patch, body: patch_body(ANY_TYPE, vec![patch])? })
}

/// Prices and stock of whatever type take this word in place of the product type
/// (<https://github.com/amzn/selling-partner-api-models/issues/4554>).
pub(super) const ANY_TYPE: &str = "PRODUCT";
