//! The simulator's schema against the platform's own.

use crate::simulator::contract::Version;
use apollo_compiler::{Schema, ast::Type, schema::ExtendedType};
use fusion_plugin_sdk::testkit::specs;

/// The platform's schema of a version; `None`, said aloud, when the contracts aren't at hand.
pub(super) fn official(version: Version) -> Option<Schema> {
    let name = format!("admin-{}.graphql", version.name());
    let text = std::fs::read_to_string(specs("shopify")?.join(&name)).expect("the contract of the version");
    Some(Schema::parse(text, name).expect("the platform's schema"))
}

const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

#[test]
fn everything_in_the_schema_is_the_platforms_in_both_versions() {
    for version in [Version::July2026, Version::October2026] {
        let Some(official) = official(version) else { continue };
        let (wrong, checked) = differences(version.schema(), &official);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", version.name());
        assert!(checked > 1000, "{checked} things were checked");
    }
}

#[test]
fn a_difference_is_found() {
    let ours = "type Query { a(x: Int): [Int!] b: E c: Int } enum E { ONE TWO } input I { x: Int! }";
    let theirs = "type Query { a(x: String): [Int] b: E } enum E { ONE } input I { x: Int! y: Int! }";
    let parse = |text: &str| Schema::parse(text, "schema").unwrap();
    let (wrong, _) = differences(&parse(ours), &parse(theirs));
    assert_eq!(wrong, ["Query.a", "Query.a(x)", "Query.c", "E.TWO", "I needs y"]);
}

/// What `ours` has and `theirs` hasn't in the same form, and how much was compared.
fn differences(ours: &Schema, theirs: &Schema) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let mut checked = 0;
    let mut expect = |holds: bool, what: String| {
        checked += 1;
        if !holds {
            wrong.push(what);
        }
    };
    let same = |one: &Type, other: &Type| one.to_string() == other.to_string();
    for (name, ty) in &ours.types {
        if name.starts_with("__") || BUILT_IN.contains(&name.as_str()) {
            continue;
        }
        let Some(known) = theirs.types.get(name) else {
            expect(false, name.to_string());
            continue;
        };
        match (ty, known) {
            (ExtendedType::Enum(ours), ExtendedType::Enum(theirs)) => {
                for value in ours.values.keys() {
                    expect(theirs.values.contains_key(value), format!("{name}.{value}"));
                }
            }
            (ExtendedType::InputObject(ours), ExtendedType::InputObject(theirs)) => {
                for (field, definition) in &ours.fields {
                    let fits = theirs.fields.get(field).is_some_and(|it| {
                        same(&it.ty, &definition.ty) && it.default_value == definition.default_value
                    });
                    expect(fits, format!("{name}.{field}"));
                }
                for (field, _) in theirs.fields.iter().filter(|(_, it)| it.is_required()) {
                    expect(ours.fields.contains_key(field), format!("{name} needs {field}"));
                }
                expect(
                    ours.directives.has("oneOf") == theirs.directives.has("oneOf"),
                    format!("{name} @oneOf"),
                );
            }
            (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => expect(true, String::new()),
            (ExtendedType::Object(_), ExtendedType::Object(_))
            | (ExtendedType::Interface(_), ExtendedType::Interface(_)) => {
                for interface in interfaces(ty) {
                    expect(interfaces(known).contains(&interface), format!("{name} implements {interface}"));
                }
                for (field, definition) in fields(ty) {
                    let Some(other) = theirs.type_field(name, field).ok() else {
                        expect(false, format!("{name}.{field}"));
                        continue;
                    };
                    expect(same(&definition.ty, &other.ty), format!("{name}.{field}"));
                    for argument in &definition.arguments {
                        let fits = other.argument_by_name(&argument.name).is_some_and(|it| {
                            same(&it.ty, &argument.ty) && it.default_value == argument.default_value
                        });
                        expect(fits, format!("{name}.{field}({})", argument.name));
                    }
                    for needed in other.arguments.iter().filter(|it| it.is_required()) {
                        let has = definition.argument_by_name(&needed.name).is_some();
                        expect(has, format!("{name}.{field} needs {}", needed.name));
                    }
                }
            }
            _ => expect(false, format!("{name} is of another kind")),
        }
    }
    (wrong, checked)
}

type Fields<'a> = Vec<(&'a str, &'a apollo_compiler::schema::FieldDefinition)>;

fn fields(ty: &ExtendedType) -> Fields<'_> {
    match ty {
        ExtendedType::Object(it) => {
            it.fields.iter().map(|(name, field)| (name.as_str(), &***field)).collect()
        }
        ExtendedType::Interface(it) => {
            it.fields.iter().map(|(name, field)| (name.as_str(), &***field)).collect()
        }
        _ => Vec::new(),
    }
}

fn interfaces(ty: &ExtendedType) -> Vec<String> {
    match ty {
        ExtendedType::Object(it) => it.implements_interfaces.iter().map(|name| name.to_string()).collect(),
        ExtendedType::Interface(it) => it.implements_interfaces.iter().map(|name| name.to_string()).collect(),
        _ => Vec::new(),
    }
}
