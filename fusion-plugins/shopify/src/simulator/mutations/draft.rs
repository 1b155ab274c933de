//! Fills products and variants from inputs; fields that weren't given stay as they are.

use super::{object, refusal, rows};
use crate::simulator::{
    money,
    product::{Item, Level, OptionRow, OptionValue, Product, Variant},
    read::text,
    shop::{Shop, handle_of},
};
use fusion_core::clock::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Input = Map<String, Value>;

/// A product with one default variant and nothing else.
pub(super) fn product(shop: &mut Shop, now: Timestamp) -> Product {
    let option = OptionRow {
        id: shop.new_id(),
        name: "Title".to_owned(),
        values: vec![OptionValue { id: shop.new_id(), name: "Default Title".to_owned() }],
    };
    Product {
        id: shop.new_id(),
        title: String::new(),
        handle: String::new(),
        description_html: String::new(),
        vendor: shop.name().to_owned(),
        product_type: String::new(),
        status: "ACTIVE".to_owned(),
        tags: Vec::new(),
        template_suffix: None,
        seo_title: None,
        seo_description: None,
        category: None,
        gift_card: false,
        requires_selling_plan: false,
        options: vec![option],
        variants: vec![variant(shop, vec!["Default Title".to_owned()], now)],
        media: Vec::new(),
        metafields: Vec::new(),
        published: BTreeMap::new(),
        created_at: now,
        updated_at: now,
    }
}

/// A variant as the platform makes it when nothing more is said: free, untracked, stocked with nothing at the
/// first location.
pub(super) fn variant(shop: &mut Shop, values: Vec<String>, now: Timestamp) -> Variant {
    let levels = shop.primary_location().map(|location| (location, Level::new(0, now))).into_iter().collect();
    Variant {
        id: shop.new_id(),
        values,
        barcode: None,
        price: "0.00".to_owned(),
        compare_at_price: None,
        policy: "DENY".to_owned(),
        taxable: true,
        tax_code: None,
        requires_components: false,
        media: None,
        metafields: Vec::new(),
        item: Item {
            id: shop.new_id(),
            sku: None,
            tracked: false,
            requires_shipping: true,
            cost: None,
            weight: None,
            country: None,
            province: None,
            harmonized_code: None,
            immutable: false,
            levels,
        },
        created_at: now,
        updated_at: now,
    }
}

fn set_text(target: &mut String, input: &Input, name: &str) {
    if let Some(value) = input.get(name) {
        value.as_str().unwrap_or_default().clone_into(target);
    }
}

fn set_option(target: &mut Option<String>, input: &Input, name: &str) {
    if let Some(value) = input.get(name) {
        *target = value.as_str().map(str::to_owned);
    }
}

fn set_truth(target: &mut bool, input: &Input, name: &str) {
    if let Some(value) = input.get(name).and_then(Value::as_bool) {
        *target = value;
    }
}

/// Takes over the fields that create, update and set have in common.
pub(super) fn fill_product(it: &mut Product, input: &Input, found: &mut Vec<Value>, code: Option<&str>) {
    set_text(&mut it.title, input, "title");
    if it.title.trim().is_empty() {
        let field: &[&str] = if code.is_some() { &["input", "title"] } else { &["title"] };
        found.push(refusal(field, "Title can't be blank", code));
    }
    set_text(&mut it.description_html, input, "descriptionHtml");
    set_text(&mut it.vendor, input, "vendor");
    set_text(&mut it.product_type, input, "productType");
    if let Some(status) = text(input, "status") {
        status.clone_into(&mut it.status);
    }
    set_option(&mut it.template_suffix, input, "templateSuffix");
    set_option(&mut it.category, input, "category");
    set_truth(&mut it.gift_card, input, "giftCard");
    set_truth(&mut it.requires_selling_plan, input, "requiresSellingPlan");
    if let Some(seo) = object(input, "seo") {
        set_option(&mut it.seo_title, seo, "title");
        set_option(&mut it.seo_description, seo, "description");
    }
    if input.contains_key("tags") {
        it.tags = tags(rows(input, "tags"));
        if it.tags.iter().any(|tag| tag.chars().count() > 255) {
            found.push(refusal(&["tags"], "Product tags is invalid", code));
        }
    }
}

fn tags(given: &[Value]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in given.iter().filter_map(Value::as_str).flat_map(|tag| tag.split(',')).map(str::trim) {
        if !tag.is_empty() && !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            tags.push(tag.to_owned());
        }
    }
    tags.sort_by_key(|tag| tag.to_lowercase());
    tags
}

/// Gives the product the handle of the input, or one from its title if it has none.
pub(super) fn fill_handle(
    shop: &Shop,
    it: &mut Product,
    input: &Input,
    found: &mut Vec<Value>,
    code: Option<&str>,
) {
    let given = text(input, "handle").filter(|handle| !handle.trim().is_empty());
    let Some(given) = given else {
        if it.handle.is_empty() {
            it.handle = shop.free_handle(&it.title);
        }
        return;
    };
    let handle = handle_of(given);
    if shop.by_handle(&handle).is_some_and(|other| other.id != it.id) {
        let message = format!("Handle '{handle}' already in use. Please provide a new handle.");
        found.push(refusal(&["input", "handle"], message, code.map(|_| "HANDLE_NOT_UNIQUE")));
        return;
    }
    it.handle = handle;
}

/// Takes over a variant's fields; `at` is its place in the input.
pub(super) fn fill_variant(
    it: &mut Variant,
    input: &Input,
    now: Timestamp,
    at: &[&str],
    codes: &Codes,
    found: &mut Vec<Value>,
) {
    set_option(&mut it.barcode, input, "barcode");
    set_option(&mut it.tax_code, input, "taxCode");
    set_truth(&mut it.taxable, input, "taxable");
    set_truth(&mut it.requires_components, input, "requiresComponents");
    if let Some(policy) = text(input, "inventoryPolicy") {
        policy.clone_into(&mut it.policy);
    }
    let mut amount = |name: &str, message: &str| {
        let cents = money::cents(text(input, name)?)?;
        if cents < 0 {
            found.push(refusal(&[at, &[name]].concat(), message, Some(codes.negative)));
        }
        Some(money::text(cents))
    };
    if let Some(price) = amount("price", "Price must be greater than or equal to 0") {
        it.price = price;
    }
    if input.contains_key("compareAtPrice") {
        it.compare_at_price = amount("compareAtPrice", "Compare at price must be greater than or equal to 0");
    }
    set_option(&mut it.item.sku, input, "sku");
    if let Some(item) = object(input, "inventoryItem") {
        fill_item(&mut it.item, item);
    }
    it.updated_at = now;
}

/// Takes over what belongs to the inventory item.
pub(super) fn fill_item(it: &mut Item, input: &Input) {
    set_option(&mut it.sku, input, "sku");
    set_truth(&mut it.tracked, input, "tracked");
    set_truth(&mut it.requires_shipping, input, "requiresShipping");
    set_option(&mut it.cost, input, "cost");
    set_option(&mut it.country, input, "countryCodeOfOrigin");
    set_option(&mut it.province, input, "provinceCodeOfOrigin");
    if let Some(code) = input.get("harmonizedSystemCode") {
        it.harmonized_code = code.as_str().map(|code| code.replace('.', ""));
    }
    if let Some(weight) = object(input, "measurement").and_then(|it| object(it, "weight")) {
        let value = weight.get("value").and_then(Value::as_f64).unwrap_or(0.0);
        it.weight = Some((value, text(weight, "unit").unwrap_or("KILOGRAMS").to_owned()));
    }
}

/// The codes with which one mutation says what others say with their own.
pub(super) struct Codes {
    /// For a price below zero.
    pub(super) negative: &'static str,
    /// For an option the product doesn't have.
    pub(super) unknown_option: &'static str,
    /// For an option without value.
    pub(super) missing_value: &'static str,
}
