//! A variant as the platform shows it.

use super::{Reader, bad, map};
use crate::{
    gtin::is_gtin,
    kinds::{INVENTORY_ITEM, LOCATION, MEDIA, VARIANT},
    wire::{
        product::{self as wire, Nodes},
        told::Told,
    },
};
use fusion_core::{
    error::Result,
    model::{
        Code, CodeKind, Currency, Decimal, LossKind, Losses, Money, Offer, Quantity, Ref, Refs, RemoteLevel,
        RemoteVariant, Seen, Weight, WeightUnit,
    },
};

impl Reader<'_> {
    pub(super) fn variant(
        &self,
        variant: wire::Variant,
        nth: usize,
        only_default: bool,
        losses: &mut Losses,
    ) -> Result<RemoteVariant> {
        let at = |field: &str| format!("variants[{nth}].{field}");
        if variant.id.is_empty() {
            return Err(bad(&at("id"), "there is none"));
        }
        let price = self.money(variant.price, &at("price"))?;
        let compare_at = self.money(variant.compare_at_price, &at("compareAtPrice"))?;
        let mut refs = Refs::of([Ref::new(VARIANT, variant.id)]);
        let item = match variant.inventory_item {
            Told::Is(item) => item,
            Told::Absent | Told::Null => wire::InventoryItem::default(),
        };
        if !item.id.is_empty() {
            refs.set(Ref::new(INVENTORY_ITEM, item.id.as_str()));
        }
        Ok(RemoteVariant {
            refs,
            options: if only_default {
                Default::default()
            } else {
                variant.selected_options.into_iter().map(|chosen| (chosen.name, chosen.value)).collect()
            },
            sku: self.text("sku", variant.sku),
            // One that exists can be bought: the platform hides no variant.
            offered: true,
            offer: map(price, |price| Offer {
                price,
                compare_at: compare_at.value().copied(),
                sale: None,
                tax: self.facts.tax_basis,
            }),
            levels: self.levels(&item),
            // The platform doesn't say which system the number is of; a check digit that holds does.
            codes: map(self.text("barcode", variant.barcode), |value| {
                let kind = if is_gtin(&value) { CodeKind::Gtin } else { CodeKind::Barcode };
                vec![Code { kind, value }]
            }),
            weight: self.weight(item.measurement, &at("weight"))?,
            cost: self.cost(item.unit_cost, &at("unitCost"))?,
            hs_code: self.text("harmonizedSystemCode", item.harmonized_system_code),
            origin: self.text("countryCodeOfOrigin", item.country_code_of_origin),
            media: self.own_picture(variant.media, &at("media"), losses),
        })
    }

    fn own_picture(&self, media: Told<Nodes<wire::Id>>, path: &str, losses: &mut Losses) -> Seen<Ref> {
        let page = match media {
            Told::Absent => return Seen::NotRead,
            Told::Null => return self.nothing("media"),
            Told::Is(page) => page,
        };
        if page.page_info.has_next_page {
            losses.add(path, LossKind::Dropped, "a variant has one picture of its own");
        }
        Seen::from_option(page.nodes.into_iter().next().map(|own| Ref::new(MEDIA, own.id)))
    }

    fn money(&self, told: Told<String>, path: &str) -> Result<Seen<Money>> {
        Ok(match told {
            Told::Absent => Seen::NotRead,
            Told::Null => Seen::Empty,
            Told::Is(text) => Seen::Value(
                Money::parse_amount(&text, self.facts.currency).map_err(|_| bad(path, "it is no amount"))?,
            ),
        })
    }

    fn cost(&self, told: Told<wire::Amount>, path: &str) -> Result<Seen<Money>> {
        Ok(match told {
            Told::Absent => Seen::NotRead,
            Told::Null => self.nothing("unitCost"),
            Told::Is(cost) => {
                let currency =
                    Currency::new(&cost.currency_code).map_err(|_| bad(path, "unknown currency"))?;
                Seen::Value(
                    Money::parse_amount(&cost.amount, currency).map_err(|_| bad(path, "it is no amount"))?,
                )
            }
        })
    }

    fn weight(&self, told: Told<wire::Measurement>, path: &str) -> Result<Seen<Weight>> {
        let weight = match told {
            Told::Absent => return Ok(Seen::NotRead),
            Told::Null => return Ok(self.nothing("measurement")),
            Told::Is(measurement) => measurement.weight,
        };
        let weight = match weight {
            Told::Is(weight) => weight,
            Told::Absent => return Ok(Seen::NotRead),
            Told::Null => return Ok(Seen::Empty),
        };
        let digits = weight.value.get();
        let value = digits
            .parse::<Decimal>()
            .or_else(|_| Decimal::from_scientific(digits))
            .map_err(|_| bad(path, "it is no number"))?;
        let unit = match weight.unit.as_str() {
            "GRAMS" => WeightUnit::Gram,
            "KILOGRAMS" => WeightUnit::Kilogram,
            "OUNCES" => WeightUnit::Ounce,
            "POUNDS" => WeightUnit::Pound,
            _ => return Err(bad(path, "unknown unit")),
        };
        // The platform's word for a weight that nobody has entered.
        Ok(if value.is_zero() { Seen::Empty } else { Seen::Value(Weight { value: value.normalize(), unit }) })
    }

    fn levels(&self, item: &wire::InventoryItem) -> Seen<Vec<RemoteLevel>> {
        let page = match item.inventory_levels.as_ref() {
            Told::Absent => return Seen::NotRead,
            Told::Null => return self.nothing("inventoryLevels"),
            Told::Is(page) if page.page_info.has_next_page => return Seen::NotRead,
            Told::Is(page) => page,
        };
        let untracked = matches!(item.tracked, Told::Is(false));
        let level = |level: &wire::Level| RemoteLevel {
            location: Some(Ref::new(LOCATION, level.location.id.as_str())),
            pool: None,
            quantity: match level.quantities.iter().find(|one| one.name == "available") {
                // The numbers of an untracked item mean nothing.
                _ if untracked => Quantity::Untracked,
                Some(available) => Quantity::Counted(available.quantity),
                None => Quantity::Unknown,
            },
        };
        Seen::Value(page.nodes.iter().map(level).collect())
    }
}
