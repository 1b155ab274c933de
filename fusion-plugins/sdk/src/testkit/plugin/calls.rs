//! How the scripted plugin asks.

use super::{
    super::{
        server::MIDWAY,
        wire::{Complaint, HOST, Write},
    },
    ScriptedPlugin,
};
use crate::{CallRetry, Client, Cost, Draws, Profile, Reading, json, judge_status, whole_json};
use bytes::Bytes;
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry},
    http::Limits,
    model::{Repeat, StepKey},
    plugin::{ConnectionContext, Credentials, WireRequest, WireResponse},
    verb::Operation,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::time::Duration;

pub(super) static PROFILE: Profile = Profile {
    limits: Limits { max_response: 8 << 20, timeout: Duration::from_secs(20) },
    retry: CallRetry::DEFAULT,
    authorize,
    judge,
    readings,
    keep_headers: &["content-type"],
};

pub(super) const READ: &[Cost] = &[Cost::of("requests", 1)];
pub(super) const WRITE: &[Cost] = &[Cost::of("requests", 1), Cost::of("writes", 1)];

fn authorize(credentials: &Credentials, headers: &mut Vec<(String, String)>) {
    headers.push(("scripted-token".to_owned(), credentials.access.expose_secret().to_owned()));
}

fn judge(answer: &WireResponse) -> Result<()> {
    let code = json::<Complaint>(answer).ok().filter(|_| answer.status >= 400).map(|told| told.code);
    if code.as_deref() == Some("invalid_grant") {
        return Err(Error::new(ErrorKind::Unauthenticated, "the platform wants a person to sign in again")
            .with_retry(Retry::AfterReauth)
            .with_fate(Fate::Rejected)
            .with_platform_code("invalid_grant"));
    }
    judge_status(answer).map_err(|error| match code {
        Some(code) if code == MIDWAY => error.with_fate(Fate::Unknown).with_platform_code(code),
        Some(code) => error.with_platform_code(code),
        None => error,
    })?;
    whole_json(answer)
}

fn readings(answer: &WireResponse, draws: &Draws) -> Vec<Reading> {
    let actual = answer.header("scripted-cost").and_then(|text| text.parse().ok());
    let told = actual.filter(|_| draws.amount("requests").is_some());
    told.map(|actual| Reading { bucket: "requests", actual: Some(actual), ..Reading::default() })
        .into_iter()
        .collect()
}

pub(super) fn client<'a>(
    plugin: &'a ScriptedPlugin,
    cx: impl Into<ConnectionContext<'a>>,
    operation: Operation,
) -> Client<'a> {
    Client::new(cx, &plugin.manifest, &PROFILE).for_operation(operation)
}

pub(super) fn get(path: &str) -> WireRequest {
    request("GET", path, Bytes::new())
}

pub(super) fn post(path: &str, body: &impl Serialize) -> Result<WireRequest> {
    Ok(request("POST", path, bytes(body)?))
}

fn request(method: &str, path: &str, body: Bytes) -> WireRequest {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    WireRequest { method: method.to_owned(), uri: format!("https://{HOST}{path}"), headers, body }
}

fn bytes(body: &impl Serialize) -> Result<Bytes> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|source| {
        Error::new(ErrorKind::Internal, "the call's body has no JSON form").with_source(source)
    })
}

/// One writing call.
pub(super) struct Writing<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) repeat: Repeat,
    /// Whether it is the last call of its work.
    pub(super) closing: bool,
}

impl Client<'_> {
    pub(super) async fn write(
        &self,
        name: &str,
        writing: Writing<'_>,
        body: &impl Serialize,
    ) -> Result<WireResponse> {
        let body = serde_json::to_value(body).map_err(|source| {
            Error::new(ErrorKind::Internal, "the call's body has no JSON form").with_source(source)
        })?;
        let keyed = writing.repeat != Repeat::Once;
        let write = |reference: &StepKey| {
            let write =
                Write { reference: reference.0.clone(), keyed, closing: writing.closing, body: body.clone() };
            // A value always has a JSON form.
            request(writing.method, writing.path, bytes(&write).unwrap_or_default())
        };
        self.step(name, writing.repeat, WRITE, write).await
    }
}
