//! Variants of an edit, as rows of the whole inventory.

use super::super::{
    choice, fields,
    grid::Row,
    money::number,
    update::{Standing, is_at},
};
use crate::wire::PropertyUpdate;
use fusion_core::{
    error::Problem,
    model::{
        Edit, ListingEdit, ListingVariantId, LossKind, Losses, NewListingVariant, StoreFacts, VariantEdit,
        Weight,
    },
    plugin::Target,
};

/// The rows of an inventory on their way through an edit.
pub(super) struct Change<'a> {
    pub(super) target: &'a Target,
    pub(super) facts: &'a StoreFacts,
    /// The properties that the quantity depends on.
    pub(super) depends: Vec<i64>,
    pub(super) all: Vec<Standing>,
    pub(super) weights: Vec<Option<Weight>>,
    pub(super) losses: &'a mut Losses,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Change<'_> {
    pub(super) fn variants(&mut self, edit: &ListingEdit) {
        for (nth, (id, change)) in edit.variants.iter().enumerate() {
            let path = format!("variants[{nth}]");
            if let Some(at) = self.place(*id, &path) {
                self.change(at, change, &path);
            }
        }
        let mut emptied = Vec::new();
        for (nth, id) in edit.remove.iter().enumerate() {
            if let Some(at) = self.place(*id, &format!("remove[{nth}]"))
                && let Some(one) = self.all.get_mut(at)
            {
                emptied.extend(one.row.properties.iter().cloned());
                one.row.vacate();
            }
        }
        for (nth, new) in edit.add.iter().enumerate() {
            self.add(new, &format!("add[{nth}]"));
        }
        self.drop_unsold(&emptied);
    }

    /// A value that the edit leaves without any variant has no reason to be shown; others are the merchant's.
    fn drop_unsold(&mut self, emptied: &[PropertyUpdate]) {
        for value in emptied {
            let has = |one: &Standing| {
                let same =
                    |own: &PropertyUpdate| own.property_id == value.property_id && own.values == value.values;
                one.row.properties.iter().any(same)
            };
            if !self.all.iter().any(|one| !one.row.is_filler && has(one)) {
                self.all.retain(|one| !has(one));
            }
        }
    }

    fn place(&mut self, id: ListingVariantId, path: &str) -> Option<usize> {
        let refs = self.target.variant(id);
        let at = refs.and_then(|refs| self.all.iter().position(|one| is_at(refs, one, &self.all)));
        if at.is_none() {
            self.problems.push(Problem::error(
                path,
                "not_there",
                "the listing has no such variant any more; read it again",
            ));
        }
        at
    }

    fn change(&mut self, at: usize, change: &VariantEdit, path: &str) {
        // By name, so that a field that is added is carried or said to be lost.
        let VariantEdit {
            sku,
            price,
            compare_at,
            sale,
            offered,
            codes,
            cost,
            weight,
            hs_code,
            origin,
            media,
        } = change;
        let none = "the platform has no field for it";
        let sales = "the platform makes reductions in its web interface alone";
        let of_values = "pictures stand for the values of an option, of which an edit doesn't tell them all";
        for (field, is_keep, note) in [
            ("compare_at", compare_at.is_keep(), sales),
            ("sale", sale.is_keep(), sales),
            ("codes", codes.is_keep(), none),
            ("cost", cost.is_keep(), none),
            ("hs_code", hs_code.is_keep(), none),
            ("origin", origin.is_keep(), none),
            ("media", media.is_keep(), of_values),
        ] {
            if !is_keep {
                self.losses.add(format!("{path}.{field}"), LossKind::Dropped, note);
            }
        }
        match weight {
            Edit::Keep => {}
            Edit::Set(weight) => self.weights.push(Some(*weight)),
            Edit::Clear => self.weights.push(None),
        }
        let price = match price {
            Edit::Keep => None,
            Edit::Set(price) => Some(number(*price, &format!("{path}.price"), self.facts, self.problems)),
            Edit::Clear => {
                self.problems.push(Problem::error(
                    format!("{path}.price"),
                    "required",
                    "a variant needs a price",
                ));
                None
            }
        };
        let Some(one) = self.all.get_mut(at) else { return };
        one.row.path = path.to_owned();
        one.row.price = price.unwrap_or(one.row.price);
        match sku {
            Edit::Keep => {}
            Edit::Set(sku) => one.row.sku.clone_from(sku),
            Edit::Clear => one.row.sku.clear(),
        }
        match offered {
            Edit::Keep => {}
            Edit::Set(offered) => one.row.is_enabled = *offered,
            Edit::Clear => one.row.is_enabled = false,
        }
        one.row.is_filler = false;
        if !one.row.is_enabled && one.row.sku.is_empty() {
            let note = "a variant that isn't on offer and has no SKU looks like a row that fills the table";
            self.losses.add(path, LossKind::Dropped, note);
        }
    }

    /// A new combination takes the place of a filler, and what its row doesn't tell from a variant beside it.
    fn add(&mut self, new: &NewListingVariant, path: &str) {
        fields::lost_of_variant(new, path, self.facts, self.losses);
        if new.media.is_some() {
            let note = "a variant that is added gets no picture of its own";
            self.losses.add(format!("{path}.media"), LossKind::Dropped, note);
        }
        if new.shipping.weight.is_some() {
            let note = "the platform has one weight a listing: an added variant doesn't change it";
            self.losses.add(format!("{path}.shipping.weight"), LossKind::Dropped, note);
        }
        let price = number(new.offer.price, &format!("{path}.offer.price"), self.facts, self.problems);
        let Some(model) = self.all.first().map(|one| one.row.clone()) else { return };
        let Some(properties) = self.properties(new, &model, path) else { return };
        let mut row = Row {
            properties,
            sku: new.sku.clone().unwrap_or_default(),
            price,
            quantity: 0,
            is_enabled: new.offered,
            readiness: model.readiness,
            pool: None,
            is_filler: false,
            path: path.to_owned(),
        };
        // Where stock is shared it joins the stock; else a push brings its own.
        let joins =
            |one: &&Standing| !one.row.is_filler && one.row.key(&self.depends) == row.key(&self.depends);
        row.quantity = self.all.iter().find(joins).map_or(0, |one| one.row.quantity);
        let ids = row.ids();
        self.all.retain(|one| !(one.row.is_filler && one.row.key(&ids) == row.key(&ids)));
        let values = row.properties.iter().map(|value| (value.property_id, value.values.as_slice()));
        self.all.push(Standing { product: String::new(), choice: choice::text(values), row });
    }

    fn properties(
        &mut self,
        new: &NewListingVariant,
        model: &Row,
        path: &str,
    ) -> Option<Vec<PropertyUpdate>> {
        let chosen = |property: &PropertyUpdate| {
            let value = new.options.get(&property.property_name)?.to_owned();
            let same = |known: &&PropertyUpdate| {
                known.property_id == property.property_id && known.values == [value.clone()]
            };
            let known = self.all.iter().flat_map(|one| &one.row.properties).find(same).cloned();
            Some(known.unwrap_or_else(|| PropertyUpdate {
                value_ids: Vec::new(),
                values: vec![value],
                ..property.clone()
            }))
        };
        let properties: Option<Vec<PropertyUpdate>> = model.properties.iter().map(chosen).collect();
        let whole = properties.filter(|all| !all.is_empty() && new.options.iter().count() == all.len());
        if whole.is_none() {
            let why = "an added variant needs a value of each of the listing's options and no others";
            self.problems.push(Problem::error(format!("{path}.options"), "other_options", why));
        }
        whole
    }
}
