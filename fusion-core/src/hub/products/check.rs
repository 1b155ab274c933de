//! What is wrong with a product on any platform.

use crate::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Money, OptionValues, ProductOption, Variant, figure::below_zero},
};
use std::collections::HashMap;

/// Refuses a product with any of `problems`.
pub(super) fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "the product can't be saved").with_problems(problems))
}

/// Refuses SKUs that somebody else has.
pub(super) fn refuse_repeated(repeated: Vec<Problem>) -> Result<()> {
    if repeated.is_empty() {
        return Ok(());
    }
    let message = "SKUs are taken; `Hub::save_product_as` saves a new product with them all the same";
    Err(Error::new(ErrorKind::AlreadyExists, message).with_problems(repeated))
}

/// Variants that have the id of an earlier one: stock and listings couldn't tell which of them is meant.
pub(super) fn repeated_ids(variants: &[Variant]) -> Vec<Problem> {
    let mut ids = HashMap::new();
    let repeated = |(nth, variant): (usize, &Variant)| {
        let first = ids.insert(variant.id, nth)?;
        Some(Problem::error(
            format!("variants[{nth}].id"),
            "repeated",
            format!("variants[{first}] has this id; give a new variant one of its own with `VariantId::new`"),
        ))
    };
    variants.iter().enumerate().filter_map(repeated).collect()
}

/// What is wrong with a product on any platform; each variant with its choice, price and price before a reduction.
pub(in crate::hub) fn check<'a>(
    title: &str,
    options: &[ProductOption],
    variants: impl ExactSizeIterator<Item = (&'a OptionValues, &'a Money, Option<&'a Money>)>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if title.trim().is_empty() {
        problems.push(Problem::error("wording.title", "required", "a product needs a title"));
    }
    if variants.len() == 0 {
        problems.push(Problem::error("variants", "required", "a product needs at least one variant"));
    }
    let mut currency = None;
    let mut chosen: HashMap<Vec<(&str, &str)>, usize> = HashMap::new();
    for (nth, (values, price, compare_at)) in variants.enumerate() {
        let first = *currency.get_or_insert(price.currency());
        let prices = [("price", Some(price)), ("compare_at", compare_at)];
        for (field, money) in prices.into_iter().filter_map(|(field, money)| Some((field, money?))) {
            if money.currency() != first {
                problems.push(Problem::error(
                    format!("variants[{nth}].{field}"),
                    "currency",
                    format!("all prices of a product are in one currency; the first is in {first}"),
                ));
            }
            problems.extend(below_zero("a price", money.amount(), &format!("variants[{nth}].{field}")));
        }
        let mut choice: Vec<_> = values.iter().collect();
        choice.sort_unstable();
        let mend = if choice.is_empty() { "give each an option" } else { "one value of each has to differ" };
        if let Some(first) = chosen.insert(choice, nth) {
            problems.push(Problem::error(
                format!("variants[{nth}].options"),
                "repeated",
                format!("the same choice as variants[{first}], so no buyer could tell them apart; {mend}"),
            ));
        }
        for option in options.iter().filter(|option| values.get(&option.name).is_none()) {
            problems.push(Problem::error(
                format!("variants[{nth}].options.{}", option.name),
                "required",
                "every variant needs a value for every option",
            ));
        }
    }
    problems
}
