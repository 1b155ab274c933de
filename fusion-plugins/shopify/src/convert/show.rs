//! Fields as snapshots, previews and drift compare them: canonical values under stable paths.

mod variant;

use self::variant::{edited_variant, new_variant, shown_variant};
use super::{
    extras::extras,
    listing::categories,
    matching::{Choice, named, pairs},
    offer,
};
use crate::kinds::VARIANT;
use fusion_core::{
    model::{
        Edit, Lifecycle, ListingEdit, Losses, NewListing, NewListingVariant, Offer, RemoteProduct,
        RemoteVariant, RichText, Seen, StoreFacts,
    },
    plugin::Target,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Field path and value.
pub(crate) type Fields = BTreeMap<String, Value>;

/// A variant that the listing doesn't name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stranger {
    /// The platform's id.
    pub(crate) id: String,
    /// What a buyer chooses, for people.
    pub(crate) name: String,
    /// Names of its options, sorted.
    pub(crate) options: Vec<String>,
}

impl Stranger {
    /// Whether it can stand beside the variants of `listing`: all variants of a product have the same
    /// options.
    pub(crate) fn fits(&self, listing: &NewListing) -> bool {
        let mut ours: Vec<&str> = listing.options.iter().map(|option| option.name.trim()).collect();
        ours.sort_unstable();
        self.options == ours
    }
}

fn stranger(variant: &RemoteVariant) -> Option<Stranger> {
    Some(Stranger {
        id: variant.refs.get(&VARIANT)?.to_owned(),
        name: named(&variant.options),
        options: Choice::of(&variant.options).names().map(str::to_owned).collect(),
    })
}

/// Variants that the listing doesn't name.
pub(crate) fn strangers(
    wanted: &[NewListingVariant],
    target: &Target,
    live: &RemoteProduct,
) -> Vec<Stranger> {
    let there = live.variants.value().map(Vec::as_slice).unwrap_or_default();
    let matched: Vec<usize> = pairs(wanted, target, there).into_iter().flatten().collect();
    let strange = there.iter().enumerate().filter(|(place, _)| !matched.contains(place));
    strange.filter_map(|(_, one)| stranger(one)).collect()
}

/// What publishing `listing` makes of each field it touches.
pub(crate) fn listing_fields(listing: &NewListing, state: &Lifecycle, facts: &StoreFacts) -> Fields {
    let mut fields = Fields::from([
        ("title".to_owned(), json!(listing.title)),
        ("description".to_owned(), json!(listing.description.to_html())),
        ("tags".to_owned(), tags(&listing.tags)),
        ("state".to_owned(), json!(state)),
    ]);
    if let Some(brand) = &listing.brand {
        fields.insert("brand".to_owned(), json!(brand));
    }
    let sorted = categories(&listing.categories, &mut Losses::default());
    if let Some(category) = sorted.category {
        fields.insert("category".to_owned(), json!(category));
    }
    let more = extras(listing, &mut Losses::default());
    if let Some(own) = sorted.product_type.or(more.product_type) {
        fields.insert("product_type".to_owned(), json!(own));
    }
    if let Some(handle) = more.handle {
        fields.insert("handle".to_owned(), json!(handle));
    }
    let seo = more.seo.unwrap_or_default();
    for (path, text) in [("seo.title", seo.title), ("seo.description", seo.description)] {
        if let Some(text) = text {
            fields.insert(path.to_owned(), json!(text));
        }
    }
    for field in more.metafields {
        fields.insert(format!("metafields.{}.{}", field.namespace, field.key), json!(field.value));
    }
    for variant in listing.variants.iter().filter(|variant| variant.offered) {
        new_variant(variant, facts, &mut fields);
    }
    fields
}

/// What `edit` makes of each field it names.
pub(crate) fn edit_fields(edit: &ListingEdit, live: Option<&Fields>, facts: &StoreFacts) -> Fields {
    let mut fields = Fields::new();
    let mut put = |path: String, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(path, value);
        }
    };
    put("title".to_owned(), changed(&edit.title, |title| json!(title)));
    let description = changed(&edit.description, |text| json!(text.to_html()));
    put("description".to_owned(), description.map(text_or_none));
    put("brand".to_owned(), changed(&edit.brand, |brand| json!(brand)).map(text_or_none));
    put("tags".to_owned(), changed(&edit.tags, |all| tags(all)).map(list_or_none));
    let sorted = |all: &[_]| categories(all, &mut Losses::default());
    put("category".to_owned(), changed(&edit.categories, |all| json!(sorted(all).category)));
    put("product_type".to_owned(), changed(&edit.categories, |all| json!(sorted(all).product_type)));
    for (id, change) in &edit.variants {
        edited_variant(*id, change, live, facts, &mut put);
    }
    for id in &edit.remove {
        put(format!("variants.{id}"), Some(Value::Null));
    }
    for new in &edit.add {
        new_variant(new, facts, &mut fields);
    }
    fields
}

fn changed<T>(edit: &Edit<T>, value: impl FnOnce(&T) -> Value) -> Option<Value> {
    match edit {
        Edit::Keep => None,
        Edit::Set(set) => Some(value(set)),
        Edit::Clear => Some(Value::Null),
    }
}

fn text_or_none(value: Value) -> Value {
    if value.is_null() { json!("") } else { value }
}

fn list_or_none(value: Value) -> Value {
    if value.is_null() { json!([]) } else { value }
}

/// The platform trims tags, drops repeats without regard to case, and sorts them.
fn tags(tags: &[String]) -> Value {
    let mut all: Vec<String> = tags.iter().map(|tag| tag.trim().to_owned()).collect();
    all.sort_by_key(|tag| tag.to_lowercase());
    all.dedup_by_key(|tag| tag.to_lowercase());
    json!(all)
}

/// What the platform has of the fields at `paths`; null where it has nothing.
pub(crate) fn shown<'a>(
    live: &RemoteProduct,
    target: &Target,
    paths: impl IntoIterator<Item = &'a String>,
) -> Fields {
    let all = all_shown(live, target);
    paths.into_iter().map(|path| (path.clone(), all.get(path).cloned().unwrap_or(Value::Null))).collect()
}

fn all_shown(live: &RemoteProduct, target: &Target) -> Fields {
    let category = |scheme: &str| {
        let all = live.categories.value().map(Vec::as_slice).unwrap_or_default();
        all.iter().find(|category| category.scheme == scheme).map(|category| category.value.clone())
    };
    let mut fields = Fields::from([
        ("title".to_owned(), text(&live.title)),
        ("description".to_owned(), json!(live.description.value().map_or("", |text| text.text.as_str()))),
        ("brand".to_owned(), text(&live.brand)),
        ("tags".to_owned(), tags(live.tags.value().map(Vec::as_slice).unwrap_or_default())),
        ("category".to_owned(), json!(category("shopify"))),
        ("product_type".to_owned(), json!(category("merchant"))),
        ("state".to_owned(), json!(live.state.lifecycle)),
    ]);
    let extras = super::extras::live(live).unwrap_or_default();
    fields.insert("handle".to_owned(), json!(extras.handle));
    fields.insert("seo.title".to_owned(), json!(extras.seo_title));
    fields.insert("seo.description".to_owned(), json!(extras.seo_description));
    let own = extras.metafields.into_iter().map(|(path, value)| (format!("metafields.{path}"), json!(value)));
    fields.extend(own);
    let there = live.variants.value().map(Vec::as_slice).unwrap_or_default();
    for ours in &target.variants {
        let Some(id) = ours.refs.get(&VARIANT) else { continue };
        let Some(variant) = there.iter().find(|variant| variant.refs.get(&VARIANT) == Some(id)) else {
            continue;
        };
        shown_variant(ours.id, variant, target, &mut fields);
    }
    fields
}

fn text(seen: &Seen<String>) -> Value {
    json!(seen.value().map_or("", String::as_str))
}

/// The listing in the words that the platform shows it in, so that drift compares like with like.
pub(crate) fn as_shown(listing: &NewListing) -> NewListing {
    let mut shown = listing.clone();
    shown.title = listing.title.trim().to_owned();
    shown.description = RichText::html(listing.description.to_html());
    shown.variants.retain(|variant| variant.offered);
    for variant in &mut shown.variants {
        let offer::Shown { price, compare_at } = offer::shown(&variant.offer);
        variant.offer = Offer { price, compare_at, sale: None, ..variant.offer };
    }
    shown
}
