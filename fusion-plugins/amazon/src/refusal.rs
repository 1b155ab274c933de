//! Answers that refuse: by status first, since the codes of the platform's parts differ in style.

use crate::wire::envelope::Refusal;
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry},
    plugin::WireResponse,
};
use fusion_plugin_sdk::{judge_status, parse, parse_value};
use serde_json::Value;

/// Judges an answer by status, code and, for 403, by its words. What the platform says beyond its code may
/// quote what was sent, so it isn't kept.
///
/// # Errors
/// For every answer that refuses.
pub fn judge(answer: &WireResponse) -> Result<()> {
    let Err(by_status) = judge_status(answer) else { return Ok(()) };
    let reasons = reasons(&answer.body).unwrap_or_default();
    let Some(first) = reasons.first() else { return Err(by_status) };
    let error = match answer.status {
        403 => forbidden(first).unwrap_or(by_status),
        400 if first.message.contains("requested data elements") => Error::new(
            ErrorKind::MissingScope,
            "the app may not see what was asked for; it lacks a role or a restricted token",
        )
        .with_retry(Retry::AfterReauth)
        .with_fate(Fate::Rejected),
        _ => by_status,
    };
    Err(if first.code.is_empty() { error } else { error.with_platform_code(first.code.clone()) })
}

/// Reasons stand under `errors` or, from some APIs, as the bare list.
fn reasons(body: &[u8]) -> Result<Vec<Refusal>> {
    let mut told: Value = parse(body, "")?;
    let named = told.get_mut("errors").map(Value::take);
    parse_value(named.unwrap_or(told), "errors")
}

/// A dead token and a missing role come with one status.
fn forbidden(reason: &Refusal) -> Option<Error> {
    let says = |word: &str| {
        [Some(&reason.message), reason.details.as_ref()].into_iter().flatten().any(|text| text.contains(word))
    };
    ["expired", "revoked", "malformed"].into_iter().any(says).then(|| {
        Error::new(ErrorKind::Unauthenticated, "the platform doesn't accept the token; renew it once")
            .with_retry(Retry::AfterReauth)
            .with_fate(Fate::Rejected)
    })
}
