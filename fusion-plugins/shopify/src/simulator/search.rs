//! The search language of list queries: the filters a connector uses, and the leniency of the original.
//!
//! An unknown filter is ignored, so the result is everything; the answer says so in `extensions.search`.

use super::{
    order::Order,
    product::{Product, Variant},
    read::View,
};
use fusion_core::clock::Timestamp;
use serde_json::{Value, json};

/// One filter, as `updated_at:>=2026-10-01`.
#[derive(Debug)]
struct Term {
    negated: bool,
    field: Option<String>,
    comparison: &'static str,
    value: String,
}

/// A parsed query: alternatives of terms that must all hold.
#[derive(Debug, Default)]
pub(super) struct Search(Vec<Vec<Term>>);

const PRODUCT_FIELDS: [&str; 12] = [
    "id",
    "handle",
    "title",
    "tag",
    "status",
    "vendor",
    "product_type",
    "sku",
    "barcode",
    "updated_at",
    "created_at",
    "published_status",
];
const VARIANT_FIELDS: [&str; 8] =
    ["id", "sku", "barcode", "title", "product_id", "updated_at", "created_at", "product_status"];
const ORDER_FIELDS: [&str; 6] = ["id", "name", "created_at", "processed_at", "updated_at", "test"];
const ITEM_FIELDS: [&str; 4] = ["id", "sku", "updated_at", "created_at"];

/// What a list is of, which decides the filters it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// `products`.
    Products,
    /// `productVariants`.
    Variants,
    /// `inventoryItems`.
    Items,
    /// `orders`.
    Orders,
}

impl Subject {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Products => &PRODUCT_FIELDS,
            Self::Variants => &VARIANT_FIELDS,
            Self::Items => &ITEM_FIELDS,
            Self::Orders => &ORDER_FIELDS,
        }
    }
}

impl Search {
    /// Reads a query text; nothing in it is an error.
    pub(super) fn parse(text: &str) -> Self {
        let mut alternatives = vec![Vec::new()];
        for word in words(text) {
            match word.as_str() {
                "OR" => alternatives.push(Vec::new()),
                "AND" => {}
                _ => {
                    if let Some(last) = alternatives.last_mut() {
                        last.push(term(&word));
                    }
                }
            }
        }
        alternatives.retain(|terms| !terms.is_empty());
        Self(alternatives)
    }

    /// Whether it asks for everything, which needs no index.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the platform warns of in `extensions.search`.
    pub(super) fn warnings(&self, subject: Subject) -> Vec<Value> {
        let fields = self.0.iter().flatten().filter_map(|term| term.field.as_deref());
        fields
            .filter(|field| !subject.fields().contains(field))
            .map(|field| {
                json!({ "field": field, "message": "Invalid search field for this query.", "code": "invalid_field" })
            })
            .collect()
    }

    /// Whether a product is found.
    pub(super) fn finds_product(&self, it: &Product) -> bool {
        self.holds(|term| match term.field.as_deref() {
            None => term.within(&it.title) || it.tags.iter().any(|tag| term.equals(tag)),
            Some("title") => term.within(&it.title),
            Some("id") => term.number(it.id),
            Some("handle") => term.equals(&it.handle),
            Some("tag") => it.tags.iter().any(|tag| term.equals(tag)),
            Some("status") => term.value.split(',').any(|status| status.eq_ignore_ascii_case(&it.status)),
            Some("vendor") => term.equals(&it.vendor),
            Some("product_type") => term.equals(&it.product_type),
            Some("sku") => it.variants.iter().any(|variant| term.optional(variant.item.sku.as_deref())),
            Some("barcode") => it.variants.iter().any(|variant| term.optional(variant.barcode.as_deref())),
            Some("updated_at") => term.time(it.updated_at),
            Some("created_at") => term.time(it.created_at),
            Some("published_status") => (term.value == "published") != it.published.is_empty(),
            Some(_) => true,
        })
    }

    /// Whether a variant is found.
    pub(super) fn finds_variant(&self, product: &Product, it: &Variant) -> bool {
        self.holds(|term| match term.field.as_deref() {
            None => term.within(&product.title) || term.optional(it.item.sku.as_deref()),
            Some("id") => term.number(it.id),
            Some("sku") => term.optional(it.item.sku.as_deref()),
            Some("barcode") => term.optional(it.barcode.as_deref()),
            Some("title") => term.within(&it.title()),
            Some("product_id") => term.number(product.id),
            Some("product_status") => term.value.eq_ignore_ascii_case(&product.status),
            Some("updated_at") => term.time(it.updated_at),
            Some("created_at") => term.time(it.created_at),
            Some(_) => true,
        })
    }

    /// Whether the inventory item of a variant is found.
    pub(super) fn finds_item(&self, it: &Variant) -> bool {
        self.holds(|term| match term.field.as_deref() {
            None | Some("sku") => term.optional(it.item.sku.as_deref()),
            Some("id") => term.number(it.item.id),
            Some("updated_at") => term.time(it.updated_at),
            Some("created_at") => term.time(it.created_at),
            Some(_) => true,
        })
    }

    /// Whether an order is found.
    pub(super) fn finds_order(&self, it: &Order) -> bool {
        self.holds(|term| match term.field.as_deref() {
            None | Some("name") => {
                term.equals(&format!("#{}", it.number)) || term.equals(&it.number.to_string())
            }
            Some("id") => term.number(it.id),
            Some("created_at" | "processed_at") => term.time(it.created_at),
            Some("updated_at") => term.time(it.updated_at),
            Some("test") => term.value == it.test.to_string(),
            Some(_) => true,
        })
    }

    fn holds(&self, test: impl Fn(&Term) -> bool) -> bool {
        self.0.is_empty() || self.0.iter().any(|terms| terms.iter().all(|term| test(term) != term.negated))
    }
}

/// How many products a query finds.
pub(super) fn count(view: &View<'_>, text: Option<&str>) -> usize {
    let search = Search::parse(text.unwrap_or_default());
    let indexed = |it: &Product| search.is_empty() || it.created_at <= view.indexed_until;
    view.shop.products().filter(|product| indexed(product) && search.finds_product(product)).count()
}

impl Term {
    fn equals(&self, value: &str) -> bool {
        match self.value.strip_suffix('*') {
            Some(start) => value.to_lowercase().starts_with(&start.to_lowercase()),
            None => value.to_lowercase() == self.value.to_lowercase(),
        }
    }

    fn optional(&self, value: Option<&str>) -> bool {
        value.is_some_and(|value| self.equals(value))
    }

    fn within(&self, value: &str) -> bool {
        value.to_lowercase().contains(&self.value.trim_end_matches('*').to_lowercase())
    }

    fn number(&self, id: u64) -> bool {
        let Ok(wanted) = self.value.rsplit('/').next().unwrap_or_default().parse::<u64>() else {
            return false;
        };
        compare(self.comparison, id.cmp(&wanted))
    }

    fn time(&self, at: Timestamp) -> bool {
        let text =
            if self.value.len() == 10 { format!("{}T00:00:00Z", self.value) } else { self.value.clone() };
        Timestamp::parse(&text).is_ok_and(|wanted| {
            // The index knows whole seconds.
            let seconds = |time: Timestamp| time.as_micros().div_euclid(1_000_000);
            compare(self.comparison, seconds(at).cmp(&seconds(wanted)))
        })
    }
}

fn compare(comparison: &str, order: std::cmp::Ordering) -> bool {
    match comparison {
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        _ => order.is_eq(),
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ' | '(' | ')') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn term(word: &str) -> Term {
    let (negated, word) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let (field, value) = match word.split_once(':') {
        Some((field, value)) if !field.is_empty() => (Some(field.to_owned()), value),
        _ => (None, word),
    };
    let signed = [">=", "<=", ">", "<"].into_iter().find_map(|sign| Some((sign, value.strip_prefix(sign)?)));
    let (comparison, value) = signed.unwrap_or(("", value));
    Term { negated, field, comparison, value: value.to_owned() }
}
