//! Orders as the shop keeps them. Amounts are hundredths of the shop's currency.

mod figures;

use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An order with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) cancel_reason: Option<String>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) edited: bool,
    pub(super) test: bool,
    pub(super) locale: Option<String>,
    pub(super) taxes_included: bool,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) note: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) ship_to: Option<Value>,
    pub(super) bill_to: Option<Value>,
    /// The buyer's currency, and how many ten-thousandths of it one of the shop's is.
    pub(super) shown_in: Option<(String, i64)>,
    pub(super) lines: Vec<Line>,
    pub(super) shipping: i64,
    pub(super) tip: i64,
    pub(super) tax: Option<Tax>,
    pub(super) payments: Vec<Payment>,
    /// When the platform lays out what is to be shipped, until it has done so.
    pub(super) laid_out_at: Option<Timestamp>,
    pub(super) parts: Vec<Part>,
    pub(super) fulfillments: Vec<Fulfillment>,
    pub(super) refunds: Vec<Refund>,
    pub(super) returns: Vec<Return>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) product: Option<u64>,
    pub(super) variant: Option<u64>,
    /// What is counted, where it is.
    pub(super) item: Option<u64>,
    pub(super) location: u64,
    pub(super) title: String,
    pub(super) variant_title: Option<String>,
    pub(super) sku: Option<String>,
    pub(super) quantity: i64,
    /// Still wanted: what was taken off, called off or returned is not.
    pub(super) current: i64,
    pub(super) unit: i64,
    /// The reduction of one piece.
    pub(super) less: i64,
    pub(super) requires_shipping: bool,
    pub(super) gift_card: bool,
    pub(super) attributes: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tax {
    pub(super) title: String,
    /// Hundredths of a percent.
    pub(super) rate: i64,
    pub(super) channel_liable: Option<bool>,
}

/// A call to the bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) gateway: String,
    pub(super) parent: Option<u64>,
    pub(super) amount: i64,
    pub(super) refund: Option<u64>,
    pub(super) created_at: Timestamp,
}

/// A fulfilment order: a part of the order that one place ships.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) location: u64,
    pub(super) lines: Vec<PartLine>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PartLine {
    pub(super) id: u64,
    pub(super) line: u64,
    pub(super) total: i64,
    pub(super) remaining: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fulfillment {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) location: u64,
    pub(super) company: Option<String>,
    pub(super) number: Option<String>,
    pub(super) url: Option<String>,
    /// Row, line and count.
    pub(super) lines: Vec<(u64, u64, i64)>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) delivered_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: u64,
    pub(super) note: Option<String>,
    pub(super) total: i64,
    /// Row, line, count and kind of restocking.
    pub(super) lines: Vec<(u64, u64, i64, String)>,
    pub(super) created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Return {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) exchanges: Vec<Exchange>,
}

/// What goes out in place of what came back; it becomes a line of the order once it is processed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Exchange {
    pub(super) id: u64,
    pub(super) variant: Option<u64>,
    pub(super) quantity: i64,
    pub(super) line: Option<u64>,
}

impl Order {
    pub(super) fn line(&self, id: u64) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    pub(super) fn line_mut(&mut self, id: u64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == id)
    }

    /// How many of a line have left.
    pub(super) fn shipped(&self, line: u64) -> i64 {
        let stands = self.fulfillments.iter().filter(|one| one.status == "SUCCESS");
        stands.flat_map(|one| &one.lines).filter(|(_, of, _)| *of == line).map(|(.., count)| count).sum()
    }

    /// How many of a line went back after they had left.
    pub(super) fn returned(&self, line: u64) -> i64 {
        let rows = self.refunds.iter().flat_map(|refund| &refund.lines);
        rows.filter(|(_, of, _, kind)| *of == line && kind == "RETURN").map(|(_, _, count, _)| count).sum()
    }

    /// Takes `count` pieces of a line out of what is still to be shipped.
    pub(super) fn call_off(&mut self, line: u64, count: i64, now: Timestamp) {
        let mut left = count;
        for part in &mut self.parts {
            for row in part.lines.iter_mut().filter(|row| row.line == line) {
                let taken = row.remaining.min(left);
                row.remaining -= taken;
                left -= taken;
                part.updated_at = now;
            }
            if part.lines.iter().all(|row| row.remaining == 0) {
                part.status = "CLOSED".to_owned();
            }
        }
    }
}
