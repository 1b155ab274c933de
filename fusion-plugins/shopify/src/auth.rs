//! Lets the plugin in: a custom app's fixed token, or a day's token that the app gets for its id and secret.

use crate::{
    call::{SIGN_IN, Shop},
    cost,
    manifest::MANIFEST,
    settings::{Auth, Settings},
    wire::{
        shop::{ShopData, Token},
        variables,
    },
};
use async_trait::async_trait;
use fusion_core::{
    error::{Error, ErrorKind, Result, Retry},
    plugin::{App, ConnectionContext, CredentialSource, Credentials, Net, SignIn, WireRequest},
    verb::Operation,
};
use fusion_plugin_sdk::{Client, json};
use secrecy::ExposeSecret;
use serde_json::json;
use std::{sync::Arc, time::Duration};

pub(crate) async fn authenticate(cx: &ConnectionContext<'_>, sign_in: SignIn) -> Result<Credentials> {
    let settings = Settings::of(cx.connection)?;
    match sign_in {
        SignIn::Token(token) => checked(cx, Credentials::token(token.expose_secret())).await,
        SignIn::ClientCredentials => granted(cx, &settings).await,
        // The grant has no refresh token: the app asks again.
        SignIn::Refresh(old) if settings.auth == Auth::ClientCredentials || old.until.is_some() => {
            granted(cx, &settings).await
        }
        SignIn::Refresh(_) => Err(Error::new(
            ErrorKind::Unauthenticated,
            "a custom app's token can't be renewed; make a new one in the shop's admin",
        )
        .with_retry(Retry::AfterReauth)),
        SignIn::Code { .. } => Err(Error::new(
            ErrorKind::Unsupported,
            "the plugin takes a custom app's token or client credentials, not a code",
        )
        .with_operation(Operation::Authenticate)),
    }
}

/// Asks the shop for its name with the token: a wrong one is found now, not at the first change.
async fn checked(cx: &ConnectionContext<'_>, credentials: Credentials) -> Result<Credentials> {
    let credentials = Arc::new(credentials);
    let source = Given(Arc::clone(&credentials));
    let cx = ConnectionContext { net: Net { credentials: &source, ..cx.net }, ..*cx };
    let shop = Shop::of(cx, Operation::Authenticate)?;
    shop.ask::<ShopData>(cost::SHOP, &variables::Shop {}).await?;
    Ok((*credentials).clone())
}

/// <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant>
async fn granted(cx: &ConnectionContext<'_>, settings: &Settings) -> Result<Credentials> {
    let app = cx.net.app.ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidConfig,
            "client credentials need the app's id and secret; give them to the hub",
        )
    })?;
    let client = Client::new(*cx, &MANIFEST, &SIGN_IN).for_operation(Operation::Authenticate);
    // Counted from before the call, so that the token is renewed rather too early than too late.
    let asked = cx.clock.now();
    let answer = client.sign_in(&[], token_request(settings, app)).await?;
    let token: Token = json(&answer)?;
    let until = token.expires_in.map(|seconds| asked + Duration::from_secs(seconds));
    Ok(Credentials { until, ..Credentials::token(token.access_token) })
}

fn token_request(settings: &Settings, app: &App) -> WireRequest {
    let body = json!({
        "client_id": app.id,
        "client_secret": app.secret.expose_secret(),
        "grant_type": "client_credentials",
    });
    WireRequest {
        method: "POST".to_owned(),
        uri: settings.token(),
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Accept".to_owned(), "application/json".to_owned()),
        ],
        body: body.to_string().into(),
    }
}

/// Credentials that aren't stored yet.
struct Given(Arc<Credentials>);

#[async_trait]
impl CredentialSource for Given {
    async fn current(&self) -> Result<Arc<Credentials>> {
        Ok(Arc::clone(&self.0))
    }

    async fn refused(&self, _: &Credentials) -> Result<()> {
        Err(Error::new(ErrorKind::Unauthenticated, "the platform doesn't accept the token; copy it again")
            .with_retry(Retry::AfterReauth))
    }
}
