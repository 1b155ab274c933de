//! Looks up the fields of things.

pub(super) mod order;
mod product;
mod shop;
mod stock;
mod variant;

pub(super) use product::metafield_data;

use super::{gid::Thing, shop::Shop, slot::Slot};
use fusion_core::clock::Timestamp;
use serde_json::{Map, Value};

/// The arguments of a field.
pub(super) type Arguments = Map<String, Value>;

/// The shop as one call sees it.
pub(super) struct View<'a> {
    pub(super) shop: &'a Shop,
    pub(super) now: Timestamp,
    pub(super) scopes: &'a [String],
    /// Whether the app isn't approved for what tells who a buyer is.
    pub(super) hides_buyers: bool,
    /// What was created later isn't in the search index yet.
    pub(super) indexed_until: Timestamp,
}

impl View<'_> {
    /// The value of `name` on `thing`.
    pub(super) fn field(&self, thing: Thing, name: &str, arguments: &Arguments) -> Slot {
        let shop = self.shop;
        if name == "id" {
            return thing.gid(shop).into();
        }
        let found = match thing {
            Thing::Shop => shop::shop(self, name),
            Thing::Installation => shop::installation(self, name),
            Thing::Location(id) => shop.locations.get(&id).and_then(|it| shop::location(self, id, it, name)),
            Thing::Publication(id) => shop.publications.get(&id).and_then(|it| shop::publication(it, name)),
            Thing::Operation(id) => shop.operations.get(&id).and_then(|it| shop::operation(self, it, name)),
            Thing::Product(id) => shop.product(id).and_then(|it| product::field(self, it, name, arguments)),
            Thing::Media(id) => shop.medium(id).and_then(|it| product::medium(self, it, name)),
            Thing::Variant(id) => {
                shop.variant(id).and_then(|(product, it)| variant::field(self, product, it, name, arguments))
            }
            Thing::Line(id) => shop.line(id).and_then(|(order, it)| order::line_field(self, order, it, name)),
            Thing::Item(id) => shop.item(id).and_then(|(_, it)| stock::item(self, it, name, arguments)),
            Thing::Level { item, location } => shop.item(item).and_then(|(_, it)| {
                stock::level(it.item.levels.get(&location)?, item, location, name, arguments)
            }),
        };
        found.unwrap_or(Slot::NULL)
    }
}

/// A text argument.
pub(super) fn text<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a str> {
    arguments.get(name)?.as_str()
}
