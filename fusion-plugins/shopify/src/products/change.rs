//! Changes named fields of a product, each kind by a call of its own.

use super::after_others;
use crate::{
    call::{Shop, told},
    convert::{Choice, Edited, Row, Staged, edited, fit_options, option_names, placed_pictures},
    cost,
    kinds::{PRODUCT, VARIANT},
    media,
    reading::whole,
    wire::{
        input::{Detached, Identifier, ProductSetInput, VariantBulk},
        product::ProductSetData,
        variables,
    },
};
use fusion_core::{
    canonical::{self, Hash},
    error::{Error, ErrorKind, Fate, Result},
    model::{
        Converted, Edit, ListingEdit, ListingVariantId, Refs, RemoteProduct, RemoteVariant, Repeat, Seen,
        StepKey,
    },
    plugin::{Context, Placed, Receipt, Target, WireResponse},
    verb::Operation,
};
use std::future::ready;

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
    let mut work = Work { shop: &shop, id: &id, wanted: canonical::hash(edit)?, written: false };
    let pictures = work.perform(cx, &calls).await?;
    let product = whole(&shop, cx.facts(), &id).await.map_err(|error| error.with_fate(Fate::Applied))?;
    let placed = placed(target, edit, &staged, &pictures, product);
    media::awaited(cx, &shop, Receipt { losses, ..Receipt::done(placed) }).await
}

/// The product with the ids of our rows and pictures; `pictures` has those that the write answered.
pub(crate) fn placed(
    target: &Target,
    edit: &ListingEdit,
    staged: &Staged,
    pictures: &[String],
    product: RemoteProduct,
) -> Placed {
    let media = match &edit.media {
        Edit::Keep | Edit::Clear => Vec::new(),
        Edit::Set(media) => placed_pictures(media, staged, target, pictures, &product),
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
    /// Stands for the edit, which a repeated run has again; what it reads may have changed by its own writes.
    wanted: Hash,
    /// Whether a step of this work stands.
    written: bool,
}

impl Work<'_> {
    /// Adds before it removes: a product keeps at least one variant. Answers the ids of the product's pictures as the
    /// write of them left it.
    async fn perform(&mut self, cx: &Context<'_>, calls: &Edited) -> Result<Vec<String>> {
        let Edited { product, files, variants, detach, add, remove } = calls;
        if let Some(product) = product {
            // Idempotent: values as they shall be, whatever they are.
            let variables = |_: &StepKey| variables::UpdateProduct { product: product.clone() };
            self.step("product", Repeat::Idempotent, cost::MUTATION, variables).await?;
        }
        let mut pictures = Vec::new();
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
            let answer = self.planned("files", Repeat::Idempotent, cost, variables).await?;
            pictures = self.note(picture_ids(&answer))?;
        }
        let given = |row: &Row| row.picture.and_then(|place| pictures.get(place)).cloned();
        let given: Vec<String> = variants.iter().chain(add).filter_map(given).collect();
        let ready = media::ready(cx, self.shop, &given).await;
        self.note(ready)?;
        for (nth, chunk) in variants.chunks(LIST).enumerate() {
            let variants = self.note(pictured(chunk, &pictures))?;
            let product_id = self.id.to_owned();
            let variables = |_: &StepKey| variables::UpdateVariants {
                product_id: product_id.clone(),
                variants: variants.clone(),
            };
            // Idempotent: values as they shall be; all of the list or none.
            self.planned(&format!("variants:{nth}"), Repeat::Idempotent, cost::MUTATION, variables).await?;
        }
        for (nth, chunk) in detach.iter().enumerate().filter(|(_, chunk)| !chunk.is_empty()) {
            self.take_away(cx, &format!("detach:{nth}"), &Going::Pictures(chunk.clone())).await?;
        }
        for (nth, chunk) in add.chunks(LIST).enumerate() {
            let variants = self.note(pictured(chunk, &pictures))?;
            self.add(&format!("add:{nth}"), &variants).await?;
        }
        for (nth, chunk) in remove.chunks(LIST).enumerate() {
            self.take_away(cx, &format!("remove:{nth}"), &Going::Variants(chunk.to_vec())).await?;
        }
        Ok(pictures)
    }

    async fn step<V: variables::Variables>(
        &mut self,
        name: &str,
        repeat: Repeat,
        cost: u32,
        variables: impl Fn(&StepKey) -> V,
    ) -> Result<()> {
        let sent = self.shop.change(name, repeat, cost, variables).await;
        self.note(sent)?;
        self.written = true;
        Ok(())
    }

    /// A step of which what is sent follows from what was read.
    async fn planned<V: variables::Variables>(
        &mut self,
        name: &str,
        repeat: Repeat,
        cost: u32,
        variables: impl Fn(&StepKey) -> V,
    ) -> Result<WireResponse> {
        let plan = |key: StepKey| ready(Ok(self.shop.request(&variables(&key))));
        let sent = self.shop.change_planned(name, repeat, cost, self.wanted, plan).await;
        let answer = self.note(sent)?;
        self.written = true;
        Ok(answer)
    }

    /// What failed after a step that stands was done in part.
    fn note<T>(&self, done: Result<T>) -> Result<T> {
        done.map_err(|error| if self.written { after_others(error) } else { error })
    }

    /// Once: a second sending would be refused for the variants of the first, and nothing tells those from
    /// somebody else's; an unanswered one is looked up by the options.
    async fn add(&mut self, name: &str, chunk: &[VariantBulk]) -> Result<()> {
        let id = self.id.to_owned();
        let variables =
            |_: &StepKey| variables::CreateVariants { product_id: id.clone(), variants: chunk.to_vec() };
        self.step(name, Repeat::Once, cost::MUTATION, variables).await
    }

    /// Conditional: a second sending is refused, since everything has to be there; then what is still there is sent
    /// alone.
    async fn take_away(&mut self, cx: &Context<'_>, name: &str, going: &Going) -> Result<()> {
        let refused = match self.send_away(name, going).await {
            Err(error) if error.kind() == ErrorKind::NotFound => error,
            other => return other,
        };
        let live = whole(self.shop, cx.facts(), self.id).await?;
        let rest = going.still_in(live.variants.value().map(Vec::as_slice).unwrap_or_default());
        match rest.len() {
            0 => Ok(()),
            all if all == going.len() => Err(refused),
            _ => self.send_away(&format!("{name}:rest"), &rest).await,
        }
    }

    async fn send_away(&mut self, name: &str, going: &Going) -> Result<()> {
        let product_id = self.id.to_owned();
        match going {
            Going::Pictures(pairs) => {
                let variables = |_: &StepKey| variables::DetachMedia {
                    product_id: product_id.clone(),
                    variant_media: pairs.clone(),
                };
                self.planned(name, Repeat::Conditional, cost::MUTATION, variables).await.map(drop)
            }
            Going::Variants(ids) => {
                let variables = |_: &StepKey| variables::DeleteVariants {
                    product_id: product_id.clone(),
                    variants_ids: ids.clone(),
                };
                self.step(name, Repeat::Conditional, cost::MUTATION, variables).await
            }
        }
    }
}

/// What a call takes away from a product.
enum Going {
    /// Pictures, from the variants that show them.
    Pictures(Vec<Detached>),
    /// Variants, by their ids.
    Variants(Vec<String>),
}

impl Going {
    fn len(&self) -> usize {
        match self {
            Self::Pictures(pairs) => pairs.len(),
            Self::Variants(ids) => ids.len(),
        }
    }

    /// What of it `there` still has.
    fn still_in(&self, there: &[RemoteVariant]) -> Self {
        let variant = |id: &str| there.iter().find(|live| live.refs.get(&VARIANT) == Some(id));
        let shows = |pair: &&Detached| {
            let own = variant(&pair.variant_id).and_then(|live| live.media.value());
            own.is_some_and(|own| pair.media_ids.contains(&own.id))
        };
        match self {
            Self::Pictures(pairs) => Self::Pictures(pairs.iter().filter(shows).cloned().collect()),
            Self::Variants(ids) => {
                Self::Variants(ids.iter().filter(|id| variant(id).is_some()).cloned().collect())
            }
        }
    }
}

/// The ids of the product's pictures, in their order.
fn picture_ids(answer: &WireResponse) -> Result<Vec<String>> {
    let set = told::<ProductSetData>(answer)?.data.product_set;
    let pictures = set.product.and_then(|product| product.media.given());
    let pictures = pictures.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform took pictures and says nothing about them")
            .with_fate(Fate::Unknown)
    })?;
    Ok(pictures.nodes.into_iter().map(|picture| picture.id).collect())
}

/// Rows with the pictures that were sent before, which stand first and in order.
fn pictured(rows: &[Row], pictures: &[String]) -> Result<Vec<VariantBulk>> {
    let row = |Row { bulk, picture }: &Row| {
        let Some(place) = picture else { return Ok(bulk.clone()) };
        let id = pictures.get(*place).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the platform shows fewer pictures than it was sent")
        })?;
        Ok(VariantBulk { media_id: Some(id.clone()), ..bulk.clone() })
    };
    rows.iter().map(row).collect()
}
