//! What is booked for a call is never less than what the platform asks for it.

use crate::bench::{Bench, big, done, listing};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    error::Result,
    http::{HttpTransport, Limits, TransportError},
    model::{Ref, RefKind, Removal, StockRow},
    plugin::{
        Booking, BudgetLedger, Context, Correction, Draw, MemoryLedger, Net, PlatformPlugin, ProductQuery,
        Target, Ticket,
    },
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Documents with what was booked and what they were said to cost.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, u32, f64)>>>);

struct Listening {
    inner: Arc<dyn HttpTransport>,
    notes: Notes,
    booked: Arc<Mutex<u32>>,
}

#[async_trait]
impl HttpTransport for Listening {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let name = body["query"].as_str().unwrap().split(['(', '{']).next().unwrap().trim().to_owned();
        let answer = self.inner.send(request, limits).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let requested = body["extensions"]["cost"]["requestedQueryCost"].as_f64().unwrap();
        let booked = *self.booked.lock().unwrap();
        self.notes.0.lock().unwrap().push((name, booked, requested));
        Ok(answer)
    }
}

struct Booked<'a> {
    inner: &'a MemoryLedger,
    booked: Arc<Mutex<u32>>,
}

#[async_trait]
impl BudgetLedger for Booked<'_> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        *self.booked.lock().unwrap() = draws.iter().map(|draw| draw.amount).sum();
        self.inner.reserve(draws, patience).await
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.inner.correct(ticket, corrections).await
    }
}

#[tokio::test]
async fn no_call_costs_more_than_was_booked_for_it() {
    let mut bench = Bench::with(|shop| shop.locations(["Shop", "Cellar"])).await;
    let notes = Notes::default();
    let booked = Arc::new(Mutex::new(0));
    let plain = Arc::clone(&bench.bench.transport);
    bench.bench.transport =
        Arc::new(Listening { inner: plain, notes: notes.clone(), booked: Arc::clone(&booked) });
    bench.bench.patience = Duration::from_secs(60);
    bench.bench.time = Duration::from_secs(600);
    let bench = &mut bench;
    macro_rules! cx {
        ($ledger:ident) => {{
            let cx = bench.cx();
            Context { net: Net { budget: &$ledger, ..cx.net }, ..cx }
        }};
    }
    let memory = MemoryLedger::new(bench.bench.clock.clone());
    let ledger = Booked { inner: &memory, booked };
    let plugin = bench.plugin;
    plugin.describe(&fusion_core::plugin::ConnectionContext::from(cx!(ledger))).await.unwrap();
    let placed =
        done(plugin.publish(&cx!(ledger), &Target::default(), &listing(&["Red", "Blue"])).await.unwrap());
    let target = crate::bench::target_of(&placed);
    bench.bench.next_work("large");
    let large = done(plugin.create_product(&cx!(ledger), &big(300)).await.unwrap());
    bench.bench.next_work("repair");
    let mut rich = listing(&["Red", "Blue"]);
    rich.extensions.set(&crate::extras::extras()).unwrap();
    done(plugin.publish(&cx!(ledger), &target, &rich).await.unwrap());
    bench.bench.next_work("edit");
    let mut new = serde_json::to_value(&listing(&["Grey", "Green"]).variants[1]).unwrap();
    new["id"] = json!(crate::bench::uuid(130));
    let edit = json!({"title": {"set": "Cup"}, "media": "clear", "add": [new], "remove": [crate::bench::uuid(101)],
        "variants": [[crate::bench::uuid(100), {"price": {"set": "1.00 EUR"}}]]});
    done(plugin.update_product(&cx!(ledger), &target, &serde_json::from_value(edit).unwrap()).await.unwrap());
    for page_size in [1, 50, 250] {
        let query = ProductQuery { page_size: Some(page_size), ..ProductQuery::default() };
        plugin.list_products(&cx!(ledger), &query).await.unwrap();
    }
    bench.bench.next_work("stock");
    let rows: Vec<StockRow> = large
        .variants
        .iter()
        .flat_map(|(row, refs)| {
            bench.shop.locations().into_iter().map(|(place, _)| StockRow {
                variant: *row,
                listing_refs: large.product.refs.clone(),
                refs: refs.clone(),
                location: Some(Ref::new(RefKind::of("location"), place)),
                pool: None,
                available: 3,
                expected: None,
                sequence: 1,
            })
        })
        .take(20)
        .collect();
    done(plugin.sync_inventory(&cx!(ledger), &rows).await.unwrap());
    for removal in [Removal::Hide, Removal::Archive, Removal::Delete] {
        bench.bench.next_work(&format!("{removal:?}"));
        done(plugin.delete_product(&cx!(ledger), &target, removal).await.unwrap());
    }
    let notes = notes.0.lock().unwrap().clone();
    let cheap: Vec<_> = notes.iter().filter(|(_, booked, asked)| f64::from(*booked) < *asked).collect();
    assert!(cheap.is_empty(), "{cheap:?}");
    let kinds: std::collections::BTreeSet<&str> = notes.iter().map(|(name, ..)| name.as_str()).collect();
    assert!(kinds.len() >= 15, "{kinds:?}");
}
