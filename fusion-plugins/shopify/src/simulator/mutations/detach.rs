//! productVariantDetachMedia.

use super::{
    Work, id_of, limits, refusal, rows,
    variants::{answer, unknown_product},
};
use crate::simulator::{
    gid,
    problem::Problem,
    read::{Arguments, text},
};
use serde_json::{Map, Value, json};

/// Takes pictures off variants, all or none; the product keeps them.
pub(super) fn run(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = id_of("Product", arguments, "productId")?;
    let Some(mut product) = work.shop.product(id).cloned() else {
        return Ok(answer(work, None, None, &[unknown_product()]));
    };
    let pairs: Vec<&Map<String, Value>> =
        rows(arguments, "variantMedia").iter().filter_map(Value::as_object).collect();
    let mut found = Vec::new();
    if pairs.len() > limits::VARIANT_MEDIA {
        let message = format!("Only {} variant-media pairs are allowed per mutation.", limits::VARIANT_MEDIA);
        found.push(refusal(&["variantMedia"], message, Some("MAXIMUM_VARIANT_MEDIA_PAIRS_EXCEEDED")));
    }
    let mut changed = Vec::new();
    for (nth, pair) in pairs.into_iter().enumerate() {
        let nth = nth.to_string();
        let wanted = gid::number("ProductVariant", text(pair, "variantId").unwrap_or_default());
        let Some(variant) = product.variants.iter_mut().find(|it| Some(it.id) == wanted) else {
            let (place, code) =
                (["variantMedia", &nth, "variantId"], "PRODUCT_VARIANT_DOES_NOT_EXIST_ON_PRODUCT");
            found.push(refusal(&place, "Variant does not exist on the given product.", Some(code)));
            continue;
        };
        for media in rows(pair, "mediaIds").iter().filter_map(Value::as_str) {
            let media = gid::number("MediaImage", media);
            if media.is_none() || variant.media != media {
                let message = "The specified media is not attached to the specified variant.";
                let place = ["variantMedia", &nth, "mediaIds"];
                found.push(refusal(&place, message, Some("MEDIA_IS_NOT_ATTACHED_TO_VARIANT")));
                continue;
            }
            variant.media = None;
            changed.push((variant.id, variant.item.sku.clone()));
        }
    }
    if !found.is_empty() {
        return Ok(answer(work, Some(id), None, &found));
    }
    product.updated_at = work.now;
    for (variant, sku) in &changed {
        work.effect(gid::of("ProductVariant", *variant), sku.as_deref(), json!({ "detached": true }));
    }
    work.shop.put(product);
    let ids: Vec<u64> = changed.into_iter().map(|(id, _)| id).collect();
    Ok(answer(work, Some(id), Some(&ids), &found))
}
