//! The `@idempotent` directive: the same key and input give the first answer again and change nothing.

use super::{Work, refusal};
use crate::simulator::{problem::Problem, read::Arguments, shop::Answered};
use serde_json::{Value, json};

/// The mutations that must carry a key since 2026-04.
const REQUIRED: [&str; 3] = ["inventoryActivate", "inventorySetQuantities", "refundCreate"];

/// Runs `act` unless the key has been answered already.
pub(super) fn guarded(
    work: &mut Work<'_>,
    arguments: &Arguments,
    key: Option<&str>,
    act: impl FnOnce(&mut Work<'_>) -> Result<Value, Problem>,
) -> Result<Value, Problem> {
    let required = REQUIRED.contains(&work.field);
    let key = match key {
        None if required => {
            let message = "The @idempotent directive is required for this mutation but was not provided.";
            return Err(Problem::new("BAD_REQUEST", message));
        }
        Some(key) if required && key.trim().is_empty() => {
            return Err(Problem::new("BAD_REQUEST", "The idempotency key cannot be empty."));
        }
        Some(_) if !required => {
            let message = "The @idempotent directive is not supported on this mutation.";
            return Err(Problem::new("BAD_REQUEST", message));
        }
        None => return act(work),
        Some(key) => key,
    };
    let input = Value::Object(arguments.clone());
    if let Some(known) = work.shop.answers.get(key) {
        if known.field == work.field && known.input == input {
            return Ok(known.payload.clone());
        }
        let code = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH";
        let message = "The same idempotency key was used with different parameters.";
        return Ok(work.payload(json!({ "userErrors": [refusal(&["input"], message, Some(code))] })));
    }
    let payload = act(work)?;
    let answered = Answered { field: work.field.to_owned(), input, payload: payload.clone() };
    work.shop.put_answer(key, answered);
    Ok(payload)
}
