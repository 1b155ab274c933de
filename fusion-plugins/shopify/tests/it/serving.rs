//! The same shop on a loopback port.

use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    http::{HttpTransport, Limits, TransportError},
    testkit::TestClock,
};
use fusion_plugin_shopify::simulator::{NewOrder, Simulator};
use http::{Request, Response};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The plainest HTTP client there is: one request, one connection.
struct Plain;

#[async_trait]
impl HttpTransport for Plain {
    async fn send(&self, request: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, TransportError> {
        let authority = request.uri().authority().unwrap().to_string();
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n",
            request.method(),
            request.uri().path()
        );
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", request.body().len()));
        let mut stream = TcpStream::connect(authority.parse::<SocketAddr>().unwrap()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.write_all(request.body()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
    }
}

fn asked(uri: String, token: &str) -> Request<Bytes> {
    let body = json!({ "query": "{ orders(first: 5) { nodes { name } } }" }).to_string();
    Request::post(uri)
        .header("x-shopify-access-token", token)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

const LIMITS: Limits = Limits { max_response: 1 << 20, timeout: Duration::from_secs(10) };

#[tokio::test]
async fn a_served_shop_answers_as_the_one_in_memory_and_stops_when_it_is_dropped() {
    let clock = Arc::new(TestClock::at(Timestamp::from_micros(1_790_812_800_000_000)));
    let shop = Simulator::builder(clock).token("shpat_1").build().unwrap();
    let served = shop.serve().await.unwrap();
    shop.place_order(NewOrder::of([] as [(&str, u32); 0]).custom("Lamp", "9.00", 1)).unwrap();
    let path = "/admin/api/2026-10/graphql.json";
    let address = served.address();
    let near = Plain.send(asked(format!("http://{address}{path}"), "shpat_1"), LIMITS).await.unwrap();
    let answer: Value = serde_json::from_slice(near.body()).unwrap();
    assert_eq!(answer["data"]["orders"]["nodes"], json!([{ "name": "#1001" }]));
    // A plugin knows the shop by its own domain; the transport takes it here.
    let transport = served.transport(Arc::new(Plain));
    let uri = format!("https://{}{path}", shop.domain());
    let far = transport.send(asked(uri.clone(), "shpat_1"), LIMITS).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(far.body()).unwrap()["data"], answer["data"]);
    let refused = transport.send(asked(uri, "another"), LIMITS).await.unwrap();
    assert_eq!(refused.status(), 401);
    drop(served);
    // The listener goes with the next turn of the runtime.
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(address).await.is_err());
}
