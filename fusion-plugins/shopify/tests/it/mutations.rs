//! A thousand damaged answers for every operation: a value or a typed error, never a panic, and never a page that
//! one bad record stops.

use crate::{
    bench::{Bench, done, id, listing},
    orders::{money, mugs, order_ref, ship, stocked, stored},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result},
    model::{ListingEdit, NewListing, Order, OrderAction, Ref, RefKind, Refs, Removal, Restock, StockRow},
    plugin::{
        Change, MemoryLedger, PlatformPlugin, ProductQuery, SentStep, Target, Watch, WireRequest, Work,
        Written,
    },
};
use fusion_plugin_sdk::testkit::mutate;
use fusion_plugin_shopify::simulator::NewOrder;
use serde_json::json;
use std::sync::{Arc, Mutex};

mod tape;
use tape::{Player, Recorder, Tape};

/// Damaged answers for each operation.
const SEEDS: u64 = 1_000;

/// What an operation is done with.
struct Set {
    target: Target,
    order: Order,
    /// One of which nothing has left.
    open: Order,
    listing: NewListing,
    rows: Vec<StockRow>,
    watch: Watch,
    shipped: WireRequest,
    fulfilment: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Describe,
    ListProducts,
    GetProduct,
    Create,
    Publish,
    Update,
    Delete,
    Hide,
    Stock,
    ListOrders,
    GetOrder,
    Ship,
    Track,
    Cancel,
    Refund,
    Observe,
    Find,
    Snapshot,
    Subscribe,
}

/// How many records a page held, where the operation reads one.
type Records = Option<usize>;

impl Op {
    async fn run(self, bench: &Bench, set: &Set) -> Result<Records> {
        let (cx, plugin) = (bench.cx(), &bench.plugin);
        let order = |action: OrderAction| async move {
            plugin.process_order(&cx, &set.order, &action).await.map(drop)
        };
        let line = set.order.facts.lines[0].key.clone();
        let command = bench.command(Change::Order { order: set.order.id, action: ship(&[], None) });
        let of_order = Target::of_order(&set.order);
        let work = Work { command: &command, target: &of_order };
        match self {
            Self::Describe => plugin.describe(&bench.bench.connection_cx()).await.map(drop)?,
            Self::ListProducts => {
                let page = plugin.list_products(&cx, &ProductQuery::default()).await?;
                return Ok(Some(page.items.len() + page.unreadable.len()));
            }
            Self::GetProduct => plugin.get_product(&cx, &set.target.refs.current()[0]).await.map(drop)?,
            Self::Create => plugin.create_product(&cx, &set.listing).await.map(drop)?,
            Self::Publish => plugin.publish(&cx, &set.target, &set.listing).await.map(drop)?,
            Self::Update => {
                let edit: ListingEdit = serde_json::from_value(json!({ "title": { "set": "Cup" } })).unwrap();
                plugin.update_product(&cx, &set.target, &edit).await.map(drop)?;
            }
            Self::Delete => plugin.delete_product(&cx, &set.target, Removal::Delete).await.map(drop)?,
            Self::Hide => plugin.delete_product(&cx, &set.target, Removal::Hide).await.map(drop)?,
            Self::Stock => plugin.sync_inventory(&cx, &set.rows).await.map(drop)?,
            Self::ListOrders => {
                let page = plugin.list_orders(&cx, None, None).await?;
                return Ok(Some(page.items.len() + page.unreadable.len()));
            }
            Self::GetOrder => {
                let id = set.order.facts.refs.current()[0].id.clone();
                plugin.get_order(&cx, &order_ref(&id)).await.map(drop)?;
            }
            Self::Ship => order(ship(&[(&line, 1)], Some("T1"))).await?,
            Self::Track => {
                let fulfilment = set.fulfilment.clone();
                order(OrderAction::AmendTracking { fulfilment, carrier: None, tracking: "T2".to_owned() })
                    .await?;
            }
            Self::Cancel => {
                let action = OrderAction::Cancel {
                    lines: Vec::new(),
                    reason: "other".to_owned(),
                    restock: Restock::Yes,
                    refund: true,
                    notify: false,
                };
                plugin.process_order(&cx, &set.open, &action).await.map(drop)?;
            }
            Self::Refund => {
                let lines = vec![(line, 1, Restock::Yes)];
                order(OrderAction::Refund { total: money("12.50 EUR").into(), lines }).await?;
            }
            Self::Observe => plugin.observe(&cx, work, &set.watch).await.map(drop)?,
            Self::Find => {
                let step = SentStep { name: "ship", request: &set.shipped, at: Timestamp::EPOCH };
                plugin.find_by_reference(&cx, work, step).await.map(drop)?;
            }
            Self::Snapshot => {
                let command = bench.command(Change::Publish { listing: Box::new(set.listing.clone()) });
                let work = Work { command: &command, target: &set.target };
                plugin.snapshot(&cx, &[work]).await.map(drop)?;
            }
            Self::Subscribe => {
                let webhooks = plugin.webhooks().unwrap();
                let facts = &bench.bench.store.facts;
                let address = "https://hooks.example/shopify";
                webhooks.subscribe(&bench.bench.connection_cx(), facts, address).await.map(drop)?;
            }
        }
        Ok(None)
    }
}

/// A shop in which every operation succeeds once, and what they are done with.
async fn world() -> (Bench, Set) {
    let (mut bench, target) = stocked().await;
    let long =
        mugs(2).custom("Lamp", "9.00", 3).engraved("for", "Ada").shipping("4.90").tax("VAT", 1900, None);
    let gid = bench.shop.place_order(long.note("ring")).unwrap();
    bench.shop.place_order(NewOrder::of([("MUG-1", 1)])).unwrap();
    bench.shop.exchange(&bench.shop.orders()[1], 0, 1, "MUG-0").unwrap();
    let other = bench.shop.place_order(mugs(1)).unwrap();
    let untouched = bench.shop.place_order(mugs(1)).unwrap();
    let (order, second) = (stored(&bench, &gid).await, stored(&bench, &other).await);
    let open = stored(&bench, &untouched).await;
    bench.bench.next_work("cancel");
    let cancel = OrderAction::Cancel {
        lines: Vec::new(),
        reason: "other".to_owned(),
        restock: Restock::Yes,
        refund: false,
        notify: false,
    };
    let taken = bench.plugin.process_order(&bench.cx(), &second, &cancel).await.unwrap();
    let Written::Accepted { watch, .. } = taken.result else { panic!("done at once") };
    bench.bench.next_work("ship");
    let one = ship(&[(&order.facts.lines[1].key, 1)], None);
    let refs = done(bench.plugin.process_order(&bench.cx(), &order, &one).await.unwrap());
    let fulfilment = id(&refs, "fulfillment").to_owned();
    let shipped = bench.bench.journal.rows().pop().unwrap().request;
    let place = bench.shop.locations().remove(0).0;
    let rows = target.variants.iter().map(|row| StockRow {
        variant: row.id,
        listing_refs: Refs::default(),
        refs: row.refs.clone(),
        location: Some(Ref::new(RefKind::of("location"), place.clone())),
        pool: None,
        available: 5,
        expected: None,
        sequence: 2,
    });
    let rows = rows.collect();
    let mut wanted = listing(&["Red", "Blue"]);
    wanted.title = "Another mug".to_owned();
    (bench, Set { target, order, open, listing: wanted, rows, watch, shipped, fulfilment })
}

/// What `op` is answered when nothing is wrong, and how many records its page holds.
async fn recorded(op: Op) -> (Bench, Set, Tape, Records) {
    let (mut bench, set) = world().await;
    let recorder = Arc::new(Recorder { network: bench.shop.transport(), tape: Mutex::default() });
    bench.bench.transport = recorder.clone();
    bench.bench.next_work("clean");
    let clean = op.run(&bench, &set).await;
    let records = clean.unwrap_or_else(|error| panic!("{op:?}: {error:?}"));
    let tape = recorder.tape.lock().unwrap().clone();
    assert!(!tape.is_empty(), "{op:?} asks nobody");
    (bench, set, tape, records)
}

/// What may be said about a write whose own answer was damaged: not that it never happened.
fn check_fate(error: &Error, is_write: bool, damage: &str) {
    if is_write {
        assert!(!matches!(error.fate(), Fate::NotSent), "{damage}: {error:?}");
    }
}

async fn thousand_of(op: Op) {
    let (mut bench, set, tape, records) = recorded(op).await;
    let (mut values, mut errors) = (0_u64, 0_u64);
    for seed in 0..SEEDS {
        let nth = usize::try_from(seed).unwrap() % tape.len();
        let mutated = mutate(&tape[nth].1, seed / tape.len() as u64);
        let mut damaged = tape.clone();
        damaged[nth].1 = mutated.value.clone();
        bench.bench.transport = Arc::new(Player::new(&damaged));
        bench.bench.budget = MemoryLedger::new(bench.clock.clone());
        bench.bench.next_work(&format!("seed {seed}"));
        let damage = format!("{op:?} seed {seed}, answer {nth} ({}), {}", tape[nth].0, mutated.damage);
        match op.run(&bench, &set).await {
            Ok(found) => {
                values += 1;
                if let (Some(all), Some(found)) = (records, found) {
                    let inside = ["/data/orders/nodes/", "/data/products/nodes/"];
                    if inside.iter().any(|place| mutated.damage.starts_with(place)) {
                        assert!(found + 1 >= all, "{damage}: {found} of {all} records");
                    }
                }
            }
            Err(error) => {
                errors += 1;
                let is_inside = ["/data/orders/nodes/", "/data/products/nodes/"]
                    .iter()
                    .any(|place| mutated.damage.starts_with(place));
                assert!(!is_inside || records.is_none(), "{damage} stopped the page: {error:?}");
                assert!(error.kind() != ErrorKind::Internal, "{damage}: {error:?}");
                assert!(format!("{error:?}{error}").len() < 20_000, "{damage}");
                check_fate(&error, tape[nth].0 == "FusionFulfill" || tape[nth].0 == "FusionRefund", &damage);
            }
        }
    }
    assert!(values > 0 && errors > 0, "{op:?}: {values} values, {errors} errors");
}

#[tokio::test]
async fn a_thousand_damaged_answers_about_products_are_values_or_typed_errors() {
    use Op::*;
    for op in [Describe, ListProducts, GetProduct, Create, Publish, Update, Delete, Hide, Stock, Snapshot] {
        thousand_of(op).await;
    }
}

#[tokio::test]
async fn a_thousand_damaged_answers_to_each_read_of_orders_are_values_or_typed_errors() {
    for op in [Op::ListOrders, Op::GetOrder, Op::Observe, Op::Find] {
        thousand_of(op).await;
    }
}

#[tokio::test]
async fn a_thousand_damaged_answers_to_each_write_of_orders_are_values_or_typed_errors() {
    for op in [Op::Ship, Op::Track, Op::Cancel, Op::Refund, Op::Subscribe] {
        thousand_of(op).await;
    }
}
