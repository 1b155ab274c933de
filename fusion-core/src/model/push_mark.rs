//! What a store was last told about stock.

use super::{ListingId, ListingVariantId, Ref};
use crate::{canonical::Hash, clock::Timestamp, error::Failure};
use serde::{Deserialize, Serialize};

/// One number that a platform was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRow {
    /// Our row.
    pub variant: ListingVariantId,
    /// Where, in the platform's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Ref>,
    /// What the platform called it then: under another id it knows nothing of the number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<Ref>,
    /// What it was told.
    pub available: u32,
}

/// What a store was last told about a listing's stock, and what it refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushMark {
    /// Of which listing.
    pub listing: ListingId,
    /// What was told.
    pub rows: Vec<PushedRow>,
    /// A refused write: hash of what was asked of which state of the listing, and why. It isn't asked again until
    /// one of the two changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<(Hash, Failure)>,
    /// When.
    pub at: Timestamp,
}
