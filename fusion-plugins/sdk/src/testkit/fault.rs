//! What can go wrong between a program and a platform.

use std::time::Duration;

/// One thing that goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 before anything happened, with this delay if one is told.
    Throttle(Option<Duration>),
    /// 429 in the middle of the work, of which all was done by then; the platform's code says that much.
    ThrottleMidway,
    /// No connection: nothing left.
    ResetBefore,
    /// Bytes left and nothing happened, which nobody can tell.
    LostBefore,
    /// It took effect, and the connection broke before the answer.
    ResetAfter,
    /// It took effect, and half of the answer came.
    Truncated,
    /// 500 before anything happened, which nobody can tell.
    OutOfOrder,
    /// 500 after it took effect.
    OutOfOrderAfter,
    /// The access token has run out; a renewed one is accepted.
    ExpiredToken,
    /// The authorisation was withdrawn: no token is accepted until a person signs in again.
    Withdrawn,
    /// 403: the permission is missing.
    Forbidden,
    /// 422 with this code: refused for good.
    Refused(&'static str),
    /// It takes this long; longer than the call's timeout it breaks off after it took effect.
    Slow(Duration),
    /// No answer ever, and nothing happened: for tests that drop the call, as a killed process does.
    Hang,
    /// No answer ever, and it took effect.
    HangAfter,
}
