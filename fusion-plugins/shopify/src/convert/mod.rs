//! Between the platform's wire format and our model. Pure: no call, no clock.

mod edit;
mod extras;
mod listing;
mod matching;
mod money;
mod offer;
mod order;
mod pictures;
mod product;
mod repair;
mod shop;
mod show;

pub(crate) use edit::{Edited, Row, edited};
pub(crate) use listing::created;
pub(crate) use matching::{Choice, fit_options, option_names, places};
pub(crate) use money::paired;
pub(crate) use order::{order, refund_refs};
pub(crate) use pictures::{
    Staged, ending, is_bytes, is_sent, is_there, picture_ids, placed_pictures, told as told_pictures,
};
pub(crate) use product::product;
pub(crate) use repair::{Repair, in_line};
pub(crate) use shop::{channel, facts, reads_channels};
pub(crate) use show::{Fields, Stranger, as_shown, edit_fields, listing_fields, shown, strangers};

#[cfg(test)]
pub(crate) mod tests;
