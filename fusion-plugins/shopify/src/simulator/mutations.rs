//! The mutations: each checks everything first and changes the shop only when nothing is wrong.

mod cancel;
mod detach;
mod draft;
mod files;
mod fulfil;
mod idempotent;
mod limits;
mod media;
mod metafields;
mod options;
mod product;
mod publish;
mod refund;
mod set;
mod stock;
mod subscribe;
mod variants;

use super::{
    contract::Version,
    digest, gid,
    ledger::Draft,
    operation::Outcome,
    problem::Problem,
    product::Product,
    query::invalid_id,
    read::{Arguments, View, text},
    shop::Shop,
    slot::reference,
};
use fusion_core::clock::Timestamp;
use serde_json::{Map, Value, json};

pub(super) use limits::oversized;

/// A shop while one mutation works on it.
pub(super) struct Work<'a> {
    pub(super) shop: &'a mut Shop,
    pub(super) now: Timestamp,
    pub(super) version: Version,
    pub(super) field: &'a str,
    pub(super) effects: Vec<Draft>,
    pub(super) hides_buyers: bool,
}

impl Work<'_> {
    fn view(&self) -> View<'_> {
        View {
            shop: self.shop,
            now: self.now,
            scopes: &[],
            hides_buyers: self.hides_buyers,
            indexed_until: self.now,
        }
    }

    fn effect(&mut self, target: String, name: Option<&str>, summary: Value) {
        let field = self.field.to_owned();
        self.effects.push(Draft { field, target, name: name.map(str::to_owned), summary });
    }

    /// The payload type of the running mutation, with `fields` in it.
    fn payload(&self, fields: Value) -> Value {
        let mut payload = fields;
        let mut letters = self.field.chars();
        let name: String =
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        if let Some(object) = payload.as_object_mut() {
            object.insert("__typename".to_owned(), json!(format!("{name}Payload")));
        }
        payload
    }
}

/// Runs the mutation `work.field` and answers its payload.
///
/// # Errors
/// A refusal that stands in the top-level `errors`.
pub(super) fn run(work: &mut Work<'_>, arguments: &Arguments, key: Option<&str>) -> Result<Value, Problem> {
    idempotent::guarded(work, arguments, key, |work| dispatch(work, arguments))
}

fn dispatch(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    match work.field {
        "fulfillmentCreate" => fulfil::create(work, arguments),
        "fulfillmentTrackingInfoUpdate" => fulfil::track(work, arguments),
        "orderCancel" => cancel::cancel(work, arguments),
        "refundCreate" => refund::create(work, arguments),
        "webhookSubscriptionCreate" => Ok(subscribe::create(work, arguments)),
        "webhookSubscriptionUpdate" => subscribe::update(work, arguments),
        "fileCreate" => Ok(files::create(work, arguments)),
        "fileUpdate" => Ok(media::update(work, arguments)),
        "inventoryActivate" => stock::activate(work, arguments),
        "inventoryItemUpdate" => stock::update_item(work, arguments),
        "inventorySetQuantities" => stock::set_quantities(work, arguments),
        "metafieldsSet" => metafields::set(work, arguments),
        "productCreate" => product::create(work, arguments),
        "productCreateMedia" => media::create(work, arguments),
        "productDelete" => product::delete(work, arguments),
        "productSet" => set::run(work, arguments),
        "productUpdate" => product::update(work, arguments),
        "productVariantDetachMedia" => detach::run(work, arguments),
        "productVariantsBulkCreate" => variants::create(work, arguments),
        "productVariantsBulkDelete" => variants::delete(work, arguments),
        "productVariantsBulkUpdate" => variants::update(work, arguments),
        "publishablePublish" => publish::publish(work, arguments),
        "stagedUploadsCreate" => Ok(files::stage(work, arguments)),
        _ => publish::unpublish(work, arguments),
    }
}

/// Does what an asynchronous operation promised.
pub(super) fn finish(work: &mut Work<'_>, arguments: &Arguments) -> Outcome {
    let payload = match work.field {
        "productDelete" => product::delete_now(work, arguments),
        _ => set::now(work, arguments),
    };
    match payload {
        Ok(payload) => Outcome {
            product: payload.pointer("/product/$ref").and_then(Value::as_str).map(str::to_owned),
            deleted: payload.get("deletedProductId").and_then(Value::as_str).map(str::to_owned),
            user_errors: payload.get("userErrors").cloned().unwrap_or_else(|| json!([])),
        },
        Err(problem) => {
            let message = problem.to_json().get("message").cloned().unwrap_or_default();
            let errors = json!([{ "field": ["input"], "message": message, "code": "INVALID_INPUT" }]);
            Outcome { product: None, deleted: None, user_errors: errors }
        }
    }
}

/// The product that an identifier (`id`, `handle` or `customId`) names.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` for an id that isn't a product's.
pub(super) fn identified<'a>(shop: &'a Shop, identifier: &Value) -> Result<Option<&'a Product>, Problem> {
    let part = |name: &str| identifier.get(name).filter(|value| !value.is_null());
    if let Some(id) = part("id").and_then(Value::as_str) {
        return Ok(shop.product(product_id(id)?));
    }
    if let Some(handle) = part("handle").and_then(Value::as_str) {
        return Ok(shop.by_handle(handle));
    }
    let Some(custom) = part("customId").and_then(Value::as_object) else { return Ok(None) };
    let namespace = digest::namespace(text(custom, "namespace"));
    Ok(shop.by_custom_id(
        &namespace,
        text(custom, "key").unwrap_or_default(),
        text(custom, "value").unwrap_or_default(),
    ))
}

fn product_id(id: &str) -> Result<u64, Problem> {
    gid::number("Product", id).ok_or_else(|| invalid_id(id))
}

fn id_of(kind: &str, arguments: &Arguments, name: &str) -> Result<u64, Problem> {
    let id = text(arguments, name).unwrap_or_default();
    gid::number(kind, id).ok_or_else(|| invalid_id(id))
}

/// One business refusal.
fn refusal(field: &[&str], message: impl Into<String>, code: Option<&str>) -> Value {
    json!({ "field": field, "message": message.into(), "code": code })
}

/// The rows of a list argument.
fn rows<'a>(arguments: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    arguments.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The object that an argument holds.
fn object<'a>(arguments: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    arguments.get(name).and_then(Value::as_object)
}

fn product_reference(id: u64) -> Value {
    reference(&gid::of("Product", id))
}

fn shop_reference(shop: &Shop) -> Value {
    reference(&gid::of("Shop", shop.id))
}
