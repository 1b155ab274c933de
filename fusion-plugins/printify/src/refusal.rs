//! Answers that refuse.

use fusion_core::{
    error::{Error, ErrorKind, Fate, Problem, Result, Retry},
    plugin::WireResponse,
};
use fusion_plugin_sdk::parse;
use serde_json::Value;

/// Judges an answer; a body in whatever form is read as far as it goes.
///
/// The status speaks first and the platform's code second; its words may change and may hold what a person wrote,
/// so none of them is kept. What became of a write is said only where the answer says it: after a fault of the
/// server nobody knows.
///
/// # Errors
/// For every answer that refuses.
pub fn judge(answer: &WireResponse) -> Result<()> {
    let status = answer.status;
    if (200..300).contains(&status) {
        return Ok(());
    }
    let body: Value = parse(&answer.body, "").unwrap_or(Value::Null);
    let code = ["/errors/code", "/code"].iter().find_map(|at| body.pointer(at)?.as_u64());
    let (kind, message) = kind(status, code);
    let retry = match kind {
        ErrorKind::RateLimited | ErrorKind::Unavailable => Retry::Backoff,
        ErrorKind::Unauthenticated => Retry::AfterReauth,
        ErrorKind::MissingScope | ErrorKind::QuotaExhausted => Retry::AfterUserAction,
        _ => Retry::Never,
    };
    let fate = match status {
        // Part of a throttled call may have been done.
        408 | 429 => Fate::Unknown,
        400..=499 => Fate::Rejected,
        _ => Fate::Unknown,
    };
    let error = Error::new(kind, message).with_retry(retry).with_fate(fate);
    let error = match code {
        Some(code) => error.with_platform_code(code.to_string()),
        None => error,
    };
    Err(match place(code) {
        Some((path, mend)) => error.with_problems([Problem::error(path, "refused", mend)]),
        None => error,
    })
}

fn kind(status: u16, code: Option<u64>) -> (ErrorKind, &'static str) {
    match (status, code) {
        (400, Some(8254)) => (ErrorKind::Unsupported, "the shop has no sales channel to publish to"),
        (400, Some(8104)) => (ErrorKind::NotFound, "the product isn't one of this shop's"),
        (400 | 413 | 422, _) => (ErrorKind::InvalidInput, "the platform refuses what was sent"),
        (401, _) => (ErrorKind::Unauthenticated, "the platform doesn't accept the token for this shop"),
        (402, _) => (ErrorKind::QuotaExhausted, "the merchant's plan doesn't allow it"),
        (403, _) => (ErrorKind::MissingScope, "the token lacks a permission; make one that has it"),
        (404, _) => (ErrorKind::NotFound, "the platform doesn't have it"),
        (409, _) => (ErrorKind::AlreadyExists, "the order exists already"),
        (429, _) => (ErrorKind::RateLimited, "too many calls of this account in a minute"),
        (405, _) => (ErrorKind::Internal, "the platform has no such call"),
        (500..=599, _) => (ErrorKind::Unavailable, "the platform is out of order for the moment"),
        _ => (ErrorKind::PlatformRefused, "the platform refuses it with a status of its own"),
    }
}

/// Where the platform's code points, with what would help.
fn place(code: Option<u64>) -> Option<(&'static str, &'static str)> {
    Some(match code? {
        8251 => ("variants", "offer at most 100, and print on every variant"),
        8203 => ("extensions.printify.made.areas", "upload artwork of a higher resolution"),
        8201 => ("extensions.printify.made.areas", "upload a smaller PNG or JPEG picture"),
        10300 => ("extensions.printify.made.areas", "give an address of the artwork that anybody can open"),
        8103 => ("ship_to", "correct the address with the buyer"),
        61003 => ("title", "write fewer capitals"),
        _ => return None,
    })
}
