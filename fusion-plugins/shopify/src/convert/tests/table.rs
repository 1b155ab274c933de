//! The table of losses: each row happens.

use super::*;
use crate::{convert::order::tests::losing, extras::CatalogueExtras};

/// A listing with everything that the platform has no place for.
fn rich() -> NewListing {
    let mut rich = listing(&["Red", "Blue"]);
    rich.bullets.push("Holds tea".to_owned());
    rich.locale = fusion_core::model::Locale("de".to_owned());
    rich.categories.push(serde_json::from_value(json!({"scheme": "google", "value": "2169"})).unwrap());
    rich.media.push(
        serde_json::from_value(json!({"id": uuid(51), "source": "media:51", "role": "video"})).unwrap(),
    );
    rich.variants[1].offered = false;
    let variant = &mut rich.variants[0];
    variant.offer.sale =
        serde_json::from_value(json!({"price": "9.00 EUR", "to": 1_800_000_000_000_000_i64})).unwrap();
    variant.offer.tax = fusion_core::model::TaxBasis::Net;
    variant.cost = Some("3.20 USD".parse().unwrap());
    variant.codes.push(serde_json::from_value(json!({"kind": "mpn", "value": "X-1"})).unwrap());
    variant.media = Some(rich.media[0].id);
    let extras = CatalogueExtras {
        handle: "Blue Mug".to_owned(),
        gift_card: true,
        metafields: [("custom.od]d".to_owned(), "x".to_owned())].into(),
        ..CatalogueExtras::default()
    };
    rich.extensions.set(&extras).unwrap();
    rich
}

/// A listing with more pictures of variants than one call takes.
fn pictured() -> NewListing {
    let colours: Vec<String> = (0..1_200).map(|nth| format!("Colour {nth}")).collect();
    let mut pictured = listing(&colours.iter().map(String::as_str).collect::<Vec<_>>());
    let picture = pictured.media[0].id;
    pictured.variants.iter_mut().for_each(|variant| variant.media = Some(picture));
    pictured
}

/// A product whose pictures weren't read and that is no gift card.
fn unread() -> RemoteProduct {
    let mut there = live(&["Red", "Blue"]);
    there["media"]["pageInfo"]["hasNextPage"] = json!(true);
    let mut there = read(&there);
    there.extensions.set(&CatalogueExtras::default()).unwrap();
    there
}

fn of_listings() -> Vec<Loss> {
    let mut newer = listing(&["Red"]);
    newer.extensions.set(&CatalogueExtras::default()).unwrap();
    let mut stored = serde_json::to_value(&newer.extensions).unwrap();
    stored["shopify.catalogue"]["version"] = json!(2);
    newer.extensions = serde_json::from_value(stored).unwrap();
    let mut losses = Vec::new();
    for listing in [rich(), pictured(), newer] {
        losses.extend(created(&listing, &Staged::default(), &shop_facts()).unwrap().losses);
    }
    let repair = in_line(&rich(), &Staged::default(), &target(&[0, 1]), &unread(), &shop_facts()).unwrap();
    losses.extend(repair.losses);
    losses
}

fn of_edits() -> Vec<Loss> {
    let rich = rich();
    let variant = &rich.variants[0];
    let change = edit(json!({
        "bullets": {"set": rich.bullets}, "categories": {"set": rich.categories}, "media": {"set": rich.media},
        "variants": [[uuid(100), {"offered": {"set": false}, "codes": {"set": variant.codes},
            "sale": {"set": variant.offer.sale}, "compare_at": {"set": "15.00 EUR"},
            "cost": {"set": variant.cost}, "media": {"set": variant.media}}], [uuid(101), {"sale": "clear"}]],
        "add": rich.variants,
    }));
    let of = |there: &RemoteProduct| {
        edited(&change, &Staged::default(), &target(&[0, 1]), Some(there), &shop_facts()).unwrap().losses
    };
    [of(&read(&live(&["Red"]))), of(&unread())].concat()
}

/// What the shop has beside what is carried: a film, an app's field, and more fields than an answer holds.
fn of_products() -> Vec<Loss> {
    let mut shown = live(&["Red"]);
    shown["media"]["nodes"] = json!([
        {"id": "gid://shopify/MediaImage/1", "image": null, "status": "PROCESSING"},
        {"id": "gid://shopify/Video/2", "status": "READY"},
    ]);
    shown["variants"]["nodes"][0]["media"] =
        json!({"nodes": [{"id": "gid://shopify/MediaImage/1"}], "pageInfo": {"hasNextPage": true}});
    shown["handle"] = json!("mug");
    shown["isGiftCard"] = json!(false);
    shown["seo"] = json!({"title": null, "description": null});
    let field = |namespace: &str| json!({"namespace": namespace, "key": "k", "value": "v"});
    let mark = json!({"namespace": "app--7--fusion", "key": "step", "value": "v"});
    shown["metafields"] =
        json!({"nodes": [field("app--1--a"), field("custom"), mark], "pageInfo": {"hasNextPage": false}});
    let mut many = shown.clone();
    many["metafields"]["pageInfo"]["hasNextPage"] = json!(true);
    let losses = |shown: &Value| told(serde_json::from_str(&shown.to_string()).unwrap()).losses;
    let of_one = losses(&shown);
    let paths: Vec<&str> = of_one.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(paths, ["metafields[app--1--a.k]", "media[1]", "variants[0].media"]);
    [of_one, losses(&many)].concat()
}

#[test]
fn every_row_happens_and_every_loss_has_a_row() {
    let all = [
        (LossSubject::Listing, of_listings()),
        (LossSubject::Edit, of_edits()),
        (LossSubject::Product, of_products()),
        (LossSubject::Order, losing::losses()),
    ];
    let told: Vec<(LossSubject, &Loss)> =
        all.iter().flat_map(|(subject, losses)| losses.iter().map(|loss| (*subject, loss))).collect();
    let stands =
        |row: &LossRow, (subject, loss): (LossSubject, &Loss)| row.subject == subject && row.names(loss);
    for of in &told {
        assert_eq!(LOSSES.iter().filter(|row| stands(row, *of)).count(), 1, "{of:?}");
    }
    let never: Vec<_> = LOSSES.iter().filter(|row| !told.iter().any(|of| stands(row, *of))).collect();
    assert!(never.is_empty(), "{never:#?}");
}
