//! metafieldsSet, and the metafields of other inputs.

use super::{Work, refusal, rows};
use crate::simulator::{
    digest, gid,
    gid::Thing,
    problem::Problem,
    product::Metafield,
    query::invalid_id,
    read::{Arguments, text},
};
use serde_json::{Value, json};

/// The most metafields of one `metafieldsSet`.
const MOST: usize = 25;

/// Writes `given` over `all`: same namespace and key replace, others are added.
pub(super) fn apply(
    work: &mut Work<'_>,
    all: &mut Vec<Metafield>,
    given: &[Value],
    at: &[&str],
    code: Option<&str>,
    found: &mut Vec<Value>,
) -> Vec<u64> {
    let mut touched = Vec::new();
    for (nth, row) in given.iter().filter_map(Value::as_object).enumerate() {
        let nth = nth.to_string();
        let place = |name: &'static str| [at, &[nth.as_str(), name]].concat();
        let id = text(row, "id").and_then(|id| gid::number("Metafield", id));
        let by_id = id.and_then(|id| all.iter().position(|known| known.id == id));
        let (namespace, key) = match by_id.and_then(|at| all.get(at)) {
            Some(known) => (known.namespace.clone(), known.key.clone()),
            None => {
                let Some(key) = text(row, "key").filter(|key| !key.is_empty()) else {
                    found.push(refusal(&place("key"), "Key can't be blank", code));
                    continue;
                };
                (digest::namespace(text(row, "namespace")), key.to_owned())
            }
        };
        let value = text(row, "value").unwrap_or_default();
        if value.is_empty() {
            found.push(refusal(&place("value"), "Value can't be blank", code));
            continue;
        }
        match all.iter_mut().find(|known| known.namespace == namespace && known.key == key) {
            Some(known) => {
                value.clone_into(&mut known.value);
                if let Some(kind) = text(row, "type") {
                    kind.clone_into(&mut known.kind);
                }
                known.updated_at = work.now;
                touched.push(known.id);
            }
            None => {
                let Some(kind) = text(row, "type").filter(|kind| !kind.is_empty()) else {
                    found.push(refusal(&place("type"), "Type can't be blank", code));
                    continue;
                };
                let id = work.shop.new_id();
                let (kind, value) = (kind.to_owned(), value.to_owned());
                all.push(Metafield {
                    id,
                    namespace,
                    key,
                    kind,
                    value,
                    created_at: work.now,
                    updated_at: work.now,
                });
                touched.push(id);
            }
        }
    }
    touched
}

pub(super) fn set(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let given = rows(arguments, "metafields");
    let mut found = Vec::new();
    if given.len() > MOST {
        let message = format!("Exceeded the maximum metafields input limit of {MOST}.");
        found.push(refusal(&["metafields"], message, Some("LESS_THAN_OR_EQUAL_TO")));
    }
    let mut owners = Vec::new();
    for (nth, row) in given.iter().filter_map(Value::as_object).enumerate() {
        let gid = text(row, "ownerId").unwrap_or_default();
        let place = nth.to_string();
        let owner = match Thing::parse(gid) {
            Some(Thing::Product(id)) => work.shop.product(id).map(|product| (product.id, None)),
            Some(Thing::Variant(id)) => work.shop.variant(id).map(|(product, it)| (product.id, Some(it.id))),
            _ => return Err(invalid_id(gid)),
        };
        let Some(owner) = owner else {
            found.push(refusal(&["metafields", &place, "ownerId"], "Owner does not exist.", Some("INVALID")));
            continue;
        };
        owners.push((owner, gid.to_owned(), row));
    }
    // All or nothing: what is wrong with one refuses the whole call.
    let mut products = Vec::new();
    let mut written = Vec::new();
    for ((product, variant), gid, row) in owners {
        let at = products.iter().position(|it: &crate::simulator::product::Product| it.id == product);
        let at = at.unwrap_or_else(|| {
            products.extend(work.shop.product(product).cloned());
            products.len().saturating_sub(1)
        });
        let Some(owner) = products.get_mut(at) else { continue };
        let all = match variant {
            None => &mut owner.metafields,
            Some(variant) => match owner.variants.iter_mut().find(|it| it.id == variant) {
                Some(variant) => &mut variant.metafields,
                None => continue,
            },
        };
        if let Some(expected) = text(row, "compareDigest") {
            let namespace = digest::namespace(text(row, "namespace"));
            let now =
                all.iter().find(|it| it.namespace == namespace && Some(it.key.as_str()) == text(row, "key"));
            if now.map(|it| digest::of(&it.value)).as_deref() != Some(expected) {
                let message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.";
                found.push(refusal(&["metafields"], message, Some("STALE_OBJECT")));
                continue;
            }
        }
        let one = [Value::Object(row.clone())];
        for id in apply(work, all, &one, &["metafields"], Some("BLANK"), &mut found) {
            written.push((gid.clone(), variant.is_some(), all.iter().find(|it| it.id == id).cloned()));
        }
    }
    if !found.is_empty() {
        return Ok(work.payload(json!({ "metafields": null, "userErrors": found })));
    }
    let mut answer = Vec::new();
    for (owner, of_variant, field) in written {
        let Some(field) = field else { continue };
        let kind = if of_variant { "PRODUCTVARIANT" } else { "PRODUCT" };
        answer.push(crate::simulator::read::metafield_data(&field, kind));
        work.effect(
            owner,
            Some(&format!("{}.{}", field.namespace, field.key)),
            json!({ "metafield": field.key }),
        );
    }
    for mut product in products {
        product.updated_at = work.now;
        work.shop.put(product);
    }
    Ok(work.payload(json!({ "metafields": answer, "userErrors": [] })))
}
