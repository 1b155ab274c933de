//! Which variant is which: by our ids, else by what a buyer chooses. Never by SKU: it repeats, and may be
//! empty.

use crate::{
    kinds::VARIANT,
    wire::input::{Named, OptionSet, OptionValue},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        ListingVariantId, NewListing, NewListingVariant, OptionValues, ProductOption, Refs, RemoteVariant,
    },
    plugin::Target,
};

/// The platform's name for the option of a product without options, and for its value.
pub(super) const NO_OPTION: (&str, &str) = ("Title", "Default Title");

/// What a buyer chooses, without regard to the order of options.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Choice(Vec<(String, String)>);

impl Choice {
    pub(crate) fn of(options: &OptionValues) -> Self {
        // The platform trims names and values.
        let trimmed = options.iter().map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        let mut pairs: Vec<_> = trimmed.collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The names of the options.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// `Red / L`, for people.
pub(crate) fn named(options: &OptionValues) -> String {
    let values: Vec<&str> = options.iter().map(|(_, value)| value).collect();
    if values.is_empty() { "the only variant".to_owned() } else { values.join(" / ") }
}

/// For each of `wanted`, its place among `live`: by id first, then, among those left, by choice.
pub(super) fn pairs(
    wanted: &[NewListingVariant],
    target: &Target,
    live: &[RemoteVariant],
) -> Vec<Option<usize>> {
    let mut taken = vec![false; live.len()];
    // A place is taken once, even if two rows should claim one id.
    let mut take = |place: usize| match taken.get_mut(place) {
        Some(slot) if !*slot => {
            *slot = true;
            Some(place)
        }
        _ => None,
    };
    let by_id: Vec<Option<usize>> = wanted
        .iter()
        .map(|variant| {
            let id = target.variant(variant.id)?.get(&VARIANT)?;
            live.iter().position(|live| live.refs.get(&VARIANT) == Some(id)).and_then(&mut take)
        })
        .collect();
    let mut free: std::collections::HashMap<Choice, usize> = live
        .iter()
        .enumerate()
        .filter(|(place, _)| taken.get(*place) == Some(&false))
        .map(|(place, variant)| (Choice::of(&variant.options), place))
        .collect();
    wanted
        .iter()
        .zip(by_id)
        .map(|(variant, known)| known.or_else(|| free.remove(&Choice::of(&variant.options))))
        .collect()
}

/// The platform's ids of each row of ours, after the listing was written.
pub(crate) fn places(
    wanted: &[NewListingVariant],
    target: &Target,
    live: &[RemoteVariant],
) -> Vec<(ListingVariantId, Refs)> {
    let refs = |place: Option<usize>| place.and_then(|place| live.get(place)).map(|live| live.refs.clone());
    pairs(wanted, target, live)
        .into_iter()
        .zip(wanted)
        .filter_map(|(place, variant)| Some((variant.id, refs(place)?)))
        .collect()
}

/// The names of a product's options in their order; the platform trims them.
pub(crate) fn option_names(options: &[ProductOption]) -> Vec<String> {
    options.iter().map(|option| option.name.trim().to_owned()).collect()
}

/// Every variant of a product has a value for each of its options, under the names that the shop has for them.
/// Which of ours a renamed one is isn't guessed.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: some of `add` name other options than `there`.
pub(crate) fn fit_options(add: &[NewListingVariant], there: &[String]) -> Result<()> {
    let mut names: Vec<&str> = there.iter().map(String::as_str).collect();
    names.sort_unstable();
    let fits = |new: &NewListingVariant| Choice::of(&new.options).names().eq(names.iter().copied());
    let strange = add.iter().enumerate().filter(|(_, new)| new.offered && !fits(new));
    let problems: Vec<Problem> = strange
        .map(|(nth, new)| {
            let help =
                "publish the product, which names the shop's options as ours, or name ours as the shop's";
            let message = format!("`{}` can't be added: {help}", named(&new.options));
            Problem::error(format!("add[{nth}].options"), "strange_options", message)
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    let message = format!("the shop's product has other options than ours: {}", there.join(", "));
    Err(Error::new(ErrorKind::InvalidInput, message).with_problems(problems))
}

/// The choice as the platform takes it.
pub(super) fn option_values(options: &OptionValues) -> Vec<OptionValue> {
    let value =
        |(name, value): (&str, &str)| OptionValue { option_name: name.to_owned(), name: value.to_owned() };
    if options.is_empty() { vec![value(NO_OPTION)] } else { options.iter().map(value).collect() }
}

/// All options with all values: the listing's in its order, then values that only `kept` variants have.
pub(super) fn option_sets(listing: &NewListing, kept: &[&RemoteVariant]) -> Vec<OptionSet> {
    let value = |name: &str| Named { name: name.to_owned() };
    if listing.options.is_empty() {
        let (name, only) = NO_OPTION;
        return vec![OptionSet { name: name.to_owned(), position: 1, values: vec![value(only)] }];
    }
    let set = |(nth, option): (usize, &ProductOption)| {
        let mut values: Vec<Named> = option.values.iter().map(|name| value(name)).collect();
        let strange = kept.iter().filter_map(|variant| variant.options.get(&option.name));
        for name in strange {
            if !values.iter().any(|known| known.name == name) {
                values.push(value(name));
            }
        }
        OptionSet { name: option.name.clone(), position: nth + 1, values }
    };
    listing.options.iter().enumerate().map(set).collect()
}
