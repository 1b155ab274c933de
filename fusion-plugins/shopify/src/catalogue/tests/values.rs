use super::*;
use fusion_core::model::{CodeKind, WeightUnit};

#[track_caller]
fn price(cell: &str, options: Options) -> Result<String, &'static str> {
    let (entries, _) =
        walk(format!("Handle;Title;Variant SKU;Variant Price\na;A;S;{cell}\n"), options).unwrap();
    match entries.into_iter().next() {
        Some(Entry::Product(one)) => Ok(one.product.variants[0].price.to_string()),
        Some(Entry::Refused(one)) => Err(one.problems[0].code),
        other => panic!("{:?}", other.as_ref().map(told)),
    }
}

#[test]
fn a_price_is_digits_with_at_most_one_dot() {
    let cases = [
        ("12.50", Ok("12.50 EUR")),
        ("12.7", Ok("12.70 EUR")),
        (".95", Ok("0.95 EUR")),
        ("5.", Ok("5.00 EUR")),
        ("3361", Ok("3361.00 EUR")),
        ("0", Ok("0.00 EUR")),
        ("007.10", Ok("7.10 EUR")),
        ("0.125", Ok("0.125 EUR")),
        ("", Err("missing")),
        ("12,50", Err("comma_in_number")),
        ("1,299.00", Err("comma_in_number")),
        ("1.299.00", Err("two_points")),
        ("€12", Err("not_a_number")),
        ("12 EUR", Err("not_a_number")),
        ("N/A", Err("not_a_number")),
        (".", Err("not_a_number")),
        ("-3", Err("negative")),
        ("1E3", Err("exponent")),
        ("1.2e+03", Err("exponent")),
        ("1_000", Err("not_a_number")),
        ("'12.50", Err("not_a_number")),
        ("１２", Err("not_a_number")),
        ("99999999999999999999999999999999", Err("number_too_long")),
        ("0.00000000000000000000000000001", Err("number_too_long")),
    ];
    for (cell, expected) in cases {
        assert_eq!(price(cell, euros()).as_deref(), expected.as_deref(), "{cell}");
    }
}

#[test]
fn a_decimal_comma_is_read_when_it_is_named_and_a_dot_is_not_then() {
    let cases = [
        ("12,50", Ok("12.50 EUR")),
        (",95", Ok("0.95 EUR")),
        ("12", Ok("12.00 EUR")),
        ("12.50", Err("dot_in_number")),
        ("1.299,00", Err("dot_in_number")),
    ];
    for (cell, expected) in cases {
        assert_eq!(price(cell, euros().with_decimal_comma()).as_deref(), expected.as_deref(), "{cell}");
    }
}

#[test]
fn a_currency_without_cents_shows_none() {
    let yen = Options::new(Currency::new("JPY").unwrap());
    assert_eq!(price("1200.00", yen).as_deref(), Ok("1200 JPY"));
}

#[test]
fn compare_at_and_cost_may_be_empty_and_not_wrong() {
    let one = variant("Compare-at price,Cost per item", ",");
    assert_eq!((one.compare_at, one.cost), (None, None));
    check(
        "Handle,Title,Price,Compare-at price,Cost per item\na,A,1,n/a,1e2\n",
        &["!a 2-2 not_a_number 2 Compare-at price exponent 2 Cost per item"],
    );
}

#[test]
fn a_quantity_is_a_whole_number_and_may_be_negative() {
    for (cell, expected) in
        [("12", Some(12)), ("0.0", Some(0)), ("7.00", Some(7)), ("-3", Some(-3)), ("", None)]
    {
        assert_eq!(variant("Inventory quantity", cell).on_hand, expected, "{cell}");
    }
    for cell in ["1.5", "\"1,000\"", "many", "-", "+3", "1e3"] {
        check(
            format!("Handle,Title,Price,Inventory quantity\na,A,1,{cell}\n"),
            &["!a 2-2 not_whole 2 Inventory quantity"],
        );
    }
    check(
        "Handle,Title,Price,Inventory quantity\na,A,1,-3\nb,B,1,99999999999999999999\n",
        &[
            "a 2-2 x1 noted NegativeQuantity 2 Inventory quantity",
            "!b 3-3 number_too_long 3 Inventory quantity",
        ],
    );
}

#[test]
fn what_the_shop_does_not_track_has_no_stock_and_what_it_tracks_is_never_endless() {
    let head = "Handle,Title,Price,Variant Inventory Tracker,Variant Inventory Qty\n";
    check(
        format!("{head}a,A,1,shopify,4\nb,B,1,,4\nc,C,1,,0\nd,D,1,shopify,\n"),
        &[
            "a 2-2 x1",
            "b 3-3 x1 lost Dropped line 3, Variant Inventory Qty",
            "c 4-4 x1",
            "d 5-5 x1 lost Guessed line 5, Variant Inventory Qty",
        ],
    );
    let on_hand = |cells: &str| variant("Variant Inventory Tracker,Variant Inventory Qty", cells).on_hand;
    assert_eq!((on_hand("shopify,4"), on_hand(",4"), on_hand("shopify,")), (Some(4), None, Some(0)));
}

#[test]
fn an_apostrophe_of_a_spreadsheet_is_taken_off_and_told() {
    check(
        "Handle,Title,Price,SKU,Barcode\na,A,1,'0012,'4006381333931\n",
        &["a 2-2 x1 noted StrippedApostrophe 2 SKU noted StrippedApostrophe 2 Barcode"],
    );
    let one = variant("SKU,Barcode", "'0012,'4006381333931");
    assert_eq!((one.sku.as_deref(), one.codes[0].value.as_str()), (Some("0012"), "4006381333931"));
    assert_eq!(variant("SKU", "O'Neill-1").sku.as_deref(), Some("O'Neill-1"));
}

#[test]
fn a_repeated_sku_is_told_and_kept_and_an_empty_one_is_good() {
    let file = format!("{OLD}a,A,,,X-1,1,\nb,B,,,,1,\nc,C,,,,1,\nd,D,,,'X-1,1,\ne,E,,,x-1,1,\n");
    check(
        &file,
        &[
            "a 2-2 x1 noted RepeatedSku 2 Variant SKU",
            "b 3-3 x1",
            "c 4-4 x1",
            "d 5-5 x1 noted StrippedApostrophe 5 Variant SKU noted RepeatedSku 5 Variant SKU",
            "e 6-6 x1",
        ],
    );
    assert_eq!(walk(file, euros()).unwrap().1.repeated_skus, ["X-1"]);
}

#[test]
fn a_barcode_keeps_its_zeros_and_a_damaged_one_is_a_loss() {
    let cases = [
        ("4006381333931", Some((CodeKind::Gtin, "4006381333931"))),
        ("036000291452", Some((CodeKind::Gtin, "036000291452"))),
        ("96385074", Some((CodeKind::Gtin, "96385074"))),
        ("4006381333930", Some((CodeKind::Barcode, "4006381333930"))),
        ("SHELF-12E4", Some((CodeKind::Barcode, "SHELF-12E4"))),
        ("12E4", Some((CodeKind::Barcode, "12E4"))),
        ("1.25", Some((CodeKind::Barcode, "1.25"))),
        ("3.65E+11", None),
        ("4E+12", None),
        ("\"3,65E+11\"", None),
        ("365275000000.0", None),
        ("", None),
    ];
    for (cell, expected) in cases {
        let one = variant("Barcode", cell);
        let code = one.codes.first().map(|code| (code.kind, code.value.as_str()));
        assert_eq!(code, expected, "{cell}");
    }
    check(
        "Handle,Title,Price,Barcode\na,A,1,3.65E+11\nb,B,1,4006381333930\n",
        &["a 2-2 x1 lost Dropped line 2, Barcode", "b 3-3 x1 noted CheckDigit 3 Barcode"],
    );
}

#[test]
fn weight_tariff_number_and_origin_are_kept() {
    let columns = "Variant Grams,Variant Weight Unit,HS Code,Country of origin";
    let shipping = |cells: &str| variant(columns, cells).shipping;
    let weight = |cells: &str| shipping(cells).weight.map(|w| (w.value.to_string(), w.unit));
    assert_eq!(weight("420,g,,"), Some(("420".to_owned(), WeightUnit::Gram)));
    assert_eq!(weight("1250.0,kg,,"), Some(("1.25".to_owned(), WeightUnit::Kilogram)));
    assert_eq!(weight("454,lb,,"), Some(("454".to_owned(), WeightUnit::Gram)));
    assert_eq!(weight("0.0,kg,,"), None);
    let told = shipping(",,'691110,pt");
    assert_eq!((told.hs_code.as_deref(), told.origin.as_deref()), (Some("691110"), Some("PT")));
    check(
        "Handle,Title,Price,Grams,Variant Grams,Country of origin\na,A,1,,12 g,\nb,B,1,,,Portugal\n",
        &["!a 2-2 not_a_number 2 Variant Grams", "b 3-3 x1 lost Dropped line 3, Country of origin"],
    );
}
