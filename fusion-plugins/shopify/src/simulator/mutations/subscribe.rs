//! webhookSubscriptionCreate, webhookSubscriptionUpdate.

use super::{Work, object, refusal};
use crate::simulator::{
    desk::Subscription,
    gid,
    problem::Problem,
    query::invalid_id,
    read::{Arguments, order, text},
};
use serde_json::{Value, json};

/// What an address is refused for.
fn wrong(uri: &str) -> Option<String> {
    if uri.trim().is_empty() {
        return Some("Address can't be blank".to_owned());
    }
    if let Some((protocol, rest)) = uri.split_once("://") {
        if protocol == "pubsub" {
            let fits =
                rest.split_once(':').is_some_and(|(project, topic)| !project.is_empty() && !topic.is_empty());
            let message =
                "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic";
            return (!fits).then(|| message.to_owned());
        }
        if protocol != "https" {
            return Some(format!("Address protocol {protocol}:// is not supported"));
        }
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let is_internal = host == "localhost" || host.ends_with(".internal") || host.ends_with(".local");
        if is_internal || host.ends_with("shopify.com") || host.ends_with("myshopify.com") {
            return Some("Address cannot be a Shopify or an internal domain".to_owned());
        }
        return None;
    }
    (!uri.starts_with("arn:aws:events:")).then(|| "Address is invalid".to_owned())
}

fn answer(work: &Work<'_>, id: Option<u64>, found: &[Value]) -> Value {
    let shown = id.and_then(|id| Some(order::subscription(id, work.shop.desk.subscriptions.get(&id)?)));
    work.payload(json!({ "webhookSubscription": shown, "userErrors": found }))
}

fn address(message: impl Into<String>) -> Value {
    refusal(&["webhookSubscription", "callbackUrl"], message, None)
}

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Value {
    let input = object(arguments, "webhookSubscription").cloned().unwrap_or_default();
    let topic = text(arguments, "topic").unwrap_or_default().to_owned();
    let uri = text(&input, "uri").unwrap_or_default().to_owned();
    if let Some(message) = wrong(&uri) {
        return answer(work, None, &[address(message)]);
    }
    if work.shop.desk.subscriptions.values().any(|one| one.topic == topic && one.uri == uri) {
        return answer(work, None, &[address("Address for this topic has already been taken")]);
    }
    let id = work.shop.new_id();
    let format = text(&input, "format").unwrap_or("JSON").to_owned();
    let name = text(&input, "name").map(str::to_owned);
    let (now, failures) = (work.now, 0);
    work.effect(gid::of("WebhookSubscription", id), Some(&topic.clone()), json!({ "subscribed": uri }));
    let made = Subscription { topic, uri, format, name, created_at: now, updated_at: now, failures };
    work.shop.desk.subscriptions.insert(id, made);
    work.shop.touched.desk = true;
    answer(work, Some(id), &[])
}

pub(super) fn update(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = text(arguments, "id").unwrap_or_default();
    let id = gid::number("WebhookSubscription", id).ok_or_else(|| invalid_id(id))?;
    let input = object(arguments, "webhookSubscription").cloned().unwrap_or_default();
    let uri = text(&input, "uri").map(str::to_owned);
    if let Some(message) = uri.as_deref().and_then(wrong) {
        return Ok(answer(work, None, &[address(message)]));
    }
    let now = work.now;
    let Some(known) = work.shop.desk.subscriptions.get_mut(&id) else {
        return Ok(answer(work, None, &[refusal(&["id"], "Webhook subscription does not exist", None)]));
    };
    known.uri = uri.unwrap_or_else(|| known.uri.clone());
    known.format = text(&input, "format").map_or_else(|| known.format.clone(), str::to_owned);
    known.name = text(&input, "name").map(str::to_owned).or(known.name.take());
    known.updated_at = now;
    let (topic, uri) = (known.topic.clone(), known.uri.clone());
    work.shop.touched.desk = true;
    work.effect(gid::of("WebhookSubscription", id), Some(&topic), json!({ "subscribed": uri }));
    Ok(answer(work, Some(id), &[]))
}
