//! Variants as the platform shows them, with the names behind their values' ids.

use super::{
    money::Scale,
    read::{At, elements, unreadable},
};
use crate::{
    kinds::{PRINT_PROVIDER, VARIANT},
    wire::{self, Told},
};
use fusion_core::{
    error::Result,
    model::{
        LossKind, Losses, Offer, OptionValues, ProductOption, Quantity, Ref, Refs, RemoteLevel,
        RemoteVariant, Seen, StoreFacts, Weight, WeightUnit,
    },
};
use std::collections::BTreeMap;

/// Options with the names behind their values' ids.
pub(super) struct Choices {
    pub(super) options: Seen<Vec<ProductOption>>,
    by_id: BTreeMap<i64, (String, String)>,
}

impl Choices {
    pub(super) fn read(told: Told<Vec<Told<wire::ProductOption>>>, at: &At) -> Result<Self> {
        let mut by_id = BTreeMap::new();
        let told = match told.seen(at)? {
            Seen::Value(told) => told,
            Seen::Empty => return Ok(Self { options: Seen::Empty, by_id }),
            Seen::NotRead | Seen::Withheld(_) => return Ok(Self { options: Seen::NotRead, by_id }),
        };
        let mut options = Vec::new();
        for (at, option) in elements(told, at)? {
            let name = option.name.need(&at.member("name"))?;
            let mut values = Vec::new();
            for (at, value) in option.values.each(&at.member("values"))? {
                let title = value.title.need(&at.member("title"))?;
                by_id.insert(value.id.need(&at.member("id"))?, (name.clone(), title.clone()));
                values.push(title);
            }
            options.push(ProductOption { name, values });
        }
        Ok(Self { options: Seen::Value(options), by_id })
    }

    fn of(&self, ids: Vec<i64>, at: &At, losses: &mut Losses) -> OptionValues {
        let mut chosen = OptionValues::default();
        for (nth, id) in ids.into_iter().enumerate() {
            let path = || at.place(nth).as_str().to_owned();
            match self.by_id.get(&id) {
                None => losses.add(path(), LossKind::Dropped, "the product's options don't name this value"),
                Some((name, _)) if chosen.get(name).is_some() => {
                    losses.add(path(), LossKind::Dropped, "a second value of one option");
                }
                Some((name, value)) => chosen.set(name, value),
            }
        }
        chosen
    }
}

pub(super) struct Variants<'a> {
    pub(super) choices: &'a Choices,
    pub(super) provider: Option<i64>,
    pub(super) facts: &'a StoreFacts,
    pub(super) prices: Scale,
}

impl Variants<'_> {
    pub(super) fn all(
        &self,
        read: Vec<(At, wire::Variant)>,
        losses: &mut Losses,
    ) -> Result<Vec<RemoteVariant>> {
        let costs = Scale::of_costs(self.facts);
        if costs.is_none() && read.iter().any(|(_, one)| matches!(one.cost, Told::Is(_))) {
            let note = "the currency in which the platform bills isn't set";
            losses.add("variants[].cost", LossKind::Dropped, note);
        }
        let several = read.len() > 1;
        read.into_iter()
            .map(|(at, one)| {
                if several && one.is_default.maybe(&at.member("is_default"))? == Some(true) {
                    let note = "which variant is shown first";
                    losses.add(at.member("is_default").as_str(), LossKind::Dropped, note);
                }
                let price = one.price.need(&at.member("price"))?;
                if price < 0 {
                    return Err(unreadable(&at.member("price"), "it is negative"));
                }
                let options = one.options.maybe(&at.member("options"))?;
                if options.is_none() && !self.choices.by_id.is_empty() {
                    let note = "the variant doesn't tell its choice, only a title of it";
                    losses.add(at.member("options").as_str(), LossKind::Dropped, note);
                }
                let cost = one.cost.seen(&at.member("cost"))?;
                let available = one.is_available.maybe(&at.member("is_available"))?;
                Ok(RemoteVariant {
                    refs: Refs::of([Ref::new(VARIANT, one.id.need(&at.member("id"))?.to_string())]),
                    options: self.choices.of(options.unwrap_or_default(), &at.member("options"), losses),
                    sku: match one.sku.seen(&at.member("sku"))? {
                        Seen::Value(sku) if sku.is_empty() => Seen::Empty,
                        sku => sku,
                    },
                    offered: one.is_enabled.need(&at.member("is_enabled"))?,
                    offer: Seen::Value(Offer {
                        price: self.prices.money(price),
                        compare_at: None,
                        sale: None,
                        tax: self.facts.tax_basis,
                    }),
                    levels: Seen::Value(vec![RemoteLevel {
                        location: self.provider.map(|id| Ref::new(PRINT_PROVIDER, id.to_string())),
                        pool: None,
                        quantity: available
                            .map_or(Quantity::Unknown, |available| Quantity::OnDemand { available }),
                    }]),
                    codes: Seen::NotRead,
                    weight: one.grams.seen(&at.member("grams"))?.map(grams),
                    cost: match (cost, costs) {
                        (Seen::Value(cost), Some(costs)) => Seen::Value(costs.money(cost)),
                        (Seen::Empty, _) => Seen::Empty,
                        _ => Seen::NotRead,
                    },
                    hs_code: Seen::NotRead,
                    origin: Seen::NotRead,
                    media: Seen::NotRead,
                })
            })
            .collect()
    }
}

fn grams(grams: i64) -> Weight {
    Weight { value: grams.into(), unit: WeightUnit::Gram }
}
