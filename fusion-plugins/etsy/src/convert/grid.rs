//! A whole inventory on its way to the platform: every combination, and what each column depends on.

use super::limits;
use crate::wire::{InventoryUpdate, Number, OfferingUpdate, ProductUpdate, PropertyUpdate};
use fusion_core::{error::Problem, model::StockItemId};
use std::collections::BTreeMap;

/// One combination.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) properties: Vec<PropertyUpdate>,
    pub(super) sku: String,
    pub(super) price: Number,
    pub(super) quantity: i64,
    pub(super) is_enabled: bool,
    pub(super) readiness: Option<i64>,
    /// The item that counts it, where that is told: rows of one item are one stock.
    pub(super) pool: Option<StockItemId>,
    /// It only fills the table.
    pub(super) is_filler: bool,
    /// Where a problem with it is reported.
    pub(super) path: String,
}

/// What the columns of the inventory as it stands depend on: kept as long as it is still true.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) price: Option<Vec<i64>>,
    pub(super) quantity: Option<Vec<i64>>,
    pub(super) readiness: Option<Vec<i64>>,
}

/// A choice as far as `on` goes.
type Key<'a> = Vec<(i64, &'a [String])>;

impl Row {
    /// What was chosen of the properties `on`.
    pub(super) fn key(&self, on: &[i64]) -> Key<'_> {
        let chosen = self.properties.iter().filter(|value| on.contains(&value.property_id));
        let mut key: Key<'_> = chosen.map(|value| (value.property_id, value.values.as_slice())).collect();
        key.sort();
        key
    }

    pub(super) fn ids(&self) -> Vec<i64> {
        self.properties.iter().map(|value| value.property_id).collect()
    }

    /// Makes a row of the table out of a combination that nobody may buy.
    pub(super) fn vacate(&mut self) {
        self.sku.clear();
        self.is_enabled = false;
        self.is_filler = true;
        self.quantity = 0;
        self.pool = None;
    }
}

/// The body, and whether one stock of ours becomes several there.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) body: InventoryUpdate,
    pub(super) splits_a_pool: bool,
}

/// Completes the rows to the whole table.
pub(super) fn finish(mut rows: Vec<Row>, columns: &Columns) -> Result<Finished, Vec<Problem>> {
    let ids = check(&rows)?;
    let real = || rows.iter().filter(|row| !row.is_filler);
    let price_on = column(&columns.price, &ids, real(), |a, b| a.price == b.price);
    let readiness_on = column(&columns.readiness, &ids, real(), |a, b| a.readiness == b.readiness);
    let quantity_on = quantity_on(&columns.quantity, &ids, &rows);
    let splits_a_pool = splits_a_pool(&rows, &quantity_on);
    let missing = missing(&rows, &ids);
    rows.extend(missing);
    // Rows that agree in what a column depends on agree in the column; real ones lead.
    let mut models = rows.clone();
    models.sort_by_key(|row| row.is_filler);
    for row in rows.iter_mut().filter(|row| row.is_filler) {
        let like = |on: &[i64]| models.iter().find(|model| model.key(on) == row.key(on));
        let (price, readiness) = (like(&price_on).map(|m| m.price), like(&readiness_on).map(|m| m.readiness));
        let quantity = like(&quantity_on).filter(|model| !model.is_filler).map_or(0, |model| model.quantity);
        row.price = price.unwrap_or(row.price);
        row.readiness = readiness.unwrap_or(row.readiness);
        row.quantity = quantity;
    }
    let sku_on = smallest(&ids, rows.iter(), |a, b| a.sku == b.sku);
    let products = rows.into_iter().map(|row| ProductUpdate {
        sku: row.sku,
        property_values: row.properties,
        offerings: [OfferingUpdate {
            price: row.price,
            quantity: row.quantity,
            is_enabled: row.is_enabled,
            readiness_state_id: row.readiness,
        }],
    });
    let body = InventoryUpdate {
        products: products.collect(),
        price_on_property: price_on,
        quantity_on_property: quantity_on,
        sku_on_property: sku_on,
        readiness_state_on_property: readiness_on,
    };
    Ok(Finished { body, splits_a_pool })
}

/// The properties that all rows have, or what is wrong with the rows.
fn check(rows: &[Row]) -> Result<Vec<i64>, Vec<Problem>> {
    let Some(first) = rows.iter().find(|row| !row.is_filler) else {
        return Err(vec![Problem::error("variants", "required", "leave at least one variant")]);
    };
    let ids = first.ids();
    let mut problems = Vec::new();
    let mut seen: BTreeMap<Key<'_>, &str> = BTreeMap::new();
    let mut stocks: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows {
        let of = row.ids();
        if of.len() != ids.len() || !of.iter().all(|id| ids.contains(id)) {
            problems.push(Problem::error(
                &*row.path,
                "other_options",
                "all variants need a value of the same options",
            ));
        }
        if let Some(other) = seen.insert(row.key(&ids), &row.path) {
            problems.push(Problem::error(
                &*row.path,
                "repeated",
                format!("{other} has the same option values"),
            ));
        }
        if row.properties.iter().flat_map(|value| &value.values).any(|value| value.contains(['(', ')'])) {
            let why = "the platform takes no parentheses in option values; write [ ] instead";
            problems.push(Problem::error(&*row.path, "parentheses", why));
        }
        if !row.is_filler
            && !row.sku.is_empty()
            && *stocks.entry(&row.sku).or_insert(row.quantity) != row.quantity
        {
            let why =
                "the platform takes one SKU with different stock for no two variants; give each its own SKU";
            problems.push(Problem::error(&*row.path, "repeated_sku", why));
        }
    }
    let combinations =
        values(rows, &ids).iter().fold(1_usize, |all, values| all.saturating_mul(values.len()));
    if combinations > limits::COMBINATIONS {
        let why = format!("the platform takes {} combinations of all option values", limits::COMBINATIONS);
        problems.push(Problem::error("options", "too_many", why));
    }
    if problems.is_empty() { Ok(ids) } else { Err(problems) }
}

/// Each property's values in the order in which they come first.
fn values(rows: &[Row], ids: &[i64]) -> Vec<Vec<PropertyUpdate>> {
    let of = |id: &i64| {
        let mut values: Vec<PropertyUpdate> = Vec::new();
        for value in rows.iter().flat_map(|row| &row.properties).filter(|value| value.property_id == *id) {
            if !values.iter().any(|known| known.values == value.values) {
                values.push(value.clone());
            }
        }
        values
    };
    ids.iter().map(of).collect()
}

/// The combinations that no row stands for.
fn missing(rows: &[Row], ids: &[i64]) -> Vec<Row> {
    let mut table: Vec<Vec<PropertyUpdate>> = vec![Vec::new()];
    for values in values(rows, ids) {
        let longer = |chosen: &Vec<PropertyUpdate>| {
            let chosen = chosen.clone();
            values
                .iter()
                .map(move |value| [chosen.as_slice(), std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        table = table.iter().flat_map(longer).collect();
    }
    let Some(model) = rows.iter().find(|row| !row.is_filler) else { return Vec::new() };
    let mut missing = Vec::new();
    for properties in table {
        let mut row = Row { properties, ..model.clone() };
        row.vacate();
        if !rows.iter().any(|known| known.key(ids) == row.key(ids)) {
            missing.push(row);
        }
    }
    missing
}

/// Whether rows that agree in `on` are the same.
fn explains<'a>(on: &[i64], rows: impl Iterator<Item = &'a Row>, same: impl Fn(&Row, &Row) -> bool) -> bool {
    let mut firsts: BTreeMap<Key<'a>, &'a Row> = BTreeMap::new();
    for row in rows {
        let first = *firsts.entry(row.key(on)).or_insert(row);
        if !same(first, row) {
            return false;
        }
    }
    true
}

/// What the platform lets a column depend on: nothing, one property, all.
fn candidates(ids: &[i64]) -> Vec<Vec<i64>> {
    let mut all: Vec<Vec<i64>> = vec![Vec::new()];
    all.extend(ids.iter().map(|id| vec![*id]));
    if ids.len() > 1 {
        all.push(ids.to_vec());
    }
    all
}

/// The fewest properties that explain a column. A column that names too few is refused or emptied later, one that
/// names too many can't be edited in the shop.
fn smallest<'a>(
    ids: &[i64],
    rows: impl Iterator<Item = &'a Row> + Clone,
    same: impl Fn(&Row, &Row) -> bool,
) -> Vec<i64> {
    let found = candidates(ids).into_iter().find(|on| explains(on, rows.clone(), &same));
    found.unwrap_or_else(|| ids.to_vec())
}

fn column<'a>(
    stands: &Option<Vec<i64>>,
    ids: &[i64],
    rows: impl Iterator<Item = &'a Row> + Clone,
    same: impl Fn(&Row, &Row) -> bool,
) -> Vec<i64> {
    let is_true = |on: &&Vec<i64>| on.iter().all(|id| ids.contains(id)) && explains(on, rows.clone(), &same);
    stands.as_ref().filter(is_true).cloned().unwrap_or_else(|| smallest(ids, rows, same))
}

/// Rows that agree here are one stock: equal numbers alone don't make two stocks one.
fn quantity_on(stands: &Option<Vec<i64>>, ids: &[i64], rows: &[Row]) -> Vec<i64> {
    let real = || rows.iter().filter(|row| !row.is_filler);
    let keeps = |a: &Row, b: &Row| {
        a.quantity == b.quantity && (a.pool == b.pool || a.pool.is_none() || b.pool.is_none())
    };
    let stands =
        stands.as_ref().filter(|on| on.iter().all(|id| ids.contains(id)) && explains(on, real(), keeps));
    let same = |a: &Row, b: &Row| {
        std::ptr::eq(a, b) || (a.quantity == b.quantity && a.pool.is_some() && a.pool == b.pool)
    };
    if let Some(stands) = stands {
        return stands.clone();
    }
    let on = smallest(ids, real(), same);
    let shares = real().any(|a| real().any(|b| !std::ptr::eq(a, b) && a.key(&on) == b.key(&on)));
    // Where nobody shares, a row that fills the table mustn't either: it has no stock.
    if shares || missing(rows, ids).is_empty() && real().count() == rows.len() { on } else { ids.to_vec() }
}

/// Whether two rows of one item count apart.
fn splits_a_pool(rows: &[Row], quantity_on: &[i64]) -> bool {
    let mut keys: BTreeMap<StockItemId, Key<'_>> = BTreeMap::new();
    rows.iter().filter_map(|row| Some((row.pool?, row))).any(|(pool, row)| {
        let key = row.key(quantity_on);
        *keys.entry(pool).or_insert_with(|| key.clone()) != key
    })
}
