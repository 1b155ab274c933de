//! Words that people leave on a request.

use crate::{
    canonical::{Hash, Hasher, draw},
    clock::{Clock, Timestamp},
    model::{NoteId, RequestId},
    tenant::Signature,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A comment, a reason or evidence. The audit keeps a commitment to the words, so that they can be erased here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which one.
    pub id: NoteId,
    /// On which request.
    pub request: RequestId,
    /// Whose words.
    pub by: Signature,
    /// What they say.
    pub words: String,
    /// When.
    pub at: Timestamp,
    salt: Hash,
}

impl Note {
    /// `words` of `by` on `request`.
    pub fn new(request: RequestId, by: Signature, words: &str, clock: &dyn Clock) -> Self {
        let salt = Hasher::new("fusion.note_salt.v1").part(*draw::<32>(clock)).finish();
        Self { id: NoteId::new(clock), request, by, words: words.to_owned(), at: clock.now(), salt }
    }

    /// What stands for the words in the audit; it says nothing about them to whoever lacks the record.
    pub fn commitment(&self) -> Hash {
        Hasher::new("fusion.note.v1").part(self.salt).part(&self.words).finish()
    }
}

/// Shows whose words they are and not what they say.
impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Note");
        shown
            .field("id", &self.id)
            .field("request", &self.request)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}
