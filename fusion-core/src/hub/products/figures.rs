//! The numbers of a variant: each is held against what it can mean before anything is saved.

use crate::{
    error::Problem,
    model::{
        Money, NewVariant, Variant, Weight,
        figure::{too_precise, wrong_cost, wrong_weight},
    },
};

/// More pieces than any store can be told: what a push says is a whole number of 32 bits.
pub(in crate::hub) const MOST_PIECES: i64 = u32::MAX as i64;

/// One number of a variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    /// What a buyer pays; that it isn't below zero is looked at with the rest of the product.
    Price(Money),
    /// What it costs the merchant.
    Cost(Money),
    /// What it weighs.
    Weight(Weight),
    /// Units of a stock item that one sale takes.
    Units(u32),
    /// Opening stock.
    OnHand(i64),
    /// Place of a picture among so many.
    Picture {
        /// Counted from 0.
        nth: usize,
        /// How many there are.
        of: usize,
    },
}

/// The numbers of a variant of a product with `pictures`, by field.
pub(super) fn of_new(variant: &NewVariant, pictures: usize) -> Vec<(String, Figure)> {
    let mut figures = told("price", variant.price, variant.compare_at, variant.cost, variant.shipping.weight);
    figures.extend(variant.on_hand.map(|pieces| ("on_hand".to_owned(), Figure::OnHand(pieces))));
    figures.extend(variant.image.map(|nth| ("image".to_owned(), Figure::Picture { nth, of: pictures })));
    figures
}

/// The numbers of a saved variant, by field.
pub(super) fn of_saved(variant: &Variant) -> Vec<(String, Figure)> {
    let mut figures =
        told("base_price", variant.base_price, variant.compare_at, variant.cost, variant.shipping.weight);
    let units = |(nth, one): (usize, &crate::model::Consumes)| {
        (format!("consumes[{nth}].units"), Figure::Units(one.units))
    };
    figures.extend(variant.consumes.iter().enumerate().map(units));
    figures
}

fn told(
    price_field: &str,
    price: Money,
    compare_at: Option<Money>,
    cost: Option<Money>,
    weight: Option<Weight>,
) -> Vec<(String, Figure)> {
    let figures = [
        (price_field, Some(Figure::Price(price))),
        ("compare_at", compare_at.map(Figure::Price)),
        ("cost", cost.map(Figure::Cost)),
        ("shipping.weight", weight.map(Figure::Weight)),
    ];
    figures.into_iter().filter_map(|(field, figure)| Some((field.to_owned(), figure?))).collect()
}

impl Figure {
    /// Whether it is opening stock below zero: by hand a slip, in a catalogue that comes from elsewhere what is owed.
    pub(super) const fn is_owed(self) -> bool {
        matches!(self, Self::OnHand(..0))
    }

    /// What is wrong with it at `path`.
    pub(super) fn problem(self, path: String) -> Option<Problem> {
        match self {
            Self::Price(price) => too_precise(price, &path),
            Self::Cost(cost) => wrong_cost(cost, &path),
            Self::Weight(weight) => wrong_weight(weight, &path),
            Self::Units(0) => Some(Problem::error(
                path,
                "zero",
                "a sale takes one unit at least; leave the item out if it takes none",
            )),
            Self::OnHand(pieces) if pieces < 0 => Some(Problem::error(
                path,
                "negative",
                "opening stock can't be below zero; write 0, and tell what is owed already with `Hub::move_stock`",
            )),
            Self::OnHand(pieces) => too_many(pieces, path),
            Self::Picture { nth, of } if nth >= of => Some(Problem::error(
                path,
                "unknown",
                format!("the product has no picture {nth}: it has {of}, counted from 0"),
            )),
            Self::Units(_) | Self::Picture { .. } => None,
        }
    }
}

/// What is wrong with so many pieces at `path`, in either direction.
pub(in crate::hub) fn too_many(pieces: i64, path: impl Into<String>) -> Option<Problem> {
    (pieces.unsigned_abs() > MOST_PIECES.unsigned_abs()).then(|| {
        Problem::error(path, "too_many", format!("no store can be told more than {MOST_PIECES} pieces"))
    })
}
