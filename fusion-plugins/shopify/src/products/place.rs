//! Makes products and brings them in line.

use super::after_others;
use crate::{
    call::{Shop, told},
    convert::{
        self, Repair, Staged, channel, created, in_line, picture_ids, placed_pictures, places, reads_channels,
    },
    cost,
    kinds::PRODUCT,
    media,
    operation::{self, AT_ONCE, Progress},
    reading::whole,
    wire::{
        input::{Identifier, Metafield, ProductSetInput, ProductUpdate, PublicationRow},
        product::ProductSetData,
        variables,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Problem, Result, Retry, Severity},
    model::{Converted, Issue, Lifecycle, NewListing, RemoteProduct, Repeat, StepKey},
    plugin::{Context, Placed, Receipt, Target, WireResponse},
    verb::Operation,
};

/// Where a new product keeps the key of the step that made it: the platform has no key of its own for this,
/// so an unanswered step is found by it. The namespace is the app's: nobody else sees or changes it.
pub(crate) const MARK: (&str, &str) = ("$app:fusion", "step");

/// What a write of a whole product has come to.
enum Set {
    /// The product, and the ids of the pictures that the write itself answered; none if it was worked off later.
    Done(Box<RemoteProduct>, Vec<String>),
    /// Still at work; the operation's id.
    Running(String),
}

pub(crate) async fn create(cx: &Context<'_>, listing: &NewListing) -> Result<Receipt<Placed>> {
    let shop = Shop::of(*cx, Operation::CreateProduct)?;
    let nowhere = Target::default();
    let staged = media::staged(cx, &shop, &listing.media, &nowhere, None).await?;
    let Converted { value: input, losses } = created(listing, &staged, cx.facts())?;
    let receipt = match make(cx, &shop, input).await? {
        Set::Done(product, pictures) => {
            Receipt::done(placed(listing, &staged, &nowhere, &pictures, *product))
        }
        Set::Running(id) => operation::accepted(operation::SET, &id, cx.clock.now()),
    };
    media::awaited(cx, &shop, Receipt { losses, ..receipt }).await
}

pub(crate) async fn publish(
    cx: &Context<'_>,
    target: &Target,
    listing: &NewListing,
) -> Result<Receipt<Placed>> {
    let shop = Shop::of(*cx, Operation::Publish)?;
    // Asked first: a product that nobody can be shown isn't made.
    channel_of(cx)?;
    let (staged, set, losses, issues) = match target.refs.get(&PRODUCT) {
        None => {
            let staged = media::staged(cx, &shop, &listing.media, target, None).await?;
            let Converted { value: mut input, losses } = created(listing, &staged, cx.facts())?;
            input.status = Some("ACTIVE");
            let set = make(cx, &shop, input).await?;
            (staged, set, losses, Vec::new())
        }
        Some(id) => {
            let live = whole(&shop, cx.facts(), id).await?;
            let staged = media::staged(cx, &shop, &listing.media, target, Some(&live)).await?;
            let Converted { value: repair, losses } = in_line(listing, &staged, target, &live, cx.facts())?;
            let (set, issues) = bring_in_line(cx, &shop, id, repair).await?;
            (staged, set, losses, issues)
        }
    };
    let receipt = match set {
        Set::Done(product, pictures) => {
            let product = show(cx, &shop, *product).await.map_err(after_others)?;
            Receipt::done(placed(listing, &staged, target, &pictures, product))
        }
        Set::Running(id) => operation::accepted(operation::SET, &id, cx.clock.now()),
    };
    media::awaited(cx, &shop, Receipt { losses, issues, ..receipt }).await
}

/// Makes a product.
///
/// Once: nothing makes a second sending harmless (an identifier by handle would overwrite a stranger's
/// product of that handle), so an unanswered one is looked up by its mark.
async fn make(cx: &Context<'_>, shop: &Shop<'_>, input: ProductSetInput) -> Result<Set> {
    let synchronous = input.variants.as_ref().is_none_or(|variants| variants.len() <= AT_ONCE);
    let channels = reads_channels(cx.facts());
    let cost = cost::product_set(&input) + 1;
    let variables = |key: &StepKey| variables::ProductSet {
        identifier: None,
        input: ProductSetInput { metafields: Some(marked(key, &input)), ..input.clone() },
        synchronous,
        channels,
    };
    let answer = shop.change("create", Repeat::Once, cost, variables).await?;
    settled(cx, shop, &input, &answer).await
}

/// The mark, which stands first, and the product's own fields.
fn marked(key: &StepKey, input: &ProductSetInput) -> Vec<Metafield> {
    let (namespace, key_name) = MARK;
    let mark = Metafield {
        namespace: namespace.to_owned(),
        key: key_name.to_owned(),
        kind: "single_line_text_field",
        value: key.to_string(),
    };
    std::iter::once(mark).chain(input.metafields.iter().flatten().cloned()).collect()
}

async fn bring_in_line(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    id: &str,
    Repair { input, metafields, kept }: Repair,
) -> Result<(Set, Vec<Issue>)> {
    let has_fields = !metafields.is_empty();
    if has_fields {
        let cost = cost::fields(metafields.len());
        let variables = |_: &StepKey| variables::UpdateProduct {
            product: ProductUpdate {
                id: id.to_owned(),
                metafields: metafields.clone(),
                ..ProductUpdate::default()
            },
        };
        // Idempotent: values as they shall be, whatever they are.
        shop.change("fields", Repeat::Idempotent, cost, variables).await?;
    }
    let synchronous = input.variants.as_ref().is_none_or(|variants| variants.len() <= AT_ONCE);
    let variables = |_: &StepKey| variables::ProductSet {
        identifier: Some(Identifier { id: id.to_owned() }),
        input: input.clone(),
        synchronous,
        channels: reads_channels(cx.facts()),
    };
    // Idempotent: it names the product and says how all of it shall be; the same again ends the same.
    let set = shop.change("set", Repeat::Idempotent, cost::product_set(&input), variables).await;
    let answer = set.map_err(|error| if has_fields { after_others(error) } else { error })?;
    let issues = kept.into_iter().map(|(id, name)| Issue {
        code: "variant_kept".to_owned(),
        message: format!("`{name}` ({id}) isn't the listing's and was left as it is"),
        severity: Severity::Info,
        fields: vec!["variants".to_owned()],
    });
    Ok((settled(cx, shop, &input, &answer).await?, issues.collect()))
}

/// Reads the answer, or waits for what it promises.
async fn settled(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    input: &ProductSetInput,
    answer: &WireResponse,
) -> Result<Set> {
    let read = told::<ProductSetData>(answer)?;
    let set = read.data.product_set;
    let (id, pictures) = match (set.product, set.product_set_operation) {
        (Some(product), _) => {
            let id = product.id.clone();
            let product = convert::product(product, cx.facts(), &read.hidden).map_err(applied)?.value;
            // Those that weren't sent stand in no order of ours.
            let pictures = input.files.as_ref().map(|_| picture_ids(&product)).unwrap_or_default();
            if product.variants.is_read() {
                return Ok(Set::Done(Box::new(product), pictures));
            }
            (id, pictures)
        }
        (None, Some(operation)) => match operation::wait(cx, shop, &operation.id).await.map_err(applied)? {
            Progress::Running => return Ok(Set::Running(operation.id)),
            Progress::Complete(Some(id)) => (id, Vec::new()),
            Progress::Complete(None) => return Err(nothing()),
        },
        (None, None) => return Err(nothing()),
    };
    let product = whole(shop, cx.facts(), &id).await.map_err(applied)?;
    Ok(Set::Done(Box::new(product), pictures))
}

/// A reading that failed after the write: the write stands, and a repeated run reads again.
fn applied(error: Error) -> Error {
    match error.fate() {
        Fate::NotSent => error.with_fate(Fate::Applied),
        Fate::Rejected | Fate::Applied | Fate::Partial | Fate::Unknown => error,
    }
}

fn nothing() -> Error {
    Error::new(ErrorKind::Protocol, "the platform took a product and says nothing about it")
        .with_fate(Fate::Unknown)
}

/// Shows a product in the channel. Idempotent: one that is shown already stays so.
pub(crate) async fn show(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    mut product: RemoteProduct,
) -> Result<RemoteProduct> {
    let channel = channel_of(cx)?;
    let id = product.refs.get(&PRODUCT).unwrap_or_default();
    let variables = |_: &StepKey| variables::Publish {
        id: id.to_owned(),
        input: vec![PublicationRow { publication_id: channel.to_owned() }],
    };
    shop.change("show", Repeat::Idempotent, cost::MUTATION, variables).await?;
    if product.state.lifecycle == Lifecycle::Hidden {
        product.state.lifecycle = Lifecycle::Live;
    }
    Ok(product)
}

fn channel_of<'a>(cx: &Context<'a>) -> Result<&'a str> {
    channel(cx.facts()).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidConfig,
            "the shop has no such sales channel, or the app lacks read_publications; name one in the settings",
        )
        .with_retry(Retry::AfterUserAction)
        .with_problems([Problem::error("publication", "no_channel", "no such channel, or it can't be read")])
    })
}

/// The product with the ids of our rows and pictures; `pictures` has those that the write answered.
pub(crate) fn placed(
    listing: &NewListing,
    staged: &Staged,
    target: &Target,
    pictures: &[String],
    product: RemoteProduct,
) -> Placed {
    let live = product.variants.value().map(Vec::as_slice).unwrap_or_default();
    let variants = places(&listing.variants, target, live);
    let media = placed_pictures(&listing.media, staged, target, pictures, &product);
    Placed { product, variants, media }
}
