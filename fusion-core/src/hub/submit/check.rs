//! What is refused before any plugin is asked.

use crate::{
    error::{Error, ErrorKind, Result},
    hub::lost::check_lost,
    model::{Listing, Order},
    plugin::Command,
};

/// Refuses what no job carries out yet: people would agree to something that can't happen.
pub(in crate::hub) fn check_change(command: &Command) -> Result<()> {
    use crate::plugin::Change;
    let instead = match &command.change {
        Change::ChangePolicy { .. } => "a policy can't be changed by request yet; set it instead",
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
        _ => Ok(()),
    }
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
