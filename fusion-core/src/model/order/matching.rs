//! Which of our rows a line of an order means.

use super::OrderLine;
use crate::model::{Listing, ListingVariant, ListingVariantId, OptionValues, Variant};

/// A row that a line could mean, with what it stands for.
#[derive(Clone, Copy, Debug)]
pub struct RowKnown<'a> {
    /// The listing it belongs to.
    pub listing: &'a Listing,
    /// The row.
    pub row: &'a ListingVariant,
    /// Our variant; a filler row stands for none and is never what a buyer bought.
    pub variant: &'a Variant,
}

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This row, and nothing else it could be.
    Row(ListingVariantId),
    /// A person has to say; these could be it.
    Doubt(Vec<ListingVariantId>),
}

/// Which of `rows` is meant by `line`: by an id that the row has, else by one that it had, else by the SKU if one
/// row alone has it, else by the options if one row alone of the listing that the line names has them. What
/// several rows share only narrows the choice.
pub fn match_line(line: &OrderLine, rows: &[RowKnown<'_>]) -> Meant {
    let named =
        |row: &RowKnown<'_>| line.refs.current().iter().any(|one| row.row.refs.current().contains(one));
    let was_named =
        |row: &RowKnown<'_>| line.refs.current().iter().any(|one| row.row.refs.retired().contains(one));
    let mut rows: Vec<RowKnown<'_>> = rows.to_vec();
    let mut by_id = chosen(&rows, named);
    if by_id.is_empty() {
        by_id = chosen(&rows, was_named);
    }
    if let [only] = by_id.as_slice() {
        return Meant::Row(only.row.id);
    }
    let is_narrowed = !by_id.is_empty();
    if is_narrowed {
        rows = by_id;
    }
    let sku = line.sku.as_deref().filter(|sku| !sku.is_empty());
    let by_sku = chosen(&rows, |row| sku.is_some() && sku_of(row) == sku);
    let left = match by_sku.as_slice() {
        [only] => return Meant::Row(only.row.id),
        [] if is_narrowed => rows,
        [] => chosen(&rows, |row| line.refs.current().iter().any(|one| row.listing.refs.knows(one))),
        _ => by_sku,
    };
    match chosen(&left, |row| values(&row.variant.options) == values(&line.options)).as_slice() {
        [only] => Meant::Row(only.row.id),
        _ => Meant::Doubt(left.iter().map(|row| row.row.id).collect()),
    }
}

/// What was chosen; each platform has names of its own for the options.
fn values(options: &OptionValues) -> Vec<&str> {
    let mut values: Vec<&str> = options.iter().map(|(_, value)| value).collect();
    values.sort_unstable();
    values
}

/// Those of `rows` that fit, each row once.
fn chosen<'a>(rows: &[RowKnown<'a>], fits: impl Fn(&RowKnown<'a>) -> bool) -> Vec<RowKnown<'a>> {
    let mut found: Vec<RowKnown<'a>> = Vec::new();
    for row in rows.iter().filter(|row| fits(row)) {
        if !found.iter().any(|known| known.row.id == row.row.id) {
            found.push(*row);
        }
    }
    found
}

/// The SKU that the platform shows, or else ours.
fn sku_of<'a>(row: &RowKnown<'a>) -> Option<&'a str> {
    row.row.remote_sku.as_deref().or(row.variant.sku.as_deref())
}

#[cfg(test)]
mod tests;
