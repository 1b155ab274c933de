use super::*;
use crate::model::*;
use uuid::Uuid;

const PRODUCT: RefKind = RefKind::of("product");
const VARIANT: RefKind = RefKind::of("variant");

fn variant(nth: u128, sku: &str, size: &str) -> Variant {
    Variant {
        id: VariantId::from_uuid(Uuid::from_u128(nth)),
        options: OptionValues::from_iter([("Size", size)]),
        sku: Some(sku.to_owned()),
        codes: Vec::new(),
        consumes: Vec::new(),
        offered: true,
        base_price: "1 EUR".parse().unwrap(),
        compare_at: None,
        cost: None,
        shipping: Shipping::default(),
        media: None,
    }
}

fn row(nth: u128, refs: Refs) -> ListingVariant {
    ListingVariant {
        id: ListingVariantId::from_uuid(Uuid::from_u128(nth)),
        variant: Some(VariantId::from_uuid(Uuid::from_u128(nth))),
        refs,
        remote_sku: None,
        offered: true,
        offer: None,
        shipped_by: ShippedBy::Merchant,
        counted_as: None,
    }
}

fn listing(id: &str, variants: Vec<ListingVariant>) -> Listing {
    Listing {
        id: ListingId::from_uuid(Uuid::nil()),
        product: ProductId::from_uuid(Uuid::nil()),
        store: StoreId::from_uuid(Uuid::nil()),
        refs: Refs::of([Ref::new(PRODUCT, id)]),
        overrides: Default::default(),
        bindings: Vec::new(),
        variants,
        media: Vec::new(),
        state: ListingState::of(Lifecycle::Live),
        issues: Vec::new(),
        losses: Vec::new(),
        doubt: None,
        desired: None,
        applied: None,
        observed: None,
        synced: None,
    }
}

fn line(refs: &[(RefKind, &str)], sku: Option<&str>, size: &str) -> OrderLine {
    OrderLine {
        key: "1".to_owned(),
        refs: Refs::of(refs.iter().map(|(kind, id)| Ref::new(kind.clone(), *id))),
        variant: None,
        sku: sku.map(str::to_owned),
        title: "Mug".to_owned(),
        options: OptionValues::from_iter([("Groesse", size)]),
        ordered: 1,
        current: 1,
        unit_price: None,
        charges: Vec::new(),
        costs: Vec::new(),
        cancel_wanted: false,
        nature: None,
        shipped_by: ShippedBy::Merchant,
        location: None,
    }
}

#[test]
fn a_line_is_matched_by_what_is_certain_and_else_a_person_is_asked() {
    let mut rewritten = Refs::of([Ref::new(VARIANT, "old")]);
    rewritten.set(Ref::new(VARIANT, "new"));
    let variants = [variant(1, "A", "S"), variant(2, "B", "M"), variant(3, "B", "L")];
    let rows = [row(1, rewritten), row(2, Refs::of([Ref::new(VARIANT, "two")])), row(3, Refs::default())];
    let shop = listing("mug", rows.to_vec());
    let known: Vec<_> = shop
        .variants
        .iter()
        .zip(&variants)
        .map(|(row, variant)| RowKnown { listing: &shop, row, variant })
        .collect();
    let is = |nth: u128| Meant::Row(ListingVariantId::from_uuid(Uuid::from_u128(nth)));
    let doubt = |some: &[u128]| {
        Meant::Doubt(some.iter().map(|nth| ListingVariantId::from_uuid(Uuid::from_u128(*nth))).collect())
    };
    let cases = [
        ("by its id", line(&[(VARIANT, "new")], None, "?"), is(1)),
        ("by a replaced id", line(&[(VARIANT, "old")], None, "?"), is(1)),
        ("the id counts more than the SKU", line(&[(VARIANT, "two")], Some("A"), "S"), is(2)),
        ("by a SKU that one row has", line(&[(VARIANT, "?")], Some("A"), "?"), is(1)),
        ("a SKU that two have, by the choice", line(&[], Some("B"), "L"), is(3)),
        ("a SKU that two have, and an unknown choice", line(&[], Some("B"), "XL"), doubt(&[2, 3])),
        (
            "an unknown SKU of a known product, by the choice",
            line(&[(PRODUCT, "mug")], Some("?"), "M"),
            is(2),
        ),
        ("a known product and an unknown choice", line(&[(PRODUCT, "mug")], None, "?"), doubt(&[1, 2, 3])),
        ("the choice alone says nothing", line(&[], None, "M"), doubt(&[])),
        ("an empty SKU is none", line(&[], Some(""), "M"), doubt(&[])),
    ];
    for (what, line, wanted) in cases {
        assert_eq!(match_line(&line, &known), wanted, "{what}");
    }
}

#[test]
fn rows_that_share_an_id_are_told_apart_by_the_choice() {
    let asin = || Refs::of([Ref::new(RefKind::shared("asin"), "B0")]);
    let variants = [variant(1, "A", "S"), variant(2, "A", "M")];
    let shop = listing("mug", vec![row(1, asin()), row(2, asin())]);
    let known: Vec<_> = shop
        .variants
        .iter()
        .zip(&variants)
        .map(|(row, variant)| RowKnown { listing: &shop, row, variant })
        .collect();
    let asked = |size| match_line(&line(&[(RefKind::shared("asin"), "B0")], None, size), &known);
    assert_eq!(asked("M"), Meant::Row(known[1].row.id));
    assert_eq!(asked("?"), Meant::Doubt(vec![known[0].row.id, known[1].row.id]));
}
