//! publishablePublish and publishableUnpublish.

use super::{Work, id_of, product_reference, refusal, rows, shop_reference};
use crate::simulator::{
    gid,
    problem::Problem,
    read::{Arguments, text},
};
use fusion_core::clock::Timestamp;
use serde_json::{Value, json};

pub(super) fn publish(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    change(work, arguments, Visibility::Shown)
}

pub(super) fn unpublish(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    change(work, arguments, Visibility::Hidden)
}

/// Whether a publication shows a product.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Shown,
    Hidden,
}

fn change(work: &mut Work<'_>, arguments: &Arguments, wanted: Visibility) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "id")?;
    let shop = shop_reference(work.shop);
    let Some(mut product) = work.shop.product(id).cloned() else {
        let errors = [refusal(&["id"], "Resource does not exist", None)];
        return Ok(work.payload(json!({ "publishable": null, "shop": shop, "userErrors": errors })));
    };
    let mut found = Vec::new();
    let mut named = Vec::new();
    for (nth, row) in rows(arguments, "input").iter().filter_map(Value::as_object).enumerate() {
        let place = nth.to_string();
        let publication = text(row, "publicationId").and_then(|id| gid::number("Publication", id));
        let Some(publication) = publication.filter(|id| work.shop.publications.contains_key(id)) else {
            let message = "Publication does not exist or is not publishable";
            found.push(refusal(&["input", &place, "publicationId"], message, None));
            continue;
        };
        let date = text(row, "publishDate").and_then(|date| Timestamp::parse(date).ok());
        let known = product.published.get(&publication).copied();
        let wanted = match wanted {
            Visibility::Shown => date.or(known).or(Some(work.now)),
            Visibility::Hidden => None,
        };
        match wanted {
            Some(at) => product.published.insert(publication, at),
            None => product.published.remove(&publication),
        };
        let changed = wanted != known;
        if changed {
            named.push(gid::of("Publication", publication));
        }
    }
    let publishable = product_reference(id);
    if found.is_empty() && !named.is_empty() {
        let summary = json!({ "published": wanted == Visibility::Shown, "publications": named });
        work.effect(gid::of("Product", id), Some(&product.handle.clone()), summary);
        product.updated_at = work.now;
        work.shop.put(product);
    }
    Ok(work.payload(json!({ "publishable": publishable, "shop": shop, "userErrors": found })))
}
