//! From a command as a value to the plugin's method.

use super::{Applied, Change, Context, PlatformPlugin, Receipt, Work, guard};
use crate::{
    error::{Error, ErrorKind, Result},
    model::{Order, StockRow},
};

/// What a command needs beside itself, read when it runs.
#[derive(Clone, Copy, Default)]
pub enum Carried<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// The order it is about.
    Order(&'a Order),
    /// The stock rows of its unit.
    Stock(&'a [StockRow]),
}

/// Performs `work` through `plugin`; guarded again, since the store's facts may have changed.
///
/// # Errors
/// [`ErrorKind::Unsupported`], [`ErrorKind::InvalidInput`]: the guard refuses; nothing was sent. Else the plugin's.
pub async fn dispatch(
    plugin: &dyn PlatformPlugin,
    cx: &Context<'_>,
    work: Work<'_>,
    carried: Carried<'_>,
) -> Result<Receipt<Applied>> {
    guard(plugin.manifest(), cx.store, work.command)?;
    let missing = || Error::new(ErrorKind::Internal, "a command was run without what it is about");
    let placed = |placed| Applied::Placed(Box::new(placed));
    Ok(match &work.command.change {
        Change::CreateProduct { listing } => plugin.create_product(cx, listing).await?.map(placed),
        Change::Publish { listing } => plugin.publish(cx, work.target, listing).await?.map(placed),
        Change::UpdateProduct { edit, .. } => plugin.update_product(cx, work.target, edit).await?.map(placed),
        Change::Unpublish { .. } => plugin.unpublish(cx, work.target).await?.map(|()| Applied::Removed),
        Change::DeleteProduct { removal, .. } => {
            plugin.delete_product(cx, work.target, *removal).await?.map(|()| Applied::Removed)
        }
        Change::PushStock { .. } => {
            let Carried::Stock(rows) = carried else { return Err(missing()) };
            plugin.sync_inventory(cx, rows).await?.map(|()| Applied::Stock)
        }
        Change::Order { action, .. } => {
            let Carried::Order(order) = carried else { return Err(missing()) };
            plugin.process_order(cx, order, action).await?.map(Applied::Order)
        }
        Change::ChangePolicy { .. } => return Err(missing()),
    })
}
