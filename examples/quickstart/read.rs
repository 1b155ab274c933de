//! Reads the file and saves its good products.

use crate::{args::Args, screen::Screen, shop::Shop};
use fusion_core::{
    error::{Error, ErrorKind},
    hub::{ProductsWanted, Slips},
    model::{Money, NewProduct, OptionValues, ProductId, Wording},
};
use fusion_plugins::shopify::catalogue::{
    CatalogueError, CatalogueProduct, Entry, Options, Publish, Reader, RefusedProduct, Summary,
};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc;

/// Products that wait between the thread that reads and the hub that saves: enough that neither waits often.
const AHEAD: usize = 64;

/// What was read, saved and refused.
#[derive(Default)]
pub(crate) struct Catalogue {
    pub(crate) to_publish: Vec<ProductId>,
    pub(crate) saved: u64,
    pub(crate) variants: u64,
    /// Saved and not published, by reason.
    pub(crate) withheld: BTreeMap<String, u64>,
    /// Product and its reasons.
    pub(crate) refused: Vec<(String, Vec<String>)>,
    /// What was lost, each note with how often it was said.
    pub(crate) losses: BTreeMap<String, u64>,
    pub(crate) notes: Vec<String>,
    pub(crate) summary: Summary,
}

enum Message {
    Product(Box<CatalogueProduct>),
    Refused(RefusedProduct),
    Broken(CatalogueError),
    End(Summary),
}

/// Refused products and notes that are shown one by one; the JSON object has them all.
const SHOWN: usize = 12;

pub(crate) async fn read(args: &Args, shop: &Shop, screen: &Screen) -> Result<Catalogue, Error> {
    let path = args.path();
    screen.line(&format!("Reading {}", path.display()));
    let mut options = Options::new(shop.store.facts.currency);
    if let Some(label) = &args.encoding {
        options = options.with_encoding(label);
    }
    if args.decimal_comma {
        options = options.with_decimal_comma();
    }
    let (sender, mut messages) = mpsc::channel(AHEAD);
    // Reading a file blocks, so it has a thread of its own.
    let reading = tokio::task::spawn_blocking(move || walk(&path, options, &sender));
    let mut catalogue = Catalogue::default();
    let mut known = known(shop).await?;
    let mut counter = screen.count("products read", 0);
    while let Some(message) = messages.recv().await {
        match message {
            Message::Product(product) => save(*product, shop, &mut known, &mut catalogue).await?,
            Message::Refused(refused) => {
                let reasons = refused.problems.iter().map(ToString::to_string).collect();
                catalogue.refused.push((refused.handle, reasons));
            }
            Message::Broken(error) => return Err(error.into()),
            Message::End(summary) => catalogue.summary = summary,
        }
        counter.set(catalogue.saved);
    }
    counter.finish();
    reading.await.map_err(|error| {
        Error::new(ErrorKind::Internal, "the thread that reads the file broke").with_source(error)
    })?;
    tell(&catalogue, screen);
    Ok(catalogue)
}

fn walk(path: &std::path::Path, options: Options, sender: &mpsc::Sender<Message>) {
    let mut reader = match Reader::open(path, options) {
        Ok(reader) => reader,
        Err(error) => return drop(sender.blocking_send(Message::Broken(error))),
    };
    for entry in reader.by_ref() {
        let message = match entry {
            Entry::Product(product) => Message::Product(product),
            Entry::Refused(refused) => Message::Refused(refused),
            Entry::Broken(error) => Message::Broken(error),
        };
        // Nobody listens any more: the hub has given up, and says why.
        if sender.blocking_send(message).is_err() {
            return;
        }
    }
    drop(sender.blocking_send(Message::End(reader.summary().clone())));
}

/// Products that an earlier run has saved, by what makes them what they are; several may be alike.
type Known = BTreeMap<String, VecDeque<ProductId>>;

/// Products that are read at once.
const PAGE: usize = 200;

async fn known(shop: &Shop) -> Result<Known, Error> {
    let mut known = Known::new();
    let mut last = None;
    loop {
        let page = shop.hub.products(&shop.alice, ProductsWanted::All, last, PAGE).await?;
        for product in &page {
            let variants = product.variants.iter().map(|one| (&one.sku, &one.options, &one.base_price));
            known.entry(likeness(&product.wording, variants)).or_default().push_back(product.id);
        }
        last = page.last().map(|product| product.id);
        if page.len() < PAGE {
            return Ok(known);
        }
    }
}

/// What the file says of a product and nobody changes here.
fn likeness<'a>(
    wording: &Wording,
    variants: impl Iterator<Item = (&'a Option<String>, &'a OptionValues, &'a Money)>,
) -> String {
    json!([wording, variants.collect::<Vec<_>>()]).to_string()
}

/// Saves a product that no earlier run has saved.
async fn save_once(read: NewProduct, shop: &Shop, known: &mut Known) -> Result<ProductId, Error> {
    let variants = read.variants.iter().map(|one| (&one.sku, &one.options, &one.price));
    let before = known.get_mut(&likeness(&read.wording, variants)).and_then(VecDeque::pop_front);
    match before {
        Some(id) => Ok(id),
        None => Ok(shop.hub.save_product_as(&shop.alice, read, Slips::Report).await?.product.id),
    }
}

async fn save(
    read: CatalogueProduct,
    shop: &Shop,
    known: &mut Known,
    catalogue: &mut Catalogue,
) -> Result<(), Error> {
    let variants = read.product.variants.len() as u64;
    for loss in &read.losses {
        // The reader puts the cell before what it says about it.
        let note = loss.note.rsplit_once("\": ").map_or(loss.note.as_str(), |(_, note)| note);
        *catalogue.losses.entry(note.to_owned()).or_default() += 1;
    }
    catalogue.notes.extend(read.notes.iter().map(|note| format!("{}: {note}", read.handle)));
    match save_once(read.product, shop, known).await {
        Ok(id) => {
            catalogue.saved += 1;
            catalogue.variants += variants;
            match read.publish {
                Publish::Yes => catalogue.to_publish.push(id),
                Publish::No(why) => *catalogue.withheld.entry(why.to_string()).or_default() += 1,
            }
        }
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let reasons = error.problems().iter().map(ToString::to_string).collect();
            catalogue.refused.push((read.handle, reasons));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn tell(catalogue: &Catalogue, screen: &Screen) {
    screen.line(&format!(
        "Saved {} products with {} variants; {} refused.",
        catalogue.saved,
        catalogue.variants,
        catalogue.refused.len()
    ));
    for (handle, reasons) in catalogue.refused.iter().take(SHOWN) {
        screen.line(&format!("  refused {handle:?}"));
        for reason in reasons {
            screen.line(&format!("    {reason}"));
        }
    }
    if let Some(more) = catalogue.refused.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        screen.line(&format!("  … and {more} more; --json names them all"));
    }
    for (why, count) in &catalogue.withheld {
        screen.line(&format!("  saved, not published: {count} ({why})"));
    }
    for (note, count) in &catalogue.losses {
        screen.line(&format!("  lost, {count} times: {note}"));
    }
    for note in catalogue.notes.iter().take(SHOWN) {
        screen.line(&format!("  note: {note}"));
    }
    if let Some(more) = catalogue.notes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        screen.line(&format!("  … and {more} more notes"));
    }
    let unknown = &catalogue.summary.unknown_columns;
    if !unknown.is_empty() {
        screen.line(&format!("  columns that mean nothing here: {}", unknown.join(", ")));
    }
}
