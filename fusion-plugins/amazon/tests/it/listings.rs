//! SKUs, families, and what lies where.

use crate::fixture::{bytes, canada, japan, lost, read, us};
use fusion_core::{
    error::{ErrorKind, Severity},
    model::{
        CodeKind, Converted, Lifecycle, Quantity, Ref, Refs, RemoteLevel, RemoteVariant, Seen, StockRow,
        StoreFacts,
    },
    plugin::{Asks, Matter},
};
use fusion_plugin_amazon::{
    ListingExtras,
    convert::{Listed, ListingPart, amazon_stock, families, heard, item, items, stock_write, stores},
    kinds::{ASIN, CHANNEL, ORDER, SKU},
};
use serde_json::{Value, json};

fn as_read(record: &Value, facts: &StoreFacts) -> Converted<Listed> {
    item(&bytes(record), &ListingPart::ALL, facts).unwrap()
}

fn only(listed: &Listed) -> &RemoteVariant {
    let variants = listed.product.variants.value().unwrap();
    assert_eq!(variants.len(), 1);
    &variants[0]
}

fn levels(listed: &Listed) -> &[RemoteLevel] {
    only(listed).levels.value().unwrap()
}

/// A SKU with attributes, as a seller of the United States sees it.
pub(crate) fn record(sku: &str, attributes: Value) -> Value {
    json!({
        "sku": sku, "attributes": attributes,
        "summaries": [{"marketplaceId": "ATVPDKIKX0DER", "asin": "B0", "productType": "EXAMPLE_MUG",
            "status": ["BUYABLE"], "lastUpdatedDate": "2026-10-02T00:00:00Z"}],
    })
}

fn child(sku: &str, parent: &str, colour: &str) -> Value {
    record(
        sku,
        json!({
            "item_name": [{"value": format!("Mug, {colour}"), "language_tag": "en_US"}],
            "color": [{"value": colour, "language_tag": "en_US"}],
            "parentage_level": [{"value": "child"}], "variation_theme": [{"name": "COLOR"}],
            "child_parent_sku_relationship": [{"child_relationship_type": "variation", "parent_sku": parent}],
        }),
    )
}

fn parent(sku: &str, children: &[&str]) -> Value {
    let mut record = record(
        sku,
        json!({"item_name": [{"value": "Mug", "language_tag": "en_US"}], "parentage_level": [{"value": "parent"}],
            "variation_theme": [{"name": "COLOR"}]}),
    );
    record["summaries"][0]["status"] = json!(["DISCOVERABLE"]);
    record["relationships"] = json!([{"marketplaceId": "ATVPDKIKX0DER",
        "relationships": [{"type": "VARIATION", "childSkus": children,
            "variationTheme": {"attributes": ["color"], "theme": "COLOR"}}]}]);
    record
}

#[test]
fn one_sku_in_two_marketplaces_is_two_listings_with_one_stock() {
    let Some(cases) = crate::fixture::cases() else { return };
    let case = cases.iter().find(|case| case.name.contains("getListingsItem 200")).unwrap();
    let (here, there) = (as_read(&case.answer, &us()).value, as_read(&case.answer, &canada()).value);
    assert_eq!(here.product.refs, there.product.refs);
    assert_eq!(levels(&here)[0].pool, levels(&there)[0].pool);
    assert_eq!(levels(&here)[0].quantity, Quantity::Counted(100));
    let price = |listed: &Listed| only(listed).offer.value().unwrap().price.to_string();
    assert_eq!((price(&here), price(&there)), ("100.00 USD".to_owned(), "130.00 CAD".to_owned()));
    assert_eq!(here.product.state.lifecycle, Lifecycle::Live);
    assert_eq!(there.product.state.lifecycle, Lifecycle::Hidden);
    let codes =
        |listed: &Listed| listed.product.issues.iter().map(|issue| issue.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&here), ["90220", "18027", "99300", "18155", "18742"]);
    assert_eq!(codes(&there), ["18027", "99300"], "the others are of the other marketplace");
    let other_seller = StoreFacts { account: "ANOTHER".to_owned(), ..us() };
    assert_ne!(levels(&as_read(&case.answer, &other_seller).value)[0].pool, levels(&here)[0].pool);
}

#[test]
fn what_lies_in_amazons_warehouses_is_never_the_merchants() {
    let answer = json!({"payload": {"granularity": {}, "inventorySummaries": [
        {"sellerSku": "MUG-1", "asin": "B0", "fnSku": "X0", "totalQuantity": 12, "inventoryDetails": {
            "fulfillableQuantity": 7, "inboundShippedQuantity": 3, "reservedQuantity": {"totalReservedQuantity": 2}}},
        {"sellerSku": "MUG-2", "totalQuantity": 5}]},
        "pagination": {"nextToken": "more"}});
    let page = amazon_stock(&bytes(&answer), "AMAZON_NA", &us()).unwrap();
    assert_eq!(page.next.as_deref(), Some("more"));
    let sellable: Vec<Quantity> = page.items.iter().map(|item| item.value.1.quantity).collect();
    // What lies there altogether isn't what can be sold.
    assert_eq!(
        sellable,
        [Quantity::ManagedByPlatform { sellable: Some(7) }, Quantity::ManagedByPlatform { sellable: None }]
    );
    assert_eq!(
        lost(&page.items[0].losses),
        ["inventoryDetails.inboundShippedQuantity", "inventoryDetails.reservedQuantity", "totalQuantity"]
    );
    let both = record(
        "MUG-1",
        json!({"fulfillment_availability": [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 4, "lead_time_to_ship_max_days": 2},
        {"fulfillment_channel_code": "AMAZON_NA"}]}),
    );
    let read = as_read(&both, &us());
    let quantities: Vec<Quantity> = levels(&read.value).iter().map(|level| level.quantity).collect();
    assert_eq!(quantities, [Quantity::Counted(4), Quantity::ManagedByPlatform { sellable: None }]);
    assert_ne!(levels(&read.value)[0].pool, levels(&read.value)[1].pool);
    assert_eq!(lost(&read.losses), ["attributes[fulfillment_availability][0]"]);

    let refused = stock_write(&row(Some(Ref::new(CHANNEL, "AMAZON_NA")))).unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].path.as_str()), (ErrorKind::InvalidInput, "location"));
}

pub(crate) fn row(location: Option<Ref>) -> StockRow {
    let mut row: StockRow = serde_json::from_value(json!({
        "variant": crate::fixture::uuid(100), "listing_refs": Refs::default(),
        "refs": Refs::of([Ref::new(SKU, "MUG-1")]), "available": 9, "sequence": 1,
    }))
    .unwrap();
    row.location = location;
    row
}

#[test]
fn submitted_stock_counts_before_the_summary_that_lags_behind() {
    let mut record = record(
        "MUG-1",
        json!({"fulfillment_availability": [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 21}]}),
    );
    record["fulfillmentAvailability"] = json!([{"fulfillmentChannelCode": "DEFAULT", "quantity": 3}]);
    assert_eq!(levels(&as_read(&record, &us()).value)[0].quantity, Quantity::Counted(21));
}

#[test]
fn a_parent_has_its_children_as_variants_and_no_offer() {
    let records =
        [parent("MUG", &["MUG-1", "MUG-2"]), child("MUG-2", "MUG", "Blue"), child("MUG-1", "MUG", "Red")];
    let listed: Vec<Listed> = records.iter().map(|record| as_read(record, &us()).value).collect();
    assert_eq!(listed[0].product.variants, Seen::Empty);
    assert_eq!(listed[1].parent.as_deref(), Some("MUG"));
    let joined = families(listed).unwrap();
    assert!(joined.value.partial.is_empty());
    let [family] = joined.value.whole.as_slice() else { panic!("one family") };
    assert_eq!(family.refs.get(&SKU), Some("MUG"));
    let variants = family.variants.value().unwrap();
    let chosen: Vec<&str> = variants.iter().filter_map(|variant| variant.options.get("color")).collect();
    assert_eq!(chosen, ["Blue", "Red"]);
    assert_eq!(family.options.value().unwrap()[0].values, ["Blue", "Red"]);
    assert_eq!(family.state.buyable, Some(true), "a child is");
    let titles = lost(&joined.losses).into_iter().filter(|path| path.ends_with("title")).count();
    assert_eq!(titles, 2, "each child's own title: {:?}", joined.losses);
}

#[test]
fn a_family_that_a_page_cuts_in_two_is_never_taken_for_the_whole() {
    let read = |record: &Value| as_read(record, &us()).value;
    let half = families(vec![read(&parent("MUG", &["MUG-1", "MUG-2"])), read(&child("MUG-1", "MUG", "Red"))])
        .unwrap()
        .value;
    assert!(half.whole.is_empty());
    assert_eq!(half.partial["MUG"], ["MUG-1"]);
    let orphan =
        families(vec![read(&child("MUG-2", "MUG", "Blue")), read(&record("TEA", json!({})))]).unwrap().value;
    assert_eq!(orphan.whole.len(), 1, "what stands alone is whole");
    assert_eq!(orphan.partial["MUG"], ["MUG-2"]);
    // Told to be a parent, and by nobody whose.
    let mut unread = parent("MUG", &[]);
    unread["relationships"] = Value::Null;
    let unread = families(vec![read(&unread), read(&child("MUG-1", "MUG", "Red"))]).unwrap().value;
    assert_eq!(unread.partial["MUG"], ["MUG-1"], "there may be more than the one that was given");
}

#[test]
fn condition_tax_code_and_a_reduction_with_its_window_are_read() {
    let read = as_read(
        &record(
            "MUG-1",
            json!({
                "condition_type": [{"value": "used_good"}], "product_tax_code": [{"value": "A_GEN_TAX"}],
                "purchasable_offer": [
                    {"audience": "B2B", "currency": "USD", "our_price": [{"schedule": [{"value_with_tax": 11}]}]},
                    {"audience": "ALL", "currency": "USD", "our_price": [{"schedule": [{"value_with_tax": 12.5}]}],
                     "minimum_seller_allowed_price": [{"schedule": [{"value_with_tax": 9}]}],
                     "discounted_price": [{"schedule": [{"value_with_tax": 9.99,
                        "start_at": "2026-11-01T00:00:00Z", "end_at": "2026-11-30T00:00:00Z"}]}]}],
                "list_price": [{"currency": "USD", "value": 15}],
                "externally_assigned_product_identifier": [{"type": "ean", "value": "4006381333931"}],
                "item_package_weight": [{"unit": "ounces", "value": 12.50}],
                "material": [{"value": "clay"}, {"value": "argile", "marketplace_id": "A2EUQ1WTGCTBG2"}],
            }),
        ),
        &us(),
    );
    let variant = only(&read.value);
    let offer = variant.offer.value().unwrap();
    assert_eq!(
        (offer.price.to_string(), offer.compare_at.unwrap().to_string()),
        ("12.50 USD".into(), "15.00 USD".into())
    );
    let sale = offer.sale.unwrap();
    assert_eq!(sale.price.to_string(), "9.99 USD");
    assert_eq!(sale.to.unwrap().to_string(), "2026-11-30T00:00:00Z");
    assert_eq!(variant.codes.value().unwrap()[0].kind, CodeKind::Gtin);
    assert_eq!(variant.weight.value().unwrap().value.to_string(), "12.5");
    let extras: ListingExtras = read.value.product.extensions.get().unwrap().unwrap();
    assert_eq!(
        (extras.condition.as_deref(), extras.tax_code.as_deref()),
        (Some("used_good"), Some("A_GEN_TAX"))
    );
    assert_eq!(extras.attributes["material"], r#"[{"value":"clay"}]"#, "the other is of another marketplace");
    assert_eq!(lost(&read.losses), ["attributes[purchasable_offer][0]", "attributes[purchasable_offer][1]"]);
}

#[test]
fn amounts_are_read_as_they_are_written() {
    let price = |text: &str, currency: &str, facts: &StoreFacts| {
        let entry = format!(
            r#"{{"sku":"A","summaries":[{{"marketplaceId":"{}","status":[]}}],"attributes":{{"purchasable_offer":
            [{{"currency":"{currency}","our_price":[{{"schedule":[{{"value_with_tax":{text}}}]}}]}}]}}}}"#,
            facts.remote_id
        );
        let read = item(entry.as_bytes(), &ListingPart::ALL, facts);
        read.map(|read| only(&read.value).offer.value().unwrap().price.to_string())
            .map_err(|error| error.kind())
    };
    assert_eq!(price("10000", "JPY", &japan()).unwrap(), "10000 JPY");
    assert_eq!(
        price("0.1000000000000000055511151", "USD", &us()).unwrap(),
        "0.1000000000000000055511151 USD"
    );
    assert_eq!(price("1.25e1", "USD", &us()).unwrap(), "12.50 USD");
    assert_eq!(price("\"12.50\"", "USD", &us()), Err(ErrorKind::Protocol));
    assert_eq!(price("12.50", "XYZ1", &us()), Err(ErrorKind::Protocol));
}

#[test]
fn another_languages_texts_are_not_taken_for_the_stores() {
    let read = as_read(
        &record(
            "A",
            json!({"bullet_point": [
            {"value": "Tee", "language_tag": "de_DE"}, {"value": "Tea", "language_tag": "en_US"},
            {"value": "Warm", "language_tag": "en_US"}, {"value": "Thé", "marketplace_id": "A13V1IB3VIYZZH"}]}),
        ),
        &us(),
    );
    assert_eq!(read.value.product.bullets, Seen::Value(vec!["Tea".into(), "Warm".into()]));
    assert_eq!(lost(&read.losses), ["attributes[bullet_point][0]"]);
    assert_eq!(read.value.product.title, Seen::Empty, "asked, and there is none");
    let mut unread = record("A", json!({}));
    unread["attributes"] = Value::Null;
    let unread = item(&bytes(&unread), &[ListingPart::Summaries], &us()).unwrap().value;
    assert_eq!(unread.product.title, Seen::NotRead);
    assert_eq!(unread.product.variants, Seen::NotRead, "it may be a parent");
}

#[test]
fn states_are_what_the_status_says_and_nothing_is_made_up() {
    let state = |status: Value, issues: Value| {
        let mut record = record("A", json!({}));
        record["summaries"][0]["status"] = status;
        record["issues"] = issues;
        as_read(&record, &us()).value.product.state.lifecycle
    };
    let suppressed = |exempt: &str| {
        json!([{"code": "1", "message": "m", "severity": "ERROR", "categories": [],
            "enforcements": {"actions": [{"action": "LISTING_SUPPRESSED"}], "exemption": {"status": exempt}}}])
    };
    assert_eq!(state(json!(["DISCOVERABLE"]), json!([])), Lifecycle::Live);
    assert_eq!(state(json!([]), json!([])), Lifecycle::Hidden);
    assert_eq!(state(json!([]), suppressed("NOT_EXEMPT")), Lifecycle::Blocked);
    assert_eq!(state(json!([]), suppressed("EXEMPT")), Lifecycle::Hidden);
    assert_eq!(state(json!(["DELETED"]), json!([])), Lifecycle::Gone);
    assert_eq!(state(json!(["RESTING"]), json!([])), Lifecycle::Unknown("RESTING".to_owned()));
    let mut unmade = record("A", json!({}));
    unmade["summaries"] = json!([]);
    assert_eq!(as_read(&unmade, &us()).value.product.state.lifecycle, Lifecycle::Draft);
    unmade["summaries"] = json!([{"marketplaceId": "A2EUQ1WTGCTBG2", "status": []}]);
    let elsewhere = item(&bytes(&unmade), &ListingPart::ALL, &us()).unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::NotFound);
}

#[test]
fn an_unknown_severity_is_taken_seriously() {
    let mut record = record("A", json!({}));
    record["issues"] = json!([{"code": "1", "message": "m", "severity": "FATAL", "categories": []}]);
    assert_eq!(as_read(&record, &us()).value.product.issues[0].severity, Severity::Error);
}

#[test]
fn one_bad_record_never_stops_a_page() {
    let good = |sku: &str| record(sku, json!({}));
    let mut bad = good("B");
    bad["summaries"] = json!({"not": "a list"});
    let answer = json!({"numberOfResults": 3, "items": [good("A"), bad, good("C"), 7],
        "pagination": {"nextToken": "more"}});
    let page = items(&bytes(&answer), &ListingPart::ALL, &us()).unwrap();
    let skus: Vec<&str> = page.items.iter().map(|item| item.value.sku.as_str()).collect();
    assert_eq!((skus, page.next.as_deref()), (vec!["A", "C"], Some("more")));
    let named: Vec<Option<&str>> =
        page.unreadable.iter().map(|one| one.record.as_ref().map(|record| record.id.as_str())).collect();
    assert_eq!(named, [Some("B"), None]);
    assert!(page.unreadable[0].problem.path.starts_with("items[1]."), "{:?}", page.unreadable);
}

#[test]
fn refs_say_which_of_them_name_one_thing() {
    assert!(SKU.is_unique() && ORDER.is_unique());
    assert!(!ASIN.is_unique(), "two SKUs of one seller may be one entry of the catalogue");
}

#[test]
fn each_marketplace_that_the_seller_takes_part_in_is_a_store() {
    let place = |id: &str, currency: &str, takes_part: bool| {
        json!({"marketplace": {"id": id, "countryCode": "XX", "name": "Shop", "defaultCurrencyCode": currency,
            "defaultLanguageCode": "en_GB", "domainName": "x"}, "storeName": "Best",
            "participation": {"isParticipating": takes_part, "hasSuspendedListings": false}})
    };
    let answer = json!({"payload": [place("A1F83G8C2ARO7P", "GBP", true), place("A1PA6795UKMFR9", "EUR", false),
        place("NOT-AMAZON", "USD", true), place("ODD", "???", true)]});
    let page = stores(&bytes(&answer), "SELLER").unwrap();
    let told: Vec<(&str, &str, &str)> = page
        .items
        .iter()
        .map(|one| (one.value.remote_id.as_str(), one.value.currency.code(), one.value.locale.0.as_str()))
        .collect();
    assert_eq!(told, [("A1F83G8C2ARO7P", "GBP", "en-GB"), ("NOT-AMAZON", "USD", "en-GB")]);
    assert_eq!(page.items[0].value.account, "SELLER");
    assert_eq!(page.unreadable[0].record.as_ref().unwrap().id, "ODD");
}

#[test]
fn every_published_notification_says_what_to_look_at() {
    let Some(folder) = fusion_plugin_sdk::testkit::specs("amazon") else { return };
    let (mut about, mut asks) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    for entry in std::fs::read_dir(folder.join("schemas/notifications")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let schema = read(&format!("schemas/notifications/{name}")).unwrap();
        for example in schema["examples"].as_array().into_iter().flatten() {
            let marketplace = "ATVPDKIKX0DER";
            let heard = heard(&bytes(example), marketplace).unwrap();
            let wrapped = json!({"version": "0", "detail-type": "x", "detail": example});
            assert_eq!(
                fusion_plugin_amazon::convert::heard(&bytes(&wrapped), marketplace).unwrap(),
                heard,
                "{name}"
            );
            for hint in heard {
                asks.insert(hint.topic.clone(), hint.asks);
                about.insert(hint.topic, hint.about.map(|about| about.to_string()));
            }
        }
    }
    assert_eq!(about["LISTINGS_ITEM_STATUS_CHANGE"].as_deref(), Some("sku:NLS-SHOES-03"));
    assert_eq!(about["LISTINGS_ITEM_MFN_QUANTITY_CHANGE"].as_deref(), Some("sku:NLS-SHOES-03"));
    assert_eq!(about["ORDER_CHANGE"].as_deref(), Some("order:903-8868176-2219830"));
    // Amazon passes on no privacy demand: none of its notifications erases anything.
    assert!(asks.values().all(|asks| matches!(asks, Asks::Look(_))), "{asks:?}");
    for (kind, matter) in [
        ("ORDER_CHANGE", Matter::Orders),
        ("LISTINGS_ITEM_STATUS_CHANGE", Matter::Products),
        ("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", Matter::Stock),
    ] {
        assert_eq!(asks[kind], Asks::Look(matter), "{kind}");
    }
    let unknown =
        json!({"NotificationType": "CUSTOMER_DATA_ERASURE", "Payload": {"MarketplaceId": "ATVPDKIKX0DER"}});
    assert_eq!(heard(&bytes(&unknown), "ATVPDKIKX0DER").unwrap()[0].asks, Asks::Look(Matter::Unknown));
    let elsewhere =
        json!({"NotificationType": "ORDER_CHANGE", "Payload": {"MarketplaceId": "A1PA6795UKMFR9"}});
    assert!(heard(&bytes(&elsewhere), "ATVPDKIKX0DER").unwrap().is_empty());
}
