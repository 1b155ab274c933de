//! Applies a selection to what a field holds: exactly the selected fields, in order, under their aliases.

use super::{
    cost::{is_connection, is_free, page_factor},
    digest,
    gid::Thing,
    input, page,
    problem::Problem,
    read::{Arguments, View},
    slot::Slot,
};
use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::{DirectiveList, Type},
    executable::{Field, Selection, SelectionSet},
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};

/// A value that no version of the API has.
const NOVELTY: &str = "SOMETHING_NEW";

/// Fields of the same response key, whose selections are merged.
type Merged<'d> = Vec<(String, Vec<&'d Field>)>;

/// One walk over a document.
pub(super) struct Walk<'a> {
    pub(super) schema: &'a Schema,
    pub(super) document: &'a ExecutableDocument,
    pub(super) values: &'a Map<String, Value>,
    /// Whether the first enum value is still to be replaced by one that nobody knows.
    pub(super) novelty: bool,
    pub(super) problems: Vec<Problem>,
}

/// Where the fields of an object come from.
enum Source {
    Thing(Thing),
    Data(Value),
}

impl<'a> Walk<'a> {
    /// The fields that `sets` select on an object of type `ty`.
    pub(super) fn collect(&self, sets: &[&'a SelectionSet], ty: &str) -> Merged<'a> {
        let mut merged = Merged::new();
        for set in sets {
            self.collect_into(set, ty, &mut merged);
        }
        merged
    }

    fn collect_into(&self, set: &'a SelectionSet, ty: &str, merged: &mut Merged<'a>) {
        for selection in &set.selections {
            if self.is_left_out(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().as_str();
                    match merged.iter_mut().find(|(known, _)| known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => merged.push((key.to_owned(), vec![field])),
                    }
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.is_a(ty, condition)) {
                        self.collect_into(&inline.selection_set, ty, merged);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.is_a(ty, fragment.type_condition())
                    {
                        self.collect_into(&fragment.selection_set, ty, merged);
                    }
                }
            }
        }
    }

    fn is_a(&self, ty: &str, condition: &str) -> bool {
        ty == condition || self.schema.is_subtype(condition, ty)
    }

    fn is_left_out(&self, directives: &DirectiveList) -> bool {
        let truth = |name: &str| {
            let value = directives.get(name)?.specified_argument_by_name("if")?;
            input::plain(value, self.values)?.as_bool()
        };
        truth("skip") == Some(true) || truth("include") == Some(false)
    }

    /// The answer to `fields`, which hold `slot`, and its actual cost.
    pub(super) fn complete(&mut self, view: &View<'_>, fields: &[&'a Field], slot: Slot) -> (Value, u64) {
        let Some(field) = fields.first() else { return (Value::Null, 0) };
        let free = is_free(field);
        let (value, cost) = self.value(view, fields, &field.definition.ty, slot);
        (value, if free { 0 } else { cost })
    }

    fn value(&mut self, view: &View<'_>, fields: &[&'a Field], ty: &Type, slot: Slot) -> (Value, u64) {
        let Some(field) = fields.first() else { return (Value::Null, 0) };
        let inner = ty.inner_named_type().as_str();
        let (value, cost) = match slot {
            Slot::Leaf(Value::Array(items)) if items.is_empty() => (json!([]), 0),
            Slot::Leaf(value) => (self.leaf(inner, value), 0),
            Slot::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                let mut dearest = 0;
                for item in items {
                    let (value, cost) = self.value(view, fields, ty.item_type(), item);
                    list.push(value);
                    dearest = dearest.max(cost);
                }
                (Value::Array(list), dearest)
            }
            Slot::Page(rows) => self.connection(view, fields, inner, rows),
            Slot::Thing(thing) if !thing.exists(view.shop) => (Value::Null, 0),
            Slot::Thing(thing) => {
                self.object(view, fields, thing.type_name(view.shop), &Source::Thing(thing))
            }
            Slot::Data(data) => {
                let named = data.get("__typename").and_then(Value::as_str).unwrap_or(inner).to_owned();
                self.object(view, fields, &named, &Source::Data(data))
            }
        };
        if value.is_null() && ty.is_non_null() {
            let message = format!("Cannot return null for non-nullable field {}", field.name);
            self.problems.push(Problem::new("INTERNAL_SERVER_ERROR", message));
        }
        (value, cost)
    }

    fn leaf(&mut self, ty: &str, value: Value) -> Value {
        let is_enum = matches!(self.schema.types.get(ty), Some(ExtendedType::Enum(_)));
        if self.novelty && is_enum && value.is_string() {
            self.novelty = false;
            return json!(NOVELTY);
        }
        value
    }

    fn object(&mut self, view: &View<'_>, fields: &[&'a Field], ty: &str, source: &Source) -> (Value, u64) {
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        let mut object = Map::new();
        let is_payload = ty.ends_with("Payload");
        let mut cost = u64::from(!is_connection(ty) && !is_payload);
        for (key, fields) in self.collect(&sets, ty) {
            let Some(field) = fields.first() else { continue };
            let (value, inner) = if field.name == "__typename" {
                (json!(ty), 0)
            } else {
                let slot = match source {
                    Source::Thing(thing) => {
                        let arguments = input::of_field(self.schema, field, self.values);
                        view.field(*thing, field.name.as_str(), &arguments)
                    }
                    Source::Data(data) => data.get(field.name.as_str()).map_or(Slot::NULL, Slot::of),
                };
                self.complete(view, &fields, slot)
            };
            let is_list = value.as_array().is_some_and(|items| !items.is_empty());
            let free =
                is_payload && (value.is_object() || is_list) && !is_connection(field.ty().inner_named_type());
            // Objects right under a payload are free, what they hold isn't.
            cost += inner.saturating_sub(u64::from(free));
            object.insert(key, value);
        }
        (Value::Object(object), cost)
    }

    fn connection(
        &mut self,
        view: &View<'_>,
        fields: &[&'a Field],
        ty: &str,
        rows: Vec<(String, Slot)>,
    ) -> (Value, u64) {
        let arguments: Arguments =
            fields.first().map(|it| input::of_field(self.schema, it, self.values)).unwrap_or_default();
        let page = page::cut(rows, &arguments);
        let cursor = |row: Option<&(String, Slot)>| row.map(|(place, _)| digest::cursor(place));
        let info = json!({
            "hasNextPage": page.more_after,
            "hasPreviousPage": page.more_before,
            "startCursor": cursor(page.rows.first()),
            "endCursor": cursor(page.rows.last()),
        });
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        let mut object = Map::new();
        let mut item = 0;
        for (key, fields) in self.collect(&sets, ty) {
            let Some(field) = fields.first() else { continue };
            let value = match field.name.as_str() {
                "__typename" => json!(ty),
                "pageInfo" => self.complete(view, &fields, Slot::Data(info.clone())).0,
                "nodes" => {
                    let nodes = page.rows.iter().map(|(_, slot)| slot.clone()).collect();
                    let (value, cost) = self.complete(view, &fields, Slot::List(nodes));
                    item = item.max(cost);
                    value
                }
                _ => {
                    let (value, cost) = self.edges(view, &fields, &page.rows);
                    item = item.max(cost);
                    value
                }
            };
            object.insert(key, value);
        }
        let count = page.rows.len() as u64;
        let cost = if count == 0 { 2 } else { 2 + page_factor(count) * item };
        (Value::Object(object), cost)
    }

    fn edges(&mut self, view: &View<'_>, fields: &[&'a Field], rows: &[(String, Slot)]) -> (Value, u64) {
        let ty = fields.first().map_or("", |field| field.ty().inner_named_type().as_str());
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        let merged = self.collect(&sets, ty);
        let mut edges = Vec::with_capacity(rows.len());
        let mut dearest = 0;
        for (place, slot) in rows {
            let mut edge = Map::new();
            for (key, fields) in &merged {
                let value = match fields.first().map(|field| field.name.as_str()) {
                    Some("node") => {
                        let (value, cost) = self.complete(view, fields, slot.clone());
                        dearest = dearest.max(cost);
                        value
                    }
                    Some("cursor") => json!(digest::cursor(place)),
                    _ => json!(ty),
                };
                edge.insert(key.clone(), value);
            }
            edges.push(Value::Object(edge));
        }
        (Value::Array(edges), dearest)
    }
}
