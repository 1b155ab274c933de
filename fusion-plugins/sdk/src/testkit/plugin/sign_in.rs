//! Being let in, what that gives access to, and notifications.

use super::{
    super::{
        platform::signature,
        wire::{Account, Token},
    },
    ScriptedPlugin,
    calls::{READ, Writing, client, get, post},
};
use crate::json;
use async_trait::async_trait;
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Result},
    model::{Locale, Ref, Repeat, StoreFacts, TaxBasis},
    plugin::{Asks, ConnectionContext, Credentials, Delivery, Hint, Matter, SignIn, Webhooks},
    verb::Operation,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// The topics that the platform tells about.
const TOPICS: [&str; 2] = ["orders", "products"];

pub(super) async fn authenticate(
    plugin: &ScriptedPlugin,
    cx: &ConnectionContext<'_>,
    sign_in: SignIn,
) -> Result<Credentials> {
    let (grant, value) = match &sign_in {
        SignIn::Token(token) => ("token", token.expose_secret()),
        SignIn::Code { code, .. } => ("code", code.expose_secret()),
        SignIn::Refresh(old) => {
            let refresh = old.refresh.as_ref().ok_or_else(|| {
                Error::new(ErrorKind::Unauthenticated, "nothing renews this token; sign in again")
            })?;
            ("refresh", refresh.expose_secret())
        }
        SignIn::ClientCredentials => ("client", cx.net.app.map_or("app", |app| app.secret.expose_secret())),
    };
    let request = post("/token", &json!({ "grant": grant, "value": value }))?;
    let answer = client(plugin, *cx, Operation::Authenticate).sign_in(READ, request).await?;
    let token: Token = json(&answer)?;
    Ok(Credentials {
        access: token.access.into(),
        refresh: Some(token.refresh.into()),
        until: token.lasts_ms.map(|lasts| cx.clock.now() + Duration::from_millis(lasts)),
        extra: BTreeMap::new(),
    })
}

pub(super) async fn describe(plugin: &ScriptedPlugin, cx: &ConnectionContext<'_>) -> Result<Vec<StoreFacts>> {
    let answer = client(plugin, *cx, Operation::Describe).read(READ, get("/account")).await?;
    let Account { account, stores } = json(&answer)?;
    Ok(stores
        .into_iter()
        .map(|store| StoreFacts {
            account: account.clone(),
            remote_id: store.id,
            name: store.name,
            currency: store.currency,
            tax_basis: TaxBasis::Gross,
            locale: Locale::default(),
            locations: Vec::new(),
            scopes: Vec::new(),
            other: BTreeMap::new(),
        })
        .collect())
}

#[derive(Deserialize)]
struct Notice {
    topic: String,
    about: Vec<Ref>,
}

#[async_trait]
impl Webhooks for ScriptedPlugin {
    fn verify(&self, delivery: Delivery<'_>, secrets: &[SecretString]) -> Result<()> {
        let shown = delivery.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("scripted-signature"));
        // Hashes of what is compared tell a stop-watch nothing about it.
        let shown = shown.map(|(_, value)| Hash::of(value));
        let fits =
            |secret: &SecretString| Some(Hash::of(signature(secret.expose_secret(), delivery.body))) == shown;
        if secrets.iter().any(fits) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Unauthenticated, "the delivery isn't signed with a secret of this store"))
    }

    fn parse(&self, delivery: Delivery<'_>) -> Result<Vec<Hint>> {
        let Notice { topic, about } = serde_json::from_slice(delivery.body)
            .map_err(|_| Error::new(ErrorKind::Protocol, "the delivery can't be read"))?;
        let asks = match topic.as_str() {
            "buyer/erase" => Asks::EraseBuyer,
            "store/erase" => Asks::EraseStore,
            "buyer/disclose" => Asks::Answer,
            topic => Asks::Look(match topic.split('/').next().unwrap_or_default() {
                "orders" => Matter::Orders,
                "products" => Matter::Products,
                "stock" => Matter::Stock,
                "store" => Matter::Store,
                _ => Matter::Unknown,
            }),
        };
        let hint = |about| Hint { topic: topic.clone(), about, asks };
        Ok(match about.is_empty() {
            true => vec![hint(None)],
            false => about.into_iter().map(|about| hint(Some(about))).collect(),
        })
    }

    fn event(&self, delivery: Delivery<'_>) -> Option<String> {
        let mut headers = delivery.headers.iter();
        headers.find(|(name, _)| *name == "scripted-event").map(|(_, event)| (*event).to_owned())
    }

    async fn subscribe(
        &self,
        cx: &ConnectionContext<'_>,
        _: &StoreFacts,
        address: &str,
    ) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Told {
            is_new: bool,
        }
        let mut set_up = Vec::new();
        let client = client(self, *cx, Operation::Webhooks);
        let known: BTreeMap<String, String> = json(&client.read(READ, get("/webhooks")).await?)?;
        let is_wanted = |topic: &&&str| known.get(**topic).map(String::as_str) != Some(address);
        for topic in TOPICS.iter().filter(is_wanted) {
            // Not under a key: one that the platform has dropped since is asked for in the same words.
            let writing = Writing { method: "POST", path: "/webhooks", repeat: Repeat::Once, closing: false };
            let answer = client.write(&format!("subscribe:{topic}"), writing, &(topic, address)).await?;
            if json::<Told>(&answer)?.is_new {
                set_up.push((*topic).to_owned());
            }
        }
        Ok(set_up)
    }
}
