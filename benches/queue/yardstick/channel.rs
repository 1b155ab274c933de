//! A bounded channel: a queue that only passes on.

use crate::{Result, work::Performed};
use fusion_core::job::NewJob;
use serde_json::Value;
use tokio::sync::mpsc;

/// Jobs that may be between: enough that neither side waits for the other.
const ROOM: usize = 1_024;

/// One task sends everything, another receives it.
pub(crate) async fn through(coming: Vec<NewJob>) -> Result<Performed> {
    let performed = Performed::none_of(coming.len());
    let (to, mut from) = mpsc::channel::<NewJob>(ROOM);
    let sending = tokio::spawn(async move {
        for job in coming {
            if to.send(job).await.is_err() {
                return;
            }
        }
    });
    let noted = performed.clone();
    let receiving = tokio::spawn(async move {
        while let Some(job) = from.recv().await {
            let number = job.payload.get("number").and_then(Value::as_u64);
            noted.note(number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX));
        }
    });
    sending.await?;
    receiving.await?;
    Ok(performed)
}
