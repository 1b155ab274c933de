//! What became of a write that the platform works off later.

use crate::{
    call::Shop,
    operation::{self, Progress},
    orders,
    products::{placed, show},
    reading::whole,
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    plugin::{Applied, Change, Context, Receipt, Watch, Work},
    verb::Operation,
};

pub(crate) async fn observe(cx: &Context<'_>, work: Work<'_>, watch: &Watch) -> Result<Receipt<Applied>> {
    let shop = Shop::of(*cx, Operation::Observe)?;
    if watch.kind == orders::CANCEL {
        return orders::observe(&shop, watch).await;
    }
    let (id, until) = operation::watched(watch)?;
    let looked = operation::look(&shop, id).await;
    match watch.kind.as_str() {
        operation::SET => {
            let product = match looked? {
                Progress::Running => return Ok(Receipt::accepted(None, watch.clone(), until)),
                Progress::Complete(product) => product.ok_or_else(|| {
                    Error::new(ErrorKind::Protocol, "the operation ended without a product")
                        .with_fate(Fate::Unknown)
                })?,
            };
            finished(cx, &shop, work, &product).await
        }
        operation::DELETE => match looked {
            Ok(Progress::Running) => Ok(Receipt::accepted(None, watch.clone(), until)),
            Ok(Progress::Complete(_)) => Ok(Receipt::done(Applied::Removed)),
            // Somebody else was quicker.
            Err(error) if error.kind() == ErrorKind::NotFound && error.fate() == Fate::Rejected => {
                Ok(Receipt::done(Applied::Removed))
            }
            Err(error) => Err(error),
        },
        _ => Err(Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin's")),
    }
}

/// The product stands; publishing still has to show it.
async fn finished(cx: &Context<'_>, shop: &Shop<'_>, work: Work<'_>, id: &str) -> Result<Receipt<Applied>> {
    let product = whole(shop, cx.facts(), id).await?;
    let placed = match &work.command.change {
        Change::Publish { listing } => placed(listing, work.target, show(cx, shop, product).await?),
        Change::CreateProduct { listing } => placed(listing, work.target, product),
        _ => return Err(Error::new(ErrorKind::InvalidInput, "the watch belongs to another kind of change")),
    };
    Ok(Receipt::done(Applied::Placed(Box::new(placed))))
}
