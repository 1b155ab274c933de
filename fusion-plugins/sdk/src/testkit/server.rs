//! The platform's side of the wire: faults, tokens, routes.

use super::{
    Fault, ScriptedPlatform,
    platform::{access_token, refresh_token, token},
    state::{Executed, State},
    wire::{Account, Write},
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    http::{HttpTransport, Limits, TransportError},
};
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{future::pending, time::Duration};

/// The code of a call that was throttled when part of it or all was done.
pub(super) const MIDWAY: &str = "throttled_midway";

/// A status and the body that goes with it.
pub(super) type Answer = (u16, Value);

pub(super) fn no(status: u16, code: &str) -> Answer {
    (status, json!({ "code": code }))
}

pub(super) fn yes(body: impl serde::Serialize) -> Answer {
    serde_json::to_value(body).map_or_else(|_| no(500, "no_json"), |body| (200, body))
}

#[async_trait]
impl HttpTransport for ScriptedPlatform {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let fault = self.lock().arrived(&request);
        match fault {
            Some(Fault::Throttle(delay)) => return Ok(throttled(delay)),
            Some(Fault::ResetBefore) => return Err(TransportError::before("connection refused")),
            Some(Fault::LostBefore) => return Err(TransportError::after("connection reset")),
            Some(Fault::OutOfOrder) => return Ok(wrap(no(500, "out_of_order"))),
            Some(Fault::Forbidden) => return Ok(wrap(no(403, "forbidden"))),
            Some(Fault::Refused(code)) => return Ok(wrap(no(422, code))),
            Some(Fault::Hang) => pending().await,
            _ => {}
        }
        let answer = {
            let now = self.clock.now();
            let mut state = self.lock();
            match fault {
                Some(Fault::ExpiredToken) => state.token_made = None,
                Some(Fault::Withdrawn) => state.withdrawn = true,
                _ => {}
            }
            wrap(state.serve(&request, now))
        };
        match fault {
            Some(Fault::ResetAfter) => Err(TransportError::after("connection reset")),
            Some(Fault::ThrottleMidway) => Ok(wrap(no(429, MIDWAY))),
            Some(Fault::OutOfOrderAfter) => Ok(wrap(no(500, "out_of_order"))),
            Some(Fault::Truncated) => {
                let (parts, body) = answer.into_parts();
                let half = body.slice(..body.len() / 2);
                Ok(http::Response::from_parts(parts, half))
            }
            Some(Fault::HangAfter) => pending().await,
            Some(Fault::Slow(span)) => {
                self.clock.sleep(span.min(limits.timeout)).await;
                if span > limits.timeout {
                    return Err(TransportError::after("timed out"));
                }
                Ok(answer)
            }
            _ => Ok(answer),
        }
    }
}

fn wrap((status, body): Answer) -> http::Response<Bytes> {
    let mut answer = http::Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("scripted-cost", HeaderValue::from_static("1"));
    answer
}

fn throttled(delay: Option<Duration>) -> http::Response<Bytes> {
    let mut answer = wrap(no(429, "throttled"));
    if let Some(delay) = delay {
        // Rounded up: a caller that comes too early is throttled again.
        let seconds = u64::try_from(delay.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
        answer.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    answer
}

/// A call, taken apart.
struct Call<'a> {
    method: &'a str,
    path: Vec<&'a str>,
    query: Vec<(String, String)>,
    body: &'a [u8],
}

impl Call<'_> {
    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl State {
    /// Notes the call and picks its fault.
    fn arrived(&mut self, request: &http::Request<Bytes>) -> Option<Fault> {
        let call = format!("{} {}", request.method(), request.uri().path());
        let mut due = None;
        for (nth, planned) in self.faults.iter_mut().enumerate() {
            match (call.contains(&planned.part), planned.skip) {
                (true, 0) => due = due.or(Some(nth)),
                (true, _) => planned.skip -= 1,
                (false, _) => {}
            }
        }
        self.calls.push(call);
        due.map(|nth| self.faults.remove(nth).fault)
    }

    fn serve(&mut self, request: &http::Request<Bytes>, now: Timestamp) -> Answer {
        let uri = request.uri();
        let call = Call {
            method: request.method().as_str(),
            path: uri.path().split('/').filter(|part| !part.is_empty()).collect(),
            query: url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).into_owned().collect(),
            body: request.body(),
        };
        if call.method == "POST" && call.path == ["token"] {
            return self.sign_in(call.body, now);
        }
        let shown = request.headers().get("scripted-token").and_then(|token| token.to_str().ok());
        if !self.lets_in(shown, now) {
            return no(401, "bad_token");
        }
        match call.method {
            "GET" => self.read(&call, now),
            _ => self.write(&call, now),
        }
    }

    fn lets_in(&self, shown: Option<&str>, now: Timestamp) -> bool {
        let fresh = self
            .token_made
            .is_some_and(|made| self.script.token_lasts.is_none_or(|lasts| now < made + lasts));
        fresh && !self.withdrawn && shown == Some(access_token(self.token).as_str())
    }

    fn sign_in(&mut self, body: &[u8], now: Timestamp) -> Answer {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| body.get(name).and_then(Value::as_str);
        let renews = field("grant") == Some("refresh");
        let valid = match (field("grant"), field("value")) {
            (Some("refresh"), Some(value)) => !self.withdrawn && value == refresh_token(self.token),
            (Some("token" | "code" | "client"), Some(value)) => value != "wrong",
            _ => false,
        };
        if !valid {
            return no(400, "invalid_grant");
        }
        if renews {
            self.token += 1;
        }
        self.withdrawn = false;
        self.token_made = Some(now);
        yes(token(self))
    }

    fn read(&mut self, call: &Call<'_>, now: Timestamp) -> Answer {
        let cursor = call.query("cursor");
        let since = call.query("since").and_then(|text| text.parse().ok()).map(Timestamp::from_micros);
        match call.path.as_slice() {
            ["webhooks"] => yes(&self.topics),
            ["account"] => yes(Account { account: self.account.clone(), stores: self.stores.clone() }),
            ["stores", store, "products"] => self.list_products(store, since, cursor, now),
            ["stores", store, "orders"] => self.list_orders(store, since, cursor, now),
            ["products", id] => match self.products.get(*id) {
                Some(product) => yes(self.shown(product)),
                None => no(404, "no_product"),
            },
            ["orders", id] => match self.orders.get(*id) {
                Some(order) => yes(self.shown_order(order)),
                None => no(404, "no_order"),
            },
            ["operations", id] => self.ask(id, now).map_or_else(|| no(404, "no_operation"), yes),
            ["references"] => yes(self.look_up(call.query("key").unwrap_or(""), now)),
            _ => no(404, "no_such_path"),
        }
    }

    fn write(&mut self, call: &Call<'_>, now: Timestamp) -> Answer {
        let Ok(write) = serde_json::from_slice::<Write>(call.body) else { return no(400, "no_json") };
        if write.keyed
            && let Some(done) = self.executed.get(&write.reference)
        {
            return (done.status, done.answer.clone());
        }
        let (status, answer) = match (call.method, call.path.as_slice()) {
            ("POST", ["stores", store, "products"]) => self.create(store, &write, now),
            ("POST", ["products", id, "variants"]) => self.add_variants(id, &write, now),
            ("PUT", ["products", id]) => self.replace(id, &write, now),
            ("PATCH", ["products", id]) => self.edit(id, &write, now),
            ("POST", ["products", id, "show"]) => self.show(id, &write, now),
            ("DELETE", ["products", id]) => self.remove(id, &write, now),
            ("POST", ["stock"]) => self.set_stock(&write, now),
            ("POST", ["media"]) => self.upload(&write, now),
            ("POST", ["orders", id, action]) => self.act(id, action, &write, now),
            ("POST", ["webhooks"]) => self.subscribe(&write),
            _ => no(404, "no_such_path"),
        };
        if status < 300 {
            let done = Executed { status, answer: answer.clone(), at: now };
            self.executed.entry(write.reference).or_insert(done);
        }
        (status, answer)
    }

    fn upload(&mut self, write: &Write, now: Timestamp) -> Answer {
        let id = self.id("media");
        self.record(now, "upload", &id, &write.reference);
        yes(json!({ "id": id }))
    }

    fn subscribe(&mut self, write: &Write) -> Answer {
        let Some((topic, address)) = body::<(String, String)>(write) else { return no(400, "bad_body") };
        let before = self.topics.insert(topic, address.clone());
        yes(json!({ "is_new": before != Some(address) }))
    }
}

/// The body of a write, if it can be read.
pub(super) fn body<T: DeserializeOwned>(write: &Write) -> Option<T> {
    T::deserialize(&write.body).ok()
}
