//! What the platform shows, as it is read.

use super::*;

#[test]
fn the_channel_decides_whether_a_product_is_live() {
    let publications = |entries: Value| json!({"nodes": entries, "pageInfo": {"hasNextPage": false}});
    let here = json!([{"isPublished": true, "publication": {"id": "gid://shopify/Publication/1"}}]);
    let elsewhere = json!([{"isPublished": true, "publication": {"id": "gid://shopify/Publication/2"}}]);
    for (status, shown, expected) in [
        ("ACTIVE", Some(here.clone()), Lifecycle::Live),
        ("ACTIVE", Some(elsewhere), Lifecycle::Hidden),
        ("ACTIVE", None, Lifecycle::Live),
        ("UNLISTED", Some(here.clone()), Lifecycle::Live),
        ("DRAFT", Some(here.clone()), Lifecycle::Draft),
        ("ARCHIVED", Some(here.clone()), Lifecycle::Ended),
        ("TOMORROW", Some(here), Lifecycle::Unknown("TOMORROW".to_owned())),
    ] {
        let mut there = live(&["Red"]);
        there["status"] = json!(status);
        if let Some(shown) = shown {
            there["resourcePublicationsV2"] = publications(shown);
        }
        assert_eq!(read(&there).state.lifecycle, expected, "{status}");
    }
}

#[test]
fn stock_is_read_by_location_and_means_nothing_when_it_isnt_tracked() {
    let levels = json!({"nodes": [{"location": {"id": "gid://shopify/Location/1"},
        "quantities": [{"name": "available", "quantity": -2}]}], "pageInfo": {"hasNextPage": false}});
    let mut there = live(&["Red"]);
    there["variants"]["nodes"][0]["inventoryItem"]["inventoryLevels"] = levels;
    let quantity =
        |there: &Value| read(there).variants.value().unwrap()[0].levels.value().unwrap()[0].quantity;
    assert_eq!(quantity(&there), Quantity::Counted(-2));
    there["variants"]["nodes"][0]["inventoryItem"]["tracked"] = json!(false);
    assert_eq!(quantity(&there), Quantity::Untracked);
    there["variants"]["nodes"][0]["inventoryItem"]["inventoryLevels"]["pageInfo"]["hasNextPage"] =
        json!(true);
    assert_eq!(read(&there).variants.value().unwrap()[0].levels, Seen::NotRead);
}

#[test]
fn a_hidden_cost_is_withheld_and_a_missing_one_is_empty() {
    let there = live(&["Red"]);
    let cost = |hidden: &[&str]| {
        let wire: wire::Product = serde_json::from_str(&there.to_string()).unwrap();
        let hidden = hidden.iter().map(|field| (*field).to_owned()).collect();
        product(wire, &shop_facts(), &hidden).unwrap().value.variants.value().unwrap()[0].cost.clone()
    };
    assert_eq!(cost(&[]), Seen::Empty);
    assert!(matches!(cost(&["unitCost"]), Seen::Withheld(_)));
}

#[test]
fn an_unreadable_amount_names_its_field() {
    let mut there = live(&["Red"]);
    there["variants"]["nodes"][0]["price"] = json!("12,50");
    let wire: wire::Product = serde_json::from_str(&there.to_string()).unwrap();
    let refused = product(wire, &shop_facts(), &BTreeSet::new()).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.problems()[0].path.as_str()),
        (ErrorKind::Protocol, "variants[0].price")
    );
}

/// Recorded products, read with our types; only page ends are added, which those requests didn't ask for.
#[test]
fn recorded_products_are_read() {
    let Some(folder) = specs("shopify") else { return };
    let mut variants = 0;
    for (file, pointer) in [
        ("product-set-parity", "/mutation/response/data/productSet/product"),
        ("product-update-parity", "/mutation/response/data/productUpdate/product"),
        ("product-variants-bulk-create-parity", "/downstreamRead/data/product"),
        ("product-set-async-operation-parity", "/operationRead/response/data/productOperation/product"),
        ("products-catalog-page.b", "/data/products/edges/0/node"),
    ] {
        let path = folder.join(format!("fixtures/2025-01.products.{file}.json"));
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut value =
            recorded.pointer(pointer).unwrap_or_else(|| panic!("{file} holds no {pointer}")).clone();
        end_pages(&mut value);
        let read = read(&value);
        assert_eq!(id(&read.refs), value["id"].as_str().unwrap(), "{file}");
        assert_eq!(read.title.value().map(String::as_str), value["title"].as_str(), "{file}");
        for (nth, variant) in read.variants.value().into_iter().flatten().enumerate() {
            let recorded = &value["variants"]["nodes"][nth];
            assert_eq!(id(&variant.refs), recorded["id"].as_str().unwrap(), "{file}");
            let price = variant.offer.value().map(|offer| offer.price.amount().to_string());
            assert_eq!(price.as_deref(), recorded["price"].as_str(), "{file}");
            variants += 1;
        }
    }
    assert!(variants > 3, "the recordings hold variants");
}

fn id(refs: &Refs) -> &str {
    &refs.current()[0].id
}

fn end_pages(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("nodes") && !fields.contains_key("pageInfo") {
                fields.insert("pageInfo".to_owned(), json!({"hasNextPage": false}));
            }
            fields.values_mut().for_each(end_pages);
        }
        Value::Array(entries) => entries.iter_mut().for_each(end_pages),
        _ => {}
    }
}

#[test]
fn a_page_without_its_end_is_unreadable() {
    let mut there = live(&["Red"]);
    there["variants"].as_object_mut().unwrap().remove("pageInfo");
    assert!(serde_json::from_str::<wire::Product>(&there.to_string()).is_err());
}
