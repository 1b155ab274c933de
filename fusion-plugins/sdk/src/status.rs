//! What an HTTP status means where a platform says nothing better.

use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry},
    plugin::WireResponse,
};

/// Headers in which platforms name a call for their support.
const REQUEST_ID: [&str; 3] = ["x-request-id", "request-id", "x-amzn-requestid"];

/// Judges an answer by its HTTP status alone; a profile's `judge` falls back on it after it has looked for the
/// platform's own code.
///
/// A 429 counts as [`Fate::Rejected`]. Where a platform throttles in the middle of a batch, the profile has to
/// say [`Fate::Unknown`] instead.
///
/// # Errors
/// For every status but 2xx and 304, by what it calls for.
pub fn judge_status(answer: &WireResponse) -> Result<()> {
    use {ErrorKind as Kind, Fate::*, Retry::*};
    let (kind, retry, fate, message) = match answer.status {
        200..=299 | 304 => return Ok(()),
        401 => (Kind::Unauthenticated, AfterReauth, Rejected, "the platform doesn't accept the credentials"),
        402 => (Kind::PlatformRefused, AfterUserAction, Rejected, "the platform wants a bill paid first"),
        403 => (Kind::MissingScope, AfterReauth, Rejected, "the authorisation doesn't permit this"),
        404 | 410 => (Kind::NotFound, Never, Rejected, "the platform doesn't have it"),
        405 | 406 | 415 => (Kind::Protocol, Never, Rejected, "the platform doesn't know this kind of call"),
        // The platform gave up waiting: it may have read the whole request.
        408 => (Kind::Unavailable, Backoff, Unknown, "the platform waited too long for the call"),
        409 | 412 | 428 => (Kind::Conflict, Never, Rejected, "somebody else changed it meanwhile"),
        400 | 413 | 414 | 422 => (Kind::InvalidInput, Never, Rejected, "the platform finds the call wrong"),
        423 => (Kind::PlatformRefused, AfterUserAction, Rejected, "the platform has locked the account"),
        425 => (Kind::Unavailable, Backoff, Rejected, "the platform isn't ready for the call yet"),
        429 => (Kind::RateLimited, Backoff, Rejected, "the platform has had too many calls"),
        400..=499 => (Kind::PlatformRefused, Never, Rejected, "the platform refused the call"),
        501 | 505 => (Kind::Unsupported, Never, Rejected, "the platform can't do this kind of call"),
        500..=599 => (Kind::Unavailable, Backoff, Unknown, "the platform is out of order"),
        _ => (Kind::Protocol, Never, Unknown, "the platform's answer has an odd status"),
    };
    let error = Error::new(kind, message)
        .with_retry(retry)
        .with_fate(fate)
        .with_platform_code(answer.status.to_string());
    Err(match REQUEST_ID.iter().find_map(|name| answer.header(name)) {
        Some(id) => error.with_request_id(id),
        None => error,
    })
}

#[cfg(test)]
mod tests;
