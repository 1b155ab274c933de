//! What became of a write that the platform works off later.

use crate::{
    call::Shop,
    convert::Staged,
    media,
    operation::{self, Progress},
    orders,
    products::{edited_placed, placed, show},
    reading::whole,
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    model::RemoteProduct,
    plugin::{Applied, Change, Context, Placed, Receipt, Watch, Work},
    verb::Operation,
};

pub(crate) async fn observe(cx: &Context<'_>, work: Work<'_>, watch: &Watch) -> Result<Receipt<Applied>> {
    let shop = Shop::of(*cx, Operation::Observe)?;
    if watch.kind == orders::CANCEL {
        return orders::observe(&shop, watch).await;
    }
    let still = |until| Ok(Receipt::accepted(None, watch.clone(), until));
    match watch.kind.as_str() {
        operation::SET => {
            let (id, until) = operation::watched(watch)?;
            match operation::look(&shop, id).await? {
                Progress::Running => still(until),
                Progress::Complete(Some(product)) => finished(cx, &shop, work, &product).await,
                Progress::Complete(None) => {
                    Err(Error::new(ErrorKind::Protocol, "the operation ended without a product")
                        .with_fate(Fate::Unknown))
                }
            }
        }
        operation::DELETE => {
            let (id, until) = operation::watched(watch)?;
            match operation::look(&shop, id).await {
                Ok(Progress::Running) => still(until),
                Ok(Progress::Complete(_)) => Ok(Receipt::done(Applied::Removed)),
                // Somebody else was quicker.
                Err(error) if error.kind() == ErrorKind::NotFound && error.fate() == Fate::Rejected => {
                    Ok(Receipt::done(Applied::Removed))
                }
                Err(error) => Err(error),
            }
        }
        media::PICTURES | media::FILE => {
            if !media::seen(&shop, watch).await? {
                return still(media::until(watch)?);
            }
            if watch.kind == media::FILE {
                return Ok(Receipt::done(Applied::Uploaded(media::refs(watch)?)));
            }
            let id = media::of_product(watch)?;
            let product = whole(&shop, cx.facts(), &id).await?;
            Ok(Receipt::done(Applied::Placed(Box::new(placed_by(work, product)?))))
        }
        _ => Err(Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin's")),
    }
}

/// The product stands; publishing still has to show it, and its pictures may take longer.
async fn finished(cx: &Context<'_>, shop: &Shop<'_>, work: Work<'_>, id: &str) -> Result<Receipt<Applied>> {
    let mut product = whole(shop, cx.facts(), id).await?;
    if matches!(work.command.change, Change::Publish { .. }) {
        product = show(cx, shop, product).await?;
    }
    let receipt = Receipt::done(placed_by(work, product)?);
    let receipt = media::awaited(cx, shop, receipt).await?;
    Ok(receipt.map(|placed| Applied::Placed(Box::new(placed))))
}

fn placed_by(work: Work<'_>, product: RemoteProduct) -> Result<Placed> {
    // What bytes were sent is told by the receipt that was accepted.
    let staged = Staged::default();
    match &work.command.change {
        Change::Publish { listing } | Change::CreateProduct { listing } => {
            Ok(placed(listing, &staged, work.target, &[], product))
        }
        Change::UpdateProduct { edit, .. } => Ok(edited_placed(work.target, edit, &staged, &[], product)),
        _ => Err(Error::new(ErrorKind::InvalidInput, "the watch belongs to another kind of change")),
    }
}
