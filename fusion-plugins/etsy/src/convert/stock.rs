//! Stock on its way to the platform: the whole inventory, with new numbers.

use super::{
    grid::finish,
    limits, refused,
    update::{Standing, is_at, standing},
};
use crate::wire::{Form, Inventory, InventoryUpdate};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Converted, LossKind, Losses, StockRow},
};

/// What brings a listing in line.
#[derive(Clone, Debug, PartialEq)]
pub enum StockChange {
    /// Nothing: it shows these numbers.
    Same,
    /// A new inventory.
    Put(InventoryUpdate),
    /// Out of sight, its numbers left alone: the platform takes no inventory without stock.
    Off(Form),
}

/// Holds the rows of one listing against its inventory as it stands; everything else in it is carried.
///
/// # Errors
/// [`ErrorKind::Conflict`]: the inventory has no such combination any more. [`ErrorKind::InvalidInput`]: the
/// platform wouldn't take it. [`ErrorKind::Protocol`]: the inventory can't be read.
pub fn stock(rows: &[StockRow], live: &Inventory) -> Result<Converted<StockChange>> {
    let mut losses = Losses::default();
    let (mut all, columns) = standing(live)?;
    let before = all.iter().map(|one| one.row.quantity).collect::<Vec<_>>();
    let mut wanted: Vec<Option<i64>> = vec![None; all.len()];
    let mut strangers = Vec::new();
    let mut newest: Vec<u64> = vec![0; all.len()];
    for (nth, row) in rows.iter().enumerate() {
        let Some(at) = all.iter().position(|one| is_at(&row.refs, one, &all)) else {
            let why = "the listing has no such variant any more; read it again";
            strangers.push(Problem::error(format!("rows[{nth}]"), "not_there", why));
            continue;
        };
        let quantity = capped(row.available, &format!("rows[{nth}].available"), &mut losses);
        if let (Some(wanted), Some(newest), Some(one)) =
            (wanted.get_mut(at), newest.get_mut(at), all.get_mut(at))
            && (wanted.is_none() || *newest <= row.sequence)
        {
            (*wanted, *newest, one.row.pool) = (Some(quantity), row.sequence, row.pool);
        }
    }
    if !strangers.is_empty() {
        return Err(Error::new(ErrorKind::Conflict, "the listing's variants have changed meanwhile")
            .with_problems(strangers));
    }
    let depends = columns.quantity.clone().unwrap_or_default();
    spread(&mut all, &wanted, &depends);
    if !all.iter().any(|one| one.row.is_enabled && one.row.quantity > 0) {
        let note = "the platform takes no listing without stock: it is taken out of sight instead";
        losses.add("rows", LossKind::Reinterpreted, note);
        let mut form = Form::default();
        form.set("state", "inactive");
        return Ok(losses.with(StockChange::Off(form)));
    }
    let is_same = all.iter().map(|one| one.row.quantity).eq(before);
    let finished = finish(all.into_iter().map(|one| one.row).collect(), &columns).map_err(refused)?;
    if finished.body.quantity_on_property != depends {
        let note = "the listing counted these variants as one stock; they are counted apart from now on";
        losses.add("rows[].pool", LossKind::Reinterpreted, note);
    } else if is_same {
        return Ok(losses.with(StockChange::Same));
    }
    if finished.splits_a_pool {
        let note = "variants of one stock are counted apart there: a sale of one is seen after the next push";
        losses.add("rows[].pool", LossKind::Reinterpreted, note);
    }
    Ok(losses.with(StockChange::Put(finished.body)))
}

/// What the platform can hold.
pub(super) fn capped(available: u32, path: &str, losses: &mut Losses) -> i64 {
    if available > limits::QUANTITY {
        losses.add(path, LossKind::Truncated, "the platform takes 999 pieces of a variant at most");
    }
    i64::from(available.min(limits::QUANTITY))
}

/// Sets the numbers. Whoever shares a stock with a row that is set shares its number, ours or not.
fn spread(all: &mut [Standing], wanted: &[Option<i64>], depends: &[i64]) {
    let told: Vec<(OwnedKey, i64)> =
        all.iter().zip(wanted).filter_map(|(one, wanted)| Some((owned(one, depends), (*wanted)?))).collect();
    for (one, wanted) in all.iter_mut().zip(wanted) {
        let key = owned(one, depends);
        let mut of_pool = told.iter().filter(|(known, _)| *known == key).map(|(_, quantity)| *quantity);
        let first = of_pool.next();
        let agreed = first.filter(|first| of_pool.all(|other| other == *first));
        one.row.quantity = wanted.or(agreed).unwrap_or(one.row.quantity);
    }
}

/// A row's choice as far as a column depends on it.
type OwnedKey = Vec<(i64, Vec<String>)>;

fn owned(one: &Standing, on: &[i64]) -> OwnedKey {
    one.row.key(on).into_iter().map(|(id, values)| (id, values.to_vec())).collect()
}
