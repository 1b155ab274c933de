//! What is refused before any plugin is asked.

use crate::{
    error::{Error, ErrorKind, Problem, Result},
    hub::lost::check_lost,
    model::{Listing, ListingEdit, Order},
    plugin::{Command, Target},
};

/// Refuses what no job carries out yet: people would agree to something that can't happen.
pub(in crate::hub) fn check_change(command: &Command) -> Result<()> {
    use crate::plugin::Change;
    let instead = match &command.change {
        Change::ChangePolicy { .. } => {
            "a policy can't be changed yet: a tenant keeps the one that it got first, from `HubBuilder::policy`"
        }
        Change::CreateProduct { .. }
        | Change::UpdateProduct { .. }
        | Change::Publish { .. }
        | Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. } => return Ok(()),
    };
    Err(Error::new(ErrorKind::Unsupported, instead).with_operation(command.operation()))
}

/// Refuses what is about another listing than it says.
pub(in crate::hub) fn check_listing(command: &Command, listing: Option<&Listing>) -> Result<()> {
    use crate::plugin::Change;
    let Some(listing) = listing else { return Ok(()) };
    let operation = command.operation();
    check_lost(command, listing)?;
    if command.store != Some(listing.store) {
        return Err(Error::new(ErrorKind::InvalidInput, "the listing belongs to another store")
            .with_operation(operation));
    }
    match &command.change {
        Change::CreateProduct { listing: new } | Change::Publish { listing: new }
            if new.product != listing.product =>
        {
            Err(Error::new(ErrorKind::InvalidInput, "the listing belongs to another product")
                .with_operation(operation))
        }
        Change::CreateProduct { .. } if !listing.refs.is_empty() => Err(Error::new(
            ErrorKind::AlreadyExists,
            "the store has this product already; update or publish it instead",
        )
        .with_operation(operation)),
        Change::UpdateProduct { edit, .. } => {
            let target = Target::of(listing);
            let added: Vec<Problem> = added_before(edit, &target).map(in_the_store).collect();
            match added.is_empty() {
                true => Ok(()),
                false => Err(Error::new(
                    ErrorKind::AlreadyExists,
                    "the store has variants already that this adds; ask with `update` for what has changed since",
                )
                .with_operation(operation)
                .with_problems(added)),
            }
        }
        _ => Ok(()),
    }
}

/// The places in `edit.add` of rows that the store has by now: sent once more, a platform may make them twice.
pub(in crate::hub) fn added_before(edit: &ListingEdit, target: &Target) -> impl Iterator<Item = usize> {
    edit.add.iter().enumerate().filter(move |(_, added)| target.has(added.id)).map(|(nth, _)| nth)
}

fn in_the_store(nth: usize) -> Problem {
    let mend = "the store has this variant; leave it out, or change it under `variants`";
    Problem::error(format!("add[{nth}]"), "already_added", mend)
}

/// Refuses what is about an order of another store.
pub(super) fn check_order(command: &Command, order: Option<&Order>) -> Result<()> {
    match order {
        Some(order) if command.store != Some(order.store) => {
            Err(Error::new(ErrorKind::InvalidInput, "the order belongs to another store")
                .with_operation(command.operation()))
        }
        _ => Ok(()),
    }
}
