//! The fields of the query root.

use super::{
    gid::{self, Thing},
    order::Order,
    problem::Problem,
    product::Product,
    read::{Arguments, View, order, text},
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
        "order" | "fulfillmentOrder" | "fulfillment" | "refund" | "return" | "job" => {
            of_order(view, name, arguments)?
        }
        "orders" => return Ok(orders(view, arguments)),
        "webhookSubscriptions" => subscriptions(view, arguments),
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

/// Orders and their parts. What has another kind of id is refused, what isn't there is null.
fn of_order(view: &View<'_>, name: &str, arguments: &Arguments) -> Result<Slot, Problem> {
    let id = text(arguments, "id").unwrap_or_default();
    let kind = match name {
        "order" => "Order",
        "fulfillmentOrder" => "FulfillmentOrder",
        "fulfillment" => "Fulfillment",
        "refund" => "Refund",
        "return" => "Return",
        _ => "Job",
    };
    let number = gid::number(kind, id).ok_or_else(|| invalid_id(id))?;
    let mut orders = view.shop.orders();
    let found = match name {
        "order" => view.shop.order(number).map(|it| order::order(view, it)),
        "fulfillmentOrder" => orders.find_map(|it| {
            it.parts.iter().find(|one| one.id == number).map(|one| order::part(view, it, one))
        }),
        "fulfillment" => orders.find_map(|it| {
            it.fulfillments.iter().find(|one| one.id == number).map(|one| order::fulfillment(it, one))
        }),
        "refund" => orders.find_map(|it| {
            it.refunds.iter().find(|one| one.id == number).map(|one| order::refund(view, it, one))
        }),
        "return" => orders.find_map(|it| {
            it.returns.iter().find(|one| one.id == number).map(|one| order::returned(it, one))
        }),
        _ => {
            let job = view.shop.desk.jobs.get(&number);
            job.map(|job| json!({ "id": gid::of("Job", number), "done": job.done }))
        }
    };
    Ok(found.map_or(Slot::NULL, Slot::Data))
}

fn orders(view: &View<'_>, arguments: &Arguments) -> Found {
    let search = Search::parse(text(arguments, "query").unwrap_or_default());
    let by_change = text(arguments, "sortKey") == Some("UPDATED_AT");
    let indexed = |it: &&Order| search.is_empty() || it.created_at <= view.indexed_until;
    let place = |it: &Order| {
        let at = if by_change { it.updated_at } else { it.created_at };
        format!("{}\u{1}{}", rank(at.as_micros()), by_id(it.id))
    };
    let found = view.shop.orders().filter(indexed).filter(|it| search.finds_order(it));
    let rows = found.map(|it| (place(it), Slot::Data(order::order(view, it)))).collect();
    Found { slot: Slot::Page(rows), warnings: search.warnings(Subject::Orders) }
}

fn subscriptions(view: &View<'_>, arguments: &Arguments) -> Slot {
    let topics = arguments.get("topics").and_then(Value::as_array);
    let uri = text(arguments, "uri");
    let asked =
        |topic: &str| topics.is_none_or(|topics| topics.iter().any(|wanted| wanted.as_str() == Some(topic)));
    let all = view.shop.desk.subscriptions.iter();
    let found = all.filter(|(_, one)| asked(&one.topic) && uri.is_none_or(|uri| uri == one.uri));
    Slot::Page(found.map(|(id, one)| (by_id(*id), Slot::Data(order::subscription(*id, one)))).collect())
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
