//! Asking what is and what became of something.

use super::{
    super::wire::{self, Reference, Write},
    ScriptedPlugin,
    calls::{READ, client, get},
    convert, kinds, preview, products,
};
use crate::json;
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result},
    model::Ref,
    plugin::{Applied, Context, Found, Receipt, Snapshot, Watch, WireRequest, WireResponse, Work},
    verb::Operation,
};
use serde::Deserialize;
use serde_json::Value;

pub(super) fn list_path(
    cx: &Context<'_>,
    what: &str,
    since: Option<Timestamp>,
    cursor: Option<&str>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(since) = since {
        query.append_pair("since", &since.as_micros().to_string());
    }
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    format!("/stores/{}/{what}?{}", cx.facts().remote_id, query.finish())
}

pub(super) async fn snapshot(plugin: &ScriptedPlugin, cx: &Context<'_>, work: Work<'_>) -> Result<Snapshot> {
    let mut snapshot = Snapshot {
        wanted: preview::wanted(work.command)?,
        facts_version: cx.store.facts_version,
        ..Snapshot::default()
    };
    let Some(id) = work.target.refs.get(&kinds::PRODUCT).filter(|_| !snapshot.wanted.is_empty()) else {
        snapshot.wanted.clear();
        return Ok(snapshot);
    };
    let product = products::one(plugin, cx, id).await?;
    snapshot.fields = preview::fields(&product)?;
    snapshot.fields.retain(|path, _| snapshot.wanted.contains_key(path));
    Ok(snapshot)
}

#[derive(Deserialize)]
struct Handle {
    operation: String,
    until: Timestamp,
}

pub(super) async fn observe(
    plugin: &ScriptedPlugin,
    cx: &Context<'_>,
    watch: &Watch,
) -> Result<Receipt<Applied>> {
    let Handle { operation, until } = Handle::deserialize(&watch.handle).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin").with_source(source)
    })?;
    let path = format!("/operations/{operation}");
    let answer = client(plugin, *cx, Operation::Observe).read(READ, get(&path)).await?;
    match json::<wire::Operation>(&answer)? {
        wire::Operation::Pending => Ok(Receipt::accepted(None, watch.clone(), until)),
        wire::Operation::Done { product } => {
            let issues = product.issues.clone();
            let placed = Applied::Placed(Box::new(convert::placed(*product)));
            Ok(Receipt { issues, ..Receipt::done(placed) })
        }
        wire::Operation::Refused { code } => {
            Err(Error::new(ErrorKind::PlatformRefused, "the platform has refused what it had accepted")
                .with_fate(Fate::Rejected)
                .with_platform_code(code))
        }
    }
}

pub(super) async fn find(plugin: &ScriptedPlugin, cx: &Context<'_>, request: &WireRequest) -> Result<Found> {
    let Write { reference, .. } = serde_json::from_slice(&request.body).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the request isn't one of this plugin").with_source(source)
    })?;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("key", &reference).finish();
    let path = format!("/references?{query}");
    let answer = client(plugin, *cx, Operation::FindByReference).read(READ, get(&path)).await?;
    Ok(match json::<Reference>(&answer)? {
        Reference::Applied { status, answer } => Found::Applied(as_answered(status, &answer)),
        Reference::Partial { status, answer } => Found::Partial(as_answered(status, &answer)),
        Reference::Nothing { settled } => Found::NotApplied { settled },
        Reference::Doubtful { candidates } => {
            Found::Doubtful(candidates.into_iter().map(|id| Ref::new(kinds::PRODUCT, id)).collect())
        }
    })
}

fn as_answered(status: u16, answer: &Value) -> WireResponse {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    WireResponse { status, headers, body: Bytes::from(answer.to_string()) }
}
