//! A change of named fields, as the writes that it takes: one for each SKU that it touches.

use super::{
    call::{Call, Write, entry, patch_body},
    create::{Whole, grown, invalid},
    edit_row::Row,
    edit_shared::Shared,
    entries::Writer,
    schema::ProductType,
    stock::ANY_TYPE,
};
use crate::{
    extras::ListingExtras,
    kinds::SKU,
    wire::{
        attributes::Chosen,
        input::{Attributes, Patch},
    },
};
use fusion_core::{
    error::{Problem, Result},
    model::{Converted, Edit, ListingEdit, Losses, RemoteProduct, RichText, Seen, StoreFacts},
    plugin::Target,
};

/// What an edit is read against.
#[derive(Clone, Copy)]
pub struct Against<'a> {
    /// Ids of the listing and its rows.
    pub target: &'a Target,
    /// The listing as it was last read, where it was: it names the product type, what new variants share with the
    /// others, and the price that is left when a reduction goes.
    pub live: Option<&'a RemoteProduct>,
    /// The product type's schema, where it was read; new variants are held against it.
    pub schema: Option<&'a ProductType>,
}

impl Against<'_> {
    /// The listing's own SKU; a family's is its parent's.
    fn sku(&self) -> Option<&str> {
        self.target.refs.get(&SKU)
    }

    pub(super) fn is_family(&self) -> bool {
        let is_own = |row: &fusion_core::plugin::TargetVariant| row.refs.get(&SKU) == self.sku();
        !self.target.variants.iter().any(is_own)
    }

    fn extras(&self) -> Result<Option<ListingExtras>> {
        self.live.map_or(Ok(None), |live| live.extensions.get())
    }
}

/// The writes of an edit: patches (the family's parent first), then new variants, then what goes. What isn't named
/// stays.
///
/// # Errors
/// [`ErrorKind::InvalidInput`](fusion_core::error::ErrorKind::InvalidInput), with every problem and its path: a
/// row isn't on the platform, a SKU would change, a price isn't the marketplace's, or something has to be read
/// first.
pub fn edited(edit: &ListingEdit, of: &Against<'_>, facts: &StoreFacts) -> Result<Converted<Vec<Call>>> {
    let mut losses = Losses::default();
    let mut problems = Vec::new();
    let writer = Writer::of_store(facts);
    let shared = Shared { writer: &writer, of }.patches(edit, &mut losses, &mut problems)?;
    let mut patches: Vec<(String, Vec<Patch>)> = Vec::new();
    if !shared.is_empty() {
        let staying = of.target.variants.iter().filter(|row| !edit.remove.contains(&row.id));
        for sku in of.sku().into_iter().chain(staying.filter_map(|row| row.refs.get(&SKU))) {
            if !patches.iter().any(|(known, _)| known == sku) {
                patches.push((sku.to_owned(), shared.clone()));
            }
        }
    }
    let mut is_general = !shared.is_empty();
    for (nth, (id, change)) in edit.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        let Some(sku) = of.target.variant(*id).and_then(|refs| refs.get(&SKU)) else {
            problems.push(not_there(&path));
            continue;
        };
        let there = of.live.and_then(|live| live.variants.value()).into_iter().flatten();
        let there = there.into_iter().find(|variant| variant.refs.get(&SKU) == Some(sku));
        let row = Row { writer: &writer, sku, there, path: &path };
        let more = row.patches(change, &mut losses, &mut problems)?;
        is_general |= !change.codes.is_keep()
            || !change.weight.is_keep()
            || !change.origin.is_keep()
            || !change.compare_at.is_keep();
        match patches.iter_mut().find(|(known, _)| known == sku) {
            Some((_, known)) => known.extend(more),
            None => patches.push((sku.to_owned(), more)),
        }
    }
    patches.retain(|(_, patches)| !patches.is_empty());
    let mut calls = Vec::new();
    if !patches.is_empty() {
        let product_type = product_type(of, is_general, &mut problems)?;
        for (sku, patches) in patches {
            calls.push(Call { sku, write: Write::Patch, body: patch_body(&product_type, patches)? });
        }
    }
    if !edit.add.is_empty() {
        calls.extend(added(edit, of, facts, &mut losses, &mut problems)?);
    }
    for (nth, id) in edit.remove.iter().enumerate() {
        match of.target.variant(*id).and_then(|refs| refs.get(&SKU)) {
            Some(sku) => calls.push(Call { sku: sku.to_owned(), write: Write::Delete, body: String::new() }),
            None => problems.push(not_there(&format!("remove[{nth}]"))),
        }
    }
    if problems.is_empty() { Ok(losses.with(calls)) } else { Err(invalid(problems)) }
}

fn not_there(path: &str) -> Problem {
    Problem::error(path, "not_there", "the platform has no such variant; publish the listing first")
}

/// Offers and stock of any type take a word in place of the type; everything else needs the type itself.
fn product_type(of: &Against<'_>, is_general: bool, problems: &mut Vec<Problem>) -> Result<String> {
    match of.extras()? {
        Some(extras) => Ok(extras.product_type),
        None if !is_general => Ok(ANY_TYPE.to_owned()),
        None => {
            problems.push(unread("extensions.amazon.listing"));
            Ok(String::new())
        }
    }
}

fn unread(path: &str) -> Problem {
    Problem::error(path, "not_read", "read the listing with its attributes first")
}

fn added(
    edit: &ListingEdit,
    of: &Against<'_>,
    facts: &StoreFacts,
    losses: &mut Losses,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Call>> {
    let (Some(live), Some(extras), Some(parent)) = (of.live, of.extras()?, of.sku()) else {
        problems.push(unread("add"));
        return Ok(Vec::new());
    };
    if !of.is_family() {
        let mend = "a listing of one SKU can't become a family; remove it and publish the product anew";
        problems.push(Problem::error("add", "refused", mend));
        return Ok(Vec::new());
    }
    let title = chosen(&edit.title, &live.title, "title", problems);
    let description: Option<RichText> = chosen(&edit.description, &live.description, "description", problems);
    let bullets = chosen(&edit.bullets, &live.bullets, "bullets", problems);
    let brand = chosen(&edit.brand, &live.brand, "brand", problems);
    let tags = chosen(&edit.tags, &live.tags, "tags", problems);
    let categories = chosen(&edit.categories, &live.categories, "categories", problems);
    let whole = Whole {
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
        bullets: bullets.unwrap_or_default(),
        brand,
        tags: tags.unwrap_or_default(),
        categories: categories.unwrap_or_default(),
    };
    grown(&whole, &edit.add, parent, &extras, of.schema, facts, losses, problems)
}

/// What the edit sets, else what is there; `None`: nothing.
fn chosen<T: Clone>(edit: &Edit<T>, live: &Seen<T>, path: &str, problems: &mut Vec<Problem>) -> Option<T> {
    match (edit, live) {
        (Edit::Set(value), _) | (Edit::Keep, Seen::Value(value)) => Some(value.clone()),
        (Edit::Clear, _) | (Edit::Keep, Seen::Empty) => None,
        (Edit::Keep, Seen::NotRead | Seen::Withheld(_)) => {
            problems.push(unread(path));
            None
        }
    }
}

impl Writer<'_> {
    /// Takes this marketplace's entries of an attribute away. Even then the value is a list.
    pub(super) fn delete(&self, name: &str) -> Result<Patch> {
        let chosen = Chosen { marketplace_id: self.marketplace(), ..Chosen::default() };
        entry("delete", name, &[chosen])
    }

    /// The same for texts, which have a language.
    pub(super) fn delete_text(&self, name: &str) -> Result<Patch> {
        let language_tag = Some(self.language().to_owned());
        entry(
            "delete",
            name,
            &[Chosen { marketplace_id: self.marketplace(), language_tag, ..Chosen::default() }],
        )
    }
}

/// Keeps what an attribute writer made as patches.
pub(super) fn replaced(attributes: &Attributes) -> Result<Vec<Patch>> {
    attributes.iter().map(|(name, value)| entry("replace", name, value)).collect()
}
