use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn text(value: &impl Serialize) -> String {
    String::from_utf8(bytes(value).unwrap()).unwrap()
}

/// The same, from a tree: names in order, text as serde_json writes it.
fn of_tree(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(of_tree).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            let field =
                |(name, value): (&String, _)| format!("{}:{}", Value::from(name.as_str()), of_tree(value));
            format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn tree() -> impl Strategy<Value = Value> {
    // Quotes, controls, and both sides of the surrogates.
    let text = || "[a-c\"\\\\\u{0}-\u{1f}\u{7f}é\u{fb33}\u{1f600}]{0,3}";
    let whole = -9_007_199_254_740_991_i64..=9_007_199_254_740_991;
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        whole.prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_is_written_in_order(value in tree()) {
        prop_assert_eq!(text(&value), of_tree(&value));
    }
}

/// Written as it is serialised and by its tree, which is one thing.
#[test]
fn whatever_serialises_is_written_as_its_tree() {
    #[derive(Serialize)]
    enum Shape {
        Point,
        Of(u8),
        Both(i64, char),
        Named { width: Option<u16>, height: () },
    }
    #[derive(Serialize)]
    struct Thing<'a> {
        zone: (bool, u64),
        shapes: [Shape; 4],
        #[serde(flatten)]
        more: BTreeMap<&'a str, Value>,
        bytes: &'a [u8],
        nothing: Option<()>,
    }
    let mut thing = Thing {
        zone: (true, 1),
        shapes: [
            Shape::Point,
            Shape::Of(7),
            Shape::Both(-3, '"'),
            Shape::Named { width: Some(2), height: () },
        ],
        more: BTreeMap::from([
            ("zone", json!("the last counts")),
            ("\n", json!({"b": [], "a": {}})),
            ("b", json!(1)),
        ]),
        bytes: b"ab",
        nothing: None,
    };
    let check = |value: &Thing<'_>| assert_eq!(text(value), of_tree(&serde_json::to_value(value).unwrap()));
    check(&thing);
    thing.more.clear();
    check(&thing);
    let by_number = BTreeMap::from([(10, "ten"), (9, "nine")]);
    assert_eq!(text(&by_number), r#"{"10":"ten","9":"nine"}"#);
    let raw = serde_json::value::RawValue::from_string(r#"{"b": 1, "a": "\u0041"}"#.to_owned()).unwrap();
    assert_eq!(text(&[raw]), r#"[{"a":"A","b":1}]"#);
    assert_eq!(text(&format_args!("a {:?}", "quote")), r#""a \"quote\"""#);
    assert_eq!(text(&f64::NAN), "null");
    assert!(bytes(&BTreeMap::from([((1, 2), 3)])).is_err());
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
