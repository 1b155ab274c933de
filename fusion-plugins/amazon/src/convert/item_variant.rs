//! What can be bought of one SKU.

use super::{
    attributes::Attributes,
    item_product::{Kin, Reader},
    offer,
    reading::{money, part},
    stock,
};
use crate::wire::{attributes as entry, listing as wire};
use fusion_core::{
    error::Result,
    model::{
        Code, CodeKind, Decimal, LossKind, Losses, OptionValues, Refs, RemoteVariant, Seen, Weight,
        WeightUnit,
    },
};
use fusion_plugin_sdk::unreadable;

impl Reader<'_> {
    pub(super) fn variant(
        &self,
        refs: Refs,
        kin: &Kin,
        summary: Option<&wire::Summary>,
        attributes: Option<&Attributes<'_>>,
        losses: &mut Losses,
    ) -> Result<RemoteVariant> {
        let read = self.read;
        let offer = offer::read(read.offers.as_deref(), attributes, self.facts, losses)?;
        let set = attributes.map(|attributes| attributes.entries("fulfillment_availability")).transpose()?;
        let shown = read.fulfillment_availability.as_deref();
        let is_buyable = summary.is_some_and(|one| one.status.iter().any(|word| word == "BUYABLE"));
        Ok(RemoteVariant {
            refs,
            options: self.options(kin, attributes, losses)?,
            sku: Seen::Value(read.sku.clone()),
            offered: is_buyable || offer.value().is_some(),
            offer,
            levels: part(false, stock::levels(&read.sku, set, shown, self.facts)),
            codes: self.codes(attributes)?,
            weight: self.weight(attributes, losses)?,
            // It travels among the attributes.
            origin: Seen::NotRead,
            hs_code: Seen::NotRead,
            media: Seen::NotRead,
            cost: match read.procurement.as_deref() {
                None => Seen::NotRead,
                Some([]) => Seen::Empty,
                Some([first, rest @ ..]) => {
                    if !rest.is_empty() {
                        losses.add("procurement[1]", LossKind::Dropped, "the model has one cost");
                    }
                    Seen::Value(money(&first.cost_price, "procurement[0].costPrice")?)
                }
            },
        })
    }

    fn options(
        &self,
        kin: &Kin,
        attributes: Option<&Attributes<'_>>,
        losses: &mut Losses,
    ) -> Result<OptionValues> {
        let mut chosen = OptionValues::default();
        let (Some(attributes), Some(_)) = (attributes, &kin.parent) else { return Ok(chosen) };
        for name in &kin.options {
            if let Some(value) = attributes.text(name, losses)? {
                chosen.set(name.as_str(), value);
            }
        }
        Ok(chosen)
    }

    fn codes(&self, attributes: Option<&Attributes<'_>>) -> Result<Seen<Vec<Code>>> {
        let Some(attributes) = attributes else { return Ok(Seen::NotRead) };
        let mut codes = Vec::new();
        for (_, found) in attributes.entries::<entry::Identifier>("externally_assigned_product_identifier")? {
            let kind = match found.kind.as_str() {
                "ean" | "upc" | "gtin" => CodeKind::Gtin,
                _ => CodeKind::Barcode,
            };
            codes.push(Code { kind, value: found.value });
        }
        for (_, found) in attributes.entries::<entry::Text>("part_number")? {
            codes.push(Code { kind: CodeKind::Mpn, value: found.value });
        }
        Ok(if codes.is_empty() { Seen::Empty } else { Seen::Value(codes) })
    }

    fn weight(&self, attributes: Option<&Attributes<'_>>, losses: &mut Losses) -> Result<Seen<Weight>> {
        let Some(attributes) = attributes else { return Ok(Seen::NotRead) };
        let path = "attributes[item_package_weight]";
        let Some(found) = attributes.first::<entry::Weight>("item_package_weight", losses)? else {
            return Ok(Seen::Empty);
        };
        let value: Decimal =
            offer::number(&found.value).ok_or_else(|| unreadable(path, "it is no number"))?;
        let unit = match found.unit.as_str() {
            "grams" => WeightUnit::Gram,
            "kilograms" => WeightUnit::Kilogram,
            "ounces" => WeightUnit::Ounce,
            "pounds" => WeightUnit::Pound,
            _ => {
                losses.add(path, LossKind::Dropped, "a weight in a unit that the model doesn't have");
                return Ok(Seen::NotRead);
            }
        };
        Ok(Seen::Value(Weight { value: value.normalize(), unit }))
    }
}
