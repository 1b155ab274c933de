//! One SKU as the platform shows it in one marketplace.

use super::{
    asked::ListingPart,
    item_product::Reader,
    page::page,
    reading::{filled, leftovers},
};
use crate::{kinds::SKU, wire::listing as wire};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Converted, Losses, RemoteProduct, StoreFacts},
    plugin::Page,
};
use fusion_plugin_sdk::{parse, unreadable};
use serde_json::Value;

/// One SKU in one marketplace, before its family is joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The SKU.
    pub sku: String,
    /// The SKU of the family's parent; `None`: it stands alone, or is a parent itself.
    pub parent: Option<String>,
    /// The family's children, where it is a parent: it can't be bought, and has neither offer nor stock.
    pub children: Option<Vec<String>>,
    /// As a product of its own, with itself as the only variant; a parent has none.
    pub product: RemoteProduct,
}

const CARRIED: &[&str] = &[
    "sku",
    "attributes",
    "summaries[].marketplaceId",
    "summaries[].asin",
    "summaries[].fnSku",
    "summaries[].productType",
    "summaries[].conditionType",
    "summaries[].status",
    "summaries[].itemName",
    "summaries[].lastUpdatedDate",
    "summaries[].mainImage.link",
    "issues[].code",
    "issues[].message",
    "issues[].severity",
    "issues[].attributeNames",
    "issues[].marketplaceIds",
    "issues[].enforcements",
    "offers[].marketplaceId",
    "offers[].offerType",
    "offers[].price",
    "offers[].audience",
    "fulfillmentAvailability[].fulfillmentChannelCode",
    "fulfillmentAvailability[].quantity",
    "procurement[].costPrice",
    "relationships[].marketplaceId",
    "relationships[].relationships[].type",
    "relationships[].relationships[].childSkus",
    "relationships[].relationships[].parentSkus",
    "relationships[].relationships[].variationTheme",
    "productTypes[].marketplaceId",
    "productTypes[].productType",
];

/// A page of `searchListingsItems` that asked for the parts `asked`.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the answer isn't a list. A record that
/// can't be read is named in the page.
pub fn items(answer: &[u8], asked: &[ListingPart], facts: &StoreFacts) -> Result<Page<Converted<Listed>>> {
    let found: wire::Found = parse(answer, "")?;
    let mut page = page(&found.items, "items", ("/sku", SKU), |record| read(record, asked, facts));
    page.next = found.pagination.and_then(|pagination| filled(pagination.next_token));
    Ok(page)
}

/// The answer of `getListingsItem` that asked for the parts `asked`.
///
/// # Errors
/// [`ErrorKind::Protocol`], with the field that can't be read. [`ErrorKind::NotFound`]: it is listed in other
/// marketplaces alone.
pub fn item(answer: &[u8], asked: &[ListingPart], facts: &StoreFacts) -> Result<Converted<Listed>> {
    read(answer, asked, facts)?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the SKU isn't listed in the store's marketplace"))
}

pub(super) fn read(
    answer: &[u8],
    asked: &[ListingPart],
    facts: &StoreFacts,
) -> Result<Option<Converted<Listed>>> {
    let mut losses = Losses::default();
    let mut record: Value = parse(answer, "")?;
    blank_others(&mut record, &facts.remote_id);
    leftovers(&record, CARRIED, &mut losses);
    let read: wire::Item = parse(answer, "")?;
    if read.sku.is_empty() {
        return Err(unreadable("sku", "there is none"));
    }
    // One without any summary was handed in and isn't made yet.
    let summaries = read.summaries.as_deref().unwrap_or_default();
    if !summaries.is_empty() && !summaries.iter().any(|one| one.marketplace_id == facts.remote_id) {
        return Ok(None);
    }
    let reader = Reader { read: &read, asked, facts };
    let listed = reader.listed(&mut losses)?;
    Ok(Some(losses.with(listed)))
}

/// What other marketplaces show belongs to other stores: it isn't lost.
fn blank_others(record: &mut Value, marketplace: &str) {
    for part in ["summaries", "offers", "relationships", "productTypes", "issues"] {
        let Some(entries) = record.get_mut(part).and_then(Value::as_array_mut) else { continue };
        for entry in entries {
            let elsewhere = match (entry.get("marketplaceId"), entry.get("marketplaceIds")) {
                (Some(id), _) => id != marketplace,
                (None, Some(Value::Array(ids))) => !ids.is_empty() && !ids.iter().any(|id| id == marketplace),
                _ => false,
            };
            if elsewhere {
                *entry = Value::Null;
            }
        }
    }
}
