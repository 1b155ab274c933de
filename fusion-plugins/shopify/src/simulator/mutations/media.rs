//! productCreateMedia, fileUpdate, and the pictures of other inputs.

use super::{Work, files::ending, id_of, product_reference, refusal, rows};
use crate::simulator::{
    gid::{self, Thing},
    problem::Problem,
    product::{Medium, Product},
    query::invalid_id,
    read::{Arguments, text},
    slot::reference,
    staging,
};
use serde_json::{Map, Value, json};

fn is_public(source: &str) -> bool {
    let rest = source.strip_prefix("https://").unwrap_or_default();
    !rest.is_empty() && !rest.starts_with("localhost") && !rest.starts_with("127.")
}

/// Adds pictures to a product: the same address twice makes two.
pub(super) fn attach(
    work: &mut Work<'_>,
    product: &mut Product,
    given: &[Value],
    found: &mut Vec<Value>,
) -> Vec<u64> {
    let mut made = Vec::new();
    for (nth, row) in given.iter().filter_map(Value::as_object).enumerate() {
        let place = nth.to_string();
        if text(row, "mediaContentType").is_some_and(|kind| kind != "IMAGE") {
            let message = "Only images are supported";
            found.push(refusal(&["media", &place, "mediaContentType"], message, Some("INVALID_MEDIA_TYPE")));
            continue;
        }
        match make(work, row) {
            Some(medium) => {
                made.push(medium.id);
                product.media.push(medium);
            }
            None => found.push(refusal(
                &["media", &place, "originalSource"],
                "Image URL is invalid",
                Some("INVALID"),
            )),
        }
    }
    made
}

/// A picture of `originalSource`; `None` for an address that the platform wouldn't fetch.
pub(super) fn make(work: &mut Work<'_>, row: &Map<String, Value>) -> Option<Medium> {
    let source = text(row, "originalSource").filter(|source| is_public(source))?;
    let alt = text(row, "alt").map(str::to_owned);
    // A place that nothing was carried to looks like any other until it is fetched.
    let empty = staging::key(source).is_some_and(|key| work.shop.staged.get(key).is_none_or(Option::is_none));
    let id = work.shop.new_id();
    Some(Medium { id, source: source.to_owned(), alt, filename: None, empty, created_at: work.now })
}

/// The same, under the name that it is given; one of the product's or the shop's files that has the name is replaced.
pub(super) fn named(work: &mut Work<'_>, product: &Product, row: &Map<String, Value>) -> Option<Medium> {
    let mut medium = make(work, row)?;
    medium.filename = text(row, "filename").map(str::to_owned);
    if medium.filename.as_deref().is_some_and(|name| ending(name) != ending(&medium.source)) {
        return None;
    }
    if medium.filename.is_some() && text(row, "duplicateResolutionMode") == Some("REPLACE") {
        let all = product.media.iter().chain(work.shop.files.values());
        if let Some(same) = all.into_iter().find(|known| known.filename == medium.filename) {
            medium.id = same.id;
        }
    }
    Some(medium)
}

fn reference_to(id: &u64) -> Value {
    reference(&gid::of("MediaImage", *id))
}

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "productId")?;
    let Some(mut product) = work.shop.product(id).cloned() else {
        let error = refusal(&["productId"], "Product does not exist", Some("PRODUCT_DOES_NOT_EXIST"));
        return Ok(work.payload(json!({
            "media": null, "product": null, "mediaUserErrors": [error.clone()], "userErrors": [error],
        })));
    };
    let mut found = Vec::new();
    let made = attach(work, &mut product, rows(arguments, "media"), &mut found);
    let media: Vec<Value> = made.iter().map(reference_to).collect();
    if !made.is_empty() {
        product.updated_at = work.now;
        work.effect(gid::of("Product", id), Some(&product.handle.clone()), json!({ "media": made.len() }));
        work.shop.put(product);
    }
    let product = product_reference(id);
    Ok(work.payload(
        json!({ "media": media, "product": product, "mediaUserErrors": found.clone(), "userErrors": found }),
    ))
}

/// Changes alternative texts and addresses, and removes pictures from products.
pub(super) fn update(work: &mut Work<'_>, arguments: &Arguments) -> Value {
    let mut found = Vec::new();
    let mut changed: Vec<(Product, u64)> = Vec::new();
    for (nth, row) in rows(arguments, "files").iter().filter_map(Value::as_object).enumerate() {
        let place = nth.to_string();
        let gid = text(row, "id").unwrap_or_default();
        let id = gid::number("MediaImage", gid);
        let Some((id, owner)) = id.and_then(|id| Some((id, work.shop.media(id)?.0.id))) else {
            let message = format!("File id [\"{gid}\"] does not exist.");
            found.push(refusal(&["files", &place, "id"], message, Some("FILE_DOES_NOT_EXIST")));
            continue;
        };
        let known =
            changed.iter_mut().find(|(product, _)| product.id == owner).map(|(product, _)| product.clone());
        let Some(mut product) = known.or_else(|| work.shop.product(owner).cloned()) else { continue };
        if let Some(medium) = product.media.iter_mut().find(|medium| medium.id == id) {
            if let Some(alt) = row.get("alt") {
                medium.alt = alt.as_str().map(str::to_owned);
            }
            if let Some(source) = text(row, "originalSource") {
                source.clone_into(&mut medium.source);
            }
        }
        let own = gid::of("Product", owner);
        if rows(row, "referencesToRemove").iter().any(|gone| gone.as_str() == Some(own.as_str())) {
            product.media.retain(|medium| medium.id != id);
        }
        changed.retain(|(other, _)| other.id != owner);
        changed.push((product, id));
    }
    if !found.is_empty() {
        return work.payload(json!({ "files": null, "userErrors": found }));
    }
    let mut files = Vec::new();
    for (mut product, id) in changed {
        product.updated_at = work.now;
        files.push(reference_to(&id));
        work.effect(gid::of("MediaImage", id), Some(&product.handle.clone()), json!({ "file": true }));
        work.shop.put(product);
    }
    files.retain(|file| {
        file.get("$ref").and_then(Value::as_str).and_then(Thing::parse).is_some_and(|it| it.exists(work.shop))
    });
    work.payload(json!({ "files": files, "userErrors": [] }))
}

/// The id of a picture that must be the product's own.
pub(super) fn own<'p>(product: &'p Product, gid: &str) -> Result<Option<&'p Medium>, Problem> {
    let id = gid::number("MediaImage", gid).ok_or_else(|| invalid_id(gid))?;
    Ok(product.media.iter().find(|medium| medium.id == id))
}
