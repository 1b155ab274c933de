//! A change of one variant, as patches of its SKU.

use super::{
    call::entry,
    edit::replaced,
    entries::{Coded, Writer, price, window},
};
use crate::wire::{
    attributes::Chosen,
    input::{Attributes, Patch},
};
use fusion_core::{
    error::{Problem, Result},
    model::{Edit, LossKind, Losses, Money, RemoteVariant, VariantEdit},
};

pub(super) struct Row<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) sku: &'a str,
    /// The variant as it was last read.
    pub(super) there: Option<&'a RemoteVariant>,
    /// Where it stands in the edit.
    pub(super) path: &'a str,
}

impl Row<'_> {
    pub(super) fn patches(
        &self,
        edit: &VariantEdit,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Patch>> {
        // By name, so that a field that is added is carried or said to be lost; the methods read the rest.
        let VariantEdit {
            sku,
            price: _,
            compare_at: _,
            sale: _,
            offered: _,
            codes: _,
            cost,
            weight,
            hs_code,
            origin,
            media,
        } = edit;
        for (field, is_keep, note) in [
            ("cost", cost.is_keep(), "the platform isn't told what a thing costs"),
            ("hs_code", hs_code.is_keep(), "the platform takes tariff numbers for some product types alone"),
            (
                "media",
                media.is_keep(),
                "it stands first among all pictures, which an edit of it doesn't tell",
            ),
        ] {
            if !is_keep {
                losses.add(self.at(field), LossKind::Dropped, note);
            }
        }
        let is_other = match sku {
            Edit::Keep => false,
            Edit::Set(sku) => sku != self.sku,
            Edit::Clear => true,
        };
        if is_other {
            let mend = "a SKU is the listing's name here; remove the variant and add it under the new one";
            problems.push(Problem::error(self.at("sku"), "refused", mend));
        }
        let mut patches = Vec::new();
        patches.extend(self.offer(edit, losses, problems)?);
        patches.extend(self.compare_at(edit, losses, problems)?);
        patches.extend(self.codes(edit, losses, problems)?);
        match weight {
            Edit::Keep => {}
            Edit::Set(weight) => {
                patches.push(entry("replace", "item_package_weight", &self.writer.weight(weight))?);
            }
            Edit::Clear => patches.push(self.writer.delete("item_package_weight")?),
        }
        match origin {
            Edit::Keep => {}
            Edit::Set(origin) => {
                patches.push(entry("replace", "country_of_origin", &self.writer.word(origin))?);
            }
            Edit::Clear => patches.push(self.writer.delete("country_of_origin")?),
        }
        Ok(patches)
    }

    fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    fn offer(
        &self,
        edit: &VariantEdit,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Patch>> {
        const NAME: &str = "purchasable_offer";
        let facts = self.writer.facts;
        if matches!(edit.offered, Edit::Set(false) | Edit::Clear) {
            return Ok(Some(entry("delete", NAME, &[self.everybodys()])?));
        }
        let live = self.there.and_then(|there| there.offer.value()).map(|offer| offer.price);
        if edit.offered == Edit::Set(true) && live.is_none() && !matches!(edit.price, Edit::Set(_)) {
            problems.push(Problem::error(self.at("price"), "required", "what is on offer needs a price"));
        }
        let set: Option<Money> = match edit.price {
            Edit::Set(money) => {
                price(money, &self.at("price"), facts, problems);
                Some(money)
            }
            Edit::Keep => None,
            Edit::Clear => {
                problems.push(Problem::error(self.at("price"), "required", "take it off offer instead"));
                None
            }
        };
        // A merge keeps what stands beside, such as the lowest price that a repricer may set.
        Ok(match &edit.sale {
            Edit::Keep => match set {
                Some(set) => Some(entry("merge", NAME, &self.writer.offer(Some(set), None))?),
                None => None,
            },
            Edit::Set(sale) => {
                price(sale.price, &self.at("sale.price"), facts, problems);
                let sale = window(sale, &self.at("sale"), problems);
                Some(entry("merge", NAME, &self.writer.offer(set, sale))?)
            }
            Edit::Clear => match set.or(live) {
                Some(full) => {
                    let note =
                        "the offer is written anew; what stood beside the price goes with the reduction";
                    losses.add(self.at("sale"), LossKind::Dropped, note);
                    Some(entry("replace", NAME, &self.writer.offer(Some(full), None))?)
                }
                None => {
                    let mend = "a reduction is taken away by writing the price anew: read the listing first";
                    problems.push(Problem::error(self.at("sale"), "not_read", mend));
                    None
                }
            },
        })
    }

    fn everybodys(&self) -> Chosen {
        Chosen {
            marketplace_id: self.writer.marketplace(),
            currency: Some(self.writer.facts.currency.code().to_owned()),
            audience: Some(super::offer::EVERYBODY.to_owned()),
            ..Chosen::default()
        }
    }

    fn compare_at(
        &self,
        edit: &VariantEdit,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Patch>> {
        Ok(match edit.compare_at {
            Edit::Keep => None,
            Edit::Set(money) => {
                price(money, &self.at("compare_at"), self.writer.facts, problems);
                let note = "it stands as the maker's list price, which the platform shows as it likes";
                losses.add(self.at("compare_at"), LossKind::Reinterpreted, note);
                Some(entry("replace", "list_price", &self.writer.list_price(money))?)
            }
            Edit::Clear => Some(self.writer.delete("list_price")?),
        })
    }

    fn codes(
        &self,
        edit: &VariantEdit,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Patch>> {
        const CODE: &str = "externally_assigned_product_identifier";
        const PART: &str = "part_number";
        let codes = match &edit.codes {
            Edit::Keep => return Ok(Vec::new()),
            Edit::Set(codes) => codes.as_slice(),
            Edit::Clear => &[],
        };
        let mut sent = Attributes::new();
        if self.writer.codes(codes, self.path, &mut sent, losses)? == Coded::Odd {
            let mend = "the platform wants a GTIN of 8, 12, 13 or 14 digits";
            problems.push(Problem::error(self.at("codes"), "unreadable", mend));
        }
        let mut patches = replaced(&sent)?;
        for name in [CODE, PART].into_iter().filter(|name| !sent.contains_key(*name)) {
            patches.push(self.writer.delete(name)?);
        }
        Ok(patches)
    }
}
