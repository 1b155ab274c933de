//! What goes to the shop and comes back differs from what was wanted only where a loss says so.

use crate::bench::{Bench, done, id, uuid};
use fusion_core::{
    model::{
        CodeKind, Loss, LossSubject, MediaRole, NewListing, NewListingVariant, RemoteProduct, RemoteVariant,
    },
    plugin::PlatformPlugin,
};
use fusion_plugin_shopify::LOSSES;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

fn word() -> impl Strategy<Value = String> {
    "[A-Za-zäß0-9]{1,8}( [A-Za-z&<>'\"]{1,6})?"
}

fn money() -> impl Strategy<Value = String> {
    (0_u32..100_000, 0_u32..100).prop_map(|(whole, cents)| format!("{whole}.{cents:02} EUR"))
}

fn code() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"kind": "gtin", "value": "4006381333931"})),
        "[A-Z0-9-]{3,10}".prop_map(|value| json!({"kind": "mpn", "value": value})),
        "[A-Z]{2}[0-9]{3,9}".prop_map(|value| json!({"kind": "barcode", "value": value})),
    ]
}

fn weight() -> impl Strategy<Value = Value> {
    let unit = select(vec!["gram", "kilogram", "ounce", "pound"]);
    (1_u32..10_000, 0_u32..1_000, unit)
        .prop_map(|(whole, part, unit)| json!({"value": format!("{whole}.{part:03}"), "unit": unit}))
}

fn variant() -> impl Strategy<Value = Value> {
    let offer =
        (money(), option::of(money()), option::of((money(), option::of(Just(1_800_000_000_000_000_i64)))));
    let more =
        (option::of("[A-Z]{1,4}-[0-9]{1,4}"), vec(code(), 0..3), option::of(weight()), option::of(money()));
    let offered = prop::bool::weighted(0.85);
    (offer, more, offered, any::<bool>(), option::of(Just("691200")), option::of(Just("PT"))).prop_map(
        |((price, compare_at, sale), (sku, codes, weight, cost), offered, counted, hs_code, origin)| {
            let sale = sale.map(|(price, to)| json!({"price": price, "to": to}));
            json!({
                "sku": sku, "offered": offered, "counted": counted, "cost": cost, "codes": codes,
                "offer": {"price": price, "compare_at": compare_at, "sale": sale, "tax": "gross"},
                "shipping": {"weight": weight, "hs_code": hs_code, "origin": origin},
            })
        },
    )
}

fn category() -> impl Strategy<Value = Value> {
    let of = |scheme: &'static str, value: &'static str| Just(json!({"scheme": scheme, "value": value}));
    prop_oneof![
        of("shopify", "gid://shopify/TaxonomyCategory/hg-11"),
        of("shopify", "Home > Mugs"),
        of("merchant", "Mugs"),
        of("google", "2169"),
    ]
}

fn wanted() -> impl Strategy<Value = NewListing> {
    let texts = (word(), word(), select(vec!["html", "plain"]), option::of(word()), vec(word(), 0..2));
    let sorted =
        (vec(word(), 0..4), vec(category(), 0..3), select(vec!["physical", "digital", "both", "service"]));
    let roles = vec((select(vec!["gallery", "gallery", "video", "download"]), option::of(word())), 0..4);
    (texts, sorted, vec(variant(), 1..5), roles, select(vec!["en", "de"])).prop_map(
        |((title, text, format, brand, bullets), (tags, categories, nature), mut variants, roles, locale)| {
            for (nth, variant) in variants.iter_mut().enumerate() {
                variant["id"] = json!(uuid(100 + nth));
                variant["options"] = json!([["Size", format!("size {nth}")]]);
            }
            variants[0]["offered"] = json!(true);
            let sizes: Vec<String> = (0..variants.len()).map(|nth| format!("size {nth}")).collect();
            let media: Vec<Value> = roles
                .iter()
                .enumerate()
                .map(|(nth, (role, alt))| {
                    json!({"id": uuid(50 + nth), "source": format!("https://a.example/{nth}.jpg"), "role": role, "alt": alt})
                })
                .collect();
            serde_json::from_value(json!({
                "listing": uuid(1), "product": uuid(2), "locale": locale, "title": title,
                "description": {"format": format, "text": text}, "bullets": bullets, "brand": brand,
                "nature": nature, "tags": tags, "categories": categories,
                "options": [{"name": "Size", "values": sizes}], "variants": variants, "media": media,
            }))
            .unwrap()
        },
    )
}

/// Holds what came back against what was wanted.
struct Check<'a> {
    losses: &'a [Loss],
}

impl Check<'_> {
    fn is_lost(&self, path: &str) -> bool {
        let covers = |loss: &Loss| {
            path.strip_prefix(loss.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.losses.iter().any(covers)
    }

    fn same<T: PartialEq + std::fmt::Debug>(&self, path: &str, wanted: T, shown: T) {
        assert!(
            wanted == shown || self.is_lost(path),
            "{path}: {wanted:?} became {shown:?}, and no loss says so"
        );
    }

    fn product(&self, wanted: &NewListing, shown: &RemoteProduct) {
        self.same("title", Some(&wanted.title), shown.title.value());
        let html = shown.description.value().map(|text| text.text.clone()).unwrap_or_default();
        self.same("description", wanted.description.to_html(), html);
        if wanted.brand.is_some() {
            self.same("brand", wanted.brand.as_ref(), shown.brand.value());
        }
        self.same("bullets", 0, wanted.bullets.len());
        self.same("locale", "en", wanted.locale.0.as_str());
        let plain = |tags: &[String]| {
            let mut tags: Vec<String> = tags.iter().map(|tag| tag.trim().to_lowercase()).collect();
            tags.sort();
            tags.dedup();
            tags
        };
        self.same(
            "tags",
            plain(&wanted.tags),
            plain(shown.tags.value().map(Vec::as_slice).unwrap_or_default()),
        );
        let sorted = shown.categories.value().map(Vec::as_slice).unwrap_or_default();
        for (nth, category) in wanted.categories.iter().enumerate() {
            self.same(&format!("categories[{nth}]"), true, sorted.contains(category));
        }
        let pictures: Vec<_> = shown.media.value().into_iter().flatten().collect();
        let mut next = pictures.iter();
        for (nth, media) in wanted.media.iter().enumerate() {
            let path = format!("media[{nth}]");
            match media.role {
                MediaRole::Gallery => {
                    let alt = next.next().map(|shown| shown.alt.value().cloned());
                    self.same(&path, Some(media.alt.clone()), alt);
                }
                _ => assert!(self.is_lost(&path), "{path}"),
            }
        }
        let variants = shown.variants.value().unwrap();
        for (nth, variant) in wanted.variants.iter().enumerate() {
            let path = format!("variants[{nth}]");
            match variants.iter().find(|shown| shown.options == variant.options) {
                Some(shown) => self.variant(&path, variant, shown),
                None => assert!(self.is_lost(&path), "{path} is gone"),
            }
        }
    }

    fn variant(&self, path: &str, wanted: &NewListingVariant, shown: &RemoteVariant) {
        self.same(&format!("{path}.sku"), wanted.sku.as_ref(), shown.sku.value());
        let offer = shown.offer.value().unwrap();
        match &wanted.offer.sale {
            Some(sale) => {
                self.same(&format!("{path}.offer.sale.price"), sale.price, offer.price);
                self.same(&format!("{path}.offer.price"), Some(wanted.offer.price), offer.compare_at);
                self.same(&format!("{path}.offer.sale"), (None, None), (sale.from, sale.to));
                self.same(&format!("{path}.offer.compare_at"), None, wanted.offer.compare_at);
            }
            None => {
                self.same(&format!("{path}.offer.price"), wanted.offer.price, offer.price);
                self.same(&format!("{path}.offer.compare_at"), wanted.offer.compare_at, offer.compare_at);
            }
        }
        let codes = shown.codes.value().map(Vec::as_slice).unwrap_or_default();
        for (nth, code) in wanted.codes.iter().enumerate() {
            self.same(&format!("{path}.codes[{nth}]"), true, codes.contains(code));
        }
        assert!(codes.iter().all(|code| code.kind != CodeKind::Mpn));
        let weight = |weight: &fusion_core::model::Weight| (weight.value.normalize(), weight.unit);
        self.same(
            &format!("{path}.shipping.weight"),
            wanted.shipping.weight.as_ref().map(weight),
            shown.weight.value().map(weight),
        );
        self.same(&format!("{path}.cost"), wanted.cost.as_ref(), shown.cost.value());
    }
}

/// What the model has no field for when it reads, the shop's own keeping tells.
fn kept(wanted: &NewListing, kept: &Value) {
    let offered: Vec<_> = wanted.variants.iter().filter(|variant| variant.offered).collect();
    for (variant, kept) in offered.iter().zip(kept["variants"].as_array().unwrap()) {
        let item = &kept["item"];
        assert_eq!(item["tracked"], variant.counted);
        assert_eq!(item["harmonized_code"], json!(variant.shipping.hs_code));
        assert_eq!(item["country"], json!(variant.shipping.origin));
        assert_eq!(
            item["requires_shipping"],
            json!(matches!(json!(wanted.nature).as_str(), Some("physical" | "both")))
        );
    }
}

/// Every loss has a row in the table.
fn all_named(losses: &[Loss]) {
    for loss in losses {
        let known = LOSSES.iter().any(|row| row.subject == LossSubject::Listing && row.names(loss));
        assert!(known, "no row of the table stands for {loss:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_round_trip_loses_only_what_the_losses_say(wanted in wanted()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let receipt = bench.plugin.create_product(&bench.cx(), &wanted).await.unwrap();
            let losses = receipt.losses.clone();
            all_named(&losses);
            let placed = done(receipt);
            let live = bench.plugin.get_product(&bench.cx(), &placed.product.refs.current()[0]).await.unwrap().value;
            Check { losses: &losses }.product(&wanted, &live);
            kept(&wanted, &bench.shop.product(id(&live.refs, "product")).unwrap());
        });
    }
}
