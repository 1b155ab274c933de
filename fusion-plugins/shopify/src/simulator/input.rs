//! Values of variables and arguments: coerced, with defaults, and refused as the platform refuses them.

use super::problem::Problem;
use apollo_compiler::{
    Node, Schema,
    ast::{self, InputValueDefinition, Type},
    executable::{Field, Operation},
    parser::SourceMap,
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};

/// A place inside a value and what is wrong there.
struct Fault {
    path: Vec<Value>,
    explanation: String,
}

/// The values of the operation's variables.
///
/// # Errors
/// `INVALID_VARIABLE`, one for each variable that doesn't fit.
pub(super) fn variables(
    schema: &Schema,
    sources: &SourceMap,
    operation: &Operation,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut values = Map::new();
    let mut problems = Vec::new();
    for variable in &operation.variables {
        let name = variable.name.as_str();
        let mut faults = Vec::new();
        match (given.get(name), &variable.default_value) {
            (Some(value), _) => {
                let value = coerce(schema, &variable.ty, value, &mut Vec::new(), &mut faults);
                values.insert(name.to_owned(), value);
            }
            (None, Some(default)) => {
                values.extend(plain(default, &Map::new()).map(|value| (name.to_owned(), value)));
            }
            (None, None) if variable.ty.is_non_null() => {
                faults.push(Fault {
                    path: Vec::new(),
                    explanation: "Expected value to not be null".to_owned(),
                });
            }
            (None, None) => {}
        }
        if !faults.is_empty() {
            let value = given.get(name).cloned().unwrap_or(Value::Null);
            problems.push(invalid(name, &variable.ty, value, &faults).at(variable, sources));
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn invalid(name: &str, ty: &Type, value: Value, faults: &[Fault]) -> Problem {
    let text = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    let places: Vec<String> = faults
        .iter()
        .filter(|fault| !fault.path.is_empty())
        .map(|fault| {
            let path: Vec<String> = fault.path.iter().map(text).collect();
            format!("{} ({})", path.join("."), fault.explanation)
        })
        .collect();
    let tail = if places.is_empty() { String::new() } else { format!(" for {}", places.join(", ")) };
    let problems: Vec<Value> =
        faults.iter().map(|fault| json!({ "path": fault.path, "explanation": fault.explanation })).collect();
    Problem::new(
        "INVALID_VARIABLE",
        format!("Variable ${name} of type {ty} was provided invalid value{tail}"),
    )
    .with("value", value)
    .with("problems", problems)
}

/// The arguments of a field with variables put in and defaults filled; what wasn't given stays absent.
pub(super) fn arguments(
    schema: &Schema,
    known: &[Node<InputValueDefinition>],
    given: &[Node<ast::Argument>],
    values: &Map<String, Value>,
) -> Map<String, Value> {
    let mut arguments = Map::new();
    for definition in known {
        let written = given
            .iter()
            .find(|argument| argument.name == definition.name)
            .and_then(|argument| plain(&argument.value, values));
        let value =
            written.or_else(|| definition.default_value.as_ref().and_then(|value| plain(value, values)));
        if let Some(value) = value {
            let value = coerce(schema, &definition.ty, &value, &mut Vec::new(), &mut Vec::new());
            arguments.insert(definition.name.to_string(), value);
        }
    }
    arguments
}

/// The arguments of `field`.
pub(super) fn of_field(schema: &Schema, field: &Field, values: &Map<String, Value>) -> Map<String, Value> {
    arguments(schema, &field.definition.arguments, &field.arguments, values)
}

/// A literal as JSON; `None` for a variable without value.
pub(super) fn plain(literal: &ast::Value, values: &Map<String, Value>) -> Option<Value> {
    Some(match literal {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => json!(name.as_str()),
        ast::Value::Variable(name) => values.get(name.as_str())?.clone(),
        ast::Value::String(text) => json!(text),
        ast::Value::Int(number) => serde_json::from_str(number.as_str()).unwrap_or(Value::Null),
        ast::Value::Float(number) => serde_json::from_str(number.as_str()).unwrap_or(Value::Null),
        ast::Value::Boolean(truth) => json!(truth),
        ast::Value::List(items) => {
            Value::Array(items.iter().map(|item| plain(item, values).unwrap_or(Value::Null)).collect())
        }
        ast::Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), plain(value, values)?)))
                .collect(),
        ),
    })
}

fn coerce(
    schema: &Schema,
    ty: &Type,
    value: &Value,
    path: &mut Vec<Value>,
    faults: &mut Vec<Fault>,
) -> Value {
    let mut refuse = |path: &[Value], explanation: String| {
        faults.push(Fault { path: path.to_vec(), explanation });
        Value::Null
    };
    if value.is_null() {
        if ty.is_non_null() {
            return refuse(path, "Expected value to not be null".to_owned());
        }
        return Value::Null;
    }
    if ty.is_list() {
        let Value::Array(items) = value else {
            return Value::Array(vec![coerce(schema, ty.item_type(), value, path, faults)]);
        };
        let mut list = Vec::with_capacity(items.len());
        for (nth, item) in items.iter().enumerate() {
            path.push(json!(nth));
            list.push(coerce(schema, ty.item_type(), item, path, faults));
            path.pop();
        }
        return Value::Array(list);
    }
    let name = ty.inner_named_type().as_str();
    match schema.types.get(name) {
        Some(ExtendedType::Enum(known)) => {
            if value.as_str().is_some_and(|value| known.values.keys().any(|key| key.as_str() == value)) {
                return value.clone();
            }
            let all: Vec<&str> = known.values.keys().map(|key| key.as_str()).collect();
            refuse(path, format!("Expected {value} to be one of: {}", all.join(", ")))
        }
        Some(ExtendedType::InputObject(input)) => {
            let Value::Object(fields) = value else {
                return refuse(path, format!("Expected {value} to be a key-value object."));
            };
            let mut object = Map::new();
            for (key, given) in fields {
                path.push(json!(key));
                match input.fields.get(key.as_str()) {
                    Some(definition) => {
                        let value = coerce(schema, &definition.ty, given, path, faults);
                        object.insert(key.clone(), value);
                    }
                    None => {
                        let explanation = format!("Field is not defined on {name}");
                        faults.push(Fault { path: path.clone(), explanation });
                    }
                }
                path.pop();
            }
            for (key, definition) in input.fields.iter().filter(|(key, _)| !fields.contains_key(key.as_str()))
            {
                if let Some(default) = &definition.default_value {
                    object.extend(plain(default, &Map::new()).map(|value| (key.to_string(), value)));
                } else if definition.ty.is_non_null() {
                    let mut path = path.clone();
                    path.push(json!(key.as_str()));
                    faults.push(Fault { path, explanation: "Expected value to not be null".to_owned() });
                }
            }
            if input.directives.has("oneOf") && object.values().filter(|value| !value.is_null()).count() != 1
            {
                let explanation =
                    format!("'{name}' requires exactly one argument, but {} were provided.", object.len());
                faults.push(Fault { path: path.clone(), explanation });
            }
            Value::Object(object)
        }
        _ => match scalar(name, value) {
            Some(value) => value,
            None => refuse(path, format!("Could not coerce value {value} to {name}")),
        },
    }
}

fn scalar(name: &str, value: &Value) -> Option<Value> {
    match name {
        "Int" => value.as_i64().filter(|number| i32::try_from(*number).is_ok()).map(Value::from),
        "Float" => value.is_number().then(|| value.clone()),
        "Boolean" => value.is_boolean().then(|| value.clone()),
        "ID" => match value {
            Value::String(_) => Some(value.clone()),
            Value::Number(number) => Some(json!(number.to_string())),
            _ => None,
        },
        "Decimal" | "Money" => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            is_decimal(&text).then(|| json!(text))
        }
        "String" | "DateTime" | "URL" | "HTML" | "FormattedString" => {
            value.is_string().then(|| value.clone())
        }
        _ => Some(value.clone()),
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(part)
}
