//! Work that the platform takes in and finishes later: large products.

use crate::{
    call::Shop,
    cost, refusal,
    wire::{product::OperationData, variables},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result},
    plugin::{Context, Receipt, Watch},
};
use serde_json::json;
use std::time::Duration;

/// Up to so many variants a product is written while we wait; more take the platform too long for one call.
pub(crate) const AT_ONCE: usize = 100;

/// What a `productSet` is watched by.
pub(crate) const SET: &str = "product_set";
/// What a `productDelete` is watched by.
pub(crate) const DELETE: &str = "product_delete";

/// Looks within one call; with the pauses that is two minutes at most.
const LOOKS: u32 = 18;

/// The first pause; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What has to be left of the deadline for what follows.
const RESERVE: Duration = Duration::from_secs(10);

/// The platform finishes within minutes, pictures too; after an hour nobody knows.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(60 * 60);

/// How far an operation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Running,
    /// With the id of the product, if there still is one.
    Complete(Option<String>),
}

/// Asks once.
///
/// # Errors
/// What the operation itself ended with, as a refused write.
pub(crate) async fn look(shop: &Shop<'_>, id: &str) -> Result<Progress> {
    let asked = variables::Operation { id: id.to_owned() };
    let told = shop.ask::<OperationData>(cost::OPERATION, &asked).await?;
    let operation = told.data.product_operation.ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "the platform has forgotten the operation; look at the product itself",
        )
        .with_fate(Fate::Unknown)
    })?;
    match operation.status.as_str() {
        "COMPLETE" if operation.user_errors.is_empty() => {
            Ok(Progress::Complete(operation.product.map(|product| product.id)))
        }
        "COMPLETE" => Err(refusal::refusal(&operation.user_errors)),
        // CREATED, ACTIVE, and words of tomorrow: not complete.
        _ => Ok(Progress::Running),
    }
}

/// Asks until it is complete or the call's time runs out.
pub(crate) async fn wait(cx: &Context<'_>, shop: &Shop<'_>, id: &str) -> Result<Progress> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        if let complete @ Progress::Complete(_) = look(shop, id).await? {
            return Ok(complete);
        }
        let left = cx.call.deadline.saturating_sub(cx.clock.elapsed());
        if left < pause + RESERVE || cx.call.cancel.is_cancelled() {
            break;
        }
        cx.clock.sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(Progress::Running)
}

/// Taken in, not done.
pub(crate) fn accepted<T>(kind: &str, id: &str, now: Timestamp) -> Receipt<T> {
    let until = now + GIVE_UP;
    let handle = json!({"id": id, "until": until.as_micros()});
    Receipt::accepted(None, Watch { kind: kind.to_owned(), handle }, until)
}

/// The id that a watch names, and when it is given up.
pub(crate) fn watched(watch: &Watch) -> Result<(&str, Timestamp)> {
    let id = watch.handle.get("id").and_then(serde_json::Value::as_str);
    let until = watch.handle.get("until").and_then(serde_json::Value::as_i64);
    match (id, until) {
        (Some(id), Some(until)) => Ok((id, Timestamp::from_micros(until))),
        _ => Err(Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin's")),
    }
}
