//! Notifications: asked for, checked, read, and asked for again when the platform has dropped them.

use crate::{
    bench::Bench,
    orders::{mugs, read, stocked},
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    error::ErrorKind,
    http::{HttpTransport, Limits, TransportError},
    plugin::{Delivery, Hint, PlatformPlugin, Webhooks},
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind, Notification};
use http::{Request, Response};
use serde_json::json;
use std::{sync::Mutex, time::Duration};

const ADDRESS: &str = "https://hooks.example/shopify";

async fn subscribe(bench: &mut Bench, address: &str) -> Vec<String> {
    bench
        .bench
        .next_work(&format!("subscribe {address} {:?}", fusion_core::clock::Clock::now(&*bench.clock)));
    let facts = &bench.bench.store.facts;
    webhooks(bench).subscribe(&bench.bench.connection_cx(), facts, address).await.unwrap()
}

fn webhooks(bench: &Bench) -> &dyn Webhooks {
    bench.plugin.webhooks().unwrap()
}

fn hints(bench: &Bench, told: &Notification, secrets: &[&str]) -> Result<Vec<Hint>, ErrorKind> {
    let headers: Vec<(&str, &str)> =
        told.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let delivery = Delivery { headers: &headers, body: &told.body };
    let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).into()).collect();
    webhooks(bench).verify(delivery, &secrets).map_err(|error| error.kind())?;
    webhooks(bench).parse(delivery).map_err(|error| error.kind())
}

/// Everything that is on its way, taken in.
fn taken(bench: &Bench) -> Vec<Notification> {
    let mut all = Vec::new();
    bench.shop.deliver(|told| {
        all.push(told.clone());
        200
    });
    all
}

#[tokio::test]
async fn topics_are_set_up_once_and_moved_to_another_address() {
    for version in ["2026-10", "2026-07"] {
        let (mut bench, _) = stocked().await;
        bench.bench.connection.settings = json!({"shop": crate::bench::SHOP, "api_version": version});
        let set_up = subscribe(&mut bench, ADDRESS).await;
        assert!(set_up.len() == 13 && set_up.contains(&"orders/updated".to_owned()), "{set_up:?}");
        assert!(subscribe(&mut bench, ADDRESS).await.is_empty());
        bench.clock.advance(Duration::from_secs(1));
        assert_eq!(subscribe(&mut bench, "https://hooks.example/other").await, set_up);
        let known = bench.shop.subscriptions();
        assert!(
            known.len() == 13 && known.iter().all(|(_, address)| address.ends_with("/other")),
            "{known:?}"
        );
    }
}

#[tokio::test]
async fn what_another_program_asked_for_stays_as_it_is() {
    let (mut bench, _) = stocked().await;
    let theirs = "https://other.example/hook";
    subscribe(&mut bench, theirs).await;
    // Another program with the same app, whose authorisation of the shop is another one.
    bench.bench.connection.id = fusion_core::model::ConnectionId::new(&*bench.clock);
    let set_up = subscribe(&mut bench, ADDRESS).await;
    assert_eq!(set_up.len(), 13);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(subscribe(&mut bench, "https://hooks.example/other").await, set_up);
    let known = bench.shop.subscriptions();
    let to = |address: &str| known.iter().filter(|(_, known)| known == address).count();
    assert_eq!((to(theirs), to("https://hooks.example/other"), known.len()), (13, 13, 26));
}

#[tokio::test]
async fn an_event_keeps_its_name_when_it_comes_again() {
    let (mut bench, _) = stocked().await;
    subscribe(&mut bench, ADDRESS).await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    bench.shop.repeat_notifications().unwrap();
    bench.shop.edit_order(&gid, 0, 1).unwrap();
    let names = |topic: &str, all: &[Notification]| -> Vec<String> {
        let of_topic = all.iter().filter(|told| told.topic == topic);
        let name = |told: &Notification| {
            let headers: Vec<_> =
                told.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            webhooks(&bench).event(Delivery { headers: &headers, body: &told.body }).unwrap()
        };
        of_topic.map(name).collect()
    };
    let all = taken(&bench);
    let created = names("orders/create", &all);
    assert!(created.len() == 2 && created[0] == created[1], "{created:?}");
    assert!(names("orders/updated", &all).iter().all(|name| !created.contains(name)));
}

#[tokio::test]
async fn only_what_the_app_may_see_is_asked_for_and_only_over_https() {
    let (mut bench, _) = stocked().await;
    bench.bench.store.facts.scopes = vec!["write_products".to_owned()];
    let set_up = subscribe(&mut bench, ADDRESS).await;
    let products =
        ["products/create", "products/update", "products/delete", "shop/update", "app/uninstalled"];
    assert_eq!(set_up, products);
    for address in ["http://hooks.example/", "hooks.example", ""] {
        let facts = &bench.bench.store.facts;
        let error =
            webhooks(&bench).subscribe(&bench.bench.connection_cx(), facts, address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
    }
    let facts = &bench.bench.store.facts;
    bench.bench.journal = fusion_plugin_sdk::testkit::MemoryJournal::new(bench.clock.clone(), "own");
    let own = "https://fusion-demo.myshopify.com/hook";
    let error = webhooks(&bench).subscribe(&bench.bench.connection_cx(), facts, own).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_lost_answer_sets_up_nothing_twice() {
    let (mut bench, _) = stocked().await;
    bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("webhookSubscriptionCreate"));
    subscribe(&mut bench, ADDRESS).await;
    assert_eq!(bench.shop.subscriptions().len(), 13);
}

#[tokio::test]
async fn a_delivery_is_read_under_either_secret_and_names_what_to_look_at() {
    let (mut bench, _) = stocked().await;
    subscribe(&mut bench, ADDRESS).await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let all = taken(&bench);
    let topics: Vec<_> = all.iter().map(|told| told.topic.as_str()).collect();
    for topic in ["orders/create", "inventory_levels/update", "fulfillment_orders/order_routing_complete"] {
        assert!(topics.contains(&topic), "{topics:?}");
    }
    let created = all.iter().find(|told| told.topic == "orders/create").unwrap();
    let hint = hints(&bench, created, &["newer", "simulated-secret"]).unwrap().remove(0);
    assert_eq!((hint.topic.as_str(), hint.about.unwrap().id), ("orders/create", gid.clone()));
    assert_eq!(hints(&bench, created, &["newer"]), Err(ErrorKind::Unauthenticated));
    let altered = Notification {
        body: Bytes::from(format!("{} ", String::from_utf8_lossy(&created.body))),
        ..created.clone()
    };
    assert_eq!(hints(&bench, &altered, &["simulated-secret"]), Err(ErrorKind::Unauthenticated));
    // After a rotation the old secret still counts as long as both are given.
    bench.shop.rotate_secret("newer");
    bench.shop.edit_order(&gid, 0, 0).unwrap();
    for told in taken(&bench) {
        hints(&bench, &told, &["simulated-secret", "newer"]).unwrap();
        assert_eq!(hints(&bench, &told, &["simulated-secret"]), Err(ErrorKind::Unauthenticated));
    }
    let redact = bench.shop.notification(
        "customers/redact",
        &json!({"shop_domain": "x", "customer": {}, "orders_to_redact": [1]}),
    );
    assert_eq!(hints(&bench, &redact, &["newer"]).unwrap()[0].topic, "customers/redact");
}

#[tokio::test]
async fn deliveries_come_twice_late_and_in_any_order_and_the_order_read_is_the_newest() {
    let (mut bench, _) = stocked().await;
    subscribe(&mut bench, ADDRESS).await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    bench.clock.advance(Duration::from_secs(5));
    bench.shop.edit_order(&gid, 0, 1).unwrap();
    bench.shop.repeat_notifications().unwrap();
    let mut all = taken(&bench);
    assert!(all.len().is_multiple_of(2));
    all.reverse();
    for told in &all {
        for hint in hints(&bench, told, &["simulated-secret"]).unwrap() {
            if hint.about.is_some_and(|about| about.id == gid) {
                assert_eq!(read(&bench, &gid).await.facts.lines[0].current, 1);
            }
        }
    }
    assert_eq!(bench.shop.notifications(), 0);
}

#[tokio::test]
async fn a_topic_that_failed_eight_times_is_dropped_and_set_up_again() {
    let (mut bench, _) = stocked().await;
    subscribe(&mut bench, ADDRESS).await;
    bench.shop.place_order(mugs(1)).unwrap();
    let refuse_orders = |told: &Notification| if told.topic == "orders/create" { 500 } else { 200 };
    let mut tries = 0;
    for _ in 0..12 {
        bench.shop.deliver(|told| {
            tries += usize::from(told.topic == "orders/create");
            refuse_orders(told)
        });
        // The pauses grow; nothing comes before its time.
        bench.shop.deliver(|told| panic!("{} came early", told.topic));
        bench.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
    assert_eq!((tries, bench.shop.subscriptions().len()), (8, 12));
    assert_eq!(subscribe(&mut bench, ADDRESS).await, ["orders/create"]);
    assert_eq!(bench.shop.subscriptions().len(), 13);
}

/// Takes what is posted.
#[derive(Default)]
struct Endpoint(Mutex<Vec<Request<Bytes>>>);

#[async_trait]
impl HttpTransport for Endpoint {
    async fn send(&self, request: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, TransportError> {
        self.0.lock().unwrap().push(request);
        Ok(Response::new(Bytes::new()))
    }
}

#[tokio::test]
async fn notifications_are_posted_to_their_address() {
    let (mut bench, _) = stocked().await;
    subscribe(&mut bench, ADDRESS).await;
    bench.shop.place_order(mugs(1)).unwrap();
    let endpoint = Endpoint::default();
    let count = bench.shop.deliver_over(&endpoint).await.unwrap();
    let came = endpoint.0.lock().unwrap();
    assert!(count > 0 && came.len() == count && bench.shop.notifications() == 0);
    assert!(came.iter().all(|request| request.uri() == ADDRESS && request.method() == "POST"));
    let headers: Vec<(&str, &str)> =
        came[0].headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let delivery = Delivery { headers: &headers, body: came[0].body() };
    webhooks(&bench).verify(delivery, &["simulated-secret".into()]).unwrap();
}
