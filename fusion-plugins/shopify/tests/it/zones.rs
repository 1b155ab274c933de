//! Times in a query are instants in UTC, quoted, whatever zone the machine is in.

use crate::{
    bench::Bench,
    orders::{mugs, stocked},
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    clock::Timestamp,
    http::{HttpTransport, Limits, TransportError},
    plugin::{PlatformPlugin, ProductQuery},
};
use http::{Request, Response};
use serde_json::Value;
use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Zones as rules, so that no database of zones is needed: Berlin, Newfoundland, Kiritimati.
const ZONES: [&str; 4] = ["UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NST3:30NDT,M3.2.0,M11.1.0", "<+14>-14"];

/// Set in the process whose zone is another one.
const CHILD: &str = "FUSION_TEST_ZONE";

/// Keeps the text of each search.
struct Listening {
    inner: Arc<dyn HttpTransport>,
    searches: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl HttpTransport for Listening {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        self.searches.lock().unwrap().extend(body["variables"]["query"].as_str().map(str::to_owned));
        self.inner.send(request, limits).await
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A shop in the night in which Berlin's clocks show the hour from two to three twice, and what it is asked for.
async fn in_the_long_night() -> (Bench, Arc<Mutex<Vec<String>>>) {
    let (mut bench, _) = stocked().await;
    let now = fusion_core::clock::Clock::now(&*bench.clock);
    bench.clock.advance(at("2026-10-25T00:20:00Z").since(now));
    let searches = Arc::new(Mutex::new(Vec::new()));
    let inner = bench.bench.transport.clone();
    bench.bench.transport = Arc::new(Listening { inner, searches: searches.clone() });
    (bench, searches)
}

#[tokio::test]
async fn a_watermark_leaves_as_a_quoted_instant_in_utc_in_every_zone() {
    if std::env::var_os(CHILD).is_none() {
        for zone in ZONES {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "zones::a_watermark_leaves_as_a_quoted_instant_in_utc_in_every_zone"])
                .env("TZ", zone)
                .env(CHILD, zone)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success() && said.contains("1 passed"), "{zone}: {said}");
        }
        return;
    }
    let (bench, searches) = in_the_long_night().await;
    // Once at 02:20 by Berlin's clocks, an hour later at 02:20 again, and 02:30.
    let first = bench.shop.place_order(mugs(1)).unwrap();
    bench.clock.advance(Duration::from_secs(60 * 60));
    let second = bench.shop.place_order(mugs(1)).unwrap();
    bench.clock.advance(Duration::from_secs(10 * 60));
    let since = Some(at("2026-10-25T00:30:00Z"));
    let orders = bench.plugin.list_orders(&bench.cx(), since, None).await.unwrap();
    let found: Vec<&str> =
        orders.items.iter().map(|order| order.value.facts.refs.current()[0].id.as_str()).collect();
    assert!(found == [second.as_str()] && first != second, "{found:?}");
    assert_eq!(orders.watermark, Some(at("2026-10-25T01:30:00Z")));
    let query = ProductQuery { changed_since: since, ..ProductQuery::default() };
    bench.plugin.list_products(&bench.cx(), &query).await.unwrap();
    // Five minutes more, for an index that lags.
    let wanted = "updated_at:>='2026-10-25T00:25:00Z' AND updated_at:<='2026-10-25T01:30:00Z'";
    assert_eq!(*searches.lock().unwrap(), [wanted, wanted]);
}
