//! The HTTP side: hosts, paths, headers, and faults of the way.

use super::{
    auth,
    contract::Version,
    faults::FaultKind,
    simulator::Inner,
    staging,
    world::{Query, Ran, World},
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::http::{HttpTransport, Limits, TransportError};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// The simulator as the platform's end of the wire.
pub(super) struct Wire(pub(super) Arc<Inner>);

/// An answer on its way back.
struct Reply {
    delay: Duration,
    result: Result<Response<Bytes>, TransportError>,
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        Self { delay: Duration::ZERO, result: Ok(response) }
    }
}

#[async_trait]
impl HttpTransport for Wire {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let reply = reply(&self.0, &request);
        if reply.delay > limits.timeout {
            self.0.clock.sleep(limits.timeout).await;
            return Err(TransportError::after("the answer did not come in time"));
        }
        if !reply.delay.is_zero() {
            self.0.clock.sleep(reply.delay).await;
        }
        let response = reply.result?;
        if response.body().len() > limits.max_response {
            return Err(TransportError::after("the answer is larger than allowed"));
        }
        Ok(response)
    }
}

fn respond(status: u16, body: &Value) -> Response<Bytes> {
    raw(status, "application/json; charset=utf-8", Bytes::from(body.to_string()))
}

fn raw(status: u16, kind: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn html(status: u16, title: &str) -> Response<Bytes> {
    let page = format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    );
    raw(status, "text/html", Bytes::from(page))
}

fn reply(inner: &Inner, request: &Request<Bytes>) -> Reply {
    let mut world = inner.world();
    world.requests += 1;
    let number = world.requests;
    let uri = request.uri();
    if uri.scheme_str() == Some("https") && uri.host() == Some(staging::HOST) {
        let (status, body) = staging::receive(&mut world, request);
        return raw(status, "application/xml", Bytes::from(body)).into();
    }
    let known = uri.scheme_str() == Some("https") && uri.host() == Some(world.shop.domain.as_str());
    if !known {
        return html(404, "Not Found").into();
    }
    let mut reply = match uri.path().strip_prefix("/admin/").map(|path| path.split('/').collect::<Vec<_>>()) {
        Some(path) if path == ["oauth", "access_token"] => grant(inner, &mut world, request).into(),
        Some(path) => match path.as_slice() {
            ["api", asked, "graphql.json"] => match Version::serving(asked) {
                Some(version) => graphql(inner, &mut world, request, version),
                None => respond(404, &json!({ "errors": "Not Found" })).into(),
            },
            _ => respond(404, &json!({ "errors": "Not Found" })).into(),
        },
        None => html(404, "Not Found").into(),
    };
    if let Ok(response) = &mut reply.result
        && let Ok(id) = HeaderValue::from_str(&format!("00000000-0000-4000-8000-{number:012}"))
    {
        response.headers_mut().insert("x-request-id", id);
    }
    reply
}

fn kind(request: &Request<Bytes>) -> &str {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

fn grant(inner: &Inner, world: &mut World, request: &Request<Bytes>) -> Response<Bytes> {
    if request.method() != Method::POST {
        return respond(404, &json!({ "errors": "Not Found" }));
    }
    let fields: Option<Map<String, Value>> = match kind(request) {
        "application/x-www-form-urlencoded" => std::str::from_utf8(request.body()).ok().map(auth::form),
        "application/json" => serde_json::from_slice(request.body()).ok(),
        _ => None,
    };
    let Some(fields) = fields else {
        let why = "Could not read the parameters";
        return respond(400, &json!({ "error": "invalid_request", "error_description": why }));
    };
    let (status, body) = world.tokens.grant(&fields, inner.clock.as_ref());
    respond(status, &body)
}

fn graphql(inner: &Inner, world: &mut World, request: &Request<Bytes>, version: Version) -> Reply {
    if let Err(retry) = inner.window() {
        return too_many(retry).into();
    }
    if request.method() != Method::POST {
        return respond(405, &json!({ "errors": "Method Not Allowed" })).into();
    }
    let token = request.headers().get("x-shopify-access-token").and_then(|token| token.to_str().ok());
    let token = token.unwrap_or_default();
    if !world.tokens.accepts(token, inner.clock.now()) {
        return unauthorised().into();
    }
    if kind(request) != "application/json" {
        return respond(415, &json!({ "errors": "Unsupported Media Type" })).into();
    }
    let body: Option<Map<String, Value>> = serde_json::from_slice(request.body()).ok();
    let text = body.as_ref().and_then(|body| body.get("query")).and_then(Value::as_str);
    let (Some(body), Some(text)) = (&body, text) else {
        return respond(400, &json!({ "errors": { "query": "Required parameter missing or invalid" } }))
            .into();
    };
    let variables = body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
    let operation = body.get("operationName").and_then(Value::as_str);
    let query = Query { text, operation, variables, version };
    let mut reply = match world.run(&query, inner.clock.as_ref()) {
        Ok(ran) => struck(inner, world, ran, token),
        Err(error) => respond(500, &json!({ "errors": error.message() })).into(),
    };
    if let Ok(response) = &mut reply.result {
        response.headers_mut().insert("x-shopify-api-version", HeaderValue::from_static(version.name()));
    }
    reply
}

fn unauthorised() -> Response<Bytes> {
    let why = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    respond(401, &json!({ "errors": why }))
}

fn too_many(after: Duration) -> Response<Bytes> {
    let mut response = respond(429, &json!({ "errors": "Throttled" }));
    let seconds = format!("{:.1}", after.as_secs_f64().max(0.1));
    if let Ok(seconds) = HeaderValue::from_str(&seconds) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn struck(inner: &Inner, world: &mut World, ran: Ran, token: &str) -> Reply {
    let internal = || {
        let message = "Internal error. Looks like something went wrong on our end.\nRequest ID: 0 (include this in \
                       support requests).";
        respond(
            200,
            &json!({ "errors": [{ "message": message, "extensions": { "code": "INTERNAL_SERVER_ERROR" } }] }),
        )
    };
    match ran.fault {
        None | Some(FaultKind::UnknownEnum) => respond(200, &ran.body).into(),
        Some(FaultKind::Throttle | FaultKind::ThrottleAfterEffect) => {
            world.bucket.drain(inner.clock.elapsed());
            let body = world.throttled(ran.cost, inner.clock.elapsed());
            respond(200, &body).into()
        }
        Some(FaultKind::TooManyRequests(after)) => too_many(after).into(),
        Some(FaultKind::Unreachable) => {
            Reply { delay: Duration::ZERO, result: Err(TransportError::before("connection refused")) }
        }
        Some(FaultKind::ResetBefore | FaultKind::ResetAfterWrite) => {
            Reply { delay: Duration::ZERO, result: Err(TransportError::after("connection reset by peer")) }
        }
        Some(FaultKind::Slow(delay)) => Reply { delay, result: Ok(respond(200, &ran.body)) },
        Some(FaultKind::Truncated) => {
            let text = ran.body.to_string();
            let half = text.get(..text.len() / 2).unwrap_or_default().to_owned();
            raw(200, "application/json; charset=utf-8", Bytes::from(half)).into()
        }
        Some(FaultKind::ExpireToken) => {
            world.tokens.revoke(token);
            unauthorised().into()
        }
        Some(FaultKind::Status(status)) => respond(status, &json!({ "errors": "simulated" })).into(),
        Some(FaultKind::BadGateway | FaultKind::BadGatewayAfterEffect) => html(502, "502 Bad Gateway").into(),
        Some(FaultKind::Internal | FaultKind::InternalAfterEffect) => internal().into(),
    }
}
