//! What is counted, where, and how it changes.

use super::{ListingId, ListingVariantId, LocationId, MoveId, Ref, Refs, StockItemId};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// What is counted. Not a variant: kits, multipacks and twins under other SKUs take from the same item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockItem {
    /// Which one.
    pub id: StockItemId,
    /// What people call it.
    pub name: String,
}

/// How many units of an item one sale of a variant takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumes {
    /// Of which item.
    pub item: StockItemId,
    /// How many.
    pub units: u32,
}

/// Who keeps a location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// The merchant.
    #[default]
    Own,
    /// A logistics company that the merchant pays.
    ThirdParty,
    /// The platform, as FBA: never the merchant's to set.
    Platform,
    /// A supplier who ships on demand.
    Supplier,
}

/// A place where stock lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Which one.
    pub id: LocationId,
    /// What people call it.
    pub name: String,
    /// Who keeps it.
    pub kind: LocationKind,
}

/// How much of an item lies at a location. Negative is legal: it is oversold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// Of which item.
    pub item: StockItemId,
    /// Where.
    pub location: LocationId,
    /// What is there.
    pub on_hand: i64,
    /// What is sold and hasn't left.
    pub committed: i64,
    /// What is never offered.
    pub safety: i64,
    /// Counts the changes.
    pub sequence: u64,
    /// The count that it goes by; `None`: what was entered with its product, and moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

/// The count that a level began with, or was last set right by: what orders had done to stock by then is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// When counting began: what had been done before is in it for certain.
    pub read: Timestamp,
    /// When all of it was counted: what was done after isn't in it for certain.
    pub until: Timestamp,
    /// What was counted.
    pub basis: Basis,
}

/// What a count counts, and so what of an order it leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A platform's number of what can be sold: what is ordered has been taken out of it, as far as it was ordered
    /// of the [rows](super::ListingVariant::counted_as) that it was read from.
    Sellable,
    /// People's number of what lies there: what has left has been taken out of it, whoever has sold it.
    OnShelf,
}

impl StockLevel {
    /// Nothing yet of `item` at `location`.
    pub const fn empty(item: StockItemId, location: LocationId) -> Self {
        Self { item, location, on_hand: 0, committed: 0, safety: 0, sequence: 0, opening: None }
    }

    /// What may be sold; negative when oversold.
    pub const fn available(&self) -> i64 {
        self.on_hand.saturating_sub(self.committed).saturating_sub(self.safety)
    }

    /// Carries out one move.
    pub fn apply(&mut self, step: &StockMove) {
        match step.kind {
            MoveKind::Count | MoveKind::Receive | MoveKind::Restock | MoveKind::Adjust => {
                self.on_hand = self.on_hand.saturating_add(step.delta);
            }
            MoveKind::Reserve => self.committed = self.committed.saturating_add(step.delta),
            MoveKind::Release => self.committed = self.committed.saturating_sub(step.delta),
            MoveKind::Ship => {
                self.on_hand = self.on_hand.saturating_sub(step.delta);
                // What was never reserved was never committed: then fewer may be sold.
                self.committed = self.committed.saturating_sub(step.delta.min(self.committed.max(0)));
            }
        }
        if step.kind == MoveKind::Count {
            let (read, until) = (step.at, step.at);
            self.opening = Some(Opening { read, until, basis: Basis::OnShelf });
        }
        self.sequence += 1;
    }
}

/// Why a level changed. The number counts in the word's own direction; a negative one undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// Sold, not left yet: so many more are committed.
    Reserve,
    /// A sale that won't happen: so many fewer are committed.
    Release,
    /// Left the house: so many fewer lie there, and what was reserved for them no longer is.
    Ship,
    /// Came back from a buyer: so many more lie there.
    Restock,
    /// Difference found by counting, at the moment of the move: how many more lie there than were known of, or, below
    /// zero, fewer. What is sold and hasn't left lies there, what has left doesn't.
    Count,
    /// Came from a supplier: so many more lie there.
    Receive,
    /// Corrected by hand: so many more lie there, or, below zero, fewer.
    Adjust,
}

/// One change of a level; append-only, unique on (cause, kind, item, location), so that a sale told five times
/// counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMove {
    /// Which one.
    pub id: MoveId,
    /// Of which item.
    pub item: StockItemId,
    /// Where.
    pub location: LocationId,
    /// How many, in the direction of its [kind](MoveKind); a number below zero takes as many back.
    pub delta: i64,
    /// Why.
    pub kind: MoveKind,
    /// What caused it: an order line, a count, an import row.
    pub cause: String,
    /// When.
    pub at: Timestamp,
}

/// How much a platform says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// So many can be sold: what is ordered and hasn't left is taken out.
    Counted(i64),
    /// The platform doesn't count it.
    Untracked,
    /// Made when it is sold.
    OnDemand {
        /// Whether it can be sold now.
        available: bool,
    },
    /// The platform's own warehouse; not the merchant's to set.
    ManagedByPlatform {
        /// How many can be sold, where it is told.
        sellable: Option<i64>,
    },
    /// Not told.
    Unknown,
}

/// A level as a platform shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteLevel {
    /// Where, in the platform's words; `None` where it has one stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Ref>,
    /// Levels of one pool are one stock, shown several times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// How much, and of what.
    pub quantity: Quantity,
}

/// What one stock job brings in line: the manifest's write unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockUnit {
    /// Every variant of one listing.
    Listing(ListingId),
    /// One variant of one listing.
    Variant(ListingId, ListingVariantId),
}

impl StockUnit {
    /// The listing it belongs to.
    pub const fn listing(&self) -> ListingId {
        match self {
            Self::Listing(listing) | Self::Variant(listing, _) => *listing,
        }
    }
}

/// One number to be set at a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRow {
    /// Our row.
    pub variant: ListingVariantId,
    /// What the platform calls the listing.
    pub listing_refs: Refs,
    /// What the platform calls the variant.
    pub refs: Refs,
    /// Where, in the platform's words; `None` where it has one stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Ref>,
    /// The item that it is counted by, if it takes one unit of it and nothing else: rows of one item are one
    /// stock, and rows that show the same number by chance aren't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<StockItemId>,
    /// What can be sold; never negative.
    pub available: u32,
    /// What the platform should show at present, if it is to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<i64>,
    /// Sum of the levels' sequences: tells newer rows from older ones.
    pub sequence: u64,
}
