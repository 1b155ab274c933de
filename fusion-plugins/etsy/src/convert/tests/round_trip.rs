//! From the model to the platform and back: what differs was told.

use super::{listing, stock_row, variant, writing};
use crate::{ListingExtras, convert::Created};
use fusion_core::model::{
    Loss, NewListing, NewListingVariant, Quantity, RemoteProduct, RemoteVariant, StockRow,
};
use fusion_plugin_sdk::plain_text;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What differs and wasn't told.
fn untold(wanted: &NewListing, stock: &[StockRow], back: &RemoteProduct, losses: &[Loss]) -> Vec<String> {
    let is_told = |path: &str| {
        losses.iter().any(|loss| loss.path == path || loss.path.starts_with(&format!("{path}[")))
    };
    let mut found = Vec::new();
    let mut hold = |path: &str, same: bool| {
        if !same && !is_told(path) {
            found.push(path.to_owned());
        }
    };
    hold("title", back.title.value() == Some(&wanted.title));
    let text = back.description.value().map(|text| text.text.clone());
    hold("description", text == Some(plain_text(&wanted.description)) || is_bulleted(wanted, &text));
    hold("bullets", wanted.bullets.is_empty());
    hold("tags", back.tags.value().map(Vec::as_slice).unwrap_or_default() == wanted.tags);
    hold("categories", back.categories.value() == Some(&wanted.categories));
    hold("nature", back.nature.value() == Some(&wanted.nature));
    hold("brand", wanted.brand.is_none());
    let alts = |all: Vec<Option<&str>>| all.into_iter().map(|alt| alt.map(str::to_owned)).collect::<Vec<_>>();
    let shown = back.media.value().map(Vec::as_slice).unwrap_or_default();
    let shown = alts(shown.iter().map(|one| one.alt.value().map(String::as_str)).collect());
    hold("media", shown == alts(wanted.media.iter().map(|one| one.alt.as_deref()).collect()));
    let variants = back.variants.value().map(Vec::as_slice).unwrap_or_default();
    for (nth, variant) in wanted.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        let Some(shown) = variants.iter().find(|shown| shown.options == variant.options) else {
            hold(&path, false);
            continue;
        };
        for (field, same) in fields(variant, shown, stock) {
            // A draft without any stock is made with one piece, which is told of the whole.
            let of_all = if field == "variants[].stock" { "stock" } else { field };
            let told = losses.iter().any(|loss| loss.path == field || loss.path == of_all);
            hold(&field.replace("variants[]", &path), same || told);
        }
    }
    let strangers =
        variants.iter().filter(|shown| !wanted.variants.iter().any(|one| one.options == shown.options));
    found.extend(strangers.map(|shown| format!("a stranger: {shown:?}")));
    let kept = |mut extras: ListingExtras| {
        extras.properties.clear();
        extras
    };
    let extras: [ListingExtras; 2] =
        [&wanted.extensions, &back.extensions].map(|all| kept(all.get().unwrap().unwrap_or_default()));
    if extras[0] != extras[1] {
        found.push(format!("{extras:?}"));
    }
    found
}

fn is_bulleted(wanted: &NewListing, text: &Option<String>) -> bool {
    let whole = |text: &String| wanted.bullets.iter().all(|bullet| text.contains(bullet));
    !wanted.bullets.is_empty() && text.as_ref().is_some_and(whole)
}

fn fields(
    wanted: &NewListingVariant,
    shown: &RemoteVariant,
    stock: &[StockRow],
) -> Vec<(&'static str, bool)> {
    let offer = shown.offer.value().unwrap();
    let counted = stock.iter().find(|row| row.variant == wanted.id).map_or(0, |row| i64::from(row.available));
    vec![
        ("variants[].sku", shown.sku.value() == wanted.sku.as_ref()),
        ("variants[].offered", shown.offered == wanted.offered),
        ("variants[].offer.price", offer.price == wanted.offer.price),
        ("variants[].offer.compare_at", offer.compare_at == wanted.offer.compare_at),
        ("variants[].codes[0]", wanted.codes.is_empty()),
        ("variants[].cost", wanted.cost.is_none()),
        ("variants[].shipping.weight", shown.weight.value() == wanted.shipping.weight.as_ref()),
        ("variants[].stock", shown.levels.value().unwrap()[0].quantity == Quantity::Counted(counted)),
    ]
}

/// Whether rows of one stock that are counted as one are shown as a pool, and no others.
fn pools_hold(wanted: &NewListing, stock: &[StockRow], back: &RemoteProduct, losses: &[Loss]) -> bool {
    let variants = back.variants.value().unwrap();
    let of = |variant: &RemoteVariant| {
        let id = wanted.variants.iter().find(|one| one.options == variant.options)?.id;
        stock.iter().find(|row| row.variant == id)?.pool
    };
    let split = losses.iter().any(|loss| loss.path == "stock[].pool");
    variants.iter().enumerate().all(|(nth, one)| {
        variants.iter().skip(nth + 1).all(|other| {
            let shown = one.levels.value().unwrap()[0]
                .pool
                .as_ref()
                .zip(other.levels.value().unwrap()[0].pool.as_ref());
            let together = shown.is_some_and(|(a, b)| a == b);
            let ours = of(one).is_some() && of(one) == of(other);
            together == ours || (split && ours)
        })
    })
}

#[derive(Debug)]
struct Case {
    listing: Value,
    stock: Vec<StockRow>,
}

fn case() -> impl Strategy<Value = Case> {
    let texts = (
        "T[A-Za-z0-9<>\"'é ;#]{0,150}&?",
        "D[a-z<>&;/ \n]{0,40}",
        any::<bool>(),
        prop::collection::vec("[a-z ,-]{1,22}", 0..16),
        prop::option::of("[A-Z]{3}"),
        prop::collection::vec(prop::option::of("[a-z&]{1,9}"), 0..3),
        prop::collection::vec("[a-z]{1,9}", 0..3),
    );
    let row = (0..3_usize, 1..100_000_i64, 0..3_usize, 0..1_100_u32, 0..16_u8, prop::option::of(1..3_u32));
    let rows = prop::collection::vec(row, 12);
    (texts, 0..3_usize, 1..=3_usize, 1..=3_usize, 1..4_096_u32, rows, any::<bool>()).prop_map(
        |(texts, options, first, second, chosen, rows, digital)| {
            let (mut variants, mut stock) = (Vec::new(), Vec::new());
            let combinations: Vec<Vec<(&str, String)>> = match options {
                0 => vec![vec![]],
                1 => (0..first).map(|a| vec![("Colour", format!("C{a}"))]).collect(),
                _ => (0..first)
                    .flat_map(|a| (0..second).map(move |b| vec![("Colour", format!("C{a}")), ("Size", format!("S&{b}"))]))
                    .collect(),
            };
            for (nth, (combination, row)) in combinations.iter().zip(&rows).enumerate() {
                let (sku, cents, pool, available, flags, weight) = row;
                // At least one combination is there and on offer.
                if !variants.is_empty() && chosen & (1 << nth) == 0 {
                    continue;
                }
                let values: Vec<(&str, &str)> = combination.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let sku = (*sku > 0).then(|| format!("A&B-{nth}"));
                let price = format!("{}.{:02} EUR", cents / 100, cents % 100);
                let mut value = variant(nth, &values, sku.as_deref(), &price);
                value["offered"] = json!(variants.is_empty() || flags & 1 == 0);
                if flags & 2 != 0 {
                    value["codes"] = json!([{ "kind": "mpn", "value": "7" }]);
                }
                if flags & 4 != 0 {
                    value["cost"] = json!("1.00 EUR");
                }
                if flags & 8 != 0 {
                    value["offer"]["compare_at"] = json!("9999.00 EUR");
                }
                if let Some(weight) = weight {
                    value["shipping"] = json!({ "weight": { "value": weight.to_string(), "unit": "ounce" } });
                }
                variants.push(value);
                // Rows of one stock show one number.
                let (pool, available) = match pool {
                    0 => (None, *available),
                    one => (Some(800 + one), 40 + u32::try_from(*one).unwrap()),
                };
                stock.push(stock_row(nth, &json!({}), available, pool));
            }
            let (title, description, html, tags, brand, alts, bullets) = texts;
            let mut listing = listing(&variants);
            listing["title"] = json!(title);
            listing["description"] = json!({ "format": if html { "html" } else { "plain" }, "text": description });
            listing["tags"] = json!(tags);
            listing["brand"] = json!(brand);
            listing["bullets"] = json!(bullets);
            listing["media"] = alts
                .iter()
                .enumerate()
                .map(|(nth, alt)| {
                    json!({ "id": super::uuid(700 + nth), "source": "https://a.test/1.jpg", "role": "gallery", "alt": alt })
                })
                .collect();
            if digital {
                listing["nature"] = json!("digital");
                listing["extensions"]["etsy.listing"]["value"] =
                    json!({ "who_made": "i_did", "when_made": "made_to_order" });
            }
            Case { listing, stock }
        },
    )
}

proptest! {
    #[test]
    fn what_comes_back_differs_only_where_a_loss_says_so(case in case()) {
        let wanted = super::new_listing(&case.listing);
        let (made, losses): (Created, Vec<Loss>) = writing::sent(&case.listing, &case.stock);
        let back = writing::read_back(&made);
        let untold = untold(&wanted, &case.stock, &back, &losses);
        prop_assert!(untold.is_empty(), "{untold:#?}\n{losses:#?}");
        prop_assert!(pools_hold(&wanted, &case.stock, &back, &losses), "{:#?}\n{losses:#?}", back.variants);
    }
}
