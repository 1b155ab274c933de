//! productCreate, productUpdate, productDelete.

use super::{
    Work, draft, identified, media, metafields, object, options, product_id, product_reference, refusal,
    rows, shop_reference,
};
use crate::simulator::{
    gid,
    operation::Pending,
    problem::Problem,
    read::{Arguments, text},
    slot::reference,
};
use serde_json::{Map, Value, json};

fn input<'a>(work: &Work<'_>, arguments: &'a Arguments) -> Result<&'a Map<String, Value>, Problem> {
    match (object(arguments, "input"), object(arguments, "product")) {
        (Some(input), None) | (None, Some(input)) => Ok(input),
        _ => {
            let message = format!(
                "{} must include exactly one of the following arguments: input, product.",
                work.field
            );
            Err(Problem::new("INVALID_FIELD_ARGUMENTS", message))
        }
    }
}

fn answer(work: &Work<'_>, product: Option<u64>, found: &[Value]) -> Value {
    let shop = shop_reference(work.shop);
    work.payload(json!({ "product": product.map(product_reference), "shop": shop, "userErrors": found }))
}

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = input(work, arguments)?;
    let mut found = Vec::new();
    if input.get("id").is_some_and(|id| !id.is_null()) {
        found.push(refusal(&["input"], "id cannot be specified during creation", None));
        return Ok(answer(work, None, &found));
    }
    let mut product = draft::product(work.shop, work.now);
    draft::fill_product(&mut product, input, &mut found, None);
    draft::fill_handle(work.shop, &mut product, input, &mut found, None);
    let defined = rows(input, "productOptions");
    if !defined.is_empty() {
        product.options = options::define(work.shop, defined, &[], options::Wording::Plain, &mut found);
        // Only the first combination becomes a variant; the rest is asked for with productVariantsBulkCreate.
        let first = product.options.iter().filter_map(|option| option.values.first());
        let values: Vec<String> = first.map(|value| value.name.clone()).collect();
        if values.len() != product.options.len() {
            found.push(refusal(
                &["input", "productOptions"],
                "Each option must have at least one value",
                None,
            ));
        }
        if let Some(variant) = product.variants.first_mut() {
            variant.values = values;
        }
    }
    metafields::apply(
        work,
        &mut product.metafields,
        rows(input, "metafields"),
        &["metafields"],
        None,
        &mut found,
    );
    media::attach(work, &mut product, rows(arguments, "media"), &mut found);
    if !found.is_empty() {
        return Ok(answer(work, None, &found));
    }
    let (id, handle) = (product.id, product.handle.clone());
    work.effect(
        gid::of("Product", id),
        Some(&handle),
        json!({ "created": true, "variants": product.variants.len() }),
    );
    work.shop.put(product);
    Ok(answer(work, Some(id), &found))
}

pub(super) fn update(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = input(work, arguments)?;
    let known = match arguments.get("identifier").filter(|identifier| !identifier.is_null()) {
        Some(identifier) => identified(work.shop, identifier)?,
        None => work.shop.product(product_id(text(input, "id").unwrap_or_default())?),
    };
    let Some(before) = known.cloned() else {
        return Ok(answer(work, None, &[refusal(&["id"], "Product does not exist", None)]));
    };
    let mut product = before.clone();
    let mut found = Vec::new();
    draft::fill_product(&mut product, input, &mut found, None);
    draft::fill_handle(work.shop, &mut product, input, &mut found, None);
    metafields::apply(
        work,
        &mut product.metafields,
        rows(input, "metafields"),
        &["metafields"],
        None,
        &mut found,
    );
    media::attach(work, &mut product, rows(arguments, "media"), &mut found);
    let id = product.id;
    if !found.is_empty() {
        return Ok(answer(work, Some(id), &found));
    }
    // The same values again change nothing, so nothing has happened.
    if product == before {
        return Ok(answer(work, Some(id), &found));
    }
    product.updated_at = work.now;
    let fields: Vec<&String> = input.keys().filter(|name| *name != "id").collect();
    work.effect(gid::of("Product", id), Some(&product.handle.clone()), json!({ "updated": fields }));
    work.shop.put(product);
    Ok(answer(work, Some(id), &found))
}

pub(super) fn delete(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    if arguments.get("synchronous").and_then(Value::as_bool) != Some(false) {
        return delete_now(work, arguments);
    }
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let id = product_id(text(&input, "id").unwrap_or_default())?;
    if work.shop.product(id).is_none() {
        return delete_now(work, arguments);
    }
    let shop = shop_reference(work.shop);
    let busy = work.shop.operations.values().any(|it| {
        it.outcome.is_none() && it.field == work.field && it.arguments.get("input") == arguments.get("input")
    });
    if busy {
        let errors =
            [refusal(&["id"], "Another operation already in progress. Please try again in a bit.", None)];
        return Ok(work.payload(json!({ "deletedProductId": null, "shop": shop, "userErrors": errors })));
    }
    let operation = work.shop.new_id();
    work.shop.put_operation(operation, Pending::new(work.field, arguments.clone(), work.now));
    let operation = reference(&gid::of("ProductDeleteOperation", operation));
    Ok(work.payload(json!({ "productDeleteOperation": operation, "shop": shop, "userErrors": [] })))
}

pub(super) fn delete_now(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let gid = text(&input, "id").unwrap_or_default();
    let shop = shop_reference(work.shop);
    let Some(product) = work.shop.remove(product_id(gid)?) else {
        let errors = [refusal(&["id"], "Product does not exist", None)];
        return Ok(work.payload(json!({ "deletedProductId": null, "shop": shop, "userErrors": errors })));
    };
    work.effect(gid.to_owned(), Some(&product.handle), json!({ "deleted": true }));
    Ok(work.payload(json!({ "deletedProductId": gid, "shop": shop, "userErrors": [] })))
}
