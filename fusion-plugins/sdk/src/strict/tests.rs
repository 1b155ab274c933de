use crate::{parse, parse_value};
use fusion_core::error::ErrorKind;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeMap;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Leaf {
    id: u8,
    text: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(Leaf),
    Tuple(Leaf, u8),
    Named { id: u8, text: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Leaf);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    leaf: Leaf,
    perhaps: Option<Leaf>,
    several: Vec<Leaf>,
    by_name: BTreeMap<String, Leaf>,
    pair: (u8, Leaf),
    wrapped: Wrapped,
    shapes: Vec<Shape>,
    below: Vec<Tree>,
    any: Value,
    signed: i64,
    float: f64,
    letter: char,
    unit: (),
}

fn leaf() -> Value {
    json!({ "id": 1, "text": "a" })
}

fn tree(below: &[Value]) -> Value {
    json!({
        "leaf": leaf(), "perhaps": leaf(), "several": [leaf(), leaf()], "by_name": { "x": leaf() },
        "pair": [1, leaf()], "wrapped": leaf(),
        "shapes": ["Unit", { "Newtype": leaf() }, { "Tuple": [leaf(), 2] }, { "Named": leaf() }],
        "below": below, "any": [1, [2, { "a": [] }]], "signed": -3, "float": 0.5, "letter": "x", "unit": null,
    })
}

/// Both ways of reading.
fn both<T: DeserializeOwned>(value: &Value) -> [fusion_core::error::Result<T>; 2] {
    [parse(value.to_string().as_bytes(), ""), parse_value(value.clone(), "")]
}

#[test]
fn what_is_read_is_what_was_written() {
    let written = tree(&[tree(&[])]);
    for read in both::<Tree>(&written) {
        assert_eq!(serde_json::to_value(read.unwrap()).unwrap(), written);
    }
}

#[test]
fn a_list_is_no_record_at_any_depth() {
    let places = [
        "/leaf",
        "/perhaps",
        "/several/1",
        "/by_name/x",
        "/pair/1",
        "/wrapped",
        "/shapes/1/Newtype",
        "/shapes/2/Tuple/0",
        "/shapes/3/Named",
        "/below/0/leaf",
        "/below/0/shapes/3/Named",
    ];
    for place in places {
        let mut damaged = tree(&[tree(&[])]);
        *damaged.pointer_mut(place).unwrap() = json!([1, "a"]);
        // Serde by itself takes it.
        serde_json::from_str::<Tree>(&damaged.to_string()).unwrap();
        for read in both::<Tree>(&damaged) {
            let error = read.expect_err(place);
            assert_eq!((error.kind(), error.problems().len()), (ErrorKind::Protocol, 1), "{place}");
        }
    }
    for read in both::<Leaf>(&json!([1, "a"])) {
        read.unwrap_err();
    }
}

#[test]
fn parts_that_are_read_later_come_as_they_were_written() {
    let text = br#"{ "parts": [{ "id": 1,  "text": "a" }, [1, "a"], 1.50] }"#;
    #[derive(Deserialize)]
    struct Parts {
        parts: Vec<Box<RawValue>>,
    }
    let parts = parse::<Parts>(text, "").unwrap().parts;
    assert_eq!(parts[0].get(), r#"{ "id": 1,  "text": "a" }"#);
    assert_eq!(parts[2].get(), "1.50");
    assert_eq!(parse::<Leaf>(parts[0].get().as_bytes(), "").unwrap(), Leaf { id: 1, text: "a".into() });
    parse::<Leaf>(parts[1].get().as_bytes(), "").unwrap_err();
}

#[test]
fn what_cant_be_read_is_told_by_its_place_and_never_by_its_words() {
    let text = b"{\n \"id\": \"secret\"}";
    for (path, place) in [("", "line 2 column 15"), ("order", "order@2:15")] {
        let error = parse::<Leaf>(text, path).unwrap_err();
        assert_eq!(error.problems()[0].path, place);
        assert!(!format!("{error:?}").contains("secret"));
    }
    let error = parse_value::<Leaf>(json!({ "id": "secret" }), "order").unwrap_err();
    assert_eq!(error.problems()[0].path, "order");
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn what_follows_a_record_is_an_error() {
    assert!(parse::<Leaf>(br#"{ "id": 1, "text": "a" } x"#, "").is_err());
}
