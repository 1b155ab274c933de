//! What every platform plugin needs, official or not: client, retry, steps, webhooks, transport, test kit.
//!
//! A plugin describes its platform in a [`Profile`], builds a [`Client`] from what it is given and calls
//! [`Client::read`] or [`Client::step`]; deadlines, budgets, credentials, retries and the journal are the
//! client's business.
//!
//! ```
//! use bytes::Bytes;
//! use fusion_core::{error::Result, http::Limits, model::Repeat};
//! use fusion_core::plugin::{Context, Manifest, WireRequest};
//! use fusion_plugin_sdk::{Client, Cost, Profile, CallRetry, judge_status, json, whole_json};
//! use secrecy::ExposeSecret;
//! use std::time::Duration;
//!
//! static PROFILE: Profile = Profile {
//!     limits: Limits { max_response: 1 << 20, timeout: Duration::from_secs(20) },
//!     retry: CallRetry::DEFAULT,
//!     authorize: |credentials, headers| {
//!         let token = format!("Bearer {}", credentials.access.expose_secret());
//!         headers.push(("authorization".into(), token));
//!     },
//!     judge: |answer| judge_status(answer).and_then(|()| whole_json(answer)),
//!     readings: |_, _| Vec::new(),
//!     keep_headers: &[],
//! };
//!
//! #[derive(serde::Deserialize)]
//! struct Made {
//!     id: String,
//! }
//!
//! async fn create(cx: Context<'_>, manifest: &Manifest, title: &str) -> Result<String> {
//!     let client = Client::new(cx, manifest, &PROFILE);
//!     let answer = client
//!         .step("create", Repeat::Idempotent, &[Cost::of("requests", 1)], |key| WireRequest {
//!             method: "POST".into(),
//!             uri: "https://api.example.com/products".into(),
//!             headers: vec![("idempotency-key".into(), key.to_string())],
//!             body: Bytes::from(serde_json::json!({ "title": title }).to_string()),
//!         })
//!         .await?;
//!     Ok(json::<Made>(&answer)?.id)
//! }
//! ```

mod answer;
mod client;
mod retry;
mod status;
mod strict;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod text;
#[cfg(feature = "reqwest")]
mod transport;
mod webhooks;

pub use answer::{json, left_out, parse, parse_value, unreadable, whole_json};
pub use client::{Client, Cost, Draws, Profile, Reading};
pub use retry::{CallRetry, MAX_TOLD, retry_after};
pub use status::judge_status;
pub use text::{decode_entities, plain_text};
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
#[cfg(feature = "bundled-roots")]
pub use transport::bundled_roots;
pub use webhooks::{BodySignature, SignatureText};
