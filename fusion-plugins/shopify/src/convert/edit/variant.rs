//! What an edit says of variants.

use super::{
    super::{
        listing::{barcode, cost_of, hs_code, variant_set, weight_of},
        offer::of_shop,
        pictures::{called, is_sent},
    },
    Row, set,
};
use crate::{
    kinds::{MEDIA, VARIANT},
    wire::{
        input::{Detached, File, InventoryItem, VariantBulk, VariantSet},
        told::Told,
    },
};
use fusion_core::{
    error::Result,
    model::{
        Edit, LossKind, Losses, Media, MediaId, Money, Nature, NewListingVariant, RemoteProduct,
        RemoteVariant, StoreFacts, VariantEdit, Weight, WeightUnit,
    },
    plugin::Target,
};

/// Makes the rows of an edit.
pub(super) struct Rows<'a> {
    pub(super) target: &'a Target,
    /// The product as it is; a preview has none.
    pub(super) live: Option<&'a RemoteProduct>,
    pub(super) facts: &'a StoreFacts,
    /// The pictures that the edit names; `None`: the product's stay.
    pub(super) sent: Option<&'a [Media]>,
    /// The files that are sent for them.
    pub(super) files: Option<&'a [File]>,
    pub(super) losses: &'a mut Losses,
}

/// A picture of a variant.
enum Picture {
    /// The shop has it.
    There(String),
    /// It is sent before, at this place among the product's.
    Sent(usize),
}

impl<'a> Rows<'a> {
    pub(super) fn changed(&mut self, edit: &VariantEdit, id: String, path: &str) -> Result<Option<Row>> {
        // By name, so that a field that is added can't be forgotten; `prices` reads the other three.
        let VariantEdit {
            sku,
            price: _,
            compare_at: _,
            sale: _,
            offered,
            codes,
            cost,
            weight,
            hs_code: customs,
            origin,
            media,
        } = edit;
        if matches!(offered, Edit::Set(false) | Edit::Clear) {
            let note = "the platform can't hide a variant; set its stock to 0 or remove it";
            self.losses.add(format!("{path}.offered"), LossKind::Dropped, note);
        }
        let there = self.find(&id);
        let (price, compare_at_price) = prices(edit, there, path, self.facts, self.losses)?;
        let barcode = match codes {
            Edit::Keep => Told::Absent,
            Edit::Set(codes) => Told::or_null(barcode(codes, path, self.losses)),
            Edit::Clear => Told::Null,
        };
        let cost = match cost {
            Edit::Keep => Told::Absent,
            Edit::Set(cost) => cost_of(*cost, path, self.facts, self.losses),
            Edit::Clear => Told::Null,
        };
        let item = InventoryItem {
            sku: told(sku, String::clone),
            cost,
            harmonized_system_code: told(customs, |code| hs_code(code)),
            country_code_of_origin: told(origin, String::clone),
            // A weight of 0 is the platform's word for none.
            measurement: set(weight, Weight { value: 0.into(), unit: WeightUnit::Gram })
                .map(|weight| weight_of(&weight)),
            ..InventoryItem::default()
        };
        let picture = match media {
            Edit::Keep | Edit::Clear => None,
            Edit::Set(media) => self.picture(*media, &format!("{path}.media")),
        };
        let has_item = !item.sku.is_absent()
            || !item.cost.is_absent()
            || !item.harmonized_system_code.is_absent()
            || !item.country_code_of_origin.is_absent()
            || item.measurement.is_some();
        let nothing = !has_item
            && barcode.is_absent()
            && price.is_none()
            && compare_at_price.is_absent()
            && picture.is_none();
        let inventory_item = has_item.then_some(item);
        Ok((!nothing).then(|| {
            let bulk = VariantBulk {
                id: Some(id),
                barcode,
                price,
                compare_at_price,
                inventory_item,
                ..VariantBulk::default()
            };
            Row::of(bulk, picture)
        }))
    }

    /// The picture that a variant no longer has, unless the product loses it too.
    pub(super) fn detached(&self, id: &str) -> Option<Detached> {
        let own = self.find(id)?.media.value()?;
        let goes =
            self.files.is_some_and(|files| !files.iter().any(|file| file.id.as_deref() == Some(&own.id)));
        (!goes).then(|| Detached { variant_id: id.to_owned(), media_ids: [own.id.clone()] })
    }

    pub(super) fn added(&mut self, new: &NewListingVariant, path: &str) -> Result<Option<Row>> {
        if !new.offered {
            self.losses.add(
                path,
                LossKind::Dropped,
                "a variant that isn't on offer is left out: the platform can't hide one",
            );
            return Ok(None);
        }
        let picture = new.media.and_then(|media| self.picture(media, &format!("{path}.media")));
        let VariantSet { id, option_values, sku, barcode, price, compare_at_price, inventory_item, file: _ } =
            variant_set(new, path, Nature::Physical, self.facts, self.losses)?;
        // Whether it is shipped follows the product, which the edit doesn't tell.
        let inventory_item =
            inventory_item.map(|item| InventoryItem { sku, requires_shipping: None, ..item });
        let bulk = VariantBulk {
            id,
            option_values,
            barcode,
            price,
            compare_at_price,
            inventory_item,
            media_id: None,
        };
        Ok(Some(Row::of(bulk, picture)))
    }

    fn find(&self, id: &str) -> Option<&'a RemoteVariant> {
        self.live?.variants.value()?.iter().find(|variant| variant.refs.get(&VARIANT) == Some(id))
    }

    /// The variant's picture, which is lost unless the shop has it or takes it with the product's.
    fn picture(&mut self, media: MediaId, path: &str) -> Option<Picture> {
        let found = match self.sent {
            None => self.standing(media),
            Some(sent) => self.coming(sent, media),
        };
        if found.is_none() {
            let note = "a variant's own picture is one of the product's, and none that couldn't be read";
            self.losses.add(path, LossKind::Dropped, note);
        }
        found
    }

    fn standing(&self, media: MediaId) -> Option<Picture> {
        let there = self.live.and_then(|live| live.media.value());
        let known = || {
            let (_, refs) = self.target.media.iter().find(|(known, _)| *known == media)?;
            refs.get(&MEDIA)
        };
        let id = match there {
            Some(there) => known()
                .filter(|id| there.iter().any(|one| one.refs.get(&MEDIA) == Some(id)))
                .or_else(|| called(media, there)),
            None => known(),
        };
        id.map(|id| Picture::There(id.to_owned()))
    }

    fn coming(&self, sent: &[Media], media: MediaId) -> Option<Picture> {
        // What couldn't be read is left alone, so that nothing is sent.
        if self.live.is_some_and(|live| live.media.value().is_none()) {
            return None;
        }
        sent.iter().filter(|one| is_sent(one)).position(|one| one.id == media).map(Picture::Sent)
    }
}

impl Row {
    fn of(bulk: VariantBulk, picture: Option<Picture>) -> Self {
        match picture {
            None => Self { bulk, picture: None },
            Some(Picture::There(id)) => {
                Self { bulk: VariantBulk { media_id: Some(id), ..bulk }, picture: None }
            }
            Some(Picture::Sent(place)) => Self { bulk, picture: Some(place) },
        }
    }
}

fn told<T>(edit: &Edit<T>, text: impl FnOnce(&T) -> String) -> Told<String> {
    match edit {
        Edit::Keep => Told::Absent,
        Edit::Set(value) => Told::Is(text(value)),
        Edit::Clear => Told::Null,
    }
}

/// A reduction becomes price and struck-through price; taken away, the full price comes back.
fn prices(
    edit: &VariantEdit,
    there: Option<&RemoteVariant>,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<(Option<String>, Told<String>)> {
    let offer = there.and_then(|there| there.offer.value());
    let full: Option<Money> = match edit.price {
        Edit::Set(price) => Some(price),
        Edit::Keep | Edit::Clear => offer.map(|offer| offer.compare_at.unwrap_or(offer.price)),
    };
    let sent = |money: Option<Money>, field: &str| {
        money.map(|money| of_shop(money, &format!("{path}.{field}"), facts)).transpose()
    };
    Ok(match &edit.sale {
        Edit::Set(sale) => {
            if sale.from.is_some() || sale.to.is_some() {
                let note = "the platform has no times for a reduction: it begins with this change and stays";
                losses.add(format!("{path}.sale"), LossKind::Dropped, note);
            }
            if matches!(edit.compare_at, Edit::Set(_)) {
                let note = "during a reduction the full price is shown struck through";
                losses.add(format!("{path}.compare_at"), LossKind::Dropped, note);
            }
            let full = sent(full, "price")?.map_or(Told::Absent, Told::Is);
            (sent(Some(sale.price), "sale.price")?, full)
        }
        ended_or_none => {
            let (price, unnamed) = match (ended_or_none, &edit.price) {
                (Edit::Clear, _) => {
                    if edit.compare_at.is_keep() {
                        let note = "nothing is struck through: nothing says what was before the reduction";
                        losses.add(format!("{path}.compare_at"), LossKind::Guessed, note);
                    }
                    (full, Told::Null)
                }
                (_, Edit::Set(price)) => (Some(*price), Told::Absent),
                (_, Edit::Keep | Edit::Clear) => (None, Told::Absent),
            };
            let compare_at = match edit.compare_at {
                Edit::Keep => unnamed,
                Edit::Set(money) => Told::Is(of_shop(money, &format!("{path}.compare_at"), facts)?),
                Edit::Clear => Told::Null,
            };
            (sent(price, "price")?, compare_at)
        }
    })
}
