//! Whether there is anything left to be done.

use crate::{
    hub::{difference::difference, listing::edited},
    model::{Lifecycle, Listing, ListingEdit, NewListing},
    plugin::{Change, Preview, Target, Work},
};

/// Whether carrying `work` out would change nothing: the store was told so, and shows what it was told.
pub(super) fn changes_nothing(work: Work<'_>, listing: Option<&Listing>, preview: &Preview) -> bool {
    let Some(known) = listing else { return false };
    let is_told = match &work.command.change {
        Change::Publish { listing: wanted } => {
            known.state.lifecycle == Lifecycle::Live
                && known
                    .desired
                    .as_deref()
                    .and_then(|before| difference(before, wanted, work.target))
                    .is_some_and(|edit| edit == ListingEdit::default())
        }
        Change::UpdateProduct { edit, .. } => {
            known.desired.as_deref().is_some_and(|told| is_in_force(edit, told, work.target))
        }
        _ => false,
    };
    is_told && preview.changes.is_empty() && preview.charges.is_empty()
}

/// Whether `edit` would leave what the store was told as it is.
fn is_in_force(edit: &ListingEdit, told: &NewListing, target: &Target) -> bool {
    let mut after = told.clone();
    edited(&mut after, edit);
    after == *told
        && edit.add.iter().all(|row| target.has(row.id))
        && !edit.remove.iter().any(|row| target.has(*row))
}
