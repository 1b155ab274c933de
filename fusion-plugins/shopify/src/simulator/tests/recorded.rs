//! Recorded refusals, word for word.

use super::support::App;
use fusion_plugin_sdk::testkit::specs;
use serde_json::{Value, json};

/// A request and the top-level errors that were recorded for it.
struct Refusal {
    file: String,
    text: String,
    variables: Value,
    errors: Value,
}

fn collect(file: &str, value: &Value, found: &mut Vec<Refusal>) {
    let inside = value.get("request").unwrap_or(value);
    let text = ["query", "document"].iter().find_map(|name| inside.get(*name).and_then(Value::as_str));
    let errors = ["/response/errors", "/result/payload/errors", "/response/payload/errors"];
    let errors = errors.iter().find_map(|path| value.pointer(path)).filter(|errors| errors.is_array());
    if let (Some(text), Some(errors)) = (text, errors) {
        let variables = inside.get("variables").cloned().unwrap_or(json!({}));
        found.push(Refusal {
            file: file.to_owned(),
            text: text.to_owned(),
            variables,
            errors: errors.clone(),
        });
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|inner| collect(file, inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| collect(file, inner, found)),
        _ => {}
    }
}

#[test]
fn recorded_refusals_are_answered_word_for_word() {
    let Some(folder) = specs("shopify") else { return };
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder.join("fixtures")).unwrap() {
        let path = file.unwrap().path();
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        collect(&path.file_name().unwrap().to_string_lossy(), &value, &mut found);
    }
    let app = App::new();
    let (mut same, mut other) = (0, Vec::new());
    for refusal in found {
        let answer = app.ask(&refusal.text, refusal.variables.clone())["errors"].clone();
        if answer == refusal.errors {
            same += 1;
        } else if !is_out_of_reach(&answer, &refusal.errors) {
            other.push(format!(
                "{}: {}\nrecorded {}\nanswered {answer}",
                refusal.file, refusal.text, refusal.errors
            ));
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n\n"));
    assert!(same >= 8, "{same} refusals were compared");
}

/// Whether the recorded request is about a part of the API that isn't simulated, or broken in its very syntax, where
/// the parsers count the end differently.
fn is_out_of_reach(answer: &Value, recorded: &Value) -> bool {
    let first = &answer[0]["extensions"];
    let is_root = first["typeName"] == "Mutation" || first["typeName"] == "QueryRoot";
    let unknown = first["code"] == "undefinedField" && is_root;
    unknown || (first["code"] == "PARSE_ERROR" && recorded[0]["extensions"]["code"] == "PARSE_ERROR")
}
