//! One shop's endpoint, and what is the same for every call to it.

use crate::{
    manifest::{COST, MANIFEST},
    refusal,
    settings::Settings,
    wire::{
        answer::{Answer, Extensions},
        variables::{Variables, body, noted, noted_body},
    },
};
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Fate, Result},
    http::Limits,
    model::{Repeat, StepKey},
    plugin::{ConnectionContext, Credentials, WireRequest, WireResponse},
    verb::Operation,
};
use fusion_plugin_sdk::{CallRetry, Client, Cost, Draws, Profile, Reading, json};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, future::Future, time::Duration};

/// Largest answer: a page of 250 variants with stock is about half a megabyte.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// Longest wait: the platform cuts its own work after about a minute.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Tells which version answered; an outlived one is silently replaced by the oldest living one.
const VERSION_HEADER: &str = "x-shopify-api-version";

/// What the client needs to know about the platform.
pub(crate) const PROFILE: Profile = Profile {
    limits: Limits { max_response: MAX_RESPONSE, timeout: TIMEOUT },
    retry: CallRetry::DEFAULT,
    authorize,
    judge: refusal::judge,
    readings,
    keep_headers: &["x-request-id", VERSION_HEADER, "retry-after"],
};

/// What it needs to know about the places where bytes go.
const UPLOADS: Profile =
    Profile { judge: refusal::judge_upload, readings: no_readings, keep_headers: &[], ..PROFILE };

/// What it needs to know about the place where tokens come from.
pub(crate) const SIGN_IN: Profile = Profile { judge: refusal::judge_token, readings: no_readings, ..PROFILE };

fn authorize(credentials: &Credentials, headers: &mut Vec<(String, String)>) {
    headers.push(("X-Shopify-Access-Token".to_owned(), credentials.access.expose_secret().to_owned()));
}

fn no_readings(_: &WireResponse, _: &Draws) -> Vec<Reading> {
    Vec::new()
}

/// Follows the bucket as the platform tells it.
fn readings(answer: &WireResponse, _: &Draws) -> Vec<Reading> {
    let Ok(answer) = json::<Answer<serde::de::IgnoredAny>>(answer) else { return Vec::new() };
    let Some(cost) = answer.extensions.and_then(|extensions| extensions.cost) else { return Vec::new() };
    let throttled = answer.errors.0.iter().any(|error| error.code.as_deref() == Some("THROTTLED"));
    let bucket = cost.throttle_status;
    vec![Reading {
        bucket: COST,
        // A throttled document has cost nothing, and says so with null.
        actual: cost.actual_query_cost.map(points_up).or(throttled.then_some(0)),
        available: bucket.map(|bucket| points_down(bucket.currently_available)),
        capacity: bucket.map(|bucket| points_down(bucket.maximum_available)),
        refill: bucket.map(|bucket| points_down(bucket.restore_rate)),
    }]
}

fn points_down(points: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, NaN is 0")]
    let points = points.floor() as u32;
    points
}

fn points_up(points: f64) -> u32 {
    points_down(points.ceil())
}

/// An answer's data, with the names of fields that the app may not see.
pub(crate) struct Told<T> {
    pub(crate) data: T,
    pub(crate) hidden: BTreeSet<String>,
}

/// Talks to one shop.
pub(crate) struct Shop<'a> {
    client: Client<'a>,
    uploads: Client<'a>,
    uri: String,
    version: &'static str,
}

impl<'a> Shop<'a> {
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: the settings name no shop.
    pub(crate) fn of(cx: impl Into<ConnectionContext<'a>>, operation: Operation) -> Result<Self> {
        let cx = cx.into();
        let settings = Settings::of(cx.connection)?;
        Ok(Self {
            client: Client::new(cx, &MANIFEST, &PROFILE).for_operation(operation),
            uploads: Client::new(cx, &MANIFEST, &UPLOADS).for_operation(operation),
            uri: settings.graphql(),
            version: settings.version,
        })
    }

    /// Asks something, for at most `cost` points.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        cost: u32,
        variables: &impl Variables,
    ) -> Result<Told<T>> {
        let answer = self.client.read(&[Cost::of(COST, cost)], self.request(variables)).await?;
        self.read(&answer)
    }

    /// Changes something. `variables` is given the key of the step.
    pub(crate) async fn change<V: Variables>(
        &self,
        name: &str,
        repeat: Repeat,
        cost: u32,
        variables: impl Fn(&StepKey) -> V,
    ) -> Result<WireResponse> {
        self.client.step(name, repeat, &[Cost::of(COST, cost)], |key| self.request(&variables(key))).await
    }

    /// Changes something that is planned on a read, when it has to be sent. `wanted` stands for what is asked for.
    pub(crate) async fn change_planned<P: Future<Output = Result<WireRequest>>>(
        &self,
        name: &str,
        repeat: Repeat,
        cost: u32,
        wanted: Hash,
        plan: impl Fn(StepKey) -> P,
    ) -> Result<WireResponse> {
        self.client.planned_step(name, repeat, &[Cost::of(COST, cost)], wanted, plan).await
    }

    /// Carries bytes to a place that the platform has named.
    pub(crate) async fn upload(&self, request: WireRequest) -> Result<()> {
        self.uploads.upload(request).await.map(drop)
    }

    /// Reads the data of an answer.
    pub(crate) fn read<T: DeserializeOwned>(&self, answer: &WireResponse) -> Result<Told<T>> {
        if let Some(other) = answer.header(VERSION_HEADER).filter(|other| *other != self.version) {
            tracing::warn!(
                asked = self.version,
                answered = other,
                "the platform answered in another version"
            );
        }
        told(answer)
    }

    /// A request that also says something to whoever looks it up later; the platform reads over it.
    pub(crate) fn request_noted(&self, variables: &impl Variables, note: &impl Serialize) -> WireRequest {
        WireRequest { body: noted_body(variables, note), ..self.request(variables) }
    }

    /// What a kept request says beside itself.
    pub(crate) fn note<T: DeserializeOwned>(request: &WireRequest) -> Option<T> {
        noted(&request.body)
    }

    pub(crate) fn request(&self, variables: &impl Variables) -> WireRequest {
        WireRequest {
            method: "POST".to_owned(),
            uri: self.uri.clone(),
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Accept".to_owned(), "application/json".to_owned()),
            ],
            body: body(variables),
        }
    }
}

/// Reads the data of an answer that was judged a success.
pub(crate) fn told<T: DeserializeOwned>(answer: &WireResponse) -> Result<Told<T>> {
    let Answer { data, errors, extensions } = json::<Answer<T>>(answer)?;
    if let Some(Extensions { search: Some(notes), .. }) = &extensions
        && notes.iter().any(|note| !note.warnings.is_empty())
    {
        // An ignored filter makes the answer about everything.
        return Err(Error::new(ErrorKind::Protocol, "the platform ignored a part of the search"));
    }
    let hidden = errors.0.iter().filter_map(|error| error.path.last().cloned()).collect();
    match data {
        Some(data) => Ok(Told { data, hidden }),
        None => {
            Err(Error::new(ErrorKind::Protocol, "the platform's answer holds no data")
                .with_fate(Fate::Unknown))
        }
    }
}

#[cfg(test)]
mod tests;
