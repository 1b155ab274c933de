//! The shop, its locations, publications and operations.

use super::View;
use crate::simulator::{
    gid::{self, Thing},
    operation::Pending,
    shop::{Named, Plan},
    slot::{Slot, time},
};
use serde_json::json;

pub(super) fn shop(view: &View<'_>, name: &str) -> Option<Slot> {
    let shop = view.shop;
    Some(match name {
        "name" => shop.name().into(),
        "myshopifyDomain" => shop.domain.as_str().into(),
        "currencyCode" => shop.currency.as_str().into(),
        "enabledPresentmentCurrencies" => json!([shop.currency]).into(),
        "contactEmail" | "email" => "owner@example.com".into(),
        "createdAt" | "updatedAt" => time(shop.created_at).into(),
        "ianaTimezone" => "Europe/Berlin".into(),
        "timezoneOffset" => "+0100".into(),
        "unitSystem" => "METRIC_SYSTEM".into(),
        "weightUnit" => "KILOGRAMS".into(),
        "taxesIncluded" => true.into(),
        "setupRequired" => false.into(),
        "url" => format!("https://{}", shop.domain).into(),
        "primaryDomain" => Slot::Data(json!({
            "__typename": "Domain",
            "id": gid::of("Domain", shop.id),
            "host": shop.domain,
            "sslEnabled": true,
            "url": format!("https://{}", shop.domain),
        })),
        "plan" => {
            let name = match shop.plan {
                Plan::Standard => "Basic",
                Plan::Advanced => "Advanced",
                Plan::Plus => "Shopify Plus",
            };
            Slot::Data(json!({
                "displayName": name,
                "publicDisplayName": name,
                "partnerDevelopment": false,
                "shopifyPlus": shop.plan == Plan::Plus,
            }))
        }
        "resourceLimits" => Slot::Data(json!({
            "locationLimit": 200,
            "maxProductOptions": 3,
            "maxProductVariants": 2048,
            "redirectLimitReached": false,
        })),
        _ => return None,
    })
}

pub(super) fn installation(view: &View<'_>, name: &str) -> Option<Slot> {
    (name == "accessScopes").then(|| {
        let scope = |handle: &String| {
            Slot::Data(json!({ "handle": handle, "description": handle.replace('_', " ") }))
        };
        Slot::List(view.scopes.iter().map(scope).collect())
    })
}

pub(super) fn location(view: &View<'_>, id: u64, it: &Named, name: &str) -> Option<Slot> {
    Some(match name {
        "name" => it.name.as_str().into(),
        "legacyResourceId" => id.to_string().into(),
        "createdAt" | "updatedAt" => time(it.created_at).into(),
        "isActive" | "fulfillsOnlineOrders" | "shipsInventory" => true.into(),
        "isFulfillmentService" => false.into(),
        "hasActiveInventory" => {
            let mut variants = view.shop.products().flat_map(|product| &product.variants);
            variants.any(|variant| variant.item.levels.contains_key(&id)).into()
        }
        "address" => {
            Slot::Data(json!({ "formatted": ["Germany"], "country": "Germany", "countryCode": "DE" }))
        }
        _ => return None,
    })
}

pub(super) fn publication(it: &Named, name: &str) -> Option<Slot> {
    Some(match name {
        "name" => it.name.as_str().into(),
        "autoPublish" => false.into(),
        "supportsFuturePublishing" => true.into(),
        _ => return None,
    })
}

pub(super) fn operation(view: &View<'_>, it: &Pending, name: &str) -> Option<Slot> {
    let outcome = it.outcome.as_ref();
    Some(match name {
        "status" => it.status(view.now).into(),
        "product" => {
            let product = outcome.and_then(|outcome| outcome.product.as_deref()).and_then(Thing::parse);
            product.map_or(Slot::NULL, Slot::Thing)
        }
        "deletedProductId" => outcome.and_then(|outcome| outcome.deleted.clone()).into(),
        "userErrors" => outcome.map_or(Slot::List(Vec::new()), |outcome| Slot::of(&outcome.user_errors)),
        _ => return None,
    })
}
