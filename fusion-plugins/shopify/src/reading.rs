//! Reads shop and products.

use crate::{
    call::Shop,
    convert::{self, reads_channels},
    cost,
    kinds::PRODUCT,
    manifest::MAX_VARIANTS,
    settings::Settings,
    wire::{
        answer::PageInfo,
        product::{Product, ProductData, ProductsData, VariantsData},
        shop::{LocalesData, Location, LocationsData, PublicationsData, ShopData},
        told::Told,
        variables,
    },
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{Converted, Ref, RefKind, RemoteProduct, StoreFacts},
    plugin::{ConnectionContext, Context, Page, ProductQuery},
    verb::Operation,
};
use fusion_plugin_sdk::{left_out, parse};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeSet, time::Duration};

/// Products a page when nobody asks for another number: about 500 points, a quarter of the smallest bucket.
const PAGE: u32 = 50;

/// The platform's own bound.
const MAX_PAGE: u32 = 250;

/// The search index lags behind writes by seconds, sometimes more; what comes twice does no harm.
const OVERLAP: Duration = Duration::from_secs(5 * 60);

/// Pages of variants: as many as the largest product has.
const VARIANT_PAGES: usize = MAX_VARIANTS.div_ceil(250);

/// Pages of locations; a shop has at most a thousand.
const LOCATION_PAGES: usize = 8;

pub(crate) async fn describe(cx: &ConnectionContext<'_>) -> Result<StoreFacts> {
    let settings = Settings::of(cx.connection)?;
    let shop = Shop::of(*cx, Operation::Describe)?;
    let read = shop.ask::<ShopData>(cost::SHOP, &variables::Shop {}).await?.data;
    let may =
        |scope: &str| read.current_app_installation.access_scopes.iter().any(|have| have.handle == scope);
    let publications = if may("read_publications") || may("write_publications") {
        let page = shop.ask::<PublicationsData>(cost::PUBLICATIONS, &variables::Publications {}).await?;
        page.data.publications.nodes
    } else {
        Vec::new()
    };
    let locales = if may("read_locales") && settings.locale.is_none() {
        shop.ask::<LocalesData>(cost::LOCALES, &variables::Locales {}).await?.data.shop_locales
    } else {
        Vec::new()
    };
    let locations = locations(&shop).await?;
    convert::facts(read, locations, &publications, &locales, &settings)
}

async fn locations(shop: &Shop<'_>) -> Result<Vec<Location>> {
    let mut all = Vec::new();
    let mut after = None;
    for _ in 0..LOCATION_PAGES {
        let page =
            shop.ask::<LocationsData>(cost::LOCATIONS, &variables::Locations { after }).await?.data.locations;
        all.extend(page.nodes);
        if !page.page_info.has_next_page {
            return Ok(all);
        }
        after = page.page_info.end_cursor;
    }
    Err(endless("locations"))
}

fn endless(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("the platform's pages of {what} don't end"))
}

/// One page, by time of change. The cursor carries the walk's upper bound: what changes during the walk
/// belongs to the next one.
pub(crate) async fn list(cx: &Context<'_>, query: &ProductQuery) -> Result<Page<Converted<RemoteProduct>>> {
    let shop = Shop::of(*cx, Operation::ListProducts)?;
    let (until, after) = match &query.cursor {
        None => (cx.clock.now(), None),
        Some(cursor) => read_cursor(cursor)?,
    };
    let first = query.page_size.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let channels = reads_channels(cx.facts());
    let asked =
        variables::Products { first, after, query: Some(filter(query.changed_since, until)), channels };
    let told = shop.ask::<ProductsData>(cost::products(first), &asked).await?;
    let page = told.data.products;
    let mut items = Vec::new();
    let mut unreadable = Vec::new();
    for node in &page.nodes {
        match read_node(node, cx.facts(), &told.hidden) {
            Ok(product) => items.push(product),
            Err(error) => unreadable.push(left_out(named(node, PRODUCT), &error)),
        }
    }
    let next = next(&page.page_info, until)?;
    let watermark = next.is_none().then_some(until);
    Ok(Page { items, unreadable, next, watermark })
}

pub(crate) fn filter(since: Option<Timestamp>, until: Timestamp) -> String {
    let upper = format!("updated_at:<='{until}'");
    match since {
        Some(since) => format!("updated_at:>='{}' AND {upper}", since - OVERLAP),
        None => upper,
    }
}

/// The cursor of the next page of a walk up to `until`, if there is one.
pub(crate) fn next(page: &PageInfo, until: Timestamp) -> Result<Option<String>> {
    if !page.has_next_page {
        return Ok(None);
    }
    let after = page.end_cursor.as_ref().ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform says there is a next page and not where")
    })?;
    Ok(Some(format!("{}|{after}", until.as_micros())))
}

pub(crate) fn read_cursor(cursor: &str) -> Result<(Timestamp, Option<String>)> {
    let read = cursor.split_once('|').and_then(|(until, after)| {
        Some((Timestamp::from_micros(until.parse().ok()?), Some(after.to_owned())))
    });
    read.ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the cursor isn't one of this plugin's; begin anew")
    })
}

fn read_node(
    node: &RawValue,
    facts: &StoreFacts,
    hidden: &BTreeSet<String>,
) -> Result<Converted<RemoteProduct>> {
    convert::product(parse::<Product>(node.get().as_bytes(), "product")?, facts, hidden)
}

/// The id of a record that can't be read, which is looked for by itself.
pub(crate) fn named(node: &RawValue, kind: RefKind) -> Option<Ref> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let named = parse::<Named>(node.get().as_bytes(), "").ok()?;
    Some(Ref::new(kind, named.id))
}

/// One product with all its variants, for a write that looks at what it changes: what the model can't hold, it
/// doesn't touch.
///
/// # Errors
/// As [`whole_told`].
pub(crate) async fn whole(shop: &Shop<'_>, facts: &StoreFacts, id: &str) -> Result<RemoteProduct> {
    whole_told(shop, facts, id).await.map(|told| told.value)
}

/// One product with all its variants, and what of it the model can't hold.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is none. [`ErrorKind::Protocol`]: its pages don't end.
pub(crate) async fn whole_told(
    shop: &Shop<'_>,
    facts: &StoreFacts,
    id: &str,
) -> Result<Converted<RemoteProduct>> {
    let asked = variables::Product { id: id.to_owned(), channels: reads_channels(facts) };
    let told = shop.ask::<ProductData>(cost::PRODUCT, &asked).await?;
    let mut product = told.data.product.ok_or_else(gone)?;
    let mut hidden = told.hidden;
    if !matches!(product.variants, Told::Is(_)) && !hidden.contains("variants") {
        return Err(Error::new(ErrorKind::Protocol, "the platform's product comes without its variants"));
    }
    if let Told::Is(variants) = &mut product.variants {
        for _ in 1..=VARIANT_PAGES {
            if !variants.page_info.has_next_page {
                break;
            }
            let after = variants.page_info.end_cursor.clone().ok_or_else(|| endless("variants"))?;
            let asked = variables::Variants { id: id.to_owned(), after: after.clone() };
            let told = shop.ask::<VariantsData>(cost::VARIANTS, &asked).await?;
            let page = told.data.product.ok_or_else(gone)?.variants;
            if page.page_info.has_next_page && page.page_info.end_cursor.as_ref() == Some(&after) {
                return Err(endless("variants"));
            }
            hidden.extend(told.hidden);
            variants.nodes.extend(page.nodes);
            variants.page_info = page.page_info;
        }
        if variants.page_info.has_next_page {
            return Err(endless("variants"));
        }
    }
    convert::product(product, facts, &hidden)
}

fn gone() -> Error {
    Error::new(ErrorKind::NotFound, "the platform doesn't have the product (any more)")
}
