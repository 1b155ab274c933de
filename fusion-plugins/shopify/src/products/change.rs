//! Changes named fields of a product, each kind by a call of its own.

use super::after_others;
use crate::{
    call::Shop,
    convert::{Choice, Edited, Staged, edited, fit_options, option_names, placed_pictures},
    cost,
    manifest::{PRODUCT, VARIANT},
    media,
    reading::whole,
    wire::{
        input::{Identifier, ProductSetInput, VariantBulk},
        variables,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    model::{Converted, Edit, ListingEdit, ListingVariantId, Refs, RemoteProduct, Repeat, Seen, StepKey},
    plugin::{Context, Placed, Receipt, Target},
    verb::Operation,
};

/// Entries that one list may hold (<https://shopify.dev/docs/api/usage/limits>).
const LIST: usize = 250;

pub(crate) async fn update(cx: &Context<'_>, target: &Target, edit: &ListingEdit) -> Result<Receipt<Placed>> {
    let shop = Shop::of(*cx, Operation::UpdateProduct)?;
    let id = target.refs.get(&PRODUCT).map(str::to_owned).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the listing isn't on the platform yet; publish it first")
    })?;
    let live = whole(&shop, cx.facts(), &id).await?;
    if let Seen::Value(options) = &live.options {
        fit_options(&edit.add, &option_names(options))?;
    }
    let pictures = match &edit.media {
        Edit::Set(media) => media.as_slice(),
        Edit::Keep | Edit::Clear => &[],
    };
    let staged = media::staged(cx, &shop, pictures, target, Some(&live)).await?;
    let Converted { value: calls, losses } = edited(edit, &staged, target, Some(&live), cx.facts())?;
    let mut work = Work { shop: &shop, id: &id, written: false };
    work.perform(cx, &calls).await?;
    let product = whole(&shop, cx.facts(), &id).await.map_err(|error| error.with_fate(Fate::Applied))?;
    let placed = placed(target, edit, &staged, product);
    media::awaited(cx, &shop, Receipt { losses, ..Receipt::done(placed) }).await
}

/// The product with the ids of our rows and pictures.
pub(crate) fn placed(target: &Target, edit: &ListingEdit, staged: &Staged, product: RemoteProduct) -> Placed {
    let media = match &edit.media {
        Edit::Keep | Edit::Clear => Vec::new(),
        Edit::Set(media) => placed_pictures(media, staged, &product),
    };
    Placed { variants: rows(target, edit, &product), media, product }
}

/// The ids of every row that is there: the known ones, and the new ones by what a buyer chooses.
fn rows(target: &Target, edit: &ListingEdit, live: &RemoteProduct) -> Vec<(ListingVariantId, Refs)> {
    let there = live.variants.value().map(Vec::as_slice).unwrap_or_default();
    let known = target.variants.iter().filter_map(|row| {
        let id = row.refs.get(&VARIANT)?;
        let live = there.iter().find(|live| live.refs.get(&VARIANT) == Some(id))?;
        Some((row.id, live.refs.clone()))
    });
    let new = edit.add.iter().filter_map(|new| {
        let choice = Choice::of(&new.options);
        let live = there.iter().find(|live| Choice::of(&live.options) == choice)?;
        Some((new.id, live.refs.clone()))
    });
    known.chain(new).collect()
}

struct Work<'a> {
    shop: &'a Shop<'a>,
    id: &'a str,
    /// Whether a step of this work stands.
    written: bool,
}

impl Work<'_> {
    /// Adds before it removes: a product keeps at least one variant.
    async fn perform(&mut self, cx: &Context<'_>, calls: &Edited) -> Result<()> {
        let Edited { product, files, variants, add, remove } = calls;
        if let Some(product) = product {
            // Idempotent: values as they shall be, whatever they are.
            let variables = |_: &StepKey| variables::UpdateProduct { product: product.clone() };
            self.step("product", Repeat::Idempotent, cost::MUTATION, variables).await?;
        }
        if let Some(files) = files {
            let input = ProductSetInput { files: Some(files.clone()), ..ProductSetInput::default() };
            let variables = |_: &StepKey| variables::ProductSet {
                identifier: Some(Identifier { id: self.id.to_owned() }),
                input: input.clone(),
                synchronous: true,
                channels: false,
            };
            // Idempotent: the whole list is said, so a second sending replaces what the first made.
            let cost = cost::product_set(&input);
            let sent = self.shop.change("files", Repeat::Idempotent, cost, variables).await;
            self.note(sent.map(drop))?;
        }
        for (nth, chunk) in variants.chunks(LIST).enumerate() {
            let variables = |_: &StepKey| variables::UpdateVariants {
                product_id: self.id.to_owned(),
                variants: chunk.to_vec(),
            };
            let name = format!("variants:{nth}");
            // Idempotent: values as they shall be; all of the list or none.
            let sent = self.shop.change(&name, Repeat::Idempotent, cost::MUTATION, variables).await;
            self.note(sent.map(drop))?;
        }
        for (nth, chunk) in add.chunks(LIST).enumerate() {
            self.add(&format!("add:{nth}"), chunk).await?;
        }
        for (nth, chunk) in remove.chunks(LIST).enumerate() {
            self.remove(cx, &format!("remove:{nth}"), chunk).await?;
        }
        Ok(())
    }

    async fn step<V: variables::Variables>(
        &mut self,
        name: &str,
        repeat: Repeat,
        cost: u32,
        variables: impl Fn(&StepKey) -> V,
    ) -> Result<()> {
        let sent = self.shop.change(name, repeat, cost, variables).await;
        self.note(sent.map(drop))
    }

    fn note(&mut self, sent: Result<()>) -> Result<()> {
        match sent {
            Ok(()) => {
                self.written = true;
                Ok(())
            }
            Err(error) if self.written => Err(after_others(error)),
            Err(error) => Err(error),
        }
    }

    /// Once: a second sending would be refused for the variants of the first, and nothing tells those from
    /// somebody else's; an unanswered one is looked up by the options.
    async fn add(&mut self, name: &str, chunk: &[VariantBulk]) -> Result<()> {
        let id = self.id.to_owned();
        let variables =
            |_: &StepKey| variables::CreateVariants { product_id: id.clone(), variants: chunk.to_vec() };
        self.step(name, Repeat::Once, cost::MUTATION, variables).await
    }

    /// Conditional: a second sending is refused, since the variants have to be there; then what is still
    /// there is sent alone.
    async fn remove(&mut self, cx: &Context<'_>, name: &str, ids: &[String]) -> Result<()> {
        let refused = match self.delete(name, ids).await {
            Err(error) if error.kind() == ErrorKind::NotFound => error,
            other => return other,
        };
        let live = whole(self.shop, cx.facts(), self.id).await?;
        let there = live.variants.value().map(Vec::as_slice).unwrap_or_default();
        let is_there = |id: &&String| there.iter().any(|live| live.refs.get(&VARIANT) == Some(id.as_str()));
        let rest: Vec<String> = ids.iter().filter(is_there).cloned().collect();
        match rest.len() {
            0 => self.note(Ok(())),
            all if all == ids.len() => Err(refused),
            _ => self.delete(&format!("{name}:rest"), &rest).await,
        }
    }

    async fn delete(&mut self, name: &str, ids: &[String]) -> Result<()> {
        let id = self.id.to_owned();
        let variables =
            |_: &StepKey| variables::DeleteVariants { product_id: id.clone(), variants_ids: ids.to_vec() };
        self.step(name, Repeat::Conditional, cost::MUTATION, variables).await
    }
}
