//! Tokens: the static one of a custom app, and those of client credentials grants.

use fusion_core::clock::{Clock, Timestamp};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How long a token of a client credentials grant is good.
const LIFE: Duration = Duration::from_secs(86_399);

/// What an app may do when nothing else is said.
pub(super) const SCOPES: [&str; 12] = [
    "read_products",
    "write_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_publications",
    "write_publications",
    "read_orders",
    "write_orders",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_files",
];

/// The app's credentials and the tokens it has; never shown.
pub(super) struct Tokens {
    pub(super) fixed: Vec<String>,
    pub(super) client: Option<(String, String)>,
    /// What notifications are signed with, where it isn't the client's secret.
    pub(super) secret: Option<String>,
    pub(super) scopes: Vec<String>,
    issued: BTreeMap<String, Timestamp>,
}

impl Tokens {
    /// None yet.
    pub(super) fn new() -> Self {
        let scopes = SCOPES.map(str::to_owned).to_vec();
        Self { fixed: Vec::new(), client: None, secret: None, scopes, issued: BTreeMap::new() }
    }

    /// What notifications are signed with.
    pub(super) fn signing_secret(&self) -> &str {
        let client = self.client.as_ref().map(|(_, secret)| secret.as_str());
        self.secret.as_deref().or(client).unwrap_or("simulated-secret")
    }

    /// Whether `token` opens the shop.
    pub(super) fn accepts(&self, token: &str, now: Timestamp) -> bool {
        self.fixed.iter().any(|known| known == token)
            || self.issued.get(token).is_some_and(|ends| *ends > now)
    }

    /// Makes one token useless.
    pub(super) fn revoke(&mut self, token: &str) {
        self.fixed.retain(|known| known != token);
        self.issued.remove(token);
    }

    /// Makes all tokens useless, as an uninstall does; new grants are possible.
    pub(super) fn revoke_all(&mut self) {
        self.fixed.clear();
        self.issued.clear();
    }

    /// Answers the token endpoint: status and body.
    pub(super) fn grant(&mut self, request: &Map<String, Value>, clock: &dyn Clock) -> (u16, Value) {
        let part = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
        let client = self
            .client
            .as_ref()
            .filter(|(id, secret)| part("client_id") == id && part("client_secret") == secret);
        if client.is_none() {
            let why = "Client authentication failed";
            return (400, json!({ "error": "invalid_client", "error_description": why }));
        }
        if part("grant_type") != "client_credentials" {
            let why = "The authorization grant type is not supported";
            return (400, json!({ "error": "unsupported_grant_type", "error_description": why }));
        }
        let random: String = clock.entropy().iter().map(|byte| format!("{byte:02x}")).collect();
        let token = format!("shpat_{random}");
        self.issued.insert(token.clone(), clock.now() + LIFE);
        let body =
            json!({ "access_token": token, "scope": self.scopes.join(","), "expires_in": LIFE.as_secs() });
        (200, body)
    }

    /// The scope that the app lacks for a root field; writing includes reading.
    pub(super) fn lacks(&self, field: &str) -> Option<&'static str> {
        let needed = match field {
            "shop" | "currentAppInstallation" | "node" | "nodes" | "job" => return None,
            "inventoryItem" | "inventoryItems" | "inventoryLevel" => "read_inventory",
            "location" | "locations" => "read_locations",
            "fileCreate" => "write_files",
            "publications" => "read_publications",
            "inventoryActivate" | "inventoryItemUpdate" | "inventorySetQuantities" => "write_inventory",
            "publishablePublish" | "publishableUnpublish" => "write_publications",
            "order" | "orders" | "refund" | "return" | "fulfillment" => "read_orders",
            "orderCancel" | "refundCreate" => "write_orders",
            "fulfillmentOrder" => "read_merchant_managed_fulfillment_orders",
            "fulfillmentCreate" | "fulfillmentTrackingInfoUpdate" => {
                "write_merchant_managed_fulfillment_orders"
            }
            field if field.starts_with("webhook") => return None,
            field if field.starts_with("product") && !is_write(field) => "read_products",
            _ => "write_products",
        };
        let has = |scope: &str| self.scopes.iter().any(|known| known == scope);
        let writes = needed.strip_prefix("read_").map(|what| format!("write_{what}"));
        (!has(needed) && !writes.is_some_and(|scope| has(&scope))).then_some(needed)
    }
}

fn is_write(field: &str) -> bool {
    ["Create", "Update", "Set", "Delete", "CreateMedia"].iter().any(|end| field.ends_with(end))
}

/// The parameters of a form-encoded body.
pub(super) fn form(body: &str) -> Map<String, Value> {
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), Value::String(decoded(value))))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
