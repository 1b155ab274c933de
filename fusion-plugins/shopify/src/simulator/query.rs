//! The fields of the query root.

use super::{
    gid::Thing,
    problem::Problem,
    product::Product,
    read::{Arguments, View, text},
    search::{self, Search, Subject},
    slot::{Slot, by_id, rank},
};
use serde_json::{Value, json};

/// What a root field holds, and what its search was warned of.
pub(super) struct Found {
    pub(super) slot: Slot,
    pub(super) warnings: Vec<Value>,
}

impl From<Slot> for Found {
    fn from(slot: Slot) -> Self {
        Self { slot, warnings: Vec::new() }
    }
}

/// The value of the root field `name`.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` for an id that isn't one, or is one of another kind.
pub(super) fn root(view: &View<'_>, name: &str, arguments: &Arguments) -> Result<Found, Problem> {
    let slot = match name {
        "shop" => Slot::Thing(Thing::Shop),
        "currentAppInstallation" => Slot::Thing(Thing::Installation),
        "node" => any(view, text(arguments, "id").unwrap_or_default())?,
        "nodes" => {
            let ids = arguments.get("ids").and_then(Value::as_array).into_iter().flatten();
            Slot::List(ids.map(|id| any(view, id.as_str().unwrap_or_default())).collect::<Result<_, _>>()?)
        }
        "product" => one(view, arguments, |it| matches!(it, Thing::Product(_)))?,
        "productVariant" => one(view, arguments, |it| matches!(it, Thing::Variant(_)))?,
        "inventoryItem" => one(view, arguments, |it| matches!(it, Thing::Item(_)))?,
        "inventoryLevel" => one(view, arguments, |it| matches!(it, Thing::Level { .. }))?,
        "productOperation" => one(view, arguments, |it| matches!(it, Thing::Operation(_)))?,
        "location" if text(arguments, "id").is_none() => {
            view.shop.primary_location().map_or(Slot::NULL, |id| Slot::Thing(Thing::Location(id)))
        }
        "location" => one(view, arguments, |it| matches!(it, Thing::Location(_)))?,
        "productByHandle" => product(view.shop.by_handle(text(arguments, "handle").unwrap_or_default())),
        "productByIdentifier" => {
            let identifier = arguments.get("identifier").unwrap_or(&Value::Null);
            product(super::mutations::identified(view.shop, identifier)?)
        }
        "productsCount" => {
            let limit = arguments.get("limit").and_then(Value::as_u64).unwrap_or(u64::MAX);
            let found = search::count(view, text(arguments, "query")) as u64;
            let precision = if found > limit { "AT_LEAST" } else { "EXACT" };
            Slot::Data(json!({ "count": found.min(limit), "precision": precision }))
        }
        "locations" => locations(view, arguments),
        "publications" => Slot::Page(
            view.shop
                .publications
                .keys()
                .map(|id| (by_id(*id), Slot::Thing(Thing::Publication(*id))))
                .collect(),
        ),
        "products" | "productVariants" | "inventoryItems" => return Ok(searched(view, name, arguments)),
        _ => Slot::NULL,
    };
    Ok(slot.into())
}

/// The refusal of an id that names nothing of the wanted kind.
pub(super) fn invalid_id(id: &str) -> Problem {
    Problem::new("RESOURCE_NOT_FOUND", format!("Invalid id: {id}"))
}

fn any(view: &View<'_>, id: &str) -> Result<Slot, Problem> {
    if !id.starts_with("gid://shopify/") {
        return Err(invalid_id(id));
    }
    Ok(Thing::parse(id).filter(|it| it.exists(view.shop)).map_or(Slot::NULL, Slot::Thing))
}

fn one(view: &View<'_>, arguments: &Arguments, kind: fn(Thing) -> bool) -> Result<Slot, Problem> {
    let id = text(arguments, "id").unwrap_or_default();
    let thing = Thing::parse(id).filter(|it| kind(*it)).ok_or_else(|| invalid_id(id))?;
    Ok(if thing.exists(view.shop) { Slot::Thing(thing) } else { Slot::NULL })
}

fn product(found: Option<&Product>) -> Slot {
    found.map_or(Slot::NULL, |it| Slot::Thing(Thing::Product(it.id)))
}

fn locations(view: &View<'_>, arguments: &Arguments) -> Slot {
    let by_name = text(arguments, "sortKey") != Some("ID");
    let place =
        |id: &u64, name: &str| if by_name { format!("{name}\u{1}{}", by_id(*id)) } else { by_id(*id) };
    Slot::Page(
        view.shop
            .locations
            .iter()
            .map(|(id, it)| (place(id, &it.name), Slot::Thing(Thing::Location(*id))))
            .collect(),
    )
}

fn searched(view: &View<'_>, name: &str, arguments: &Arguments) -> Found {
    let search = Search::parse(text(arguments, "query").unwrap_or_default());
    let sort = text(arguments, "sortKey").unwrap_or("ID");
    let indexed = |it: &&Product| search.is_empty() || it.created_at <= view.indexed_until;
    let products = view.shop.products().filter(indexed);
    let variants = view.shop.products().filter(indexed);
    let variants = variants.flat_map(|product| product.variants.iter().map(move |it| (product, it)));
    let (subject, rows): (Subject, Vec<(String, Slot)>) = match name {
        "products" => (
            Subject::Products,
            products
                .filter(|it| search.finds_product(it))
                .map(|it| (place(it, sort), Slot::Thing(Thing::Product(it.id))))
                .collect(),
        ),
        "productVariants" => (
            Subject::Variants,
            variants
                .filter(|(product, it)| search.finds_variant(product, it))
                .map(|(product, it)| {
                    let place = match sort {
                        "SKU" => it.item.sku.clone().unwrap_or_default(),
                        "TITLE" | "NAME" | "FULL_TITLE" => format!("{} {}", product.title, it.title()),
                        "INVENTORY_QUANTITY" => rank(it.item.available()),
                        _ => String::new(),
                    };
                    (format!("{place}\u{1}{}", by_id(it.id)), Slot::Thing(Thing::Variant(it.id)))
                })
                .collect(),
        ),
        _ => (
            Subject::Items,
            variants
                .filter(|(_, it)| search.finds_item(it))
                .map(|(_, it)| (by_id(it.item.id), Slot::Thing(Thing::Item(it.item.id))))
                .collect(),
        ),
    };
    Found { slot: Slot::Page(rows), warnings: search.warnings(subject) }
}

fn place(it: &Product, sort: &str) -> String {
    let place = match sort {
        "UPDATED_AT" => rank(it.updated_at.as_micros()),
        "CREATED_AT" => rank(it.created_at.as_micros()),
        "PUBLISHED_AT" => rank(it.published.values().min().map_or(0, |at| at.as_micros())),
        "TITLE" => it.title.to_lowercase(),
        "VENDOR" => it.vendor.to_lowercase(),
        "PRODUCT_TYPE" => it.product_type.to_lowercase(),
        "INVENTORY_TOTAL" => rank(it.total_inventory()),
        _ => String::new(),
    };
    format!("{place}\u{1}{}", by_id(it.id))
}
