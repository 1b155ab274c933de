//! There and back: what comes back differs from what was sent by what the table of losses says.

use super::{
    super::*,
    specs,
    support::{SIZES, answered, facts, listing, variant},
    table::{named, rich, rich_listing},
};
use crate::kinds;
use fusion_core::model::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Wish {
    title: String,
    text: String,
    is_plain: bool,
    tags: Vec<String>,
    /// Cents, whether it is on offer, SKU, whether it carries what has no place there.
    variants: Vec<(i64, bool, Option<String>, bool)>,
    is_rich: bool,
}

fn wishes() -> impl Strategy<Value = Wish> {
    let variant = (0..5_000_000_i64, any::<bool>(), prop::option::of("[A-Z0-9-]{1,12}"), any::<bool>());
    let rest =
        (".{1,40}", ".{0,80}", any::<bool>(), prop::collection::vec("[a-z ]{1,12}", 0..4), any::<bool>());
    (rest, prop::collection::vec(variant, 1..=SIZES.len())).prop_map(
        |((title, text, is_plain, tags, is_rich), variants)| Wish {
            title,
            text,
            is_plain,
            tags,
            variants,
            is_rich,
        },
    )
}

impl Wish {
    fn listing(&self) -> NewListing {
        let mut wanted = if self.is_rich { rich_listing() } else { listing() };
        wanted.title.clone_from(&self.title);
        wanted.description =
            if self.is_plain { RichText::plain(&self.text) } else { RichText::html(&self.text) };
        wanted.tags.clone_from(&self.tags);
        let made = |(nth, (cents, offered, sku, is_rich)): (usize, &(i64, bool, Option<String>, bool))| {
            let price = Money::new(Decimal::new(*cents, 2), Currency::new("EUR").unwrap());
            let mut one = variant(10 + nth, SIZES[nth], "1 EUR");
            one.offer.price = price;
            one.sku.clone_from(sku);
            // One has to be on offer.
            one.offered = *offered || nth == 0;
            if *is_rich { rich(one) } else { one }
        };
        wanted.variants = self.variants.iter().enumerate().map(made).collect();
        wanted
    }
}

proptest! {
    #[test]
    fn what_was_sent_comes_back_but_for_the_losses(wish in wishes()) {
        let wanted = wish.listing();
        let sent = created(&wanted, &facts()).unwrap();
        specs::check("createProductRequest", &sent.value);
        for loss in &sent.losses {
            prop_assert!(named(LossSubject::Listing, loss).is_some(), "{loss:?}");
        }
        let lost = |path: &str| sent.losses.iter().any(|loss| loss.path == path);
        let read = product(&answered(&sent.value), &facts()).unwrap();
        prop_assert_eq!(&read.losses, &[]);
        let read = read.value;
        prop_assert_eq!(read.title.value(), Some(&wanted.title));
        prop_assert_eq!(read.description.value(), Some(&RichText::html(wanted.description.to_html())));
        prop_assert_eq!(read.tags.value(), Some(&wanted.tags));
        prop_assert_eq!(read.extensions.get::<crate::Made>().unwrap().unwrap().safety,
            wanted.extensions.get::<crate::Made>().unwrap().unwrap().safety);
        prop_assert_eq!(read.brand.value().is_none() && wanted.brand.is_some(), lost("brand"));
        let back = read.variants.value().unwrap();
        for (nth, wanted) in wanted.variants.iter().enumerate() {
            let back = back.iter().find(|back| back.options == wanted.options).unwrap();
            let offer = back.offer.value().unwrap();
            let at = |field: &str| format!("variants[{nth}].{field}");
            prop_assert_eq!(back.offered, wanted.offered);
            prop_assert_eq!(offer.price == wanted.offer.price, !lost(&at("offer.sale")));
            prop_assert_eq!(offer.compare_at == wanted.offer.compare_at, !lost(&at("offer.compare_at")));
            prop_assert_eq!(offer.tax == wanted.offer.tax, !lost(&at("offer.tax")));
            prop_assert_eq!(wanted.codes.is_empty(), !lost(&at("codes")));
            if let Some(sku) = &wanted.sku {
                prop_assert_eq!(back.sku.value(), Some(sku));
            }
        }
        let strangers = back.iter().filter(|back| !wanted.variants.iter().any(|one| one.options == back.options));
        prop_assert!(strangers.into_iter().all(|one| !one.offered), "nobody asked for them");
    }

    #[test]
    fn a_second_writing_of_what_is_there_sends_nothing(wish in wishes()) {
        let wanted = wish.listing();
        let live = product(&answered(&created(&wanted, &facts()).unwrap().value), &facts()).unwrap().value;
        let target = fusion_core::plugin::Target {
            refs: live.refs.clone(),
            variants: wanted.variants.iter().map(|one| fusion_core::plugin::TargetVariant {
                id: one.id,
                refs: live.variants.value().unwrap().iter().find(|back| back.options == one.options)
                    .map(|back| Refs::of([Ref::new(kinds::VARIANT, back.refs.get(&kinds::VARIANT).unwrap())]))
                    .unwrap(),
            }).collect(),
            ..fusion_core::plugin::Target::default()
        };
        let same = ListingEdit {
            variants: wanted.variants.iter().map(|one| (one.id, VariantEdit {
                offered: Edit::Set(one.offered), ..VariantEdit::default()
            })).collect(),
            ..ListingEdit::default()
        };
        prop_assert_eq!(edited(&same, &target, &live, &facts()).unwrap().value, None);
    }
}

#[test]
fn a_sale_passed_on_is_read_back_as_its_supply() {
    use super::support::{address, buyer, id, sale, supplier, supply};
    let refs = supplier();
    let sent =
        supplied(id(77), &sale(), &buyer(address()), &[supply(&refs, 2)], Method::Priority).unwrap().value;
    let line = &sent["line_items"][0];
    let answer = serde_json::json!({
        "id": "5a96f649b2439217d070f507", "status": "on-hold", "created_at": "2026-09-05 15:00:00+00:00",
        "address_to": sent["address_to"], "shipping_method": sent["shipping_method"],
        "metadata": { "order_type": "api", "shop_order_id": sent["external_id"], "shop_order_label": sent["label"] },
        "line_items": [{
            "product_id": line["product_id"], "variant_id": line["variant_id"], "quantity": line["quantity"],
            "metadata": { "external_id": line["external_id"] },
        }],
    });
    let read = order(&answer, &facts()).unwrap().value;
    assert_eq!(read.facts.role, OrderRole::Supply { sale: Some(id(77)) });
    assert_eq!(read.facts.number.as_deref(), Some("1370762297"));
    assert_eq!((read.facts.lines[0].ordered, &read.facts.lines[0].refs), (2, &refs));
    assert_eq!(read.buyer.ship_to.value().unwrap().reveal(), &address());
    let extra: crate::Supply = read.facts.extensions.get().unwrap().unwrap();
    assert_eq!(
        (extra.shipping_method, extra.line_for.values().next().unwrap().as_str()),
        (Some(2), "line-1")
    );
}
