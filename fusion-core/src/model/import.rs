//! Imports of a store's products.

use super::{Loss, LossKind, StoreId};
use crate::{clock::Timestamp, tenant::Signature};
use serde::{Deserialize, Serialize};

/// What an import does with products that are none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intake {
    /// Brings them into the catalogue.
    Everything,
    /// Leaves them: only what is ours is tied to its listing.
    OnlyOurs,
}

/// What became of the products that could be read, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// New in the catalogue.
    pub created: u64,
    /// Tied to a product that was there, by SKUs that each side has once.
    pub adopted: u64,
    /// Tied before; their ids and state were read anew.
    pub known: u64,
    /// Could be several products of ours: a doubt waits for a person.
    pub doubtful: u64,
    /// Left where they are: none of ours.
    pub left: u64,
}

impl ImportCounts {
    /// All of them.
    pub const fn all(&self) -> u64 {
        self.created + self.adopted + self.known + self.doubtful + self.left
    }

    /// Counts `more` too.
    pub const fn add(&mut self, more: &Self) {
        self.created += more.created;
        self.adopted += more.adopted;
        self.known += more.known;
        self.doubtful += more.doubtful;
        self.left += more.left;
    }
}

/// One sort of loss, with how many of an import's products it befell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossTally {
    /// The path of the losses, with `[]` for every place in a list.
    pub field: String,
    /// How it was lost.
    pub kind: LossKind,
    /// What that means, of the first.
    pub note: String,
    /// Products that it befell.
    pub products: u64,
}

impl LossTally {
    /// Sorts of loss that are told apart: a plugin's table has fewer rows.
    pub const MAX: usize = 200;

    /// Counts the losses of one product.
    pub fn add(tallies: &mut Vec<Self>, losses: &[Loss]) {
        let mut counted: Vec<(String, LossKind)> = Vec::new();
        for loss in losses {
            let (field, kind) = (loss.field(), loss.kind);
            if counted.iter().any(|(known, of)| (known, *of) == (&field, kind)) {
                continue;
            }
            if let Some(known) = tallies.iter_mut().find(|one| (&one.field, one.kind) == (&field, kind)) {
                known.products += 1;
            } else if tallies.len() < Self::MAX {
                tallies.push(Self { field: field.clone(), kind, note: loss.note.clone(), products: 1 });
            }
            counted.push((field, kind));
        }
    }
}

/// The newest import of a store's products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Of which store.
    pub store: StoreId,
    /// What it brings.
    pub intake: Intake,
    /// Who asked for it.
    pub by: Signature,
    /// When it began.
    pub began: Timestamp,
    /// When it was through; `None`: it isn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// What became of the products so far.
    pub counts: ImportCounts,
    /// SKUs of new products that others have too, the first thousand: nothing is found by them alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated_skus: Vec<String>,
    /// What of the products was lost, sort by sort; each listing has its own in [`Listing::losses`](super::Listing).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<LossTally>,
}
