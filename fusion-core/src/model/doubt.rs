//! Questions that data can't answer.

use super::{
    DoubtId, ListingId, ListingVariantId, LocationId, OrderId, ProductId, Ref, StockItemId, StoreId,
};
use crate::{clock::Timestamp, tenant::Signature};
use serde::{Deserialize, Serialize};

/// What somebody has to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which of our rows a line of an order means: it matches none, or several.
    OrderLine {
        /// Of which order.
        order: OrderId,
        /// Which line, by its key.
        line: String,
    },
    /// Which of our products a product at the platform is: it could be several.
    RemoteProduct {
        /// What the platform calls it.
        product: Ref,
    },
    /// Which product at the platform a creation has made, if it made one: its answer was lost.
    LostCreate {
        /// Of which listing.
        listing: ListingId,
    },
    /// Which product at the platform a listing is: it was given ids that another listing of the store has.
    SharedId {
        /// The listing that was given them.
        listing: ListingId,
    },
    /// How much of an item lies at a place: no date tells whether pieces of an order were in its count already.
    /// Meanwhile as few are offered as can be. Counting them (a move of kind
    /// [`Count`](super::MoveKind::Count)) answers it.
    Level {
        /// Of which item.
        item: StockItemId,
        /// Where.
        location: LocationId,
    },
}

impl Question {
    /// The listing that waits for the answer: nothing may make it anew before.
    pub const fn listing(&self) -> Option<ListingId> {
        match self {
            Self::LostCreate { listing } | Self::SharedId { listing } => Some(*listing),
            Self::OrderLine { .. } | Self::RemoteProduct { .. } | Self::Level { .. } => None,
        }
    }
}

/// Something that could be the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidate {
    /// A row of one of our listings.
    Row(ListingVariantId),
    /// A product of ours.
    Product(ProductId),
    /// A product at the platform.
    Remote(Ref),
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This one; it needn't be among the candidates.
    This(Candidate),
    /// There is none: nothing of ours, nothing at the platform, nothing to be put right.
    Nothing,
}

/// An answer with who gave it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// What they said.
    pub choice: Choice,
    /// Who.
    pub by: Signature,
    /// When.
    pub at: Timestamp,
}

/// A question that data can't answer. It waits for a person, and nothing guesses meanwhile.
///
/// A store has at most one open doubt for each question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Which one.
    pub id: DoubtId,
    /// In which store it came up.
    pub store: StoreId,
    /// What is asked.
    pub question: Question,
    /// What it could be, as far as that was found; empty where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// When it came up.
    pub raised: Timestamp,
    /// What a person said; `None`: it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl Doubt {
    /// An open one.
    pub const fn new(
        id: DoubtId,
        store: StoreId,
        question: Question,
        candidates: Vec<Candidate>,
        raised: Timestamp,
    ) -> Self {
        Self { id, store, question, candidates, raised, resolution: None }
    }

    /// Whether it waits for an answer.
    pub const fn is_open(&self) -> bool {
        self.resolution.is_none()
    }
}
