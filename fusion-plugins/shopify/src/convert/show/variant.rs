//! Fields of a variant.

use super::{Fields, changed, text, text_or_none};
use crate::convert::{
    listing::{barcode, hs_code},
    matching::named,
    offer,
};
use fusion_core::{
    model::{
        Edit, ListingVariantId, Losses, NewListingVariant, RemoteVariant, StoreFacts, VariantEdit, Weight,
    },
    plugin::Target,
};
use serde_json::{Value, json};

fn at(id: ListingVariantId, field: &str) -> String {
    format!("variants.{id}.{field}")
}

pub(super) fn new_variant(variant: &NewListingVariant, facts: &StoreFacts, fields: &mut Fields) {
    let shown = offer::shown(&variant.offer);
    fields.insert(at(variant.id, "sku"), json!(variant.sku.as_deref().unwrap_or_default()));
    fields.insert(at(variant.id, "price"), json!(shown.price));
    fields.insert(at(variant.id, "compare_at"), json!(shown.compare_at));
    // What isn't named stays as it is.
    if let Some(weight) = &variant.shipping.weight {
        fields.insert(at(variant.id, "weight"), weighs(weight));
    }
    if let Some(code) = barcode(&variant.codes, "", &mut Losses::default()) {
        fields.insert(at(variant.id, "barcode"), json!(code));
    }
    if let Some(cost) = variant.cost.filter(|cost| cost.currency() == facts.currency) {
        fields.insert(at(variant.id, "cost"), json!(cost));
    }
    if let Some(code) = &variant.shipping.hs_code {
        fields.insert(at(variant.id, "hs_code"), json!(hs_code(code)));
    }
    if let Some(origin) = &variant.shipping.origin {
        fields.insert(at(variant.id, "origin"), json!(origin));
    }
    if let Some(media) = &variant.media {
        fields.insert(at(variant.id, "media"), json!(media));
    }
}

fn weighs(weight: &Weight) -> Value {
    // A weight of 0 is the platform's word for none.
    match weight.value.is_zero() {
        true => json!(""),
        false => {
            json!(format!("{} {}", weight.value.normalize(), json!(weight.unit).as_str().unwrap_or_default()))
        }
    }
}

pub(super) fn edited_variant(
    id: ListingVariantId,
    change: &VariantEdit,
    live: Option<&Fields>,
    facts: &StoreFacts,
    put: &mut impl FnMut(String, Option<Value>),
) {
    // By name, so that a field that is added can't be forgotten. Nothing can be hidden.
    let VariantEdit {
        sku,
        price,
        compare_at,
        sale,
        offered: _,
        codes,
        cost,
        weight,
        hs_code: customs,
        origin,
        media,
    } = change;
    put(at(id, "sku"), changed(sku, |sku| json!(sku)).map(text_or_none));
    put(at(id, "weight"), changed(weight, weighs).map(text_or_none));
    let code = |codes: &Vec<_>| json!(barcode(codes, "", &mut Losses::default()));
    put(at(id, "barcode"), changed(codes, code).map(text_or_none));
    let is_foreign = matches!(cost, Edit::Set(cost) if cost.currency() != facts.currency);
    put(at(id, "cost"), changed(cost, |cost| json!(cost)).filter(|_| !is_foreign));
    put(at(id, "hs_code"), changed(customs, |code| json!(hs_code(code))).map(text_or_none));
    put(at(id, "origin"), changed(origin, |origin| json!(origin)).map(text_or_none));
    put(at(id, "media"), changed(media, |media| json!(media)));
    let of = |field: &str| live.and_then(|live| live.get(&at(id, field))).cloned();
    let full = match price {
        Edit::Set(price) => Some(json!(price)),
        Edit::Keep | Edit::Clear => of("compare_at").filter(|value| !value.is_null()).or_else(|| of("price")),
    };
    match sale {
        Edit::Set(sale) => {
            put(at(id, "price"), Some(json!(sale.price)));
            put(at(id, "compare_at"), full);
        }
        Edit::Clear => {
            put(at(id, "price"), full);
            put(at(id, "compare_at"), Some(changed(compare_at, |money| json!(money)).unwrap_or_default()));
        }
        Edit::Keep => {
            let price = changed(price, |price| json!(price)).filter(|price| !price.is_null());
            put(at(id, "price"), price);
            put(at(id, "compare_at"), changed(compare_at, |money| json!(money)));
        }
    }
}

pub(super) fn shown_variant(
    id: ListingVariantId,
    variant: &RemoteVariant,
    target: &Target,
    fields: &mut Fields,
) {
    let offer = variant.offer.value();
    fields.insert(at(id, "sku"), text(&variant.sku));
    fields.insert(at(id, "weight"), variant.weight.value().map_or_else(|| json!(""), weighs));
    let code = variant.codes.value().and_then(|codes| codes.first());
    fields.insert(at(id, "barcode"), json!(code.map_or("", |code| code.value.as_str())));
    fields.insert(at(id, "price"), json!(offer.map(|offer| offer.price)));
    fields.insert(at(id, "compare_at"), json!(offer.and_then(|offer| offer.compare_at)));
    fields.insert(at(id, "cost"), json!(variant.cost.value()));
    fields.insert(at(id, "hs_code"), text(&variant.hs_code));
    fields.insert(at(id, "origin"), text(&variant.origin));
    // By our name for a picture of ours.
    let own = variant.media.value().map(|own| {
        let ours = target.media.iter().find(|(_, refs)| refs.current().contains(own));
        ours.map_or_else(|| json!(own.id), |(ours, _)| json!(ours))
    });
    fields.insert(at(id, "media"), json!(own));
    fields.insert(format!("variants.{id}"), json!(named(&variant.options)));
}
