//! There and back: what is lost on the way is what the losses say.

use crate::{
    fixture::{body, lost, us, uuid, with_extras},
    writing::live,
};
use fusion_core::model::{Decimal, Money, NewListing, RemoteProduct, Seen, Shipping, Weight, WeightUnit};
use fusion_plugin_amazon::{ListingExtras, convert::created};
use proptest::prelude::*;
use serde_json::json;

fn money(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), us().currency)
}

prop_compose! {
    fn a_listing()(
        colours in prop::collection::btree_set("[A-Z][a-z]{2,8}", 1..5),
        title in "[A-Za-z][A-Za-z0-9 \"<&é]{0,40}[a-z]",
        description in "[a-z][ -~é]{0,60}[a-z]",
        bullets in prop::collection::vec("[a-z]{1,20}", 0..6),
        brand in prop::option::of("[A-Z][a-z]{1,10}"),
        tags in prop::collection::vec("[a-z]{1,8}", 0..4),
        prices in prop::collection::vec((1_i64..10_000_000, prop::option::of(1_i64..10_000_000), prop::option::of(1_i64..1_000_000)), 5),
        grams in prop::option::of(1_i64..100_000),
        pictures in 0_usize..12,
        exempt in any::<bool>(),
    ) -> NewListing {
        let colours: Vec<&str> = colours.iter().map(String::as_str).collect();
        let mut listing = crate::fixture::listing(&colours);
        listing.title = title;
        listing.description.text = description;
        listing.bullets = bullets;
        listing.brand = brand;
        listing.tags = tags;
        listing.media = (0..pictures)
            .map(|nth| serde_json::from_value(json!({"id": uuid(50 + nth),
                "source": format!("https://pictures.example/{nth}.jpg"), "role": "gallery"})).unwrap())
            .collect();
        for (variant, (price, compare_at, sale)) in listing.variants.iter_mut().zip(prices) {
            variant.offer.price = money(price);
            variant.offer.compare_at = compare_at.map(money);
            variant.offer.sale = sale.map(|sale| serde_json::from_value(json!({"price": money(sale),
                "from": 1_790_000_000_000_000_i64, "to": 1_795_000_000_000_000_i64})).unwrap());
            variant.shipping = Shipping {
                weight: grams.map(|grams| Weight { value: Decimal::new(grams, 1).normalize(), unit: WeightUnit::Gram }),
                ..Shipping::default()
            };
            if exempt {
                variant.codes.clear();
            }
        }
        with_extras(&mut listing, |extras| extras.code_exempt = exempt);
        listing
    }
}

fn seen<T: Clone>(value: Option<T>) -> Seen<T> {
    Seen::from_option(value)
}

fn compare(listing: &NewListing, shown: &RemoteProduct) -> Result<(), TestCaseError> {
    prop_assert_eq!(&shown.title, &Seen::Value(listing.title.clone()));
    prop_assert_eq!(shown.description.value().map(|text| &text.text), Some(&listing.description.text));
    let some = |list: &Vec<String>| seen(Some(list.clone()).filter(|list| !list.is_empty()));
    prop_assert_eq!(&shown.bullets, &some(&listing.bullets));
    prop_assert_eq!(&shown.brand, &seen(listing.brand.clone()));
    // Several words come back as the one text that they were joined to.
    let joined = if listing.tags.is_empty() { Vec::new() } else { vec![listing.tags.join(" ")] };
    prop_assert_eq!(&shown.tags, &some(&joined));
    prop_assert_eq!(shown.categories.value(), Some(&listing.categories));
    let pictures: Vec<&String> =
        shown.media.value().into_iter().flatten().filter_map(|one| one.url.value()).collect();
    let sent: Vec<&String> = listing.media.iter().take(9).map(|one| &one.source).collect();
    prop_assert_eq!(pictures, sent);
    let variants = shown.variants.value().unwrap();
    prop_assert_eq!(variants.len(), listing.variants.len());
    for (wanted, shown) in listing.variants.iter().zip(variants) {
        prop_assert_eq!(shown.sku.value(), wanted.sku.as_ref());
        prop_assert_eq!(shown.offer.value(), Some(&wanted.offer));
        prop_assert_eq!(&shown.codes, &seen(Some(wanted.codes.clone()).filter(|codes| !codes.is_empty())));
        prop_assert_eq!(&shown.weight, &seen(wanted.shipping.weight));
        if listing.variants.len() > 1 {
            prop_assert_eq!(shown.options.get("color"), wanted.options.get("Colour"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_listing_comes_back_as_it_was_sent_but_for_what_the_losses_say(listing in a_listing()) {
        let sent = created(&listing, &us(), None).unwrap();
        for call in &sent.value {
            body(call);
        }
        let mut wanted = Vec::new();
        if listing.tags.len() > 1 {
            wanted.push("tags".to_owned());
        }
        wanted.extend((9..listing.media.len()).map(|nth| format!("media[{nth}]")));
        let compared = |(nth, variant): (usize, &fusion_core::model::NewListingVariant)| {
            variant.offer.compare_at.map(|_| format!("variants[{nth}].offer.compare_at"))
        };
        wanted.extend(listing.variants.iter().enumerate().filter_map(compared));
        wanted.sort_unstable();
        prop_assert_eq!(lost(&sent.losses), wanted);
        let shown = live(&sent.value, &us());
        compare(&listing, &shown)?;
        let mut sent_extras: ListingExtras = listing.extensions.get().unwrap().unwrap();
        let read: ListingExtras = shown.extensions.get().unwrap().unwrap();
        // The parent names no parent, and options bear the platform's names.
        sent_extras.options = [("color".to_owned(), "color".to_owned())].into();
        sent_extras.parent_sku = None;
        if listing.variants.len() > 1 {
            prop_assert_eq!(&read, &sent_extras);
        } else {
            prop_assert_eq!(&read.tax_code, &sent_extras.tax_code);
        }
        prop_assert_eq!(read.code_exempt, sent_extras.code_exempt);
    }
}
