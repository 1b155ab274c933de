//! Takes products out of sight, puts them away, deletes them.

use crate::{
    call::{Shop, told},
    convert::channel,
    cost,
    kinds::PRODUCT,
    operation::{self, AT_ONCE, Progress},
    reading::whole,
    wire::{
        input::{Identifier, ProductUpdate, PublicationRow},
        product::ProductDeleteData,
        variables,
    },
};
use fusion_core::{
    error::{ErrorKind, Result},
    model::{Removal, Repeat, StepKey},
    plugin::{Context, Receipt, Target, WireResponse},
    verb::Operation,
};

/// All of it is idempotent: what is hidden, archived or gone already stays so.
pub(crate) async fn delete(cx: &Context<'_>, target: &Target, removal: Removal) -> Result<Receipt<()>> {
    let operation = match removal {
        Removal::Hide => Operation::Unpublish,
        Removal::Archive | Removal::Delete => Operation::DeleteProduct,
    };
    let shop = Shop::of(*cx, operation)?;
    let Some(id) = target.refs.get(&PRODUCT) else { return Ok(Receipt::done(())) };
    let done = match removal {
        Removal::Hide => match channel(cx.facts()) {
            Some(channel) => match hide(&shop, id, channel).await {
                // Which of the two ids isn't there, product or channel? Only a missing product is out of
                // sight.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return match whole(&shop, cx.facts(), id).await {
                        Ok(_) => Err(error),
                        Err(other) => gone_is_fine(Err(other)),
                    };
                }
                other => other,
            },
            // Without a channel of ours a draft is what nobody sees.
            None => set_status(&shop, "hide", id, "DRAFT").await,
        },
        Removal::Archive => set_status(&shop, "archive", id, "ARCHIVED").await,
        Removal::Delete => return for_good(cx, &shop, id, target).await,
    };
    gone_is_fine(done.map(drop))
}

fn gone_is_fine(done: Result<()>) -> Result<Receipt<()>> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Receipt::done(())),
        other => other.map(Receipt::done),
    }
}

async fn hide(shop: &Shop<'_>, id: &str, channel: &str) -> Result<WireResponse> {
    let variables = |_: &StepKey| variables::Unpublish {
        id: id.to_owned(),
        input: vec![PublicationRow { publication_id: channel.to_owned() }],
    };
    shop.change("hide", Repeat::Idempotent, cost::MUTATION, variables).await
}

async fn set_status(shop: &Shop<'_>, name: &str, id: &str, status: &'static str) -> Result<WireResponse> {
    let variables = |_: &StepKey| variables::UpdateProduct {
        product: ProductUpdate { id: id.to_owned(), status: Some(status), ..ProductUpdate::default() },
    };
    shop.change(name, Repeat::Idempotent, cost::MUTATION, variables).await
}

async fn for_good(cx: &Context<'_>, shop: &Shop<'_>, id: &str, target: &Target) -> Result<Receipt<()>> {
    let synchronous = target.variants.len() <= AT_ONCE;
    let variables =
        |_: &StepKey| variables::DeleteProduct { input: Identifier { id: id.to_owned() }, synchronous };
    let answer = match shop.change("delete", Repeat::Idempotent, cost::MUTATION, variables).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Receipt::done(())),
        other => other?,
    };
    let Some(running) = told::<ProductDeleteData>(&answer)?.data.product_delete.product_delete_operation
    else {
        return Ok(Receipt::done(()));
    };
    match operation::wait(cx, shop, &running.id).await {
        Ok(Progress::Running) => Ok(operation::accepted(operation::DELETE, &running.id, cx.clock.now())),
        other => gone_is_fine(other.map(drop)),
    }
}
