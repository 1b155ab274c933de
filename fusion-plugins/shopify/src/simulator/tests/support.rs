//! A shop on a test clock, and a client that just sends.

use crate::simulator::{Simulator, SimulatorBuilder};
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    http::{HttpTransport, Limits, TransportError},
    testkit::TestClock,
};
use http::{Request, Response};
use serde_json::{Value, json};
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

/// The start of every test: 2026-10-01T00:00:00Z.
const START: i64 = 1_790_812_800_000_000;

/// The result of a future that waits for nothing but the test clock.
pub(super) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    // The test clock takes some turns before it lets time pass.
    for _ in 0..10_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("the simulator waited for something")
}

/// A clock that stands at the start.
pub(super) fn clock() -> TestClock {
    TestClock::at(Timestamp::from_micros(START))
}

/// A simulated shop and the app that talks to it.
pub(super) struct App {
    pub(super) clock: TestClock,
    pub(super) sim: Simulator,
    pub(super) version: &'static str,
}

pub(super) const TOKEN: &str = "shpat_test";

impl App {
    pub(super) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(super) fn with(change: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let clock = clock();
        let builder = Simulator::builder(Arc::new(clock.clone())).token(TOKEN).locations(["Main", "Outlet"]);
        Self { clock, sim: change(builder).build().unwrap(), version: "2026-10" }
    }

    pub(super) fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let limits = Limits { max_response: 50_000_000, timeout: Duration::from_secs(30) };
        ready(self.sim.transport().send(request, limits))
    }

    pub(super) fn post(&self, query: &str, variables: Value) -> Result<Response<Bytes>, TransportError> {
        self.send(request(self.version, &json!({ "query": query, "variables": variables })))
    }

    /// The body of the answer to a document.
    pub(super) fn ask(&self, query: &str, variables: Value) -> Value {
        let response = self.post(query, variables).unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    }

    /// The `data` of an answer without errors.
    pub(super) fn data(&self, query: &str, variables: Value) -> Value {
        let body = self.ask(query, variables);
        assert!(body.get("errors").is_none(), "{body}");
        body["data"].clone()
    }

    /// The payload of a mutation without user errors, its only root field.
    pub(super) fn done(&self, query: &str, variables: Value) -> Value {
        let payload = self.payload(query, variables);
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        payload
    }

    /// The payload of a mutation, whatever its user errors.
    pub(super) fn payload(&self, query: &str, variables: Value) -> Value {
        let data = self.data(query, variables);
        data.as_object().unwrap().values().next().unwrap().clone()
    }

    /// Creates a product by `productSet` with one variant per SKU, under the option `Size`.
    pub(super) fn product(&self, title: &str, skus: &[&str]) -> Value {
        let variants: Vec<Value> = skus.iter().map(|sku| variant(sku)).collect();
        let values: Vec<Value> = skus.iter().map(|sku| json!({ "name": sku })).collect();
        let input = json!({
            "title": title,
            "productOptions": [{ "name": "Size", "values": values }],
            "variants": variants,
        });
        self.done(SET, json!({ "input": input }))["product"].clone()
    }

    pub(super) fn location(&self, name: &str) -> String {
        self.sim.locations().into_iter().find(|(_, known)| known == name).unwrap().0
    }

    /// Codes and messages of the top-level errors.
    pub(super) fn errors(&self, query: &str, variables: Value) -> Vec<Value> {
        self.ask(query, variables)["errors"].as_array().cloned().unwrap_or_default()
    }
}

/// The input of a variant whose only option value is its SKU.
pub(super) fn variant(sku: &str) -> Value {
    json!({
        "sku": sku,
        "price": "10",
        "optionValues": [{ "optionName": "Size", "name": sku }],
        "inventoryItem": { "tracked": true },
    })
}

pub(super) const SET: &str = r#"
mutation Set($identifier: ProductSetIdentifiers, $input: ProductSetInput!, $synchronous: Boolean = true) {
  productSet(identifier: $identifier, input: $input, synchronous: $synchronous) {
    product {
      id title handle status
      variants(first: 100) { nodes { id sku price title inventoryQuantity inventoryItem { id tracked } } }
    }
    productSetOperation { id status }
    userErrors { field message code }
  }
}"#;

/// A request to the GraphQL endpoint of the default shop.
pub(super) fn request(version: &str, body: &Value) -> Request<Bytes> {
    Request::post(format!("https://fusion-demo.myshopify.com/admin/api/{version}/graphql.json"))
        .header("content-type", "application/json")
        .header("x-shopify-access-token", TOKEN)
        .body(Bytes::from(body.to_string()))
        .unwrap()
}
