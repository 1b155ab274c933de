//! productVariantsBulkCreate, productVariantsBulkUpdate, productVariantsBulkDelete.

use super::{
    Work,
    draft::{self, Codes},
    id_of, limits, media, metafields, options, product_reference, refusal, rows,
};
use crate::simulator::{
    gid,
    problem::Problem,
    product::{Level, Product, Variant},
    read::{Arguments, text},
    slot::reference,
};
use serde_json::{Map, Value, json};

const CODES: Codes = Codes {
    negative: "NEGATIVE_PRICE_VALUE",
    unknown_option: "OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS",
    missing_value: "NEED_TO_ADD_OPTION_VALUES",
};

pub(super) fn answer(
    work: &Work<'_>,
    product: Option<u64>,
    variants: Option<&[u64]>,
    found: &[Value],
) -> Value {
    let reference = |id: &u64| reference(&gid::of("ProductVariant", *id));
    let variants: Option<Vec<Value>> = variants.map(|ids| ids.iter().map(reference).collect());
    work.payload(json!({
        "product": product.map(product_reference), "productVariants": variants, "userErrors": found,
    }))
}

pub(super) fn unknown_product() -> Value {
    refusal(&["productId"], "Product does not exist", Some("PRODUCT_DOES_NOT_EXIST"))
}

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "productId")?;
    let Some(mut product) = work.shop.product(id).cloned() else {
        return Ok(answer(work, None, None, &[unknown_product()]));
    };
    let mut found = Vec::new();
    media::attach(work, &mut product, rows(arguments, "media"), &mut found);
    let standalone = product.only_default_variant();
    let remove = match text(arguments, "strategy") {
        Some("REMOVE_STANDALONE_VARIANT") => product.variants.len() == 1,
        Some("PRESERVE_STANDALONE_VARIANT") => false,
        _ => standalone,
    };
    if remove {
        product.variants.clear();
    }
    if standalone && remove {
        // The value of a product without options goes with its variant.
        product.options.iter_mut().for_each(|option| option.values.clear());
    }
    let inputs: Vec<&Map<String, Value>> =
        rows(arguments, "variants").iter().filter_map(Value::as_object).collect();
    if product.variants.len() + inputs.len() > limits::VARIANTS {
        let message = format!("Products can have at most {} variants", limits::VARIANTS);
        found.push(refusal(&["variants"], message, Some("INVALID_INPUT")));
    }
    let mut made = Vec::new();
    for (nth, row) in inputs.into_iter().enumerate() {
        let nth = nth.to_string();
        let at = ["variants", nth.as_str()];
        if row.get("id").is_some_and(|id| !id.is_null()) {
            found.push(refusal(&at, "Cannot specify id when creating a variant", Some("NO_KEY_ON_CREATE")));
            continue;
        }
        let given = rows(row, "optionValues");
        let Some(values) = options::values(&product.options, given, &at, &CODES, &mut found) else {
            continue;
        };
        if product.variants.iter().any(|other| other.values == values) {
            let title = values.join(" / ");
            let message =
                format!("The variant '{title}' already exists. Please change at least one option value.");
            found.push(refusal(&at, message, Some("VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE")));
            continue;
        }
        options::extend(work.shop, &mut product.options, &values);
        let mut variant = draft::variant(work.shop, values, work.now);
        fill(work, &product, &mut variant, row, &at, &mut found)?;
        levels(work, &mut variant, rows(row, "inventoryQuantities"), &at, &mut found);
        made.push((variant.id, variant.item.sku.clone()));
        product.variants.push(variant);
    }
    if !found.is_empty() {
        return Ok(answer(work, Some(id), None, &found));
    }
    product.updated_at = work.now;
    for (variant, sku) in &made {
        work.effect(
            gid::of("ProductVariant", *variant),
            sku.as_deref(),
            json!({ "created": true, "product": id }),
        );
    }
    work.shop.put(product);
    let ids: Vec<u64> = made.into_iter().map(|(id, _)| id).collect();
    Ok(answer(work, Some(id), Some(&ids), &found))
}

fn fill(
    work: &mut Work<'_>,
    product: &Product,
    variant: &mut Variant,
    row: &Map<String, Value>,
    at: &[&str],
    found: &mut Vec<Value>,
) -> Result<(), Problem> {
    draft::fill_variant(variant, row, work.now, at, &CODES, found);
    let place = [at, &["metafields"]].concat();
    metafields::apply(
        work,
        &mut variant.metafields,
        rows(row, "metafields"),
        &place,
        Some("INVALID_INPUT"),
        found,
    );
    if let Some(id) = text(row, "mediaId") {
        match media::own(product, id)? {
            Some(medium) if medium.status(work.now) == "READY" => variant.media = Some(medium.id),
            Some(_) => found.push(refusal(
                &[at, &["mediaId"]].concat(),
                "Non-ready media cannot be attached to variants.",
                Some("INVALID_INPUT"),
            )),
            None => found.push(refusal(
                &[at, &["mediaId"]].concat(),
                "Media does not exist on the product.",
                Some("INVALID_INPUT"),
            )),
        }
    }
    if let Some(source) = rows(row, "mediaSrc").first().and_then(Value::as_str) {
        variant.media = product.media.iter().find(|medium| medium.source == source).map(|medium| medium.id);
    }
    Ok(())
}

fn levels(work: &Work<'_>, variant: &mut Variant, given: &[Value], at: &[&str], found: &mut Vec<Value>) {
    for row in given.iter().filter_map(Value::as_object) {
        let location = text(row, "locationId").and_then(|id| gid::number("Location", id));
        match location.filter(|id| work.shop.locations.contains_key(id)) {
            Some(location) => {
                let quantity = row.get("availableQuantity").and_then(Value::as_i64).unwrap_or(0);
                variant.item.levels.insert(location, Level::new(quantity, work.now));
            }
            None => {
                let message = "Location does not exist";
                let place = [at, &["inventoryQuantities"]].concat();
                found.push(refusal(&place, message, Some("TRACKED_VARIANT_LOCATION_NOT_FOUND")));
            }
        }
    }
}

pub(super) fn update(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "productId")?;
    let Some(mut product) = work.shop.product(id).cloned() else {
        return Ok(answer(work, None, None, &[unknown_product()]));
    };
    let partial = arguments.get("allowPartialUpdates").and_then(Value::as_bool).unwrap_or(false);
    let mut found = Vec::new();
    media::attach(work, &mut product, rows(arguments, "media"), &mut found);
    let mut changed = Vec::new();
    for (nth, row) in rows(arguments, "variants").iter().filter_map(Value::as_object).enumerate() {
        let nth = nth.to_string();
        let before = found.len();
        let at = ["variants", nth.as_str()];
        let Some(variant) = change(work, &mut product, row, &at, &mut found)? else { continue };
        if found.len() > before {
            continue;
        }
        if let Some(old) = product.variants.iter_mut().find(|old| old.id == variant.id) {
            // The same values again change nothing, so nothing has happened.
            let differs = Variant { updated_at: old.updated_at, ..variant.clone() } != *old;
            let fields = differs.then(|| row.keys().cloned().collect::<Vec<_>>());
            changed.push((variant.id, variant.item.sku.clone(), fields));
            *old = variant;
        }
    }
    if changed.is_empty() || (!found.is_empty() && !partial) {
        return Ok(answer(work, Some(id), None, &found));
    }
    product.updated_at = work.now;
    for (variant, sku, fields) in changed.iter().filter(|(_, _, fields)| fields.is_some()) {
        work.effect(gid::of("ProductVariant", *variant), sku.as_deref(), json!({ "updated": fields }));
    }
    work.shop.put(product);
    let ids: Vec<u64> = changed.into_iter().map(|(id, _, _)| id).collect();
    Ok(answer(work, Some(id), Some(&ids), &found))
}

fn change(
    work: &mut Work<'_>,
    product: &mut Product,
    row: &Map<String, Value>,
    at: &[&str],
    found: &mut Vec<Value>,
) -> Result<Option<Variant>, Problem> {
    let place = |name: &'static str| [at, &[name]].concat();
    let Some(gid) = text(row, "id") else {
        found.push(refusal(
            &place("id"),
            "Product variant is missing ID attribute",
            Some("PRODUCT_VARIANT_ID_MISSING"),
        ));
        return Ok(None);
    };
    let known =
        gid::number("ProductVariant", gid).and_then(|id| product.variants.iter().find(|it| it.id == id));
    let Some(mut variant) = known.cloned() else {
        found.push(refusal(
            &place("id"),
            "Product variant does not exist",
            Some("PRODUCT_VARIANT_DOES_NOT_EXIST"),
        ));
        return Ok(None);
    };
    if !rows(row, "inventoryQuantities").is_empty() {
        let message = "Inventory quantities can only be provided during create. To update inventory for existing \
                       variants, use inventoryAdjustQuantities.";
        let code = "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE";
        found.push(refusal(&place("inventoryQuantities"), message, Some(code)));
        return Ok(None);
    }
    if row.get("optionValues").is_some_and(|values| !values.is_null()) {
        let given = rows(row, "optionValues");
        let Some(values) = options::values(&product.options, given, at, &CODES, found) else {
            return Ok(None);
        };
        if product.variants.iter().any(|other| other.id != variant.id && other.values == values) {
            let title = values.join(" / ");
            let message =
                format!("The variant '{title}' already exists. Please change at least one option value.");
            found.push(refusal(at, message, Some("VARIANT_ALREADY_EXISTS")));
            return Ok(None);
        }
        options::extend(work.shop, &mut product.options, &values);
        variant.values = values;
    }
    fill(work, product, &mut variant, row, at, found)?;
    Ok(Some(variant))
}

pub(super) fn delete(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "productId")?;
    let Some(mut product) = work.shop.product(id).cloned() else {
        return Ok(work.payload(json!({ "product": null, "userErrors": [unknown_product()] })));
    };
    let ids: Vec<Option<u64>> = rows(arguments, "variantsIds")
        .iter()
        .map(|id| gid::number("ProductVariant", id.as_str().unwrap_or_default()))
        .collect();
    let mut found = Vec::new();
    for (nth, wanted) in ids.iter().enumerate() {
        if !product.variants.iter().any(|it| Some(it.id) == *wanted) {
            let code = "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT";
            let message = "At least one variant does not belong to the product";
            found.push(refusal(&["variantsIds", &nth.to_string()], message, Some(code)));
        }
    }
    let (gone, kept): (Vec<Variant>, Vec<Variant>) =
        std::mem::take(&mut product.variants).into_iter().partition(|it| ids.contains(&Some(it.id)));
    if kept.is_empty() {
        let message = "Cannot delete the last variant of a product";
        found.push(refusal(&["variantsIds"], message, Some("CANNOT_DELETE_LAST_VARIANT")));
    }
    if found.is_empty() && !gone.is_empty() {
        for variant in &gone {
            let name = variant.item.sku.as_deref();
            work.effect(
                gid::of("ProductVariant", variant.id),
                name,
                json!({ "deleted": true, "product": id }),
            );
        }
        product.variants = kept;
        product.updated_at = work.now;
        work.shop.put(product);
    }
    Ok(work.payload(json!({ "product": product_reference(id), "userErrors": found })))
}
