use super::*;
use bytes::Bytes;
use fusion_core::{clock::Timestamp, error::ErrorKind, plugin::WireResponse, testkit::TestClock};

const SECOND: Duration = Duration::from_secs(1);

fn told(headers: &[(&str, &str)]) -> Option<Duration> {
    let now = Timestamp::parse("2026-11-06T08:49:30Z").unwrap();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    retry_after(&WireResponse { status: 429, headers, body: Bytes::new() }, now)
}

#[test]
fn a_delay_is_understood_in_every_form() {
    let cases = [
        ("7", Some(7 * SECOND)),
        (" 7 ", Some(7 * SECOND)),
        ("0", Some(Duration::ZERO)),
        ("2.5", Some(Duration::from_millis(2_500))),
        ("-3", Some(Duration::ZERO)),
        ("Fri, 06 Nov 2026 08:49:37 GMT", Some(7 * SECOND)),
        ("Friday, 06-Nov-26 08:49:37 GMT", Some(7 * SECOND)),
        ("Fri Nov  6 08:49:37 2026", Some(7 * SECOND)),
        ("Mon, 06 Nov 2026 08:49:37 GMT", Some(7 * SECOND)),
        ("Fri, 06 Nov 2020 08:49:37 GMT", Some(Duration::ZERO)),
        ("Wed, 06 Nov 2999 08:49:37 GMT", Some(MAX_TOLD)),
        ("999999999999999999999999", Some(MAX_TOLD)),
        ("inf", None),
        ("NaN", None),
        ("1e9", None),
        ("soon", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&[("Retry-After", text)]), expected, "{text}");
    }
    assert_eq!(told(&[("retry-after-ms", "1500"), ("retry-after", "2")]), Some(Duration::from_millis(1_500)));
    assert_eq!(
        told(&[("Retry-After", "2"), ("retry-after", "7"), ("retry-after", "soon")]),
        Some(7 * SECOND)
    );
    assert_eq!(told(&[]), None);
}

#[test]
fn a_date_is_measured_by_the_clock_of_who_wrote_it() {
    let headers =
        [("retry-after", "Fri, 06 Nov 2026 12:00:07 GMT"), ("date", "Fri, 06 Nov 2026 12:00:00 GMT")];
    assert_eq!(told(&headers), Some(7 * SECOND));
}

#[test]
fn pauses_spread_below_a_bound_that_doubles_up_to_the_cap() {
    let policy = CallRetry { attempts: 6, base: SECOND, cap: 4 * SECOND, quota: 100 };
    let bounds = [1, 2, 4, 4, 4].map(|seconds| seconds * SECOND);
    let mut longest = [Duration::ZERO; 5];
    for seed in 0..200 {
        let clock = TestClock::at(Timestamp::EPOCH).with_seed(seed);
        let pauses: Vec<_> = FullJitter::new(&policy, &clock).collect();
        assert_eq!(pauses.len(), 5);
        for (nth, pause) in pauses.iter().enumerate() {
            assert!(*pause <= bounds[nth], "{pause:?}");
            longest[nth] = longest[nth].max(*pause);
        }
    }
    for (longest, bound) in longest.iter().zip(bounds) {
        assert!(*longest > bound * 9 / 10, "{longest:?} of {bound:?}");
    }
}

#[test]
fn the_fate_of_a_write_has_the_veto() {
    use {Effect::*, Fate::*, Repeat::*};
    let again = |effect, fate| {
        let error = Error::new(ErrorKind::Unavailable, "x").with_retry(Retry::Backoff).with_fate(fate);
        Missed::classify(error, effect).next == Next::Pause
    };
    for effect in [Read, Write(Once), Write(Idempotent), Write(Conditional), SignIn] {
        assert!(again(effect, NotSent) && again(effect, Rejected), "{effect:?}");
        let may = matches!(effect, Read | Write(Idempotent | Conditional));
        assert_eq!(again(effect, Unknown), may, "{effect:?}");
        assert_eq!(again(effect, Applied), effect == Read, "{effect:?}");
        assert_eq!(again(effect, Partial), effect == Read, "{effect:?}");
    }
}

#[test]
fn only_advice_that_time_can_follow_is_followed() {
    let clock = TestClock::at(Timestamp::from_micros(5_000_000));
    let room = Room { left: 10 * SECOND, patience: 5 * SECOND };
    let cases = [
        (Retry::Backoff, Some(SECOND)),
        (Retry::When(When::In(3 * SECOND)), Some(3 * SECOND)),
        (Retry::When(When::In(6 * SECOND)), None),
        (Retry::When(When::At(Timestamp::from_micros(7_000_000))), Some(2 * SECOND)),
        (Retry::When(When::At(Timestamp::EPOCH)), Some(Duration::ZERO)),
        (Retry::When(When::OnSignal), None),
        (Retry::Never, None),
        (Retry::AfterReauth, None),
        (Retry::AfterUserAction, None),
    ];
    for (retry, expected) in cases {
        let missed = Missed::stop(Error::new(ErrorKind::Unavailable, "x").with_retry(retry));
        assert_eq!(pause(&missed, Some(SECOND), &room, &clock), expected, "{retry:?}");
        assert_eq!(pause(&missed, None, &room, &clock), None, "{retry:?}");
    }
}

#[test]
fn five_good_calls_pay_for_one_repeat() {
    let quota = Quota::of(&CallRetry { quota: 1, ..CallRetry::DEFAULT });
    assert!(quota.take() && !quota.take());
    (0..4).for_each(|_| quota.give());
    assert!(!quota.take());
    (0..100).for_each(|_| quota.give());
    assert!(quota.take() && !quota.take());
}
