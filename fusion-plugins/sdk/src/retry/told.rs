//! How long the other side says to wait.

use chrono::NaiveDateTime;
use fusion_core::{clock::Timestamp, plugin::WireResponse};
use std::time::Duration;

/// Longest delay that is believed: daily allowances are the slowest that platforms have, and a longer one is a
/// fault of theirs that would park a store for good.
pub const MAX_TOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay that `answer` asks for: `retry-after-ms`, or `retry-after` in seconds, in fractions of them, or as
/// an HTTP date. A past date is no delay; whatever is longer than [`MAX_TOLD`] is cut to it. Of several that are told
/// the longest counts.
///
/// A date is measured from the answer's own `date` header where there is one, so that it doesn't matter whose
/// clock is wrong; else from `now`.
pub fn retry_after(answer: &WireResponse, now: Timestamp) -> Option<Duration> {
    let millis = longest(answer, "retry-after-ms", |text| seconds(text, 1_000.0));
    let told = millis.or_else(|| {
        longest(answer, "retry-after", |text| {
            seconds(text, 1.0).or_else(|| {
                let from = answer.header("date").and_then(http_date).unwrap_or(now);
                http_date(text).map(|at| at.since(from))
            })
        })
    })?;
    Some(told.min(MAX_TOLD))
}

/// A platform and what stands before it may both have added a header.
fn longest(answer: &WireResponse, name: &str, read: impl Fn(&str) -> Option<Duration>) -> Option<Duration> {
    let texts = answer.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
    texts.filter_map(|(_, text)| read(text)).max()
}

fn seconds(text: &str, per_second: f64) -> Option<Duration> {
    let text = text.trim();
    // `f64` would also read `inf` and `nan`.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')) {
        return None;
    }
    let seconds: f64 = text.parse::<f64>().ok()? / per_second;
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(MAX_TOLD))
}

/// The three forms that RFC 9110 (5.6.7) makes a receiver read. The weekday is passed over: it tells nothing,
/// and a wrong one would cost the date.
fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (_, rest) = text.split_once(' ')?;
    ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(rest.trim_start(), form).ok())
        .map(|time| Timestamp::from_datetime(time.and_utc()))
}
