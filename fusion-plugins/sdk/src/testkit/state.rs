//! What the platform remembers.

use super::{
    Fault, Late, LateOutcome, LookUp, Pools, Script,
    wire::{Order, Product, Reference, StoreRow, Variant},
};
use fusion_core::{
    clock::Timestamp,
    model::{Lifecycle, NewListingVariant},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that really happened at the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// When.
    pub at: Timestamp,
    /// What: `create`, `variants`, `update`, `show`, `hide`, `delete`, `stock`, `upload`, or the name of what was
    /// done to an order.
    pub what: String,
    /// The platform's id of what it happened to.
    pub id: String,
    /// The idempotency key of the step that did it.
    pub reference: String,
}

/// What came of an executed write, kept under its reference.
#[derive(Clone)]
pub(super) struct Executed {
    pub(super) status: u16,
    pub(super) answer: Value,
    pub(super) at: Timestamp,
}

/// A fault, and the calls that it lets through before.
pub(super) struct Planned {
    pub(super) part: String,
    pub(super) skip: usize,
    pub(super) fault: Fault,
}

pub(super) struct Pending {
    pub(super) product: String,
    pub(super) then: Lifecycle,
    pub(super) late: Late,
}

pub(super) struct State {
    pub(super) script: Script,
    pub(super) account: String,
    pub(super) stores: Vec<StoreRow>,
    pub(super) products: BTreeMap<String, Product>,
    /// Ids of products and orders whose records can't be read.
    pub(super) spoilt: BTreeSet<String>,
    pub(super) levels: BTreeMap<String, i64>,
    /// Variants whose stock can't be set, with the code.
    pub(super) fixed: BTreeMap<String, String>,
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) operations: BTreeMap<String, Pending>,
    pub(super) executed: BTreeMap<String, Executed>,
    /// When a look-up under a reference first found nothing.
    pub(super) missed: BTreeMap<String, Timestamp>,
    /// Counts the renewals; the tokens are made of it.
    pub(super) token: u64,
    /// When the token was made; `None`: it was expired.
    pub(super) token_made: Option<Timestamp>,
    pub(super) withdrawn: bool,
    pub(super) faults: Vec<Planned>,
    pub(super) ledger: Vec<LedgerEntry>,
    pub(super) calls: Vec<String>,
    pub(super) topics: BTreeMap<String, String>,
    ids: u64,
}

impl State {
    pub(super) fn new(script: Script, store: StoreRow) -> Self {
        Self {
            script,
            account: "account-1".to_owned(),
            stores: vec![store],
            products: BTreeMap::new(),
            spoilt: BTreeSet::new(),
            levels: BTreeMap::new(),
            fixed: BTreeMap::new(),
            orders: BTreeMap::new(),
            operations: BTreeMap::new(),
            executed: BTreeMap::new(),
            missed: BTreeMap::new(),
            token: 1,
            token_made: Some(Timestamp::EPOCH),
            withdrawn: false,
            faults: Vec::new(),
            ledger: Vec::new(),
            calls: Vec::new(),
            topics: BTreeMap::new(),
            ids: 0,
        }
    }

    /// A new id; six digits, so that ids sort as they were made.
    pub(super) fn id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}-{:06}", self.ids)
    }

    pub(super) fn record(&mut self, at: Timestamp, what: &str, id: &str, reference: &str) {
        self.ledger.push(LedgerEntry {
            at,
            what: what.to_owned(),
            id: id.to_owned(),
            reference: reference.to_owned(),
        });
    }

    pub(super) fn variant(&mut self, product: &str, new: &NewListingVariant) -> Variant {
        let id = self.id("variant");
        let pool = match (self.script.pools, &new.sku) {
            (Pools::BySku, Some(sku)) => format!("sku {sku}"),
            (Pools::ByProduct, _) => format!("product {product}"),
            (Pools::Apart | Pools::BySku, _) => id.clone(),
        };
        if new.counted {
            self.levels.entry(pool.clone()).or_insert(0);
        }
        Variant {
            id,
            row: Some(new.id),
            options: new.options.clone(),
            sku: new.sku.clone(),
            offered: new.offered,
            price: new.offer.price,
            compare_at: new.offer.compare_at,
            cost: new.cost,
            codes: new.codes.clone(),
            shipping: new.shipping.clone(),
            picture: new.media,
            counted: new.counted,
            pool,
            available: None,
        }
    }

    /// Gives every variant of `product` a new id, where the platform does so.
    pub(super) fn rewrite_ids(&mut self, product: &mut Product) {
        if !self.script.rewrites_ids {
            return;
        }
        for variant in &mut product.variants {
            let id = self.id("variant");
            if variant.pool == variant.id {
                if let Some(level) = self.levels.remove(&variant.pool) {
                    self.levels.insert(id.clone(), level);
                }
                variant.pool.clone_from(&id);
            }
            variant.id = id;
        }
    }

    /// The product as it is shown, with its levels.
    pub(super) fn shown(&self, product: &Product) -> Product {
        let mut shown = product.clone();
        for variant in &mut shown.variants {
            variant.available = if variant.counted { self.levels.get(&variant.pool).copied() } else { None };
        }
        shown
    }

    /// The product that has or had a variant of this id, and the variant's stock pool.
    pub(super) fn pool_of(&self, variant: &str) -> Option<String> {
        let variants = self.products.values().flat_map(|product| &product.variants);
        variants.into_iter().find(|one| one.id == variant).map(|one| one.pool.clone())
    }

    pub(super) fn look_up(&mut self, reference: &str, now: Timestamp) -> Reference {
        let settle = self.script.settle;
        let executed = self.executed.get(reference).filter(|one| now.since(one.at) >= settle).cloned();
        match (executed, self.script.look_up) {
            (Some(Executed { status, answer, .. }), LookUp::Honest) => Reference::Applied { status, answer },
            (Some(Executed { status, answer, .. }), LookUp::Partial) => Reference::Partial { status, answer },
            (_, LookUp::Doubtful) => {
                Reference::Doubtful { candidates: self.products.keys().take(2).cloned().collect() }
            }
            (_, LookUp::Inconclusive) => Reference::Nothing { settled: false },
            (None, LookUp::Honest | LookUp::Partial) => {
                let first = self.missed.get(reference).copied();
                self.missed.entry(reference.to_owned()).or_insert(now);
                Reference::Nothing { settled: first.is_some_and(|first| now.since(first) >= settle) }
            }
        }
    }

    /// How accepted work stands when it is asked for once more.
    pub(super) fn ask(&mut self, operation: &str, now: Timestamp) -> Option<super::wire::Operation> {
        use super::wire::Operation;
        let pending = self.operations.get_mut(operation)?;
        if pending.late.asks > 0 {
            pending.late.asks -= 1;
            return Some(Operation::Pending);
        }
        let (id, then) = (pending.product.clone(), pending.then.clone());
        let outcome = pending.late.outcome.clone();
        let product = self.products.get_mut(&id)?;
        let stands = product.lifecycle == Lifecycle::Submitted;
        if stands {
            product.updated = now;
        }
        match outcome {
            LateOutcome::Refused(code) => {
                if stands {
                    product.lifecycle = Lifecycle::Blocked;
                }
                return Some(Operation::Refused { code: code.to_owned() });
            }
            LateOutcome::Issues(issues) => product.issues = issues,
            LateOutcome::Done => {}
        }
        if stands {
            product.lifecycle = then;
        }
        let product = product.clone();
        Some(Operation::Done { product: Box::new(self.shown(&product)) })
    }
}
