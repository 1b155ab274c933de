//! The shop: what the platform would keep in its database.

mod told;

use super::{
    desk::Desk,
    operation::Pending,
    order::Order,
    product::{Medium, Product, Variant},
    staging::Staged,
};
use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The subscription of the shop, which sets the size of its cost bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plan {
    /// 100 points a second, 2,000 at most.
    Standard,
    /// 200 points a second, 4,000 at most.
    Advanced,
    /// 1,000 points a second, 20,000 at most.
    Plus,
}

impl Plan {
    /// Points that come back each second.
    pub(super) fn restore_rate(self) -> u32 {
        match self {
            Self::Standard => 100,
            Self::Advanced => 200,
            Self::Plus => 1000,
        }
    }
}

/// A place that holds stock, or a publication: all that is known of either is its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) created_at: Timestamp,
}

impl Touched {
    /// Whether nothing changed.
    pub(super) fn is_empty(&self) -> bool {
        let Self { products, operations, answers, orders, desk } = self;
        products.is_empty() && operations.is_empty() && answers.is_empty() && orders.is_empty() && !desk
    }
}

/// The recorded answer to a call that carried an idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) field: String,
    pub(super) input: Value,
    pub(super) payload: Value,
}

/// Everything the shop knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shop {
    pub(super) id: u64,
    pub(super) domain: String,
    pub(super) currency: String,
    pub(super) plan: Plan,
    pub(super) created_at: Timestamp,
    pub(super) next_id: u64,
    pub(super) locations: BTreeMap<u64, Named>,
    pub(super) publications: BTreeMap<u64, Named>,
    /// Pictures that no product shows.
    #[serde(default)]
    pub(super) files: BTreeMap<u64, Medium>,
    #[serde(skip)]
    pub(super) staged: Staged,
    #[serde(skip)]
    pub(super) operations: BTreeMap<u64, Pending>,
    #[serde(skip)]
    pub(super) answers: BTreeMap<String, Answered>,
    #[serde(skip)]
    products: BTreeMap<u64, Product>,
    #[serde(skip)]
    orders: BTreeMap<u64, Order>,
    /// What the platform does of its own; whoever changes it says so in [`touched`](Self::touched).
    #[serde(skip)]
    pub(super) desk: Desk,
    #[serde(skip)]
    owner_of_line: HashMap<u64, u64>,
    #[serde(skip)]
    owner_of_variant: HashMap<u64, u64>,
    #[serde(skip)]
    variant_of_item: HashMap<u64, u64>,
    #[serde(skip)]
    owner_of_media: HashMap<u64, u64>,
    #[serde(skip)]
    by_handle: HashMap<String, u64>,
    #[serde(skip)]
    pub(super) touched: Touched,
}

/// What changed since it was last written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub(super) products: BTreeSet<u64>,
    pub(super) operations: BTreeSet<u64>,
    pub(super) answers: BTreeSet<String>,
    pub(super) orders: BTreeSet<u64>,
    pub(super) desk: bool,
}

impl Shop {
    /// A shop without products.
    pub(super) fn new(domain: &str, currency: &str, plan: Plan, now: Timestamp) -> Self {
        Self {
            id: 1,
            domain: domain.to_owned(),
            currency: currency.to_owned(),
            plan,
            created_at: now,
            next_id: 1000,
            locations: BTreeMap::new(),
            publications: BTreeMap::new(),
            files: BTreeMap::new(),
            staged: Staged::new(),
            operations: BTreeMap::new(),
            answers: BTreeMap::new(),
            products: BTreeMap::new(),
            orders: BTreeMap::new(),
            desk: Desk::default(),
            owner_of_line: HashMap::new(),
            owner_of_variant: HashMap::new(),
            variant_of_item: HashMap::new(),
            owner_of_media: HashMap::new(),
            by_handle: HashMap::new(),
            touched: Touched::default(),
        }
    }

    /// What is written down on every line: the shop without products, operations and answers.
    pub(super) fn head(&self) -> Self {
        let mut bare = Self::new(&self.domain, &self.currency, self.plan, self.created_at);
        bare.id = self.id;
        bare.next_id = self.next_id;
        bare.locations = self.locations.clone();
        bare.publications = self.publications.clone();
        bare.files = self.files.clone();
        bare
    }

    /// The shop's name: the first part of its domain.
    pub(super) fn name(&self) -> &str {
        self.domain.split('.').next().unwrap_or(&self.domain)
    }

    /// An id that nothing has yet.
    pub(super) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Where new variants are stocked.
    pub(super) fn primary_location(&self) -> Option<u64> {
        self.locations.keys().next().copied()
    }

    pub(super) fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.values()
    }

    pub(super) fn product(&self, id: u64) -> Option<&Product> {
        self.products.get(&id)
    }

    pub(super) fn variant(&self, id: u64) -> Option<(&Product, &Variant)> {
        let product = self.product(*self.owner_of_variant.get(&id)?)?;
        Some((product, product.variants.iter().find(|variant| variant.id == id)?))
    }

    /// The variant whose stock side is `item`.
    pub(super) fn item(&self, item: u64) -> Option<(&Product, &Variant)> {
        self.variant(*self.variant_of_item.get(&item)?)
    }

    pub(super) fn media(&self, id: u64) -> Option<(&Product, &Medium)> {
        let product = self.product(*self.owner_of_media.get(&id)?)?;
        Some((product, product.media.iter().find(|medium| medium.id == id)?))
    }

    /// A picture, wherever it is shown.
    pub(super) fn medium(&self, id: u64) -> Option<&Medium> {
        self.media(id).map(|(_, medium)| medium).or_else(|| self.files.get(&id))
    }

    pub(super) fn by_handle(&self, handle: &str) -> Option<&Product> {
        self.product(*self.by_handle.get(handle)?)
    }

    /// The product that bears this value in this metafield.
    pub(super) fn by_custom_id(&self, namespace: &str, key: &str, value: &str) -> Option<&Product> {
        self.products.values().find(|product| {
            product
                .metafields
                .iter()
                .any(|it| it.namespace == namespace && it.key == key && it.value == value)
        })
    }

    /// Keeps an asynchronous operation.
    pub(super) fn put_operation(&mut self, id: u64, operation: Pending) {
        self.touched.operations.insert(id);
        self.operations.insert(id, operation);
    }

    /// Keeps the answer to a call that carried a key.
    pub(super) fn put_answer(&mut self, key: &str, answer: Answered) {
        self.touched.answers.insert(key.to_owned());
        self.answers.insert(key.to_owned(), answer);
    }

    /// Puts a product in place of the one with the same id.
    pub(super) fn keep(&mut self, product: Product) {
        self.unlink(product.id);
        self.by_handle.insert(product.handle.clone(), product.id);
        for variant in &product.variants {
            self.owner_of_variant.insert(variant.id, product.id);
            self.variant_of_item.insert(variant.item.id, variant.id);
        }
        for medium in &product.media {
            self.owner_of_media.insert(medium.id, product.id);
            self.files.remove(&medium.id);
        }
        self.touched.products.insert(product.id);
        self.products.insert(product.id, product);
    }

    /// Takes a product out, and tells of it.
    pub(super) fn remove(&mut self, id: u64) -> Option<Product> {
        self.unlink(id);
        self.touched.products.insert(id);
        let gone = self.products.remove(&id)?;
        self.tell_of_removal(&gone);
        Some(gone)
    }

    fn unlink(&mut self, id: u64) {
        let Some(product) = self.products.get(&id) else { return };
        self.by_handle.remove(&product.handle);
        for variant in &product.variants {
            self.owner_of_variant.remove(&variant.id);
            self.variant_of_item.remove(&variant.item.id);
        }
        for medium in &product.media {
            self.owner_of_media.remove(&medium.id);
        }
    }

    /// A handle made from `text` that no other product bears: `name`, `name-1`, `name-2`.
    pub(super) fn free_handle(&self, text: &str) -> String {
        let base = handle_of(text);
        if !self.by_handle.contains_key(&base) {
            return base;
        }
        (1_u64..)
            .map(|nth| format!("{base}-{nth}"))
            .find(|it| !self.by_handle.contains_key(it))
            .unwrap_or(base)
    }
}

/// The URL form of a title: lower case, words joined by hyphens; `product` when nothing remains.
pub(super) fn handle_of(text: &str) -> String {
    let mut handle = String::with_capacity(text.len());
    for letter in text.trim().chars().flat_map(char::to_lowercase) {
        let plain = match letter {
            'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => "a",
            'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
            'ü' | 'ù' | 'ú' | 'û' => "u",
            'è' | 'é' | 'ê' | 'ë' => "e",
            'ì' | 'í' | 'î' | 'ï' => "i",
            'ç' => "c",
            'ñ' => "n",
            'ß' => "ss",
            '\'' | '’' => continue,
            _ => "",
        };
        if !plain.is_empty() {
            handle.push_str(plain);
        } else if letter.is_alphanumeric() || letter == '_' {
            handle.push(letter);
        } else if !handle.ends_with('-') && !handle.is_empty() {
            handle.push('-');
        }
    }
    let handle = handle.trim_end_matches('-');
    if handle.is_empty() { "product".to_owned() } else { handle.to_owned() }
}
