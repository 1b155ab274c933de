use super::*;
use crate::{
    clock::Timestamp,
    job::{JobKind, Lease},
    tenant::Tenant,
    testkit::TestClock,
};
use serde_json::json;

#[test]
fn what_is_as_long_as_the_limit_is_kept_and_a_byte_more_is_not() {
    let deep = json!({ "a\u{0}": [null, true, -1.5e-300, u64::MAX, "\u{0}\"x", [], {}], "": { "b": [[1]] } });
    for value in [json!(null), json!(""), json!("\u{0}"), json!([]), json!([0, 0]), json!({ "a": 1 }), deep] {
        let length = value.to_string().len();
        let (least, most) = bounds(&value);
        assert!(least <= length && length <= most, "{value}: {least} {length} {most}");
        let beyond = |limit| beyond(limit, &value, (least, most)).unwrap();
        assert_eq!(beyond(length), None, "{value}");
        assert!(beyond(length - 1).is_some_and(|has| has >= length), "{value}");
        assert!(beyond(0).is_some());
    }
}

#[test]
fn a_call_has_as_many_bytes_as_the_limit_and_not_one_more() {
    let (clock, tenant) = (TestClock::at(Timestamp::EPOCH), Tenant::new("acme").unwrap());
    let job = |payload| NewJob::new(&clock, &tenant, JobKind::EXECUTE, payload);
    let jobs = [job(json!("\u{0}")), job(json!([1, 2]))];
    let all = 2 * JOB_BYTES + r#""\u0000""#.len() + "[1,2]".len();
    check_within(&jobs, all).unwrap();
    let refused = check_within(&jobs, all - 1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(refused.problems()[0].code, "too_large");
}

#[test]
fn what_is_nested_as_deeply_as_the_limit_is_kept_and_one_level_more_is_not() {
    let (clock, tenant) = (TestClock::at(Timestamp::EPOCH), Tenant::new("acme").unwrap());
    let nested = |levels| {
        (0..levels).fold(
            json!(1),
            |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) },
        )
    };
    let job = |levels| NewJob::new(&clock, &tenant, JobKind::EXECUTE, nested(levels));
    check_sizes(&[job(MAX_DEPTH)]).unwrap();
    let refused = check_sizes(&[job(0), job(MAX_DEPTH + 1)]).unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].code.as_str()), (ErrorKind::InvalidInput, "too_deep"));
    assert_eq!(refused.problems()[0].path, "jobs[1].payload");
    let end = |levels| Settlement {
        lease: Lease { job: job(0).id, token: 1 },
        end: JobEnd::Completed(nested(levels)),
    };
    check_ends(&[end(MAX_DEPTH)]).unwrap();
    assert_eq!(check_ends(&[end(MAX_DEPTH + 1)]).unwrap_err().problems()[0].path, "settlements[0].result");
}
