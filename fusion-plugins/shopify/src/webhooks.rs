//! Notifications: hints that something has changed.
//!
//! The platform signs the body and nothing else (<https://shopify.dev/docs/apps/build/webhooks/verify-deliveries>):
//! what is meant is read from the body wherever that tells it, and the topic in the header is no more than a word.

mod told;

use crate::{
    Shopify,
    call::Shop,
    cost,
    wire::{
        order_variables as variables,
        order_write::{Subscription, SubscriptionInput, SubscriptionsData},
    },
};
use async_trait::async_trait;
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Repeat, StoreFacts},
    plugin::{ConnectionContext, Delivery, Hint, Webhooks},
    verb::Operation,
};
use fusion_plugin_sdk::{BodySignature, SignatureText};
use secrecy::SecretString;

/// How the platform signs.
const SIGNATURE: BodySignature =
    BodySignature { header: "X-Shopify-Hmac-Sha256", prefix: "", text: SignatureText::Base64 };

/// A topic, its name in headers, and the permission without which it isn't told.
type Topic = (&'static str, &'static str, Option<&'static str>);

/// What the hub has to hear of. Parts of an order that come later don't change the order, so they have a topic too.
const TOPICS: [Topic; 13] = [
    ("ORDERS_CREATE", "orders/create", Some("read_orders")),
    ("ORDERS_UPDATED", "orders/updated", Some("read_orders")),
    ("ORDERS_CANCELLED", "orders/cancelled", Some("read_orders")),
    ("REFUNDS_CREATE", "refunds/create", Some("read_orders")),
    ("FULFILLMENTS_CREATE", "fulfillments/create", Some("read_orders")),
    ("FULFILLMENTS_UPDATE", "fulfillments/update", Some("read_orders")),
    (
        "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE",
        "fulfillment_orders/order_routing_complete",
        Some("read_merchant_managed_fulfillment_orders"),
    ),
    ("PRODUCTS_CREATE", "products/create", Some("read_products")),
    ("PRODUCTS_UPDATE", "products/update", Some("read_products")),
    ("PRODUCTS_DELETE", "products/delete", Some("read_products")),
    ("INVENTORY_LEVELS_UPDATE", "inventory_levels/update", Some("read_inventory")),
    ("SHOP_UPDATE", "shop/update", None),
    ("APP_UNINSTALLED", "app/uninstalled", None),
];

/// Pages of subscriptions; an app has a few dozen.
const PAGES: usize = 8;

#[async_trait]
impl Webhooks for Shopify {
    fn verify(&self, delivery: Delivery<'_>, secrets: &[SecretString]) -> Result<()> {
        SIGNATURE.verify(delivery, secrets)
    }

    fn parse(&self, delivery: Delivery<'_>) -> Result<Vec<Hint>> {
        told::parse(delivery)
    }

    fn event(&self, delivery: Delivery<'_>) -> Option<String> {
        told::event(delivery)
    }

    async fn subscribe(
        &self,
        cx: &ConnectionContext<'_>,
        facts: &StoreFacts,
        address: &str,
    ) -> Result<Vec<String>> {
        if !address.starts_with("https://") {
            let problem = Problem::error("address", "invalid", "write an address with https");
            return Err(Error::new(ErrorKind::InvalidInput, "the platform doesn't deliver to this address")
                .with_problems([problem]));
        }
        let shop = Shop::of(*cx, Operation::Webhooks)?;
        let known = subscriptions(&shop).await?;
        let own = own_name(cx);
        let mut set_up = Vec::new();
        for (topic, name, _) in TOPICS.into_iter().filter(|(.., scope)| may(facts, *scope)) {
            let mut of_topic = known.iter().filter(|one| one.topic == topic);
            if of_topic.clone().any(|one| one.uri == address && one.format == "JSON") {
                continue;
            }
            // Another program's stays where it is.
            match of_topic.find(|one| one.name.as_deref() == Some(own.as_str())) {
                Some(before) => redirect(&shop, topic, before, input(&own, address)).await?,
                None => ask_for(&shop, topic, input(&own, address)).await?,
            }
            set_up.push(name.to_owned());
        }
        Ok(set_up)
    }
}

/// Whether the app has a permission; writing is reading too, and an unknown list isn't an empty one.
fn may(facts: &StoreFacts, scope: Option<&str>) -> bool {
    let Some(scope) = scope else { return true };
    let writing = scope.replacen("read_", "write_", 1);
    facts.scopes.is_empty() || facts.scopes.iter().any(|have| *have == scope || *have == writing)
}

async fn subscriptions(shop: &Shop<'_>) -> Result<Vec<Subscription>> {
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..PAGES {
        let asked = variables::Subscriptions { after };
        let page =
            shop.ask::<SubscriptionsData>(cost::SUBSCRIPTIONS, &asked).await?.data.webhook_subscriptions;
        all.extend(page.nodes);
        if !page.page_info.has_next_page {
            return Ok(all);
        }
        after = page.page_info.end_cursor;
    }
    Err(Error::new(ErrorKind::Protocol, "the platform's pages of subscriptions don't end"))
}

/// What our subscriptions are called: those of another program with the same app have another name, or none.
fn own_name(cx: &ConnectionContext<'_>) -> String {
    format!("fusion-{}", cx.connection.id)
}

fn input(name: &str, address: &str) -> SubscriptionInput {
    SubscriptionInput { uri: address.to_owned(), format: "JSON", name: name.to_owned() }
}

/// Conditional: a topic is told to an address once.
async fn ask_for(shop: &Shop<'_>, topic: &'static str, wanted: SubscriptionInput) -> Result<()> {
    let variables = |_: &_| variables::Subscribe { topic, webhook_subscription: wanted.clone() };
    let name = format!("subscribe:{topic}");
    match shop.change(&name, Repeat::Conditional, cost::MUTATION, variables).await {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// Idempotent: the address as it shall be.
async fn redirect(
    shop: &Shop<'_>,
    topic: &str,
    known: &Subscription,
    wanted: SubscriptionInput,
) -> Result<()> {
    let variables =
        |_: &_| variables::Resubscribe { id: known.id.clone(), webhook_subscription: wanted.clone() };
    let name = format!("redirect:{topic}");
    shop.change(&name, Repeat::Idempotent, cost::MUTATION, variables).await.map(drop)
}
