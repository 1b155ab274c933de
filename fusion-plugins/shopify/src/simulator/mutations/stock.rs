//! inventorySetQuantities, inventoryActivate, inventoryItemUpdate.

use super::{Work, draft, id_of, object, refusal, rows};
use crate::simulator::{
    contract::Version,
    gid,
    problem::Problem,
    product::{Level, Product},
    read::{Arguments, text},
    slot::{reference, time},
};
use serde_json::{Map, Value, json};

/// The highest quantity.
const HIGHEST: i64 = 1_000_000_000;

const REASONS: [&str; 17] = [
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
];

/// One row that may be set.
struct Row {
    item: u64,
    location: u64,
    quantity: i64,
}

pub(super) fn set_quantities(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let given: Vec<&Map<String, Value>> =
        rows(&input, "quantities").iter().filter_map(Value::as_object).collect();
    if given.iter().any(|row| !row.contains_key("changeFromQuantity")) {
        let message = "InventoryQuantityInput must include the following argument: changeFromQuantity.";
        return Err(Problem::new("INVALID_FIELD_ARGUMENTS", message));
    }
    let name = text(&input, "name").unwrap_or_default();
    let reason = text(&input, "reason").unwrap_or_default();
    let document = text(&input, "referenceDocumentUri");
    let mut found = head(name, reason, document);
    let mut wanted: Vec<Row> = Vec::new();
    for (nth, row) in given.into_iter().enumerate() {
        wanted.extend(check(work, name, row, &nth.to_string(), &wanted, &mut found));
    }
    if !found.is_empty() {
        return Ok(work.payload(json!({ "inventoryAdjustmentGroup": null, "userErrors": found })));
    }
    let mut changes = Vec::new();
    let mut products: Vec<Product> = Vec::new();
    for row in &wanted {
        apply(work, name, row, &mut products, &mut changes);
    }
    for product in products {
        work.shop.put(product);
    }
    let group = (!changes.is_empty()).then(|| {
        json!({
            "__typename": "InventoryAdjustmentGroup",
            "id": gid::of("InventoryAdjustmentGroup", work.shop.new_id()),
            "createdAt": time(work.now),
            "reason": reason,
            "referenceDocumentUri": document,
            "changes": changes,
        })
    });
    Ok(work.payload(json!({ "inventoryAdjustmentGroup": group, "userErrors": [] })))
}

fn head(name: &str, reason: &str, document: Option<&str>) -> Vec<Value> {
    let mut found = Vec::new();
    if !matches!(name, "available" | "on_hand") {
        let message = "The specified quantity name is invalid. Valid values are: available, on_hand.";
        found.push(refusal(&["input", "name"], message, Some("INVALID_NAME")));
    }
    if !REASONS.contains(&reason) {
        let message = format!("The specified reason is invalid. Valid values are: {}.", REASONS.join(", "));
        found.push(refusal(&["input", "reason"], message, Some("INVALID_REASON")));
    }
    if document.is_some_and(|document| !document.contains("://")) {
        let message = "The specified reference document is invalid.";
        found.push(refusal(&["input", "referenceDocumentUri"], message, Some("INVALID_REFERENCE_DOCUMENT")));
    }
    found
}

/// A row, if nothing is wrong with it; one bad row refuses the whole call.
fn check(
    work: &Work<'_>,
    name: &str,
    row: &Map<String, Value>,
    nth: &str,
    before: &[Row],
    found: &mut Vec<Value>,
) -> Option<Row> {
    let start = found.len();
    let mut refuse = |part: &str, message: &str, code: &str| {
        let mut field = vec!["input", "quantities", nth];
        field.extend((!part.is_empty()).then_some(part));
        found.push(refusal(&field, message, Some(code)));
    };
    let item = text(row, "inventoryItemId").and_then(|id| gid::number("InventoryItem", id));
    let known = item.and_then(|item| work.shop.item(item));
    if known.is_none() {
        refuse(
            "inventoryItemId",
            "The specified inventory item could not be found.",
            "INVALID_INVENTORY_ITEM",
        );
    }
    let location = text(row, "locationId").and_then(|id| gid::number("Location", id));
    let location = location.filter(|id| work.shop.locations.contains_key(id));
    if location.is_none() {
        refuse("locationId", "The specified location could not be found.", "INVALID_LOCATION");
    }
    let quantity = row.get("quantity").and_then(Value::as_i64).unwrap_or(0);
    if quantity > HIGHEST {
        refuse("quantity", "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH");
    } else if quantity < -HIGHEST {
        refuse("quantity", "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW");
    } else if quantity < 0 && name == "on_hand" {
        refuse("quantity", "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE");
    }
    if let (Some((_, variant)), Some(location)) = (known, location) {
        if before.iter().any(|other| other.item == variant.item.id && other.location == location) {
            let message = "The combination of inventoryItemId and locationId must be unique.";
            refuse("", message, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR");
        }
        if variant.item.immutable {
            let message = "The specified inventory item is not allowed to be adjusted via API.";
            refuse("inventoryItemId", message, "NON_MUTABLE_INVENTORY_ITEM");
        }
        match variant.item.levels.get(&location) {
            None => {
                let code = match work.version {
                    Version::July2026 => "ITEM_NOT_STOCKED_AT_LOCATION",
                    // The code is gone from this version's schema.
                    Version::October2026 => "INVALID_LOCATION",
                };
                refuse("locationId", "The specified inventory item is not stocked at the location.", code);
            }
            Some(level) => {
                let expected = row.get("changeFromQuantity").and_then(Value::as_i64);
                if expected.is_some_and(|expected| level.quantity(name) != Some(expected)) {
                    let message = "The changeFromQuantity argument no longer matches the persisted quantity.";
                    refuse("changeFromQuantity", message, "CHANGE_FROM_QUANTITY_STALE");
                }
            }
        }
    }
    (found.len() == start).then_some(Row { item: item?, location: location?, quantity })
}

fn apply(work: &mut Work<'_>, name: &str, row: &Row, products: &mut Vec<Product>, changes: &mut Vec<Value>) {
    let Some((owner, _)) = work.shop.item(row.item) else { return };
    let id = owner.id;
    if !products.iter().any(|product| product.id == id) {
        let owner = owner.clone();
        products.push(owner);
    }
    let Some(product) = products.iter_mut().find(|product| product.id == id) else { return };
    let Some(variant) = product.variants.iter_mut().find(|it| it.item.id == row.item) else { return };
    let Some(level) = variant.item.levels.get_mut(&row.location) else { return };
    let before = level.available;
    level.available = if name == "on_hand" { row.quantity - level.committed } else { row.quantity };
    let delta = level.available - before;
    if delta == 0 {
        return;
    }
    level.updated_at = work.now;
    for name in ["available", "on_hand"] {
        changes.push(json!({
            "name": name,
            "delta": delta,
            "quantityAfterChange": null,
            "item": reference(&gid::of("InventoryItem", row.item)),
            "location": reference(&gid::of("Location", row.location)),
        }));
    }
    let summary = json!({
        "location": gid::of("Location", row.location), "available": level.available, "before": before,
    });
    work.effect(gid::of("InventoryItem", row.item), variant.item.sku.clone().as_deref(), summary);
}

pub(super) fn activate(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let item = id_of("InventoryItem", arguments, "inventoryItemId")?;
    let location = id_of("Location", arguments, "locationId")?;
    let refused = |work: &Work<'_>, found: &[Value]| {
        Ok(work.payload(json!({ "inventoryLevel": null, "userErrors": found })))
    };
    let Some(place) = work.shop.locations.get(&location).map(|it| it.name.clone()) else {
        let message = "The product couldn't be stocked because the location wasn't found.";
        return refused(work, &[refusal(&["locationId"], message, None)]);
    };
    let could_not = |why: &str| format!("The product couldn't be stocked at {place} because {why}");
    let Some((owner, variant)) = work.shop.item(item) else {
        let message = could_not("the product was deleted.");
        return refused(work, &[refusal(&["inventoryItemId"], message, None)]);
    };
    let (mut product, active) = (owner.clone(), variant.item.levels.contains_key(&location));
    let number = |name: &str| arguments.get(name).and_then(Value::as_i64);
    let (available, on_hand) = (number("available"), number("onHand"));
    let mut found = Vec::new();
    for (name, quantity) in [("available", available), ("onHand", on_hand)] {
        if available.is_some() && on_hand.is_some() {
            let message = could_not("not allowed to set available and on_hand quantities at the same time.");
            found.push(refusal(&[name], message, None));
        } else if quantity.is_some_and(|quantity| quantity.abs() > HIGHEST) {
            let message = could_not("the quantity needs to be between -1 billion and 1 billion.");
            found.push(refusal(&[name], message, None));
        } else if active && quantity.is_some() {
            let kind = if name == "onHand" { "an on_hand" } else { "an available" };
            let message = format!(
                "Not allowed to set {kind} quantity when the item is already active at the location."
            );
            found.push(refusal(&[name], message, None));
        }
    }
    if !found.is_empty() {
        return refused(work, &found);
    }
    if let Some(variant) = product.variants.iter_mut().find(|it| it.item.id == item).filter(|_| !active) {
        let quantity = available.or(on_hand).unwrap_or(0);
        variant.item.levels.insert(location, Level::new(quantity, work.now));
        let summary = json!({ "activated": gid::of("Location", location), "available": quantity });
        let sku = variant.item.sku.clone();
        work.effect(gid::of("InventoryItem", item), sku.as_deref(), summary);
        work.shop.put(product);
    }
    Ok(work.payload(json!({ "inventoryLevel": reference(&gid::level(item, location)), "userErrors": [] })))
}

pub(super) fn update_item(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let item = id_of("InventoryItem", arguments, "id")?;
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let Some((owner, _)) = work.shop.item(item) else {
        let message = "The product couldn't be updated because it does not exist.";
        let errors = [refusal(&["id"], message, None)];
        return Ok(work.payload(json!({ "inventoryItem": null, "userErrors": errors })));
    };
    let mut product = owner.clone();
    if let Some(variant) = product.variants.iter_mut().find(|it| it.item.id == item) {
        draft::fill_item(&mut variant.item, &input);
        variant.updated_at = work.now;
        let fields: Vec<&String> = input.keys().collect();
        let sku = variant.item.sku.clone();
        work.effect(gid::of("InventoryItem", item), sku.as_deref(), json!({ "updated": fields }));
        work.shop.put(product);
    }
    Ok(work.payload(json!({ "inventoryItem": reference(&gid::of("InventoryItem", item)), "userErrors": [] })))
}
