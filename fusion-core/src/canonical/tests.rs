use super::*;
use serde_json::json;

fn text(value: &Value) -> String {
    String::from_utf8(bytes(value).unwrap()).unwrap()
}

#[test]
fn names_are_ordered_by_utf16_units() {
    // U+FB33 sorts after U+1F600 by code point and before it by UTF-16 unit.
    assert_eq!(
        text(&json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3})),
        "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
    );
}

#[test]
fn every_number_without_a_canonical_form_is_named() {
    let error = bytes(&json!({"a": [1, 1.5], "b": {"c": 9_007_199_254_740_992_u64}})).unwrap_err();
    let paths: Vec<_> = error.problems().iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
    assert_eq!(paths, [("a[1]", "fraction"), ("b.c", "unsafe_integer")]);
    assert_eq!(text(&json!([-9_007_199_254_740_991_i64])), "[-9007199254740991]");
}

#[test]
fn parts_do_not_run_into_each_other() {
    assert_ne!(
        Hasher::new("x").part("ab").part("c").finish(),
        Hasher::new("x").part("a").part("bc").finish()
    );
}

#[test]
fn a_hash_has_one_written_form() {
    let hash = super::hash(&json!({"b": 1, "a": "x"})).unwrap();
    assert_eq!(hash, Hash::of(r#"{"a":"x","b":1}"#));
    let written = serde_json::to_string(&hash).unwrap();
    assert_eq!(written, format!("\"{hash}\""));
    assert_eq!(serde_json::from_str::<Hash>(&written).unwrap(), hash);
    for wrong in [hash.to_string().to_uppercase(), hash.to_string()[1..].to_owned(), format!("{hash}00")] {
        assert_eq!(wrong.parse::<Hash>().unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong}");
    }
}

#[test]
fn the_hash_is_sha_256() {
    assert_eq!(
        Hash::of("abc").to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
