//! What happened, as a table and as JSON.

use crate::read::Catalogue;
use fusion_core::{
    approval::Phase,
    hub::{RequestView, Skipped},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The final object of `--json`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Products that the file holds, good or not.
    products_read: u64,
    /// Products that were saved.
    accepted: u64,
    variants: u64,
    /// Products that were refused, each with its reasons.
    refused: Vec<Refused>,
    /// Saved and not to be published, by reason.
    withheld: BTreeMap<String, u64>,
    /// Products that the store could not take, each with its reasons.
    skipped: Vec<Refused>,
    /// What the reader could not take from the file, by note.
    losses: BTreeMap<String, u64>,
    /// What the store won't carry, by note.
    pub(crate) store_losses: BTreeMap<String, u64>,
    notes: Vec<String>,
    unknown_columns: Vec<String>,
    repeated_skus: Vec<String>,
    /// Requests by where they ended.
    requests: BTreeMap<String, u64>,
    /// Why requests ended otherwise than done.
    failures: Vec<String>,
    /// Requests to the shop that the fault asked for has struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) faults_struck: Option<u64>,
    /// Products that the shop shows.
    pub(crate) published: u64,
    /// Effects in the shop's ledger, by call.
    pub(crate) effects: BTreeMap<String, u64>,
    /// Whether the shop's ledger holds exactly what was agreed, each once.
    pub(crate) ledger_is_agreed: bool,
    /// Orders that came in.
    pub(crate) orders: u64,
    /// Whether one was shipped and one cancelled, and stock is where that leaves it, here and in the shop; `null`
    /// when too little was in stock for a buyer to order anything.
    pub(crate) orders_are_right: Option<bool>,
    pub(crate) drift_checked: u64,
    pub(crate) drifted: u64,
    /// What verifying the audit feed said.
    pub(crate) audit: String,
}

/// The report with its verdict before it.
#[derive(Serialize)]
struct Told<'a> {
    good: bool,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Clone, Serialize, Deserialize)]
struct Refused {
    product: String,
    reasons: Vec<String>,
}

impl Report {
    pub(crate) fn of(catalogue: &Catalogue) -> Self {
        let refused = catalogue
            .refused
            .iter()
            .map(|(product, reasons)| Refused { product: product.clone(), reasons: reasons.clone() })
            .collect::<Vec<_>>();
        Self {
            products_read: catalogue.saved + refused.len() as u64,
            accepted: catalogue.saved,
            variants: catalogue.variants,
            refused,
            withheld: catalogue.withheld.clone(),
            losses: catalogue.losses.clone(),
            notes: catalogue.notes.clone(),
            unknown_columns: catalogue.summary.unknown_columns.clone(),
            repeated_skus: catalogue.summary.repeated_skus.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn skipped(&mut self, skipped: &[Skipped]) {
        self.skipped.extend(skipped.iter().map(|skipped| Refused {
            product: skipped.title.clone().unwrap_or_else(|| "a product without a title".to_owned()),
            reasons: match skipped.failure.problems.as_slice() {
                [] => vec![skipped.failure.message.clone()],
                problems => problems.iter().map(ToString::to_string).collect(),
            },
        }));
    }

    pub(crate) fn count(&mut self, item: &RequestView) {
        *self.requests.entry(item.phase.as_str().to_owned()).or_default() += 1;
        if let (true, Some(failure)) = (item.phase != Phase::Done, &item.failure) {
            self.failures.push(format!("{}: {failure}", item.preview.summary));
        }
    }

    /// Whether the shop holds exactly what was agreed.
    pub(crate) fn is_good(&self) -> bool {
        self.ledger_is_agreed && self.orders_are_right != Some(false) && self.drifted == 0
    }

    pub(crate) fn json(&self) -> String {
        let told = Told { good: self.is_good(), report: self };
        serde_json::to_string_pretty(&told).unwrap_or_default()
    }

    pub(crate) fn verdict(&self) -> String {
        if !self.is_good() {
            return "The shop differs from what was agreed; see the table.".to_owned();
        }
        let left_out = (self.refused.len() + self.skipped.len()) as u64 + self.withheld.values().sum::<u64>();
        let rest = match left_out {
            0 => String::new(),
            some => {
                format!(" {some} of {} products in the file were not for it; see above.", self.products_read)
            }
        };
        format!("The shop holds exactly what was agreed, each product once.{rest}")
    }

    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let mut rows: Vec<(String, String)> = Vec::new();
        let mut row = |what: &str, value: String| rows.push((what.to_owned(), value));
        row("products read", self.products_read.to_string());
        row("accepted, with variants", format!("{}, {}", self.accepted, self.variants));
        row("refused", self.refused.len().to_string());
        row("saved and not to be published", self.withheld.values().sum::<u64>().to_string());
        row("skipped, the store can't take them", self.skipped.len().to_string());
        for (phase, count) in &self.requests {
            row(&format!("requests {phase}"), count.to_string());
        }
        for failure in self.failures.iter().take(5) {
            row("  not done", failure.clone());
        }
        for (call, count) in &self.effects {
            row(&format!("effects of {call}"), count.to_string());
        }
        if let Some(struck) = self.faults_struck {
            row("requests that the fault struck", struck.to_string());
        }
        row("published in the shop", self.published.to_string());
        row("the shop's ledger is what was agreed", yes(self.ledger_is_agreed));
        row("orders that came in", self.orders.to_string());
        if let Some(right) = self.orders_are_right {
            row("shipped, cancelled and counted once", yes(right));
        }
        row("drift", format!("{} of {} listings", self.drifted, self.drift_checked));
        row("audit feed", self.audit.clone());
        rows
    }
}

fn yes(is_it: bool) -> String {
    if is_it { "yes" } else { "NO" }.to_owned()
}
