use super::Checkpoint;
use serde::{Deserialize, Serialize};

/// Which life of its database a tenant is in, and where what is kept of its chain begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incarnation {
    /// Counted from 1: one that was restored from a copy begins another, which goes on where the copy ended.
    pub number: u64,
    /// The end of what was exported and dropped, [signed as that](Checkpoint::sign_cut): the first entry that is kept follows on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Checkpoint>,
}

impl Default for Incarnation {
    fn default() -> Self {
        Self { number: 1, dropped: None }
    }
}
