//! A shop, a mug that is made there, and a sale of it.

use super::super::{SupplyLine, product, stores};
use crate::{
    Area, Artwork, Made, MadeVariant, Placed, Settings,
    kinds::{PRODUCT, VARIANT},
};
use fusion_core::{
    clock::Timestamp,
    model::{
        Address, Axis, Buyer, Currency, Extensions, Life, ListingVariantId, Locale, Money, Nature,
        NewListing, NewListingVariant, Offer, OptionValues, OrderFacts, OrderLine, OrderRole, Payment,
        Private, ProductOption, Ref, Refs, RemoteProduct, RichText, Seen, Shipment, ShippedBy, StoreFacts,
        TaxBasis,
    },
    plugin::{Target, TargetVariant, WireResponse},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) const SIZES: [&str; 3] = ["11oz", "15oz", "20oz"];

/// The `n`th id of any kind.
pub(super) fn id<T: DeserializeOwned>(n: usize) -> T {
    serde_json::from_value(json!(format!("01920000-0000-7000-8000-{n:012x}"))).unwrap()
}

/// An answer with this status.
pub(super) fn refusal(status: u16, body: &str) -> WireResponse {
    WireResponse { status, headers: Vec::new(), body: body.to_owned().into() }
}

pub(super) fn settings(currency: &str) -> Settings {
    let usd = Currency::new("USD").unwrap();
    Settings {
        cost_currency: Some(usd),
        tax_basis: TaxBasis::Gross,
        ..Settings::of(Currency::new(currency).unwrap())
    }
}

pub(super) fn facts_of(settings: &Settings) -> StoreFacts {
    let shops = json!([{ "id": 4711, "title": "Mugs", "sales_channel": "disconnected" }]);
    stores(&shops, settings).unwrap().remove(0)
}

pub(super) fn facts() -> StoreFacts {
    facts_of(&settings("EUR"))
}

pub(super) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn choice(size: &str) -> OptionValues {
    [("Size", size)].into_iter().collect()
}

/// Catalogue variants 100, 101 and 102; artwork on those with a place in `printed`.
pub(super) fn made(printed: &[i64]) -> Made {
    let placed = Placed {
        upload: "5d15ca551163cde90d7b2203".into(),
        x: "0.5".into(),
        y: "0.5000090815098948".into(),
        scale: "1".into(),
        angle: 345,
        pattern: None,
    };
    Made {
        blueprint: 68,
        provider: 9,
        options: vec![ProductOption { name: "Size".into(), values: SIZES.map(str::to_owned).into() }],
        variants: SIZES
            .iter()
            .zip(100..)
            .map(|(size, id)| MadeVariant { options: choice(size), id })
            .collect(),
        areas: vec![Area {
            variants: printed.to_vec(),
            artwork: vec![Artwork { position: "front".into(), images: vec![placed] }],
            background: Some("#ffffff".into()),
        }],
        safety: Some("John Doe, test@example.com".into()),
    }
}

pub(super) fn variant(n: usize, size: &str, price: &str) -> NewListingVariant {
    NewListingVariant {
        id: id(n),
        variant: None,
        options: choice(size),
        sku: Some(format!("MUG-{size}")),
        offered: true,
        counted: false,
        offer: Offer { price: money(price), compare_at: None, sale: None, tax: TaxBasis::Gross },
        cost: None,
        codes: Vec::new(),
        shipping: Default::default(),
        media: None,
    }
}

/// A listing that loses nothing.
pub(super) fn listing() -> NewListing {
    let mut extensions = Extensions::default();
    extensions.set(&made(&[100, 101, 102])).unwrap();
    NewListing {
        listing: id(1),
        product: id(2),
        locale: Locale("en-GB".into()),
        title: "Mug".into(),
        description: RichText::html("<p>A mug</p>"),
        bullets: Vec::new(),
        brand: None,
        nature: Nature::Physical,
        tags: vec!["mug".into()],
        categories: Vec::new(),
        options: vec![ProductOption { name: "Size".into(), values: SIZES.map(str::to_owned).into() }],
        variants: vec![variant(10, "11oz", "12.50 EUR"), variant(11, "15oz", "39.99 EUR")],
        media: Vec::new(),
        extensions,
    }
}

/// What the platform answers after `created` was sent: every variant of the blank, and members that nobody sent.
pub(super) fn answered(body: &Value) -> Value {
    let sent = |id: i64| body["variants"].as_array().unwrap().iter().find(|one| one["id"] == id);
    let variants: Vec<Value> = SIZES
        .iter()
        .zip(100..)
        .map(|(size, id)| {
            let sent = sent(id);
            let of = |member: &str, or: Value| {
                sent.and_then(|sent| sent.get(member)).filter(|value| !value.is_null()).cloned().unwrap_or(or)
            };
            json!({
                "id": id, "title": size, "options": [id + 1000], "cost": 516, "grams": 460, "quantity": 1,
                "price": of("price", json!(999)), "is_enabled": of("is_enabled", json!(false)),
                "sku": of("sku", json!(format!("{id}{id}"))), "is_available": id != 101,
            })
        })
        .collect();
    let values = SIZES.iter().zip(1100..).map(|(size, id)| json!({ "id": id, "title": size }));
    json!({
        "id": "5d39b159e7c48c000728c89f", "title": body["title"], "description": body["description"],
        "tags": body["tags"], "options": [{ "name": "Size", "type": "size", "values": values.collect::<Vec<_>>() }],
        "variants": variants, "images": [], "print_areas": body["print_areas"], "visible": true,
        "is_locked": false, "blueprint_id": body["blueprint_id"],
        "print_provider_id": body["print_provider_id"], "shop_id": 4711,
        "safety_information": body["safety_information"], "updated_at": "2026-09-05 15:00:00+00:00",
    })
}

/// The mug as the platform shows it: 100 and 101 on offer, 102 not.
pub(super) fn live() -> RemoteProduct {
    let body = super::super::created(&listing(), &facts()).unwrap().value;
    product(&answered(&body), &facts()).unwrap().value
}

/// Our rows 10, 11 and 12 as the catalogue's 100, 101 and 102.
pub(super) fn target() -> Target {
    let variant = |n: usize| TargetVariant { id: id(n), refs: catalogue(n as i64 + 90) };
    Target { refs: live().refs, variants: (10..13).map(variant).collect(), ..Target::default() }
}

pub(super) fn row(n: usize) -> ListingVariantId {
    id(n)
}

pub(super) fn catalogue(id: i64) -> Refs {
    Refs::of([Ref::new(VARIANT, id.to_string())])
}

pub(super) fn supplier() -> Refs {
    Refs::of([Ref::new(PRODUCT, "5bfd0b66a342bcc9b5563216"), Ref::new(VARIANT, "17887")])
}

pub(super) fn sale() -> OrderFacts {
    OrderFacts {
        refs: Refs::default(),
        number: Some("1370762297".into()),
        role: OrderRole::Sale,
        locale: None,
        placed: Timestamp::EPOCH,
        updated: None,
        cancelled: None,
        edited: None,
        life: Axis::Known(Life::Open),
        payment: Axis::Known(Payment::Paid),
        shipment: Axis::Known(Shipment::None),
        lines: vec![OrderLine {
            key: "line-1".into(),
            refs: Refs::default(),
            variant: None,
            sku: None,
            title: "Mug".into(),
            options: OptionValues::default(),
            ordered: 3,
            current: 2,
            cancel_wanted: false,
            unit_price: Some(money("12.50 EUR").into()),
            charges: Vec::new(),
            costs: Vec::new(),
            nature: None,
            shipped_by: ShippedBy::Supplier,
            location: None,
        }],
        charges: Vec::new(),
        total: None,
        paid: None,
        fulfilments: Vec::new(),
        refunds: Vec::new(),
        extensions: Extensions::default(),
    }
}

pub(super) fn address() -> Address {
    Address {
        name: Some("Ada Maria O'Neill".into()),
        company: None,
        lines: vec!["13 O'Example Street".into(), "Apt 4B".into()],
        city: Some("St. John's".into()),
        region: None,
        postal: Some("2470".into()),
        country: Some("BE".into()),
        phone: Some("0574 69 21 90".into()),
    }
}

pub(super) fn buyer(address: Address) -> Buyer {
    Buyer {
        ship_to: Seen::Value(Private::new(address)),
        bill_to: Seen::NotRead,
        email: Seen::Value(Private::new("ada@example.com".into())),
        texts: Vec::new(),
    }
}

pub(super) fn supply(refs: &Refs, quantity: i64) -> SupplyLine<'_> {
    SupplyLine { key: "line-1", refs, quantity }
}
