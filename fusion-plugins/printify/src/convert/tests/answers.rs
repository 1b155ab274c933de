//! Every example of the contract is carried into the model.

use super::{
    super::*,
    specs,
    support::{facts, money},
};
use crate::{Made, Settings, Supply, kinds};
use fusion_core::{
    clock::Timestamp,
    error::{ErrorKind, Result},
    model::*,
    plugin::{Asks, Matter},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Carry = fn(&Value) -> Result<()>;

/// How each answer is carried; the other answers hold nothing.
pub(super) const CARRIED: [(&str, Carry); 25] = [
    ("shopsList", |it| stores(it, &super::support::settings("EUR")).map(drop)),
    ("variantsResponse", |it| blank_variants(it).map(|read| drop(read.value))),
    ("printProvidersList", |it| providers(it).map(drop)),
    ("printProvidersFullList", |it| providers(it).map(drop)),
    ("printProviderFull", |it| providers(it).map(drop)),
    ("shippingResponse", |it| postage(it).map(drop)),
    ("v2ShippingStandardResponse", |it| rates(it).map(drop)),
    ("v2ShippingResponse", |it| methods(it).map(drop)),
    ("blueprintsList", |it| blanks(it).map(drop)),
    ("blueprint", |it| blank(it).map(drop)),
    ("product", |it| product(it, &facts()).map(|read| drop(read.value))),
    ("productsList", |it| products(it, &facts()).map(drop)),
    ("gpsrList", |it| safety(it).map(drop)),
    ("ordersList", |it| orders(it, &facts()).map(drop)),
    ("orderCreated", |it| submitted(it).map(drop)),
    ("order", |it| order(it, &facts()).map(|read| drop(read.value))),
    ("orderIdResponse", |it| submitted(it).map(drop)),
    ("expressOrderResponse", |it| submitted(it).map(drop)),
    ("shippingCosts", |it| quote(it, &facts()).map(drop)),
    ("uploadsList", |it| uploads(it).map(drop)),
    ("upload", |it| upload(it).map(drop)),
    ("webhooksList", |it| subscriptions(it).map(drop)),
    ("webhook", |it| subscriptions(it).map(drop)),
    ("webhookDeleted", |it| unsubscribed(it).map(drop)),
    ("error", |it| {
        drop(crate::judge(&super::support::refusal(400, &it.to_string())));
        Ok(())
    }),
];

/// Answers that hold nothing to carry.
const EMPTY: [&str; 2] = ["emptySuccess", "successfulOperation"];

#[test]
fn every_recorded_answer_is_carried() {
    let Some(answers) = specs::answers() else { return };
    let known: BTreeSet<&str> = CARRIED.iter().map(|(name, _)| *name).chain(EMPTY).collect();
    let unknown: Vec<&String> = answers.keys().filter(|name| !known.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for (name, carry) in CARRIED {
        carry(&answers[name]).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[test]
fn every_recorded_delivery_says_what_to_look_at() {
    let Some(events) = specs::events() else { return };
    let mut topics = BTreeMap::new();
    for one in &events {
        let read = event(one).unwrap().value;
        assert!(read.hint.about.is_some(), "{}", read.hint.topic);
        // Printify passes on no privacy demand: a shop that is disconnected erases nothing.
        let matter = match read.hint.topic.split(':').next().unwrap() {
            "order" => Matter::Orders,
            "product" => Matter::Products,
            _ => Matter::Store,
        };
        assert_eq!(read.hint.asks, Asks::Look(matter), "{}", read.hint.topic);
        topics.entry(read.hint.topic.clone()).or_insert_with(Vec::new).push(read);
    }
    assert_eq!(topics.len(), 10);
    let started: Vec<_> =
        topics["product:publish:started"].iter().map(|one| one.publishing.clone()).collect();
    assert_eq!(started, [Some(Publishing::Create), Some(Publishing::Delete)]);
    let gone = &topics["shop:disconnected"][0];
    assert_eq!(gone.shop, Some(Ref::new(kinds::SHOP, "4711")));
    assert_eq!(gone.at, Timestamp::parse("2026-09-05T15:00:00Z").unwrap());
    assert_eq!(topics["order:updated"][0].hint.about.as_ref().unwrap().kind, kinds::ORDER);
}

#[test]
fn the_recorded_product_is_carried_whole() {
    let Some(answers) = specs::answers() else { return };
    let read = product(&answers["product"], &facts()).unwrap();
    let made: Made = read.value.extensions.get().unwrap().unwrap();
    assert_eq!((made.blueprint, made.provider), (68, 9));
    assert_eq!(made.areas[0].artwork[0].images[1].y, "0.5000090815098948");
    assert_eq!(made.safety.as_deref(), Some("GPSR information: John Doe..."));
    let product = read.value;
    assert_eq!(product.state, ListingState::of(Lifecycle::Draft));
    assert_eq!(product.tags, Seen::Value(["Home & Living", "Mugs", "11 oz"].map(str::to_owned).into()));
    assert_eq!(product.updated, Some(Timestamp::parse("2019-07-25T13:40:59Z").unwrap()));
    let variant = &product.variants.value().unwrap()[0];
    assert_eq!(variant.offer.value().unwrap().price, money("8.60 EUR"));
    assert_eq!(variant.cost, Seen::Value(money("5.16 USD")));
    // The example doesn't say whether it can be made now.
    assert_eq!(variant.levels.value().unwrap()[0].quantity, Quantity::Unknown);
    let losses: Vec<&str> = read.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(losses, ["variants[0].options", "print_areas[0].placeholders[0].images[1].input_text"]);
}

#[test]
fn the_recorded_order_is_a_supply_without_revenue() {
    let Some(answers) = specs::answers() else { return };
    let read = order(&answers["order"], &facts()).unwrap().value;
    assert_eq!(read.facts.role, OrderRole::Supply { sale: None });
    assert_eq!(read.facts.refs.get(&kinds::CHANNEL_ORDER), Some("1370762297"));
    assert_eq!(read.facts.life, Axis::Known(Life::Closed));
    assert_eq!((&read.facts.payment, &read.facts.shipment), (&Axis::NotTold, &Axis::Known(Shipment::All)));
    let line = &read.facts.lines[0];
    assert_eq!(line.unit_price, Some(money("22.00 EUR").into()));
    let costs: Vec<_> = line.costs.iter().map(|cost| (cost.kind.clone(), cost.amount.shop)).collect();
    assert_eq!(costs, [(ChargeKind::Items, money("10.50 USD")), (ChargeKind::Shipping, money("4.00 USD"))]);
    assert!(line.charges.is_empty());
    let extra: Supply = read.facts.extensions.get().unwrap().unwrap();
    assert_eq!(extra.line_for.values().collect::<Vec<_>>(), ["line-item-abc-001"]);
    let parcel = &read.facts.fulfilments[0];
    assert_eq!(parcel.tracking[0].0, "94001116990045395649372");
    assert_eq!(parcel.delivered, Some(Timestamp::parse("2017-04-18T13:24:28Z").unwrap()));
    assert_eq!(read.buyer.ship_to.value().unwrap().reveal().name.as_deref(), Some("John Smith"));
    let page = orders(&answers["ordersList"], &facts()).unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("2")));
}

#[test]
fn postage_is_read_in_the_currency_beside_it() {
    let Some(answers) = specs::answers() else { return };
    let first = &postage(&answers["shippingResponse"]).unwrap()[0];
    assert_eq!((first.variants.len(), first.first, first.further), (3, money("4.50 USD"), money("0 USD")));
    let second = &rates(&answers["v2ShippingStandardResponse"]).unwrap()[0];
    assert_eq!((second.first, second.further), (money("3.99 USD"), money("2.19 USD")));
    let quoted = quote(&answers["shippingCosts"], &facts()).unwrap();
    assert_eq!(quoted["economy"], money("3.99 USD"));
    let unset = Settings::of(Currency::new("EUR").unwrap());
    let error = quote(&answers["shippingCosts"], &super::support::facts_of(&unset)).unwrap_err();
    assert_eq!(
        (error.kind(), error.problems()[0].path.as_str()),
        (ErrorKind::InvalidConfig, "settings.cost_currency")
    );
}

#[test]
fn a_submission_names_its_orders_in_every_form() {
    let check = |answer: Value, ids: &[&str]| {
        let read: Vec<String> = submitted(&answer).unwrap().into_iter().map(|one| one.id).collect();
        assert_eq!(read, ids, "{answer}");
    };
    check(json!({ "id": "5a96f649b2439217d070f507" }), &["5a96f649b2439217d070f507"]);
    check(json!({ "id": "1", "status": "on-hold", "line_items": [] }), &["1"]);
    check(json!({ "data": [{ "type": "order", "id": "1" }, { "type": "order", "id": "2" }] }), &["1", "2"]);
    let there = json!({ "status": "error", "code": 8503, "order": { "id": "7", "external_id": "x" } });
    check(there, &["7"]);
    assert_eq!(submitted(&json!({})).unwrap_err().kind(), ErrorKind::Protocol);
}
