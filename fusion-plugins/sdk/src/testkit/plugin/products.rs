//! Products and stock.

use super::{
    super::wire::{Listed, Product, StockAnswer, StockLine, Taken},
    ScriptedPlugin,
    calls::{READ, Writing, client, get},
    convert, kinds,
};
use crate::json;
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    model::{
        Converted, ListingEdit, Media, NewListing, Ref, Refs, RemoteProduct, Removal, Repeat, Seen, StockRow,
    },
    plugin::{Context, Page, Placed, ProductQuery, Receipt, RowResult, Target, Watch, WireResponse},
    verb::Operation,
};
use serde_json::{Value, json};
use std::time::Duration;

/// How long accepted work may take before its outcome counts as unknown.
const LATE_UNTIL: Duration = Duration::from_secs(60 * 60);

pub(super) async fn list(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    query: &ProductQuery,
) -> Result<Page<Converted<RemoteProduct>>> {
    let path = super::lookups::list_path(cx, "products", query.changed_since, query.cursor.as_deref());
    let answer = client(plugin, *cx, Operation::ListProducts).read(READ, get(&path)).await?;
    let script = plugin.platform.copied_script();
    let mut page = convert::page(json::<Listed>(&answer)?, kinds::PRODUCT, convert::product);
    if script.cuts_variants {
        page.items.iter_mut().for_each(|product| product.value.variants = Seen::NotRead);
    }
    Ok(page)
}

pub(super) async fn one(plugin: &ScriptedPlugin, cx: &Context<'_>, id: &str) -> Result<Product> {
    let path = format!("/products/{id}");
    json(&client(plugin, *cx, Operation::GetProduct).read(READ, get(&path)).await?)
}

pub(super) async fn create(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    listing: &NewListing,
) -> Result<Receipt<Placed>> {
    let answer = make(plugin, cx, listing, Operation::CreateProduct, true).await?;
    receipt(cx, &answer)
}

/// Makes the product in as many calls as the platform wants. `closing`: whether nothing comes after them.
async fn make(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    listing: &NewListing,
    operation: Operation,
    closing: bool,
) -> Result<WireResponse> {
    let script = plugin.platform.copied_script();
    let chunks: Vec<_> = script
        .variants_per_call
        .map(|size| listing.variants.chunks(size.max(1)).collect())
        .unwrap_or_default();
    let mut first = listing.clone();
    if !chunks.is_empty() {
        first.variants.clear();
    }
    let client = client(plugin, *cx, operation);
    let path = format!("/stores/{}/products", cx.facts().remote_id);
    let writing =
        Writing { method: "POST", path: &path, repeat: script.create, closing: closing && chunks.is_empty() };
    let mut answer = client.write("create", writing, &first).await?;
    let of = 1 + chunks.len() as u64;
    cx.call.progress.report(1, Some(of));
    if chunks.is_empty() {
        return Ok(answer);
    }
    let path = format!("/products/{}/variants", json::<Product>(&answer)?.id);
    for (nth, chunk) in chunks.iter().enumerate() {
        let closing = closing && nth + 1 == chunks.len();
        let writing = Writing { method: "POST", path: &path, repeat: Repeat::Idempotent, closing };
        answer = client.write(&format!("variants:{nth}"), writing, chunk).await?;
        cx.call.progress.report(2 + nth as u64, Some(of));
    }
    Ok(answer)
}

pub(super) async fn publish(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    target: &Target,
    listing: &NewListing,
) -> Result<Receipt<Placed>> {
    let client = client(plugin, *cx, Operation::Publish);
    let answer = match target.refs.get(&kinds::PRODUCT) {
        None => make(plugin, cx, listing, Operation::Publish, false).await?,
        Some(id) => {
            let path = format!("/products/{id}");
            let writing = Writing { method: "PUT", path: &path, repeat: Repeat::Idempotent, closing: false };
            client.write("update", writing, listing).await?
        }
    };
    let path = format!("/products/{}/show", json::<Product>(&answer)?.id);
    let writing = Writing { method: "POST", path: &path, repeat: Repeat::Idempotent, closing: true };
    receipt(cx, &client.write("show", writing, &Value::Null).await?)
}

pub(super) async fn update(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    target: &Target,
    edit: &ListingEdit,
) -> Result<Receipt<Placed>> {
    let path = format!("/products/{}", known(target)?);
    let writing = Writing { method: "PATCH", path: &path, repeat: Repeat::Idempotent, closing: true };
    receipt(cx, &client(plugin, *cx, Operation::UpdateProduct).write("update", writing, edit).await?)
}

pub(super) async fn delete(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    target: &Target,
    removal: Removal,
) -> Result<Receipt<()>> {
    let path = format!("/products/{}", known(target)?);
    let writing = Writing { method: "DELETE", path: &path, repeat: Repeat::Idempotent, closing: true };
    match client(plugin, *cx, Operation::DeleteProduct).write("delete", writing, &removal).await {
        Ok(_) => Ok(Receipt::done(())),
        Err(error) if error.kind() == ErrorKind::NotFound && error.fate() == Fate::Rejected => {
            Ok(Receipt::done(()))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn stock(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    rows: &[StockRow],
) -> Result<Receipt<()>> {
    let client = client(plugin, *cx, Operation::SyncInventory);
    let mut receipt = Receipt::done(());
    for (nth, chunk) in plugin.manifest.write_unit.stock_calls(rows).enumerate() {
        let first = receipt.rows.len();
        let lines = chunk
            .iter()
            .map(|row| StockLine {
                variant: row.refs.get(&kinds::VARIANT).unwrap_or_default().to_owned(),
                available: row.available,
                expected: row.expected,
            })
            .collect::<Vec<_>>();
        let compared = lines.iter().any(|line| line.expected.is_some());
        let repeat = if compared { Repeat::Conditional } else { Repeat::Idempotent };
        let writing = Writing { method: "POST", path: "/stock", repeat, closing: false };
        let answer = match client.write(&format!("stock:{nth}"), writing, &lines).await {
            Ok(answer) => answer,
            // Nothing was tried, so the error says it all.
            Err(error) if nth == 0 => return Err(error),
            Err(error) => {
                let failed = |row| RowResult { row, failure: Some(error.to_failure()) };
                receipt.rows.extend((first..rows.len()).map(failed));
                break;
            }
        };
        let refused = json::<StockAnswer>(&answer)?.refused;
        receipt.rows.extend((0..chunk.len()).map(|row| {
            let problem = refused.iter().find(|(refused, _)| *refused == row).map(|(_, problem)| problem);
            let failure = problem.map(|problem| {
                Error::new(ErrorKind::PlatformRefused, "the platform refused the stock level")
                    .with_fate(Fate::Rejected)
                    .with_platform_code(problem.code.clone())
                    .to_failure()
            });
            RowResult { row: first + row, failure }
        }));
    }
    Ok(receipt)
}

pub(super) async fn upload(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    media: &Media,
) -> Result<Receipt<Refs>> {
    let writing = Writing { method: "POST", path: "/media", repeat: Repeat::Idempotent, closing: false };
    let name = format!("upload:{}", media.id);
    let body = json!({ "url": media.source, "alt": media.alt });
    let answer = client(plugin, *cx, Operation::UploadMedia).write(&name, writing, &body).await?;
    let id = json::<Value>(&answer)?;
    let id = id.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok(Receipt::done(Refs::of([Ref::new(kinds::MEDIA, id)])))
}

fn known(target: &Target) -> Result<&str> {
    target.refs.get(&kinds::PRODUCT).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "the platform doesn't have the listing; publish it first")
    })
}

/// Done or accepted, by the status.
fn receipt(cx: &Context<'_>, answer: &WireResponse) -> Result<Receipt<Placed>> {
    if answer.status == 202 {
        let Taken { operation, product } = json(answer)?;
        let until = cx.clock.now() + LATE_UNTIL;
        let handle = json!({ "operation": operation, "until": until });
        let watch = Watch { kind: "operation".to_owned(), handle };
        return Ok(Receipt::accepted(Some(convert::placed(product)), watch, until));
    }
    let product: Product = json(answer)?;
    let issues = product.issues.clone();
    Ok(Receipt { issues, ..Receipt::done(convert::placed(product)) })
}
