use super::*;
use bytes::Bytes;

fn judged(status: u16) -> Option<(ErrorKind, Retry, Fate)> {
    let answer = WireResponse { status, headers: Vec::new(), body: Bytes::new() };
    judge_status(&answer).err().map(|error| (error.kind(), error.retry(), error.fate()))
}

#[test]
fn a_status_calls_for_what_it_calls_for() {
    use {ErrorKind as Kind, Fate::*, Retry::*};
    let cases = [
        (200, None),
        (204, None),
        (304, None),
        (400, Some((Kind::InvalidInput, Never, Rejected))),
        (401, Some((Kind::Unauthenticated, AfterReauth, Rejected))),
        (402, Some((Kind::PlatformRefused, AfterUserAction, Rejected))),
        (403, Some((Kind::MissingScope, AfterReauth, Rejected))),
        (404, Some((Kind::NotFound, Never, Rejected))),
        (408, Some((Kind::Unavailable, Backoff, Unknown))),
        (409, Some((Kind::Conflict, Never, Rejected))),
        (418, Some((Kind::PlatformRefused, Never, Rejected))),
        (422, Some((Kind::InvalidInput, Never, Rejected))),
        (423, Some((Kind::PlatformRefused, AfterUserAction, Rejected))),
        (429, Some((Kind::RateLimited, Backoff, Rejected))),
        (500, Some((Kind::Unavailable, Backoff, Unknown))),
        (501, Some((Kind::Unsupported, Never, Rejected))),
        (503, Some((Kind::Unavailable, Backoff, Unknown))),
        (599, Some((Kind::Unavailable, Backoff, Unknown))),
        (100, Some((Kind::Protocol, Never, Unknown))),
        (999, Some((Kind::Protocol, Never, Unknown))),
    ];
    for (status, expected) in cases {
        assert_eq!(judged(status), expected, "{status}");
    }
}
