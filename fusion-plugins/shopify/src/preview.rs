//! What a change reads and overwrites, and what a reviewer sees of it.

mod notes;

use self::notes::notes;
use crate::{
    call::Shop,
    convert::{
        Fields, Staged, created, edit_fields, edited, fit_options, listing_fields, option_names, shown,
        strangers, told_pictures,
    },
    cost,
    kinds::PRODUCT,
    manifest::COST,
    orders,
    reading::whole,
};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Converted, Edit, Lifecycle, Loss, Media, NewListing, ProductOption, Removal, Store, StoreFacts},
    plugin::{Change, Context, FieldChange, PlannedCalls, Preview, Snapshot, Work},
    verb::Operation,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Where a snapshot keeps what pictures say.
const PICTURES: &str = "media";

/// Where a snapshot keeps the names of the product's options.
const OPTIONS: &str = "options";

/// Where a snapshot keeps variants that the listing doesn't name.
const STRANGERS: &str = "variants.strange";

pub(crate) async fn snapshot(cx: &Context<'_>, works: &[Work<'_>]) -> Result<Vec<Snapshot>> {
    let shop = Shop::of(*cx, Operation::GetProduct)?;
    let mut all = Vec::with_capacity(works.len());
    for work in works {
        all.push(one(cx, &shop, work).await?);
    }
    Ok(all)
}

async fn one(cx: &Context<'_>, shop: &Shop<'_>, work: &Work<'_>) -> Result<Snapshot> {
    let empty = Snapshot { facts_version: cx.store.facts_version, ..Snapshot::default() };
    let Some(id) = work.target.refs.get(&PRODUCT) else { return Ok(empty) };
    if matches!(
        work.command.change,
        Change::PushStock { .. } | Change::Order { .. } | Change::ChangePolicy { .. }
    ) {
        return Ok(empty);
    }
    let live = match whole(shop, cx.facts(), id).await {
        Ok(live) => live,
        // Removing what is gone is fine; anything else has nothing to stand on.
        Err(error) if error.kind() == ErrorKind::NotFound && is_removal(&work.command.change) => {
            let wanted = wanted(&work.command.change, cx.facts(), None);
            let fields = wanted.keys().map(|path| (path.clone(), Value::Null)).collect();
            return Ok(Snapshot { fields, wanted, ..empty });
        }
        Err(error) => return Err(error),
    };
    // What an edit makes of a price may hang on the price that is there.
    let paths = wanted(&work.command.change, cx.facts(), None);
    let there = shown(&live, work.target, every_price(&paths).iter());
    let mut wanted = wanted(&work.command.change, cx.facts(), Some(&there));
    let mut fields = shown(&live, work.target, wanted.keys());
    let mut beside = Fields::new();
    // Where pictures are sent, those that variants have come and go with them before the variants' turn.
    if pictures(&work.command.change).is_some() {
        beside = fields.extract_if(.., |path, _| is_own_picture(path)).collect();
    }
    if let Some([now, then]) =
        pictures(&work.command.change).and_then(|ours| told_pictures(ours, work.target, &live))
    {
        fields.insert(PICTURES.to_owned(), json!(now));
        wanted.insert(PICTURES.to_owned(), json!(then));
    }
    if let Change::CreateProduct { listing } | Change::Publish { listing } = &work.command.change {
        let strange = strangers(&listing.variants, work.target, &live);
        fields.insert(STRANGERS.to_owned(), json!(strange));
    }
    if let Some((there, ours)) = live.options.value().zip(options(&work.command.change)) {
        fields.insert(OPTIONS.to_owned(), json!(option_names(there)));
        if let Some(ours) = ours {
            wanted.insert(OPTIONS.to_owned(), json!(option_names(ours)));
        }
    } else if let Some(there) = live.options.value() {
        beside.insert(OPTIONS.to_owned(), json!(option_names(there)));
    }
    Ok(Snapshot { fields, wanted, beside, ..empty })
}

fn is_own_picture(path: &str) -> bool {
    path.starts_with("variants.") && path.ends_with(".media")
}

/// The pictures that a change sends.
fn pictures(change: &Change) -> Option<&[Media]> {
    match change {
        Change::CreateProduct { listing } | Change::Publish { listing } => Some(&listing.media),
        Change::UpdateProduct { edit, .. } => match &edit.media {
            Edit::Keep => None,
            Edit::Set(media) => Some(media),
            Edit::Clear => Some(&[]),
        },
        Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. }
        | Change::ChangePolicy { .. } => None,
    }
}

/// Whether a change depends on the names of the product's options, and what it makes of them.
fn options(change: &Change) -> Option<Option<&[ProductOption]>> {
    match change {
        Change::CreateProduct { listing } | Change::Publish { listing } => Some(Some(&listing.options)),
        Change::UpdateProduct { edit, .. } => (!edit.add.is_empty()).then_some(None),
        Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. }
        | Change::ChangePolicy { .. } => None,
    }
}

/// The paths, and with each field of a variant its prices.
fn every_price(paths: &Fields) -> Vec<String> {
    let mut all: Vec<String> = paths.keys().cloned().collect();
    for path in paths.keys() {
        if let Some((variant, _)) = path.strip_prefix("variants.").and_then(|rest| rest.split_once('.')) {
            all.extend(["price", "compare_at"].map(|field| format!("variants.{variant}.{field}")));
        }
    }
    all
}

fn is_removal(change: &Change) -> bool {
    matches!(change, Change::Unpublish { .. } | Change::DeleteProduct { .. })
}

/// What the change makes of each field it touches; `there` is what an edit of prices builds on.
fn wanted(change: &Change, facts: &StoreFacts, there: Option<&Fields>) -> Fields {
    let state = |state: Value| Fields::from([("state".to_owned(), state)]);
    match change {
        Change::CreateProduct { listing } => listing_fields(listing, &Lifecycle::Draft, facts),
        Change::Publish { listing } => listing_fields(listing, &Lifecycle::Live, facts),
        Change::UpdateProduct { edit, .. } => edit_fields(edit, there, facts),
        Change::Unpublish { .. } | Change::DeleteProduct { removal: Removal::Hide, .. } => {
            state(json!(Lifecycle::Hidden))
        }
        Change::DeleteProduct { removal: Removal::Archive, .. } => state(json!(Lifecycle::Ended)),
        Change::DeleteProduct { removal: Removal::Delete, .. } => {
            Fields::from([("state".to_owned(), Value::Null), ("title".to_owned(), Value::Null)])
        }
        Change::PushStock { .. } | Change::Order { .. } | Change::ChangePolicy { .. } => Fields::new(),
    }
}

pub(crate) fn preview(store: &Store, work: Work<'_>, snapshot: &Snapshot) -> Result<Preview> {
    if let Some(action) = orders::change(&work) {
        return orders::preview(store, action, snapshot);
    }
    let change = &work.command.change;
    let is_new = work.target.refs.get(&PRODUCT).is_none();
    let (losses, points): (Vec<Loss>, Vec<u32>) = match change {
        Change::CreateProduct { listing } | Change::Publish { listing } => {
            let Converted { value, losses } = created(listing, &Staged::default(), &store.facts)?;
            let mut points = vec![cost::product_set(&value) + 1];
            if !is_new {
                if let Some(fields) = &value.metafields {
                    points.push(cost::fields(fields.len()));
                }
                points.push(cost::PRODUCT);
                points.extend(std::iter::repeat_n(cost::VARIANTS, listing.variants.len() / 250));
            }
            if matches!(change, Change::Publish { .. }) {
                points.push(cost::MUTATION);
            }
            (losses, points)
        }
        Change::UpdateProduct { edit, .. } => {
            if let Some(names) = snapshot.fields.get(OPTIONS) {
                let names: Vec<String> = kept(names)?;
                fit_options(&edit.add, &names)?;
            }
            let Converted { value, losses } =
                edited(edit, &Staged::default(), work.target, None, &store.facts)?;
            // Read before and after; pictures are known only when it runs.
            let mut points = vec![cost::PRODUCT, cost::PRODUCT];
            let lists = [value.variants.len(), value.add.len(), value.remove.len()];
            let calls = usize::from(value.product.is_some())
                + usize::from(!edit.media.is_keep())
                + value.detach.len()
                + lists.iter().map(|length| length.div_ceil(250)).sum::<usize>();
            points.extend(std::iter::repeat_n(cost::MUTATION, calls));
            (losses, points)
        }
        _ => (Vec::new(), vec![cost::MUTATION]),
    };
    let wanted =
        if snapshot.wanted.is_empty() { wanted(change, &store.facts, None) } else { snapshot.wanted.clone() };
    Ok(Preview {
        summary: summary(work, is_new, &store.name),
        changes: changes(&wanted, snapshot),
        calls: vec![PlannedCalls {
            bucket: COST.to_owned(),
            calls: u32::try_from(points.len()).unwrap_or(u32::MAX),
            cost: points.iter().sum(),
        }],
        charges: Vec::new(),
        losses,
        notes: notes(work, snapshot)?,
    })
}

fn changes(wanted: &Fields, snapshot: &Snapshot) -> Vec<FieldChange> {
    let given = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    let change = |(path, to): (&String, &Value)| {
        let there = snapshot.fields.get(path).or_else(|| snapshot.beside.get(path));
        let (from, to) = (given(there), given(Some(to)));
        (from != to).then(|| FieldChange { path: path.clone(), from, to })
    };
    wanted.iter().filter_map(change).collect()
}

/// What this plugin has put into a snapshot.
fn kept<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the snapshot isn't one of this plugin's").with_source(source)
    })
}

fn summary(work: Work<'_>, is_new: bool, store: &str) -> String {
    let subject = work.subject();
    let named = |listing: &NewListing| format!("`{}` with {}", listing.title, count(listing.variants.len()));
    match &work.command.change {
        Change::CreateProduct { listing } => format!("makes {} as a draft in {store}", named(listing)),
        Change::Publish { listing } if is_new => format!("publishes {} in {store}", named(listing)),
        Change::Publish { listing } => format!("brings {} in line in {store} and shows it", named(listing)),
        Change::UpdateProduct { .. } => format!("changes {subject} in {store}"),
        Change::Unpublish { .. } => format!("takes {subject} out of sight in {store}"),
        Change::DeleteProduct { removal, .. } => match removal {
            Removal::Hide => format!("takes {subject} out of sight in {store}"),
            Removal::Archive => format!("archives {subject} in {store}"),
            Removal::Delete => format!("deletes {subject} in {store} for good"),
        },
        Change::PushStock { .. } => format!("sets stock of {subject} in {store}"),
        Change::Order { .. } => format!("works on an order of {store}"),
        Change::ChangePolicy { .. } => "changes the approval policy".to_owned(),
    }
}

fn count(variants: usize) -> String {
    if variants == 1 { "one variant".to_owned() } else { format!("{variants} variants") }
}
