use super::*;
use serde_json::json;

mod erasure;
mod watermark;

#[test]
fn equal_amounts_have_equal_text() {
    let check = |text: &str, shown: &str| assert_eq!(text.parse::<Money>().unwrap().to_string(), shown);
    check("12.5 EUR", "12.50 EUR");
    check("12.500 EUR", "12.50 EUR");
    check("12.505 EUR", "12.505 EUR");
    check("1200 JPY", "1200 JPY");
    check(".95 USD", "0.95 USD");
    check("-3 EUR", "-3.00 EUR");
    assert_eq!(json!("13.5 EUR".parse::<Money>().unwrap()), json!("13.50 EUR"));
}

#[test]
fn money_that_could_mean_two_things_is_refused() {
    for text in
        ["1e3 EUR", "1,50 EUR", "1_000 EUR", "12.50", "€ 3", "1.2.3 EUR", ". EUR", " EUR", "1 XYZ", "--1 EUR"]
    {
        assert!(text.parse::<Money>().is_err(), "{text}");
    }
}

#[test]
fn money_that_is_written_otherwise_says_how_to_write_it() {
    let check = |text: &str, mend: Option<&str>| {
        let error = text.parse::<Money>().unwrap_err();
        let said = error.message().rsplit_once("write ").and_then(|(_, mend)| mend.strip_prefix('`'));
        assert_eq!(said.and_then(|mend| mend.strip_suffix('`')), mend, "{text}: {error}");
    };
    for text in
        ["12.50 eur", "12.50EUR", "EUR 12.50", "12.50  EUR", " 12.50 EUR", "12,50 EUR", "12.50 €", "€12,50"]
    {
        check(text, Some("12.50 EUR"));
    }
    check("-3,5 usd", Some("-3.50 USD"));
    check("1.299,00 EUR", Some("1299.00 EUR"));
    check("1,299.00 EUR", Some("1299.00 EUR"));
    check("1,299,000 jpy", Some("1299000 JPY"));
    check("12,505.5 eur", Some("12505.50 EUR"));
    for ambiguous in ["1,250 EUR", "3 $", "1e3 EUR", "1.2.3 EUR", "1 XYZ", "1,23,4.5 EUR", "", "EUR"] {
        check(ambiguous, None);
    }
    let bare = "12,5".parse::<Money>().unwrap_err();
    assert!(bare.message().ends_with("such as `12.5 EUR`"), "{bare}");
    let currency = Currency::new("eur").unwrap_err();
    assert!(currency.message().ends_with("write `EUR`"), "{currency}");
    let amount = Money::parse_amount("12,50", Currency::new("EUR").unwrap()).unwrap_err();
    assert!(amount.message().ends_with("write `12.50`"), "{amount}");
}

#[test]
fn a_replaced_id_is_retired_and_still_known() {
    const KIND: RefKind = RefKind::of("offering");
    let mut refs = Refs::of([Ref::new(KIND, "1")]);
    refs.set(Ref::new(KIND, "2"));
    assert_eq!(refs.get(&KIND), Some("2"));
    assert_eq!(refs.retired(), [Ref::new(KIND, "1")]);
    assert!(refs.knows(&Ref::new(KIND, "1")));
    refs.set(Ref::new(KIND, "1"));
    assert_eq!(refs.retired(), [Ref::new(KIND, "2")]);
}

#[test]
fn a_shared_kind_stays_one_where_it_is_stored() {
    for (kind, stored) in [(RefKind::of("product"), "product"), (RefKind::shared("asin"), "shared:asin")] {
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json, stored);
        let back: RefKind = serde_json::from_value(json).unwrap();
        assert_eq!((back.is_unique(), back.as_str()), (kind.is_unique(), kind.as_str()));
        assert_eq!(back, kind);
    }
    assert_ne!(RefKind::of("asin"), RefKind::shared("asin"));
}

#[test]
fn an_unknown_extension_survives_and_a_bare_fraction_is_refused() {
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Extra {
        ratio: f64,
    }
    impl Extension for Extra {
        const KEY: &'static str = "test.extra";
        const VERSION: u32 = 1;
        fn upgrade(_: u32, stored: serde_json::Value) -> crate::Result<serde_json::Value> {
            Ok(stored)
        }
    }
    let stored = json!({"other.thing": {"version": 7, "value": {"deep": ["1.5"]}}});
    let mut extensions: Extensions = serde_json::from_value(stored.clone()).unwrap();
    let error = extensions.set(&Extra { ratio: 0.5 }).unwrap_err();
    assert_eq!(error.problems()[0].path, "ratio");
    assert_eq!(serde_json::to_value(&extensions).unwrap(), stored);
}

#[test]
fn a_private_value_never_shows() {
    let private = Private::new("12 Elm Street".to_owned());
    assert_eq!(format!("{private:?}"), "Private(..)");
    assert!(
        !format!(
            "{:?}",
            Buyer {
                ship_to: Seen::Value(Private::new(Address {
                    lines: vec!["12 Elm Street".into()],
                    ..Address::default()
                })),
                bill_to: Seen::NotRead,
                email: Seen::Empty,
                texts: vec![("note".into(), private)],
            }
        )
        .contains("Elm")
    );
}

#[test]
fn stock_moves_count_in_the_direction_of_their_word() {
    let clock = crate::clock::Timestamp::EPOCH;
    let item = StockItemId::from_uuid(uuid::Uuid::from_u128(1));
    let location = LocationId::from_uuid(uuid::Uuid::from_u128(2));
    let mut level = StockLevel::empty(item, location);
    for (kind, delta) in
        [(MoveKind::Receive, 10), (MoveKind::Reserve, 4), (MoveKind::Ship, 3), (MoveKind::Release, 1)]
    {
        level.apply(&StockMove {
            id: MoveId::from_uuid(uuid::Uuid::from_u128(3)),
            item,
            location,
            delta,
            kind,
            cause: "line".into(),
            at: clock,
        });
    }
    assert_eq!((level.on_hand, level.committed, level.available(), level.sequence), (7, 0, 7, 4));
    level.apply(&StockMove {
        id: MoveId::from_uuid(uuid::Uuid::from_u128(4)),
        item,
        location,
        delta: 2,
        kind: MoveKind::Ship,
        cause: "never reserved".into(),
        at: clock,
    });
    assert_eq!((level.on_hand, level.committed, level.available()), (5, 0, 5));
}

#[test]
fn a_row_of_the_table_stands_for_its_losses_at_every_place() {
    let row = LossRow {
        subject: LossSubject::Listing,
        field: "variants[].codes[]",
        kind: LossKind::Dropped,
        why: "no such field",
    };
    let check = |path: &str, kind: LossKind, named: bool| {
        assert_eq!(row.names(&Loss { path: path.to_owned(), kind, note: String::new() }), named, "{path}");
    };
    check("variants[12].codes[0]", LossKind::Dropped, true);
    check("variants[12].codes[0]", LossKind::Truncated, false);
    check("variants[12].codes", LossKind::Dropped, false);
    check("variants[0].cost", LossKind::Dropped, false);
}

#[test]
fn kits_and_what_is_not_counted_are_in_no_pool() {
    let variant = |consumes: serde_json::Value| -> Variant {
        let id = "01920000-0000-7000-8000-000000000001";
        serde_json::from_value(
            json!({ "id": id, "offered": true, "base_price": "1.00 EUR", "consumes": consumes }),
        )
        .unwrap()
    };
    let item = "01920000-0000-7000-8000-000000000002";
    let (one, two) = (json!({ "item": item, "units": 1 }), json!({ "item": item, "units": 2 }));
    assert_eq!(json!(variant(json!([one])).pool()), json!(item));
    for consumes in [json!([]), json!([two]), json!([one, one])] {
        assert_eq!(variant(consumes.clone()).pool(), None, "{consumes}");
    }
}

#[test]
fn a_plain_text_shows_the_same_characters_as_html() {
    assert_eq!(RichText::plain("a < b & c\r\n> d").to_html(), "a &lt; b &amp; c<br>&gt; d");
    assert_eq!(RichText::html("<p>a & b</p>").to_html(), "<p>a & b</p>");
}
