//! Every recorded answer is carried into the model, refused with the right kind, or named as having no place.

use crate::fixture::{Case, brazil, bytes, canada, cases, japan, uk, us};
use fusion_core::{
    error::{Error, ErrorKind, Fate},
    model::{Converted, Loss, StoreFacts},
    plugin::{Page, WireResponse},
};
use fusion_plugin_amazon::convert::{
    ListingPart, OrderPart, OrderV0, amazon_stock, item, items, order, order_v0, orders, orders_v0,
    restrictions, stores, stores_of_account, submitted,
};
use std::collections::BTreeSet;

/// Operations whose answers hold nothing that a plugin of this library reads, with the reason.
const NO_PLACE: &[(&str, &str)] = &[
    ("catalogItems_2022-04-01/getCatalogItem", "Amazon's catalogue, not a seller's listing"),
    ("catalogItems_2022-04-01/searchCatalogItems", "Amazon's catalogue, not a seller's listing"),
    ("definitionsProductTypes_2020-09-01/searchDefinitionsProductTypes", "words to choose from"),
    ("definitionsProductTypes_2020-09-01/getDefinitionsProductType", "addresses of schemas"),
    ("feeds_2021-06-30/", "handles of bulk writes"),
    ("reports_2021-06-30/", "handles of bulk reads"),
    ("notifications/", "subscriptions, which the client keeps"),
    ("tokens_2021-03-01/", "credentials"),
    ("supplySources_2020-07-01/", "several own locations, in the United States alone"),
    ("externalFulfillmentInventory_2024-09-11/", "for sellers on a list of Amazon's"),
    ("fulfillmentOutbound_2020-07-01/", "Amazon as a warehouse for other shops"),
    ("fulfillmentOutbound_2026-07-04/", "Amazon as a warehouse for other shops"),
    ("messaging/", "letters to buyers"),
    ("productPricing_2022-05-01/", "others' prices"),
    ("uploads_2020-11-01/", "attachments of letters"),
    ("ordersV0/getOrderRegulatedInfo", "prescriptions"),
    ("ordersV0/updateVerificationStatus", "prescriptions; empty"),
    ("ordersV0/updateShipmentStatus", "empty"),
    ("ordersV0/confirmShipment", "empty"),
    // Read together with their order.
    ("ordersV0/getOrderAddress", "a part of an order"),
    ("ordersV0/getOrderBuyerInfo", "a part of an order"),
    ("ordersV0/getOrderItems", "a part of an order"),
    ("ordersV0/getOrderItemsBuyerInfo", "a part of an order"),
];

pub(crate) fn marketplaces() -> [StoreFacts; 5] {
    [us(), canada(), uk(), japan(), brazil()]
}

/// What a recorded answer gave.
pub(crate) enum Read {
    /// So many records, and what was lost of them.
    Carried(usize, Vec<Loss>),
    NoPlace,
}

fn of_page<T>(page: Page<Converted<T>>) -> Read {
    let count = page.items.len();
    Read::Carried(count, page.items.into_iter().flat_map(|item| item.losses).collect())
}

/// Reads an answer with status 2xx as the store that it is about.
pub(crate) fn carry(operation: &str, answer: &[u8], facts: &StoreFacts) -> Result<Read, Error> {
    let parts = &ListingPart::ALL;
    Ok(match operation {
        "listingsItems_2021-08-01/getListingsItem" => {
            let read = item(answer, parts, facts)?;
            Read::Carried(1, read.losses)
        }
        "listingsItems_2021-08-01/searchListingsItems" => of_page(items(answer, parts, facts)?),
        "listingsItems_2021-08-01/putListingsItem"
        | "listingsItems_2021-08-01/patchListingsItem"
        | "listingsItems_2021-08-01/deleteListingsItem" => {
            let receipt = submitted(answer, &[], facts, fusion_core::clock::Timestamp::EPOCH)?;
            Read::Carried(1, receipt.losses)
        }
        "listingsRestrictions_2021-08-01/getListingsRestrictions" => {
            Read::Carried(restrictions(answer, facts)?.len(), Vec::new())
        }
        "fbaInventory/getInventorySummaries" => of_page(amazon_stock(answer, "AMAZON_NA", facts)?),
        "sellers/getMarketplaceParticipations" => of_page(stores(answer, "SELLER")?),
        "sellers/getAccount" => of_page(stores_of_account(answer, "SELLER")?),
        "orders_2026-01-01/searchOrders" => of_page(orders(answer, &OrderPart::ALL, facts)?),
        "orders_2026-01-01/getOrder" => Read::Carried(1, order(answer, &OrderPart::ALL, facts)?.losses),
        "ordersV0/getOrders" => of_page(orders_v0(answer, facts)?),
        "ordersV0/getOrder" => {
            let answers = OrderV0 { order: answer, ..OrderV0::default() };
            Read::Carried(1, order_v0(&answers, facts)?.losses)
        }
        _ => Read::NoPlace,
    })
}

#[test]
fn every_recorded_answer_is_carried_refused_or_named() {
    let Some(cases) = cases() else { return };
    let mut unnamed = BTreeSet::new();
    let mut carried = BTreeSet::new();
    for Case { operation, status, answer, name, .. } in &cases {
        if *status >= 300 {
            refused(*status, &bytes(answer), name);
            continue;
        }
        let mut records = 0;
        for facts in marketplaces() {
            match carry(operation, &bytes(answer), &facts) {
                Ok(Read::Carried(count, losses)) => {
                    records += count;
                    drop(losses);
                }
                Ok(Read::NoPlace) => {
                    let is_named = |(known, _): &&(&str, &str)| {
                        *known == operation || (known.ends_with('/') && operation.starts_with(*known))
                    };
                    if !NO_PLACE.iter().any(|known| is_named(&known)) {
                        unnamed.insert(operation.clone());
                    }
                    records = 1;
                    break;
                }
                // An order of another marketplace is another store's.
                Err(error) => {
                    let is_elsewhere = error.to_string().contains("another marketplace");
                    assert!(is_elsewhere || error.kind() == ErrorKind::NotFound, "{name}: {error}");
                }
            }
        }
        assert!(records > 0, "{name}: nothing was read of it");
        carried.insert(operation.as_str());
    }
    assert!(unnamed.is_empty(), "neither read nor named: {unnamed:#?}");
    assert!(carried.len() > 30, "{}", carried.len());
}

fn refused(status: u16, body: &[u8], name: &str) {
    let answer = WireResponse { status, headers: Vec::new(), body: body.to_vec().into() };
    let error = fusion_plugin_amazon::judge(&answer).unwrap_err();
    let wanted = match status {
        400 | 413 => ErrorKind::InvalidInput,
        403 => ErrorKind::MissingScope,
        404 => ErrorKind::NotFound,
        415 => ErrorKind::Protocol,
        429 => ErrorKind::RateLimited,
        500 | 503 => ErrorKind::Unavailable,
        other => panic!("{name}: {other} is new"),
    };
    assert_eq!(error.kind(), wanted, "{name}");
    assert!(status >= 500 || error.fate() == Fate::Rejected, "{name}");
}
