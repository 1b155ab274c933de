//! The table of losses names every loss that a conversion reports, and no other.

use crate::{
    fixture::{bytes, cases, listing, us, uuid, with_extras},
    listings::record,
    recorded::{Read, carry},
    writing::live,
};
use fusion_core::{
    model::{Loss, LossSubject, NewListing, Ref, Refs, RichText, StoreFacts},
    plugin::{Target, TargetVariant},
};
use fusion_plugin_amazon::{
    LOSSES,
    convert::{
        Against, ListingPart, OrderPart, OrderV0, amazon_stock, created, edited, families, item, order,
        order_v0,
    },
    kinds::SKU,
};
use serde_json::{Value, json};

type Told = Vec<(LossSubject, Loss)>;

fn add(told: &mut Told, subject: LossSubject, losses: Vec<Loss>) {
    told.extend(losses.into_iter().map(|loss| (subject, loss)));
}

/// A listing with everything that the platform has no place for.
fn rich() -> NewListing {
    let mut rich = listing(&["Red", "Blue"]);
    rich.locale = fusion_core::model::Locale("de".to_owned());
    rich.description = RichText::html("<p>Eine Tasse</p>");
    rich.tags = vec!["a".to_owned(), "b".to_owned()];
    rich.categories.push(serde_json::from_value(json!({"scheme": "google", "value": "2169"})).unwrap());
    let picture = |nth: usize, source: &str, role: &str, alt: Option<&str>| {
        serde_json::from_value(json!({"id": uuid(200 + nth), "source": source, "role": role, "alt": alt}))
            .unwrap()
    };
    rich.media
        .extend((0..9).map(|nth| picture(nth, "https://pictures.example/x.jpg", "gallery", Some("A mug"))));
    rich.media.push(picture(20, "media:1", "gallery", None));
    rich.media.push(picture(21, "https://pictures.example/x.mp4", "video", None));
    rich.media.push(picture(22, "https://pictures.example/x.pdf", "download", None));
    let code = |kind: &str| serde_json::from_value(json!({"kind": kind, "value": "4006381333931"})).unwrap();
    rich.variants[0].codes.extend([code("mpn"), code("barcode")]);
    rich.variants[0].cost = Some("3.20 USD".parse().unwrap());
    rich.variants[0].shipping.hs_code = Some("691200".to_owned());
    rich.variants[0].shipping.origin = Some("PT".to_owned());
    rich.variants[0].offer.compare_at = Some("15.00 USD".parse().unwrap());
    rich.variants[0].offer.tax = fusion_core::model::TaxBasis::Gross;
    rich.variants[1].offer.tax = fusion_core::model::TaxBasis::Unknown;
    with_extras(&mut rich, |extras| extras.condition = None);
    rich
}

fn listings(told: &mut Told) {
    add(told, LossSubject::Listing, created(&rich(), &us(), None).unwrap().losses);
    let mut one = listing(&["Red"]);
    with_extras(&mut one, |extras| {
        extras.options.clear();
        extras.variation_theme = None;
    });
    add(told, LossSubject::Listing, created(&one, &us(), None).unwrap().losses);
}

fn edits(told: &mut Told) {
    let listing = listing(&["Red", "Blue"]);
    let live = live(&created(&listing, &us(), None).unwrap().value, &us());
    let row = |nth: usize, sku: &str| TargetVariant {
        id: serde_json::from_value(json!(uuid(100 + nth))).unwrap(),
        refs: Refs::of([Ref::new(SKU, sku)]),
    };
    let target = Target {
        refs: Refs::of([Ref::new(SKU, "MUG")]),
        variants: vec![row(0, "MUG-0"), row(1, "MUG-1")],
        ..Target::default()
    };
    let mut new = rich().variants.remove(0);
    new.sku = Some("MUG-9".to_owned());
    new.media = Some(serde_json::from_value(json!(uuid(50))).unwrap());
    let rich = rich();
    let edit = serde_json::from_value(json!({
        "description": {"set": rich.description}, "tags": {"set": rich.tags}, "categories": {"set": rich.categories},
        "media": {"set": rich.media}, "add": [new],
        "variants": [[uuid(100), {"sale": "clear", "compare_at": {"set": "15.00 USD"},
            "cost": {"set": "3.00 USD"}, "hs_code": "clear", "media": "clear",
            "codes": {"set": rich.variants[0].codes}}]],
    }))
    .unwrap();
    let against = Against { target: &target, live: Some(&live), schema: None };
    add(told, LossSubject::Edit, edited(&edit, &against, &us()).unwrap().losses);
    let unknown = StoreFacts { tax_basis: fusion_core::model::TaxBasis::Unknown, ..us() };
    let mut again = edit.clone();
    again.variants.clear();
    let mut bare = live.clone();
    let mut extras: fusion_plugin_amazon::ListingExtras = bare.extensions.get().unwrap().unwrap();
    extras.condition = None;
    bare.extensions.set(&extras).unwrap();
    let against = Against { live: Some(&bare), ..against };
    add(told, LossSubject::Edit, edited(&again, &against, &unknown).unwrap().losses);
}

fn products(told: &mut Told) {
    let text = |value: &str, tag: &str| json!({"value": value, "language_tag": tag});
    let schedule =
        |amount: u32| json!({"schedule": [{"value_with_tax": amount}, {"value_with_tax": amount}]});
    let mut odd = record(
        "MUG-1",
        json!({
            "item_name": [text("Mug", "en_US"), text("Cup", "en_US"), text("Tasse", "de_DE")],
            "bullet_point": [text("Tea", "en_US"), text("Tee", "de_DE")],
            "list_price": [{"currency": "USD", "value": 15}, {"currency": "USD", "value": 16}],
            "purchasable_offer": [
                {"currency": "USD", "audience": "B2B", "our_price": [schedule(9)]},
                {"currency": "USD", "our_price": [schedule(10)], "discounted_price": [schedule(8)],
                 "minimum_seller_allowed_price": [schedule(7)]}],
            "fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 1, "restock_date": "2026-12-01"}],
            "item_package_weight": [{"unit": "tons", "value": 1}],
        }),
    );
    odd["offers"] = json!([
        {"marketplaceId": "ATVPDKIKX0DER", "offerType": "B2C", "price": {"amount": "11.00", "currencyCode": "USD"},
            "points": {"pointsNumber": 3}},
        {"marketplaceId": "ATVPDKIKX0DER", "offerType": "B2B", "price": {"amount": "9.00", "currencyCode": "USD"}}]);
    let cost = json!({"costPrice": {"amount": "3.00", "currencyCode": "USD"}});
    odd["procurement"] = json!([cost, cost]);
    odd["relationships"] = json!([{"marketplaceId": "ATVPDKIKX0DER", "relationships": [
        {"type": "PACKAGE_HIERARCHY", "childSkus": ["BOX"]}, {"type": "VARIATION", "parentSkus": ["MUG", "CUP"]}]}]);
    odd["newInLaterVersions"] = json!(1);
    let read = item(&bytes(&odd), &ListingPart::ALL, &us()).unwrap();
    let strange: Vec<&Loss> = read.losses.iter().filter(|loss| loss.path == "newInLaterVersions").collect();
    assert_eq!(strange.len(), 1, "a field that is newer than the table is said all the same");
    add(
        told,
        LossSubject::Product,
        read.losses.into_iter().filter(|loss| loss.path != "newInLaterVersions").collect(),
    );

    let family = |sku: &str, mut attributes: Value, relation: Value| {
        attributes["variation_theme"] = json!([{"name": "COLOR"}]);
        let mut record = record(sku, attributes);
        record["relationships"] = json!([{"marketplaceId": "ATVPDKIKX0DER", "relationships": [relation]}]);
        item(&bytes(&record), &ListingPart::ALL, &us()).unwrap().value
    };
    let words = |word: &str| {
        json!({"item_name": [text(word, "en_US")], "product_description": [text(word, "en_US")],
            "bullet_point": [text(word, "en_US")], "brand": [text(word, "en_US")], "generic_keyword": [text(word, "en_US")],
            "item_type_keyword": [{"value": word}], "material": [{"value": word}],
            "main_product_image_locator": [{"media_location": format!("https://pictures.example/{word}.jpg")}]})
    };
    let joined = families(vec![
        family("MUG", words("Mug"), json!({"type": "VARIATION", "childSkus": ["MUG-1"]})),
        family("MUG-1", words("Cup"), json!({"type": "VARIATION", "parentSkus": ["MUG"]})),
    ])
    .unwrap();
    assert_eq!(joined.value.whole.len(), 1);
    add(told, LossSubject::Product, joined.losses);
    let stock = json!({"payload": {"inventorySummaries": [{"sellerSku": "A", "condition": "NewItem", "totalQuantity": 9,
        "lastUpdatedTime": "2026-10-01T00:00:00Z", "productName": "Mug", "stores": ["x"], "inventoryDetails": {
            "fulfillableQuantity": 3, "inboundWorkingQuantity": 1, "inboundShippedQuantity": 1,
            "inboundReceivingQuantity": 1, "reservedQuantity": {"totalReservedQuantity": 1},
            "researchingQuantity": {"totalResearchingQuantity": 1},
            "unfulfillableQuantity": {"totalUnfulfillableQuantity": 1}}}]}});
    let page = amazon_stock(&bytes(&stock), "AMAZON_NA", &us()).unwrap();
    add(told, LossSubject::Product, page.items.into_iter().flat_map(|one| one.losses).collect());
}

fn new_orders(told: &mut Told) {
    let amount = |text: &str, currency: &str| json!({"amount": text, "currencyCode": currency});
    let answer = json!({"order": {
        "orderId": "1", "createdTime": "2026-10-01T10:00:00Z", "lastUpdatedTime": "2026-10-01T10:00:00Z",
        "salesChannel": {"channelName": "AMAZON"}, "associatedOrders": [{"orderId": "2", "associationType": "COUSIN"}],
        "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED"},
        "proceeds": {"breakdowns": [{"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": amount("1.00", "EUR")},
            {"type": "DISCOUNT", "subtotal": amount("1.00", "USD")}]},
        "payment": {"paymentExecutions": [{"paymentMethod": "CVS"}]}, "tax": {"taxInvoicing": {"invoiceStatus": "X"}},
        "recipient": {"deliveryPreference": {"deliveryTime": {"businessHours": [{"dayOfWeek": "MON"}]},
            "deliveryCapabilities": ["X"]}},
        "orderItems": [
            {"orderItemId": "1", "quantityOrdered": 2, "measurement": {"unit": "GRAMS", "value": 1},
             "associatedOrderItems": [{"orderId": "1"}], "product": {"price": {"unitPrice": amount("1.00", "EUR")}},
             "proceeds": {"breakdowns": [{"type": "DISCOUNT", "subtotal": amount("0.50", "USD")},
                {"type": "ITEM", "subtotal": amount("1.00", "EUR")}]},
             "tax": {"taxCalculationBreakdowns": [{"reportingScheme": "X"}]},
             "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 0, "picking": {"substitutionPreference":
                {"substitutionType": "DO_NOT_SUBSTITUTE"}}, "packing": {"serialNumberRequirement": {"requirementType": "X"}}}},
            {"orderItemId": "2", "quantityOrdered": 1, "product": {}, "fulfillment": {"quantityFulfilled": 1,
                "quantityUnfulfilled": 0}, "cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}}}],
        "packages": [{"packageReferenceId": "1", "packageStatus": {"status": "CANCELLED"}},
            {"packageReferenceId": "2", "packageStatus": {"status": "DELIVERED"}}]}});
    add(told, LossSubject::Order, order(&bytes(&answer), &OrderPart::ALL, &us()).unwrap().losses);
}

fn old_orders(told: &mut Told) {
    let Some(cases) = cases() else { return };
    let contract = crate::fixture::read("models/ordersV0.json").unwrap();
    let filled = |definition: &str, base: &Value| {
        let mut filled = base.clone();
        let known = contract["definitions"][definition]["properties"].as_object().unwrap();
        for (name, schema) in known {
            if filled.get(name).is_none() {
                filled[name] = match schema["type"].as_str() {
                    Some("boolean") => json!(true),
                    Some("integer") => json!(1),
                    Some("string") => json!("2026-10-01T00:00:00Z"),
                    _ if schema["$ref"].as_str().is_some_and(|name| name.ends_with("/Money")) => {
                        json!({"Amount": "1.00", "CurrencyCode": "USD"})
                    }
                    _ => json!({"Any": "thing"}),
                };
            }
        }
        filled
    };
    let part = |operation: &str| {
        let name = format!("sandbox ordersV0/{operation} 200");
        cases.iter().find(|case| case.name.contains(&name)).unwrap().answer["payload"].clone()
    };
    let mut head = filled("Order", &part("getOrder"));
    head["BuyerInfo"] = json!({"BuyerCounty": "x", "BuyerTaxInfo": {"CompanyLegalName": "x"}});
    head["ShippingAddress"] =
        json!({"Name": "x", "AddressType": "Residential", "ExtendedFields": {"StreetName": "x"}});
    head["MarketplaceId"] = json!("ATVPDKIKX0DER");
    let mut items = part("getOrderItems");
    items["OrderItems"][0] = filled("OrderItem", &items["OrderItems"][0]);
    items["OrderItems"][0]["QuantityOrdered"] = json!(3);
    items["OrderItems"][0]["SerialNumbers"] = json!(["1"]);
    items["OrderItems"][0]["AssociatedItems"] = json!([{"OrderId": "1"}]);
    items["OrderItems"][0]["IsGift"] = json!("true");
    items["OrderItems"][0]["BuyerInfo"] = json!({"GiftWrapLevel": "Classic"});
    items["OrderItems"][0]["TaxCollection"] = json!({"Model": "MarketplaceFacilitator"});
    for name in contract["definitions"]["OrderItem"]["properties"].as_object().unwrap().keys() {
        if items["OrderItems"][0][name]["CurrencyCode"].is_string() {
            items["OrderItems"][0][name]["CurrencyCode"] = json!("EUR");
        }
    }
    let (head, items) = (bytes(&json!({"payload": head})), bytes(&json!({"payload": items})));
    let whole = OrderV0 { order: &head, items: Some(&items), ..OrderV0::default() };
    add(told, LossSubject::Order, order_v0(&whole, &us()).unwrap().losses);
}

fn recorded(told: &mut Told) {
    for case in cases().into_iter().flatten().filter(|case| case.status < 300) {
        let subject = match case.operation.split('/').next().unwrap() {
            "sellers" => LossSubject::Store,
            "ordersV0" | "orders_2026-01-01" => LossSubject::Order,
            _ => LossSubject::Product,
        };
        for facts in crate::recorded::marketplaces() {
            if let Ok(Read::Carried(_, losses)) = carry(&case.operation, &bytes(&case.answer), &facts) {
                add(told, subject, losses);
            }
        }
    }
}

#[test]
fn the_table_names_what_is_lost_and_nothing_else() {
    if fusion_plugin_sdk::testkit::specs("amazon").is_none() {
        return;
    }
    let mut told = Told::new();
    listings(&mut told);
    edits(&mut told);
    products(&mut told);
    new_orders(&mut told);
    old_orders(&mut told);
    recorded(&mut told);
    for (subject, loss) in &told {
        let rows = LOSSES.iter().filter(|row| row.subject == *subject && row.names(loss));
        assert_eq!(rows.count(), 1, "{subject:?} {loss:?}");
    }
    for row in LOSSES {
        let is_told = told.iter().any(|(subject, loss)| row.subject == *subject && row.names(loss));
        assert!(is_told, "nothing reports {row:?}");
    }
}
