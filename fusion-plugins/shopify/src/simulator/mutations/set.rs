//! productSet: a whole product in one call. Fields that were left out stay; lists that were given are complete,
//! so what they leave out is deleted.

mod stock;

use super::{
    Work,
    draft::{self, Codes},
    identified, limits, media, metafields, object, options, product_reference, refusal, rows,
};
use crate::simulator::{
    gid,
    operation::Pending,
    problem::Problem,
    product::{Product, Variant},
    read::{Arguments, text},
    slot::reference,
};
use serde_json::{Map, Value, json};
use stock::{Places, stock};

const CODES: Codes = Codes {
    negative: "INVALID_VARIANT",
    unknown_option: "OPTION_DOES_NOT_EXIST",
    missing_value: "INVALID_VARIANT",
};

pub(super) fn run(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    if arguments.get("synchronous").and_then(Value::as_bool) != Some(false) {
        return now(work, arguments);
    }
    let operation = work.shop.new_id();
    work.shop.put_operation(operation, Pending::new(work.field, arguments.clone(), work.now));
    let operation = reference(&gid::of("ProductSetOperation", operation));
    Ok(work.payload(json!({ "product": null, "productSetOperation": operation, "userErrors": [] })))
}

/// Does it at once.
pub(super) fn now(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let mut found = Vec::new();
    let start = start(work, arguments, &input, &mut found)?;
    let Some((mut product, created)) = start.filter(|_| found.is_empty()) else {
        return Ok(work.payload(json!({ "product": null, "userErrors": found })));
    };
    draft::fill_product(&mut product, &input, &mut found, Some("INVALID_PRODUCT"));
    draft::fill_handle(work.shop, &mut product, &input, &mut found, Some("HANDLE_NOT_UNIQUE"));
    files(work, &mut product, &input, &mut found);
    let gone = variants(work, &mut product, &input, created, &mut found)?;
    if input.contains_key("metafields") {
        replace_metafields(work, &mut product, rows(&input, "metafields"), &mut found);
    }
    if !found.is_empty() {
        return Ok(work.payload(json!({ "product": null, "userErrors": found })));
    }
    product.updated_at = work.now;
    let id = product.id;
    let summary = json!({ "created": created, "variants": product.variants.len(), "deletedVariants": gone });
    work.effect(gid::of("Product", id), Some(&product.handle.clone()), summary);
    work.shop.put(product);
    Ok(work.payload(json!({ "product": product_reference(id), "userErrors": [] })))
}

/// The product to change, or a new one.
fn start(
    work: &mut Work<'_>,
    arguments: &Arguments,
    input: &Map<String, Value>,
    found: &mut Vec<Value>,
) -> Result<Option<(Product, bool)>, Problem> {
    let identifier = arguments.get("identifier").filter(|identifier| !identifier.is_null());
    let input_id = input.get("id").filter(|id| !id.is_null());
    if identifier.is_some() && input_id.is_some() {
        let message = "The id field is not allowed if identifier is provided.";
        found.push(refusal(&["input"], message, Some("ID_NOT_ALLOWED")));
        return Ok(None);
    }
    let by_id = input_id.map(|id| json!({ "id": id }));
    let Some(identifier) = identifier.or(by_id.as_ref()) else {
        return Ok(Some((draft::product(work.shop, work.now), true)));
    };
    if let Some(product) = identified(work.shop, identifier)? {
        return Ok(Some((product.clone(), false)));
    }
    if identifier.get("id").is_some_and(|id| !id.is_null()) {
        let field: &[&str] = if input_id.is_some() { &["input", "id"] } else { &["identifier", "id"] };
        found.push(refusal(field, "Product does not exist", Some("PRODUCT_DOES_NOT_EXIST")));
        return Ok(None);
    }
    let mut product = draft::product(work.shop, work.now);
    if let Some(handle) = identifier.get("handle").and_then(Value::as_str) {
        product.handle = crate::simulator::shop::handle_of(handle);
    }
    if let Some(custom) = identifier.get("customId").and_then(Value::as_object) {
        let mut field = custom.clone();
        field.insert("type".to_owned(), json!("id"));
        metafields::apply(
            work,
            &mut product.metafields,
            &[Value::Object(field)],
            &["identifier"],
            None,
            found,
        );
    }
    Ok(Some((product, true)))
}

fn replace_metafields(work: &mut Work<'_>, product: &mut Product, given: &[Value], found: &mut Vec<Value>) {
    let code = Some("INVALID_METAFIELD");
    let kept = metafields::apply(work, &mut product.metafields, given, &["input", "metafields"], code, found);
    // A unique id by which the product is found isn't part of the list that a client sees as its own.
    product.metafields.retain(|field| kept.contains(&field.id) || field.kind == "id");
}

fn files(work: &mut Work<'_>, product: &mut Product, input: &Map<String, Value>, found: &mut Vec<Value>) {
    if !input.contains_key("files") {
        return;
    }
    let mut media = Vec::new();
    for (nth, row) in rows(input, "files").iter().filter_map(Value::as_object).enumerate() {
        let place = nth.to_string();
        let known = text(row, "id").and_then(|id| gid::number("MediaImage", id));
        let medium = match (text(row, "id"), known) {
            (Some(_), id) => {
                let own = id.and_then(|id| product.media.iter().find(|it| it.id == id).cloned());
                let of_the_shop = || id.and_then(|id| work.shop.files.get(&id).cloned());
                own.or_else(of_the_shop).map(|mut it| {
                    if let Some(alt) = row.get("alt") {
                        it.alt = alt.as_str().map(str::to_owned);
                    }
                    it
                })
            }
            (None, _) => media::named(work, product, row),
        };
        match medium {
            Some(medium) => media.push(medium),
            None => {
                found.push(refusal(&["input", "files", &place], "File is invalid", Some("INVALID_INPUT")))
            }
        }
    }
    product.media = media;
    let kept: Vec<u64> = product.media.iter().map(|medium| medium.id).collect();
    for variant in &mut product.variants {
        variant.media = variant.media.filter(|id| kept.contains(id));
    }
}

/// Replaces options and variants, and names the variants that are gone.
fn variants(
    work: &mut Work<'_>,
    product: &mut Product,
    input: &Map<String, Value>,
    created: bool,
    found: &mut Vec<Value>,
) -> Result<Vec<String>, Problem> {
    let is_given = |name: &str| input.get(name).is_some_and(|value| !value.is_null());
    let given = rows(input, "variants");
    match (is_given("productOptions"), is_given("variants")) {
        (false, false) => return Ok(Vec::new()),
        (true, false) => {
            let message = "Variants input is required when updating product options";
            found.push(refusal(&["input", "variants"], message, Some("VARIANTS_INPUT_MISSING")));
            return Ok(Vec::new());
        }
        (false, true) => {
            let message = "Product options input is required when updating variants";
            found.push(refusal(&["input", "productOptions"], message, Some("PRODUCT_OPTIONS_INPUT_MISSING")));
            return Ok(Vec::new());
        }
        (true, true) => {}
    }
    if given.len() > limits::VARIANTS || given.is_empty() {
        let message = format!("Products can have 1 to {} variants", limits::VARIANTS);
        found.push(refusal(&["input", "variants"], message, Some("VARIANTS_OVER_LIMIT")));
        return Ok(Vec::new());
    }
    let inputs: Vec<&Map<String, Value>> = given.iter().filter_map(Value::as_object).collect();
    if inputs.iter().map(|row| rows(row, "inventoryQuantities").len()).sum::<usize>() > limits::QUANTITIES {
        let message =
            format!("The total number of inventory quantities may not exceed {}", limits::QUANTITIES);
        found.push(refusal(&["input", "variants"], message, Some("INVENTORY_QUANTITIES_LIMIT_EXCEEDED")));
        return Ok(Vec::new());
    }
    product.options = options::define(
        work.shop,
        rows(input, "productOptions"),
        &product.options,
        options::Wording::Coded,
        found,
    );
    if !found.is_empty() {
        return Ok(Vec::new());
    }
    let before = std::mem::take(&mut product.variants);
    let before = if created { Vec::new() } else { before };
    let mut placed: Vec<(i64, Variant)> = Vec::with_capacity(inputs.len());
    for (row, nth) in inputs.iter().zip(0_i64..) {
        let place = nth.to_string();
        let at = ["input", "variants", place.as_str()];
        if let Some(variant) = variant(work, product, &before, &placed, row, &at, found)? {
            let position = row.get("position").and_then(Value::as_i64).unwrap_or(nth + 1);
            placed.push((position, variant));
        }
    }
    placed.sort_by_key(|(position, _)| *position);
    product.variants = placed.into_iter().map(|(_, variant)| variant).collect();
    let gone = before.iter().filter(|old| !product.variants.iter().any(|new| new.id == old.id));
    Ok(gone.map(|old| gid::of("ProductVariant", old.id)).collect())
}

fn variant(
    work: &mut Work<'_>,
    product: &Product,
    before: &[Variant],
    placed: &[(i64, Variant)],
    row: &Map<String, Value>,
    at: &[&str],
    found: &mut Vec<Value>,
) -> Result<Option<Variant>, Problem> {
    let Some(values) = options::values(&product.options, rows(row, "optionValues"), at, &CODES, found) else {
        return Ok(None);
    };
    if let Some(value) = options::unknown_value(&product.options, &values) {
        let message = format!("Option value '{value}' does not exist");
        found.push(refusal(at, message, Some("OPTION_VALUE_DOES_NOT_EXIST")));
        return Ok(None);
    }
    if placed.iter().any(|(_, other)| other.values == values) {
        let title = values.join(" / ");
        let message =
            format!("The variant '{title}' already exists. Please change at least one option value.");
        found.push(refusal(at, message, None));
        return Ok(None);
    }
    let known = match text(row, "id") {
        Some(id) => {
            let known = gid::number("ProductVariant", id).and_then(|id| before.iter().find(|it| it.id == id));
            if known.is_none() {
                let message = "Product variant does not exist";
                found.push(refusal(at, message, Some("PRODUCT_VARIANT_DOES_NOT_EXIST")));
                return Ok(None);
            }
            known
        }
        None => before.iter().find(|it| it.values == values),
    };
    let places = if known.is_none() { Places::Any } else { Places::WhereStocked };
    let mut variant = known.cloned().unwrap_or_else(|| draft::variant(work.shop, values.clone(), work.now));
    variant.values = values;
    draft::fill_variant(&mut variant, row, work.now, at, &CODES, found);
    if row.contains_key("metafields") {
        let place = [at, &["metafields"]].concat();
        let code = Some("INVALID_METAFIELD");
        let kept =
            metafields::apply(work, &mut variant.metafields, rows(row, "metafields"), &place, code, found);
        variant.metafields.retain(|field| kept.contains(&field.id));
    }
    if let Some(file) = object(row, "file") {
        variant.media = match text(file, "id") {
            Some(id) => media::own(product, id)?.map(|medium| medium.id),
            None => {
                let source = text(file, "originalSource");
                product
                    .media
                    .iter()
                    .find(|medium| Some(medium.source.as_str()) == source)
                    .map(|medium| medium.id)
            }
        };
        if variant.media.is_none() {
            let message = "The file must be among the product's files";
            found.push(refusal(&[at, &["file"]].concat(), message, Some("INVALID_INPUT")));
        }
    }
    stock(work, &mut variant, rows(row, "inventoryQuantities"), places, at, found);
    Ok(Some(variant))
}
