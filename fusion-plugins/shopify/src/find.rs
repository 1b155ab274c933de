//! Looks up whether a step that was sent and not answered took effect.

use crate::{
    call::Shop,
    convert::{Choice, reads_channels},
    cost,
    kinds::PRODUCT,
    orders,
    products::MARK,
    reading::whole,
    wire::{product::NewestData, variables},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{OptionValues, Ref, RemoteProduct},
    plugin::{Context, Found, SentStep, WireRequest, WireResponse},
    verb::Operation,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// Pages of the newest products that are searched: 25,000 products, as deep as the platform pages
/// (<https://shopify.dev/docs/api/usage/limits>).
const PAGES: usize = 100;

/// How far the platform's clock may be behind ours: a product that is older than the call by more than this was
/// there before it.
const SKEW: Duration = Duration::from_secs(60 * 60);

pub(crate) async fn find(cx: &Context<'_>, step: SentStep<'_>) -> Result<Found> {
    let shop = Shop::of(*cx, Operation::FindByReference)?;
    match step.name.split(':').next() {
        Some("create") => created(cx, &shop, step).await,
        Some("add") => added(cx, &shop, step.request).await,
        Some(orders::SHIP) => orders::find(&shop, step.request).await,
        _ => {
            Err(Error::new(ErrorKind::Unsupported, "the step may be sent again; there is nothing to look up")
                .with_operation(Operation::FindByReference))
        }
    }
}

pub(crate) fn sent<T: serde::de::DeserializeOwned>(request: &WireRequest) -> Result<T> {
    #[derive(Deserialize)]
    struct Body<T> {
        variables: T,
    }
    serde_json::from_slice::<Body<T>>(&request.body).map(|body| body.variables).map_err(|source| {
        let message = format!("the kept request can't be read at column {}", source.column());
        Error::new(ErrorKind::Internal, message)
    })
}

pub(crate) fn answer(field: &str, value: &str) -> WireResponse {
    let body = format!(r#"{{"data":{{"{field}":{value}}}}}"#);
    WireResponse { status: 200, headers: Vec::new(), body: body.into() }
}

async fn created(cx: &Context<'_>, shop: &Shop<'_>, step: SentStep<'_>) -> Result<Found> {
    #[derive(Deserialize)]
    struct Sent {
        input: Input,
    }
    #[derive(Deserialize)]
    struct Input {
        metafields: Vec<Mark>,
    }
    #[derive(Deserialize)]
    struct Mark {
        value: String,
    }
    let mark = sent::<Sent>(step.request)?.input.metafields.into_iter().next().map(|mark| mark.value);
    let Some(mark) = mark.filter(|mark| !mark.is_empty()) else {
        return Err(Error::new(ErrorKind::Internal, "the kept request carries no mark"));
    };
    let Marks { ids, is_whole } = marked(shop, &mark, step.at).await?;
    match ids.as_slice() {
        // Read from the products themselves, not from a search index: what isn't among them isn't there. Whoever
        // asks waits until no call is under way any more.
        [] => Ok(Found::NotApplied { settled: is_whole }),
        [id] => product_set(cx, shop, id).await.map(Found::Applied),
        // Somebody has duplicated the product in the shop's admin, marks included.
        several => Ok(Found::Doubtful(several.iter().map(|id| Ref::new(PRODUCT, id.as_str())).collect())),
    }
}

/// The products that carry a mark.
struct Marks {
    ids: Vec<String>,
    /// Whether every product was looked at that could carry it.
    is_whole: bool,
}

async fn marked(shop: &Shop<'_>, mark: &str, begun: Timestamp) -> Result<Marks> {
    let (namespace, key) = MARK;
    let mut ids = Vec::new();
    let mut after = None;
    for _ in 0..PAGES {
        let asked = variables::Newest { namespace, key, after };
        let page = shop.ask::<NewestData>(cost::NEWEST, &asked).await?.data.products;
        let fits = |one: &crate::wire::product::Marked| {
            one.metafield.as_ref().is_some_and(|metafield| metafield.value == mark)
        };
        let oldest = page.nodes.last().and_then(|one| Timestamp::parse(&one.created_at).ok());
        let is_past = oldest.is_some_and(|oldest| oldest + SKEW < begun);
        ids.extend(page.nodes.into_iter().filter(fits).map(|one| one.id));
        if is_past || !page.page_info.has_next_page {
            return Ok(Marks { ids, is_whole: true });
        }
        after = page.page_info.end_cursor;
    }
    Ok(Marks { ids, is_whole: false })
}

/// The product as the unanswered call would have told it.
async fn product_set(cx: &Context<'_>, shop: &Shop<'_>, id: &str) -> Result<WireResponse> {
    #[derive(Deserialize)]
    struct Data {
        product: Option<Box<RawValue>>,
    }
    let asked = variables::Product { id: id.to_owned(), channels: reads_channels(cx.facts()) };
    let product = shop.ask::<Data>(cost::PRODUCT, &asked).await?.data.product.ok_or_else(|| {
        Error::new(ErrorKind::Conflict, "the product was found and is gone again; decide anew")
    })?;
    Ok(answer(
        "productSet",
        &format!(r#"{{"product":{product},"productSetOperation":null,"userErrors":[]}}"#),
    ))
}

async fn added(cx: &Context<'_>, shop: &Shop<'_>, request: &WireRequest) -> Result<Found> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sent {
        product_id: String,
        variants: Vec<New>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct New {
        option_values: Vec<Chosen>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Chosen {
        option_name: String,
        name: String,
    }
    let sent = sent::<Sent>(request)?;
    let live = whole(shop, cx.facts(), &sent.product_id).await?;
    let choice = |new: New| -> OptionValues {
        new.option_values.into_iter().map(|value| (value.option_name, value.name)).collect()
    };
    let all = sent.variants.len();
    let there = sent.variants.into_iter().map(choice).filter(|wanted| has(&live, wanted)).count();
    let applied = || answer("productVariantsBulkCreate", r#"{"productVariants":[],"userErrors":[]}"#);
    Ok(match there {
        // The product was read whole.
        0 => Found::NotApplied { settled: true },
        some if some == all => Found::Applied(applied()),
        _ => Found::Partial(applied()),
    })
}

fn has(live: &RemoteProduct, wanted: &OptionValues) -> bool {
    let wanted = Choice::of(wanted);
    live.variants.value().into_iter().flatten().any(|variant| Choice::of(&variant.options) == wanted)
}
