//! Keeps the shop in a folder: one appended line per request that changed something.
//!
//! A line holds the shop without its products, the products that changed, and the effects, so that an interrupted
//! write loses a whole line or nothing.

use super::{
    desk::Desk,
    ledger::Effect,
    operation::Pending,
    order::Order,
    product::Product,
    shop::{Answered, Shop, Touched},
};
use fusion_core::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

const FILE: &str = "shopify-simulator.jsonl";

#[derive(Serialize, Deserialize)]
struct Line {
    shop: Shop,
    /// Products after the change; `None` for those that are gone.
    products: BTreeMap<u64, Option<Product>>,
    operations: BTreeMap<u64, Pending>,
    answers: BTreeMap<String, Answered>,
    #[serde(default)]
    orders: BTreeMap<u64, Order>,
    /// What the platform does of its own, when it has changed.
    #[serde(default)]
    desk: Option<Desk>,
    effects: Vec<Effect>,
}

/// The open file, and how much of it is whole lines.
pub(super) struct Journal {
    file: File,
    whole: u64,
}

/// What a folder held: a shop and its ledger.
pub(super) type Kept = (Shop, Vec<Effect>);

fn failed(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::new(ErrorKind::InvalidConfig, what).with_source(source)
}

impl Journal {
    /// Opens the journal in `folder`, and what was kept there.
    pub(super) fn open(folder: &Path) -> Result<(Self, Option<Kept>)> {
        std::fs::create_dir_all(folder).map_err(failed("the simulator's state folder could not be made"))?;
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("the simulator's state could not be read")(error)),
        };
        let mut kept: Option<Shop> = None;
        let mut effects = Vec::new();
        let (mut products, mut operations, mut answers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (mut orders, mut desk) = (BTreeMap::new(), Desk::default());
        // A last line that breaks off was never answered: the process ended while it was written.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let line: Line = serde_json::from_str(line).map_err(|source| {
                Error::new(
                    ErrorKind::InvalidConfig,
                    "the simulator's state could not be understood; remove the folder",
                )
                .with_source(source)
            })?;
            effects.extend(line.effects);
            products.extend(line.products);
            operations.extend(line.operations);
            answers.extend(line.answers);
            orders.extend(line.orders);
            desk = line.desk.unwrap_or(desk);
            kept = Some(line.shop);
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed("the simulator's state could not be opened"))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1) as u64;
        file.set_len(whole).map_err(failed("the simulator's state could not be repaired"))?;
        let kept = kept.map(|mut shop| {
            for product in products.into_values().flatten() {
                shop.keep(product);
            }
            for order in orders.into_values() {
                shop.put_order(order);
            }
            shop.desk = desk;
            shop.operations = operations;
            shop.answers = answers;
            shop.touched = Touched::default();
            (shop, effects)
        });
        Ok((Self { file, whole }, kept))
    }

    /// Appends what changed since the last line; what can't be written stays marked for the next time.
    pub(super) fn keep(&mut self, shop: &mut Shop, effects: &[Effect]) -> Result<()> {
        let touched = &shop.touched;
        let operation = |id: &u64| Some((*id, shop.operations.get(id)?.clone()));
        let answer = |key: &String| Some((key.clone(), shop.answers.get(key)?.clone()));
        let order = |id: &u64| Some((*id, shop.order(*id)?.clone()));
        let line = Line {
            shop: shop.head(),
            products: touched.products.iter().map(|id| (*id, shop.product(*id).cloned())).collect(),
            operations: touched.operations.iter().filter_map(operation).collect(),
            answers: touched.answers.iter().filter_map(answer).collect(),
            orders: touched.orders.iter().filter_map(order).collect(),
            desk: touched.desk.then(|| shop.desk.clone()),
            effects: effects.to_vec(),
        };
        let mut text = serde_json::to_string(&line).map_err(|source| {
            Error::new(ErrorKind::Internal, "the simulator's state could not be written").with_source(source)
        })?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(|error| {
            // Half a line would spoil the next one; if even this fails, opening the folder finds it.
            let _cut = self.file.set_len(self.whole);
            failed("the simulator's state could not be written")(error)
        })?;
        self.whole += text.len() as u64;
        shop.touched = Touched::default();
        Ok(())
    }
}
