//! Checks of arguments and of the values written into a document.

use super::{
    document::{Check, Scope},
    problem::Problem,
};
use apollo_compiler::{
    Node, Schema,
    ast::{Argument, InputValueDefinition, Type, Value},
    schema::ExtendedType,
};

/// Whose arguments are checked: a field, a directive or an input object.
pub(super) struct Owner<'a> {
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
}

/// Checks the arguments of a field or directive that stands at `at`.
pub(super) fn arguments<'a, T>(
    check: &mut Check<'a>,
    owner: &Owner<'_>,
    known: &[Node<InputValueDefinition>],
    given: &'a [Node<Argument>],
    at: &Node<T>,
    path: &[String],
    scope: &mut Scope<'a>,
) {
    let sources = &check.document.sources;
    let missing: Vec<&str> = known
        .iter()
        .filter(|definition| definition.is_required())
        .filter(|definition| !given.iter().any(|argument| argument.name == definition.name))
        .map(|definition| definition.name.as_str())
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        check.found.push(
            Problem::new(
                "missingRequiredArguments",
                format!("{} '{}' is missing required arguments: {missing}", owner.kind, owner.name),
            )
            .at(at, sources)
            .path(path.to_vec())
            .with("className", owner.kind)
            .with("name", owner.name)
            .with("arguments", missing),
        );
    }
    for argument in given {
        let name = argument.name.as_str();
        let mut path = path.to_vec();
        path.push(name.to_owned());
        match known.iter().find(|definition| definition.name == argument.name) {
            Some(definition) => {
                let place = Place {
                    owner,
                    name,
                    ty: &definition.ty,
                    has_default: definition.default_value.is_some(),
                };
                value(check, &place, &argument.value, &path, scope);
            }
            None => check.found.push(
                Problem::new(
                    "argumentNotAccepted",
                    format!("{} '{}' doesn't accept argument '{name}'", owner.kind, owner.name),
                )
                .at(argument, &check.document.sources)
                .path(path)
                .with("name", owner.name)
                .with("typeName", owner.kind)
                .with("argumentName", name),
            ),
        }
    }
}

struct Place<'a> {
    owner: &'a Owner<'a>,
    name: &'a str,
    ty: &'a Type,
    has_default: bool,
}

fn value<'a>(
    check: &mut Check<'a>,
    place: &Place<'_>,
    given: &'a Node<Value>,
    path: &[String],
    scope: &mut Scope<'a>,
) {
    match &**given {
        Value::Variable(name) => variable(check, place, given, name.as_str(), path, scope),
        Value::List(items) if place.ty.is_list() => {
            let inner =
                Place { owner: place.owner, name: place.name, ty: place.ty.item_type(), has_default: false };
            for (nth, item) in items.iter().enumerate() {
                let mut path = path.to_vec();
                path.push(nth.to_string());
                value(check, &inner, item, &path, scope);
            }
        }
        Value::Object(fields) => {
            let ty = place.ty.inner_named_type();
            let Some(ExtendedType::InputObject(input)) = check.schema.types.get(ty) else {
                return incompatible(check, place, given, path);
            };
            let input = input.clone();
            let owner = Owner { kind: "InputObject", name: ty.as_str() };
            for definition in input.fields.values().filter(|definition| definition.is_required()) {
                if !fields.iter().any(|(name, _)| *name == definition.name) {
                    let mut path = path.to_vec();
                    path.push(definition.name.to_string());
                    let message = format!(
                        "Argument '{}' on InputObject '{ty}' is required. Expected type {}",
                        definition.name, definition.ty
                    );
                    check.found.push(
                        Problem::new("missingRequiredInputObjectAttribute", message)
                            .at(given, &check.document.sources)
                            .path(path)
                            .with("argumentName", definition.name.as_str())
                            .with("argumentType", definition.ty.to_string())
                            .with("inputObjectType", ty.as_str()),
                    );
                }
            }
            for (name, field) in fields {
                let mut path = path.to_vec();
                path.push(name.to_string());
                match input.fields.get(name) {
                    Some(definition) => {
                        let has_default = definition.default_value.is_some();
                        let inner =
                            Place { owner: &owner, name: name.as_str(), ty: &definition.ty, has_default };
                        value(check, &inner, field, &path, scope);
                    }
                    None => check.found.push(
                        Problem::new(
                            "argumentNotAccepted",
                            format!("InputObject '{ty}' doesn't accept argument '{name}'"),
                        )
                        .at(field, &check.document.sources)
                        .path(path)
                        .with("name", ty.as_str())
                        .with("typeName", "InputObject")
                        .with("argumentName", name.as_str()),
                    ),
                }
            }
        }
        literal if !fits(check.schema, place.ty, literal) => incompatible(check, place, given, path),
        _ => {}
    }
}

fn variable<'a>(
    check: &mut Check<'a>,
    place: &Place<'_>,
    at: &Node<Value>,
    name: &str,
    path: &[String],
    scope: &mut Scope<'a>,
) {
    scope.used.insert(name.to_owned());
    let sources = &check.document.sources;
    let Some(declared) = scope.operation.variables.iter().find(|variable| variable.name == name) else {
        let operation = scope.operation.name.as_ref().map_or("anonymous operation", |name| name.as_str());
        check.found.push(
            Problem::new(
                "variableNotDefined",
                format!("Variable ${name} is used by {operation} but not declared"),
            )
            .at(at, sources)
            .path(path.to_vec())
            .with("variableName", name),
        );
        return;
    };
    if !check.schema.types.contains_key(declared.ty.inner_named_type()) {
        return;
    }
    let defaulted =
        place.has_default || declared.default_value.as_ref().is_some_and(|value| !value.is_null());
    let wanted = if defaulted { place.ty.clone().nullable() } else { place.ty.clone() };
    if !declared.ty.is_assignable_to(&wanted) {
        check.found.push(
            Problem::new(
                "variableMismatch",
                format!(
                    "Type mismatch on variable ${name} and argument {} ({} / {})",
                    place.name, declared.ty, place.ty
                ),
            )
            .at(at, sources)
            .path(path.to_vec())
            .with("variableName", name)
            .with("typeName", declared.ty.to_string())
            .with("argumentName", place.name)
            .with("errorMessage", "Type mismatch"),
        );
    }
}

fn incompatible(check: &mut Check<'_>, place: &Place<'_>, given: &Node<Value>, path: &[String]) {
    let shown = given.serialize().no_indent().to_string();
    let message = format!(
        "Argument '{}' on {} '{}' has an invalid value ({shown}). Expected type '{}'.",
        place.name, place.owner.kind, place.owner.name, place.ty
    );
    check.found.push(
        Problem::new("argumentLiteralsIncompatible", message)
            .at(given, &check.document.sources)
            .path(path.to_vec())
            .with("typeName", place.owner.kind)
            .with("argumentName", place.name),
    );
}

fn fits(schema: &Schema, ty: &Type, literal: &Value) -> bool {
    if literal.is_null() {
        return !ty.is_non_null();
    }
    if ty.is_list() && matches!(literal, Value::List(_)) {
        return true;
    }
    let name = ty.inner_named_type().as_str();
    match (schema.types.get(name), literal) {
        (Some(ExtendedType::Enum(known)), Value::Enum(value)) => known.values.contains_key(value),
        (Some(ExtendedType::Scalar(_)), literal) => match name {
            "Int" => matches!(literal, Value::Int(_)),
            "Float" => matches!(literal, Value::Int(_) | Value::Float(_)),
            "Boolean" => matches!(literal, Value::Boolean(_)),
            "String" | "DateTime" | "URL" | "HTML" => matches!(literal, Value::String(_)),
            "ID" => matches!(literal, Value::String(_) | Value::Int(_)),
            _ => !matches!(literal, Value::Enum(_) | Value::List(_) | Value::Object(_)),
        },
        _ => false,
    }
}
