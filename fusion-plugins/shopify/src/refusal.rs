//! What the platform's refusals mean: kind, when again, and what became of the write.
//!
//! A status of 200 is no success. Read in this order: HTTP status, errors of the document, a field that is
//! null, errors of the mutation (<https://shopify.dev/docs/api/usage/response-codes>).

mod codes;

use crate::wire::answer::{Answer, QueryCost, TopError, UserError};
use codes::{Meaning, top_code, user_error};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Problem, Result, Retry, When},
    plugin::WireResponse,
};
use fusion_plugin_sdk::{json, judge_status, parse_value, whole_json};
use serde_json::Value;
use std::time::Duration;

/// Characters of the platform's own words that an error keeps.
const MAX_WORDS: usize = 300;

/// Where mutations tell what they refuse.
const USER_ERRORS: [&str; 2] = ["userErrors", "orderCancelUserErrors"];

/// Longest wait for points: a whole bucket of the smallest plan fills in twenty seconds.
const MAX_THROTTLE: Duration = Duration::from_secs(60);

/// Whether an answer is a success.
pub(crate) fn judge(answer: &WireResponse) -> Result<()> {
    named(judge_unnamed(answer), answer)
}

/// What a token endpoint's answer means.
pub(crate) fn judge_token(answer: &WireResponse) -> Result<()> {
    let judged = match answer.status {
        // A wrong client or secret is a 400 there.
        400 | 401 => Err(Error::new(
            ErrorKind::Unauthenticated,
            "the platform doesn't know the app or its secret; check both in the Dev Dashboard",
        )
        .with_retry(Retry::AfterUserAction)
        .with_fate(Fate::Rejected)),
        _ => judge_status_here(answer).and_then(|()| whole_json(answer)),
    };
    named(judged, answer)
}

/// What a place for bytes answers. It knows nothing of the shop's permissions: a refusal is about the bytes.
pub(crate) fn judge_upload(answer: &WireResponse) -> Result<()> {
    match answer.status {
        200..=299 | 408 | 429 | 500.. => judge_status(answer),
        status => Err(Error::new(
            ErrorKind::PlatformRefused,
            "the platform's place for pictures refused the bytes; it lasts a day, so ask for the change again",
        )
        .with_fate(Fate::Rejected)
        .with_platform_code(status.to_string())),
    }
}

fn named(judged: Result<()>, answer: &WireResponse) -> Result<()> {
    judged.map_err(|error| match answer.header("x-request-id") {
        Some(id) => error.with_request_id(id),
        None => error,
    })
}

fn judge_unnamed(answer: &WireResponse) -> Result<()> {
    judge_status_here(answer)?;
    whole_json(answer)?;
    let answer: Answer<Value> = json(answer)?;
    let data = answer.data.as_ref().and_then(Value::as_object);
    let has_data = data.is_some_and(|fields| fields.values().any(|value| !value.is_null()));
    // A field of an object that the app may not see comes back null beside the rest; the reader says
    // `Withheld`.
    let hidden = |error: &&TopError| error.code.as_deref() == Some("ACCESS_DENIED") && error.path.len() > 1;
    if let Some(error) = answer.errors.0.iter().find(|error| !(has_data && hidden(error))) {
        let cost = answer.extensions.as_ref().and_then(|extensions| extensions.cost.as_ref());
        return Err(refused_document(error, has_data, cost));
    }
    if answer.data.is_none() {
        return Err(Error::new(ErrorKind::Protocol, "the platform's answer holds neither data nor errors")
            .with_fate(Fate::Unknown)
            .with_retry(Retry::Backoff));
    }
    let refused: Vec<UserError> = data
        .into_iter()
        .flat_map(|fields| fields.values())
        .filter_map(Value::as_object)
        .flatten()
        .filter(|(name, _)| USER_ERRORS.contains(&name.as_str()))
        .map(|(_, errors)| parse_value::<Vec<UserError>>(errors.clone(), "userErrors"))
        .collect::<Result<Vec<_>, _>>()
        // Whoever can't read a refusal has not been told of a success.
        .map_err(|_| {
            Error::new(ErrorKind::Protocol, "the platform's refusals can't be read").with_fate(Fate::Unknown)
        })?
        .concat();
    // The errors of an operation that was asked about aren't the errors of asking.
    if refused.is_empty() || data.is_some_and(|fields| fields.contains_key("productOperation")) {
        return Ok(());
    }
    Err(refusal(&refused))
}

/// What the HTTP status says, where it means something else here than elsewhere.
fn judge_status_here(answer: &WireResponse) -> Result<()> {
    let (kind, message) = match answer.status {
        402 => (ErrorKind::PlatformRefused, "the shop is frozen until a bill is paid"),
        // Not `NotFound`: that would pass for a product that is gone already.
        404 => (ErrorKind::InvalidConfig, "there is no such shop, or it is closed; check its address"),
        423 => (ErrorKind::PlatformRefused, "the shop is locked; its owner has to talk to the platform"),
        430 => (ErrorKind::PlatformRefused, "the platform takes the calls for an attack; slow down"),
        _ => return judge_status(answer),
    };
    Err(Error::new(kind, message)
        .with_retry(Retry::AfterUserAction)
        .with_fate(Fate::Rejected)
        .with_platform_code(answer.status.to_string()))
}

fn refused_document(error: &TopError, has_data: bool, cost: Option<&QueryCost>) -> Error {
    let code = error.code.as_deref().unwrap_or_default();
    let Meaning { kind, retry, fate, says } = top_code(code, &error.message);
    let message = format!("{says}: {}", words(&error.message));
    // Another part of the document may have run.
    let fate = if has_data { Fate::Unknown } else { fate };
    let retry = match (code, cost.and_then(until_affordable)) {
        ("THROTTLED", Some(wait)) => Retry::When(When::In(wait)),
        _ => retry,
    };
    let mut out = Error::new(kind, message).with_retry(retry).with_fate(fate);
    if !code.is_empty() {
        out = out.with_platform_code(words(code));
    }
    let mut problems: Vec<Problem> =
        error.problems.iter().map(|(path, why)| Problem::error(words(path), "invalid", words(why))).collect();
    if let Some(access) = &error.required_access {
        problems.push(Problem::error("", "required_access", words(access)));
    }
    out.with_problems(problems)
}

/// How long until the bucket holds what the document asks for.
fn until_affordable(cost: &QueryCost) -> Option<Duration> {
    let requested = cost.requested_query_cost?;
    let bucket = cost.throttle_status?;
    if bucket.restore_rate <= 0.0 {
        return None;
    }
    let seconds = ((requested - bucket.currently_available) / bucket.restore_rate).ceil().max(1.0);
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(MAX_THROTTLE).min(MAX_THROTTLE))
}

/// The error that stands for what a mutation refused; each refusal is one of its problems, with the path into
/// what was sent.
pub(crate) fn refusal(refused: &[UserError]) -> Error {
    let meanings: Vec<Meaning> = refused.iter().map(user_error).collect();
    // What may be tried again only if all may; the first one that forbids it names the kind.
    let Meaning { kind, retry, fate, says } = meanings
        .iter()
        .find(|meaning| meaning.retry == Retry::Never)
        .or(meanings.first())
        .copied()
        .unwrap_or(codes::REFUSED);
    let code = refused.iter().find_map(|error| error.code.clone());
    let problems = refused.iter().map(|error| {
        let code =
            error.code.as_deref().map_or_else(|| "refused".to_owned(), |code| words(code).to_lowercase());
        let path = words(&path(error.field.as_deref().unwrap_or_default()));
        Problem::error(path, code, words(&error.message))
    });
    let out = Error::new(kind, says).with_retry(retry).with_fate(fate).with_problems(problems);
    match code {
        Some(code) => out.with_platform_code(words(&code)),
        None => out,
    }
}

/// `["input", "variants", "4", "price"]` becomes `variants[4].price`.
fn path(field: &[String]) -> String {
    let mut out = String::new();
    for (nth, part) in field.iter().enumerate() {
        match part.as_str() {
            "input" | "product" if nth == 0 && field.len() > 1 => {}
            index if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push('[');
                out.push_str(index);
                out.push(']');
            }
            name => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
        }
    }
    out
}

/// The row of a list that a problem's path names: 4 in `quantities[4].locationId`.
pub(crate) fn row(problem: &Problem, list: &str) -> Option<usize> {
    let rest = problem.path.strip_prefix(list)?.strip_prefix('[')?;
    rest.split_once(']')?.0.parse().ok()
}

/// What the refusal of one row means by itself.
pub(crate) fn of_row(problem: &Problem) -> Error {
    let code = Some(problem.code.to_uppercase()).filter(|code| code != "REFUSED");
    let refused =
        UserError { field: Some(vec![problem.path.clone()]), message: problem.message.clone(), code };
    refusal(&[refused])
}

/// The platform's words: no control characters, not endless.
pub(crate) fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests;
