//! Holds a document against the schema and words what doesn't fit as the platform does.
//!
//! The rules a client meets in practice are checked here, because their codes and paths are the platform's own;
//! apollo-compiler has the last word on everything else.

use super::{contract::Version, literal, problem::Problem};
use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{Definition, Document, Field, FragmentDefinition, OperationDefinition, OperationType, Selection},
    schema::ExtendedType,
    validation::Valid,
};
use std::collections::{BTreeSet, HashMap};

/// Reads `text` as a document of `version`.
///
/// # Errors
/// What the platform would answer in `errors`, without `data`.
pub(super) fn read(text: &str, version: Version) -> Result<Valid<ExecutableDocument>, Vec<Problem>> {
    let schema = version.schema();
    let document = Document::parse(text, "document").map_err(|bad| {
        let place = bad.errors.iter().next().and_then(|error| error.line_column_range()).map(|at| at.start);
        let where_ = place.map_or(String::new(), |at| format!(" at [{}, {}]", at.line, at.column));
        vec![Problem::new("PARSE_ERROR", format!("syntax error{where_}")).at_place(place)]
    })?;
    let mut check = Check { schema, document: &document, fragments: HashMap::new(), found: Vec::new() };
    check.run();
    if !check.found.is_empty() {
        return Err(check.found);
    }
    document.to_executable_validate(schema).map_err(|bad| {
        bad.errors
            .iter()
            .map(|diagnostic| {
                let place = diagnostic.line_column_range().map(|at| at.start);
                Problem::new("invalidDocument", diagnostic.error.to_string()).at_place(place)
            })
            .collect()
    })
}

pub(super) struct Check<'a> {
    pub(super) schema: &'a Schema,
    pub(super) document: &'a Document,
    fragments: HashMap<&'a str, &'a Node<FragmentDefinition>>,
    pub(super) found: Vec<Problem>,
}

/// What one operation declares and uses.
pub(super) struct Scope<'a> {
    pub(super) operation: &'a OperationDefinition,
    pub(super) used: BTreeSet<String>,
    visited: BTreeSet<String>,
}

fn label(operation: &OperationDefinition) -> String {
    let kind = operation.operation_type.to_string();
    match &operation.name {
        Some(name) => format!("{kind} {name}"),
        None => kind,
    }
}

impl<'a> Check<'a> {
    fn run(&mut self) {
        let document = self.document;
        for definition in &document.definitions {
            if let Definition::FragmentDefinition(fragment) = definition {
                self.fragments.insert(fragment.name.as_str(), fragment);
            }
        }
        for definition in &document.definitions {
            if let Definition::OperationDefinition(operation) = definition {
                self.operation(operation);
            }
        }
    }

    fn operation(&mut self, operation: &'a Node<OperationDefinition>) {
        let root = match operation.operation_type {
            OperationType::Mutation => "Mutation",
            OperationType::Query | OperationType::Subscription => "QueryRoot",
        };
        let mut scope = Scope { operation, used: BTreeSet::new(), visited: BTreeSet::new() };
        let path = vec![label(operation)];
        self.selections(&operation.selection_set, root, &path, &mut scope);
        let name = operation.name.as_ref().map_or("anonymous operation", |name| name.as_str());
        for variable in &operation.variables {
            let inner = variable.ty.inner_named_type();
            if !self.schema.types.get(inner).is_some_and(ExtendedType::is_input_type) {
                self.found.push(
                    Problem::new(
                        "variableRequiresValidType",
                        format!("{inner} isn't a defined input type (on ${})", variable.name),
                    )
                    .at(variable, &self.document.sources)
                    .path(path.clone())
                    .with("typeName", inner.as_str())
                    .with("variableName", variable.name.as_str()),
                );
            }
            if !scope.used.contains(variable.name.as_str()) {
                self.found.push(
                    Problem::new(
                        "variableNotUsed",
                        format!("Variable ${} is declared by {name} but not used", variable.name),
                    )
                    .at(variable, &self.document.sources)
                    .path(path.clone())
                    .with("variableName", variable.name.as_str()),
                );
            }
        }
    }

    fn selections(&mut self, set: &'a [Selection], ty: &str, path: &[String], scope: &mut Scope<'a>) {
        for selection in set {
            match selection {
                Selection::Field(field) => self.field(field, ty, path, scope),
                Selection::InlineFragment(inline) => {
                    let inner = inline.type_condition.as_ref().map_or(ty, |name| name.as_str());
                    let mut path = path.to_vec();
                    path.push(if inner == ty { "...".to_owned() } else { format!("... on {inner}") });
                    if self.is_composite(inner, &path, inline) {
                        self.selections(&inline.selection_set, inner, &path, scope);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let Some(fragment) = self.fragments.get(name).copied() else { continue };
                    if scope.visited.insert(name.to_owned()) {
                        let path = vec![format!("fragment {name}")];
                        let condition = fragment.type_condition.as_str();
                        if self.is_composite(condition, &path, fragment) {
                            self.selections(&fragment.selection_set, condition, &path, scope);
                        }
                    }
                }
            }
        }
    }

    fn is_composite<T>(&mut self, ty: &str, path: &[String], at: &Node<T>) -> bool {
        let known = matches!(
            self.schema.types.get(ty),
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
        );
        if !known {
            self.found.push(
                Problem::new(
                    "undefinedType",
                    format!("No such type {ty}, so it can't be a fragment condition"),
                )
                .at(at, &self.document.sources)
                .path(path.to_vec())
                .with("typeName", ty),
            );
        }
        known
    }

    fn field(&mut self, field: &'a Node<Field>, ty: &str, path: &[String], scope: &mut Scope<'a>) {
        let name = field.name.as_str();
        let mut path = path.to_vec();
        path.push(field.alias.as_ref().unwrap_or(&field.name).to_string());
        self.directives(field, &path, scope);
        if name == "__typename" {
            return;
        }
        let definition = (!name.starts_with("__")).then(|| self.schema.type_field(ty, name).ok()).flatten();
        let Some(definition) = definition else {
            self.found.push(
                Problem::new("undefinedField", format!("Field '{name}' doesn't exist on type '{ty}'"))
                    .at(field, &self.document.sources)
                    .path(path)
                    .with("typeName", ty)
                    .with("fieldName", name),
            );
            return;
        };
        let owner = literal::Owner { kind: "Field", name };
        literal::arguments(self, &owner, &definition.arguments, &field.arguments, field, &path, scope);
        let inner = definition.ty.inner_named_type().as_str();
        let leaf = self.schema.types.get(inner).is_none_or(ExtendedType::is_leaf);
        if leaf != field.selection_set.is_empty() {
            let message = if leaf {
                format!(
                    "Selections can't be made on scalars (field '{name}' returns {inner} but has selections)"
                )
            } else {
                format!(
                    "Field must have selections (field '{name}' returns {inner} but has no selections. \
                     Did you mean '{name} {{ ... }}'?)"
                )
            };
            self.found.push(
                Problem::new("selectionMismatch", message)
                    .at(field, &self.document.sources)
                    .path(path)
                    .with("nodeName", format!("field '{name}'"))
                    .with("typeName", inner),
            );
            return;
        }
        self.selections(&field.selection_set, inner, &path, scope);
    }

    fn directives(&mut self, field: &'a Node<Field>, path: &[String], scope: &mut Scope<'a>) {
        for directive in field.directives.iter() {
            let name = directive.name.as_str();
            let Some(definition) = self.schema.directive_definitions.get(name).filter(|_| name != "oneOf")
            else {
                self.found.push(
                    Problem::new("undefinedDirective", format!("Directive @{name} is not defined"))
                        .at(directive, &self.document.sources)
                        .path(path.to_vec())
                        .with("directiveName", name),
                );
                continue;
            };
            let owner = literal::Owner { kind: "Directive", name };
            literal::arguments(
                self,
                &owner,
                &definition.arguments,
                &directive.arguments,
                directive,
                path,
                scope,
            );
        }
    }
}
