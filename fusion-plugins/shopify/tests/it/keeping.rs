//! A shop in a folder: orders, subscriptions and work under way outlive the process.

use crate::orders::mugs;
use fusion_core::{clock::Timestamp, testkit::TestClock};
use fusion_plugin_shopify::simulator::{NewOrder, Simulator};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

async fn ask(shop: &Simulator, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let request = http::Request::post(format!("https://{}/admin/api/2026-10/graphql.json", shop.domain()))
        .header("x-shopify-access-token", "shpat_1")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap();
    let limits = fusion_core::http::Limits { max_response: 1 << 20, timeout: Duration::from_secs(10) };
    let response = shop.transport().send(request, limits).await.unwrap();
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

#[tokio::test]
async fn orders_subscriptions_and_work_under_way_are_taken_up_again() {
    let path = std::env::temp_dir().join(format!("shopify-orders-{}", std::process::id()));
    std::fs::remove_dir_all(&path).unwrap_or_default();
    let folder = Folder(path);
    let clock = Arc::new(TestClock::at(Timestamp::from_micros(1_790_812_800_000_000)));
    let open = || Simulator::at(clock.clone(), &folder.0).token("shpat_1").build().unwrap();
    let shop = open();
    let subscribe = "mutation($topic: WebhookSubscriptionTopic!) { webhookSubscriptionCreate(topic: $topic,
        webhookSubscription: { uri: \"https://hooks.example/\", format: JSON }) { userErrors { message } } }";
    ask(&shop, subscribe, json!({ "topic": "ORDERS_CANCELLED" })).await;
    let wanted = NewOrder::of([] as [(&str, u32); 0]).custom("Lamp", "9.00", 2);
    let gid = shop.place_order(wanted.clone()).unwrap();
    let later = shop.place_order(wanted.laid_out_after(Duration::from_secs(60))).unwrap();
    let cancel = "mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) {
        job { id } orderCancelUserErrors { message } } }";
    let job = ask(&shop, cancel, json!({ "id": gid })).await["orderCancel"]["job"]["id"].clone();
    let (orders, ledger) = (shop.order(&gid), shop.ledger());
    drop(shop);

    let shop = open();
    assert_eq!((shop.order(&gid), shop.ledger()), (orders, ledger));
    assert_eq!(shop.subscriptions(), [("orders/cancelled".to_owned(), "https://hooks.example/".to_owned())]);
    clock.advance(Duration::from_secs(60));
    let told = ask(&shop, "query($id: ID!) { job(id: $id) { done } }", json!({ "id": job })).await;
    assert_eq!(told["job"]["done"], true);
    assert!(!shop.order(&gid).unwrap()["cancelled_at"].is_null());
    assert_eq!(shop.order(&later).unwrap()["parts"].as_array().unwrap().len(), 1);
    assert_eq!(shop.notifications(), 1);
    drop(shop);

    let shop = open();
    let mut topics = Vec::new();
    shop.deliver(|told| {
        topics.push(told.topic.clone());
        200
    });
    assert_eq!(topics, ["orders/cancelled"]);
    drop(shop);
    assert_eq!(open().notifications(), 0);
    assert!(open().place_order(mugs(1)).is_err(), "there is no such variant");
}
