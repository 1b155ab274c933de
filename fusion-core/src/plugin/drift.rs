//! Where a platform shows something else than what was agreed.

use super::Target;
use crate::model::{NewListing, NewListingVariant, ProductOption, RemoteProduct, RemoteVariant, Seen};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where, as a path into the listing.
    pub path: String,
    /// What was agreed and last written.
    pub desired: Value,
    /// What the platform shows.
    pub live: Value,
}

/// Where `live` differs from `desired`, by the ids in `target`. What was not read is no difference.
pub fn differences(desired: &NewListing, target: &Target, live: &RemoteProduct) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("title", &desired.title, &live.title, &mut found);
    compare_text(
        "description",
        &desired.description.text,
        live.description.value().map(|d| d.text.as_str()),
        live.description.is_read(),
        &mut found,
    );
    if live.bullets.is_read() {
        let shown = live.bullets.value().map(Vec::as_slice).unwrap_or_default();
        if desired.bullets != shown {
            let (desired, live) = (json!(desired.bullets), json!(shown));
            found.push(Difference { path: "bullets".to_owned(), desired, live });
        }
    }
    compare_text(
        "brand",
        desired.brand.as_deref().unwrap_or(""),
        live.brand.value().map(String::as_str),
        live.brand.is_read(),
        &mut found,
    );
    compare_tags(desired, live, &mut found);
    if let Seen::Value(variants) = &live.variants {
        for wanted in &desired.variants {
            let path = format!("variants.{}", wanted.id);
            let live = target.variant(wanted.id).and_then(|refs| {
                variants.iter().find(|variant| variant.refs.current().iter().any(|one| refs.knows(one)))
            });
            match live {
                Some(live) => compare_variant(&path, wanted, live, &mut found),
                None => found.push(Difference { path, desired: json!(wanted.sku), live: Value::Null }),
            }
        }
        let known = |variant: &&RemoteVariant| {
            target.variants.iter().any(|ours| variant.refs.current().iter().any(|one| ours.refs.knows(one)))
        };
        for stranger in variants.iter().filter(|variant| !known(variant)) {
            let named = stranger.refs.current().first().map(ToString::to_string);
            found.push(Difference { path: "variants".to_owned(), desired: Value::Null, live: json!(named) });
        }
    }
    found
}

/// Whether the options are called otherwise than was agreed, in whatever order; one that wasn't read is not. For plugins
/// whose platform shows options under the names that it is given: elsewhere it has names of its own.
pub fn renamed_options(desired: &NewListing, live: &RemoteProduct) -> Option<Difference> {
    let names = |options: &[ProductOption]| -> BTreeSet<String> {
        options.iter().map(|option| option.name.trim().to_owned()).collect()
    };
    let shown = names(live.options.value().map(Vec::as_slice).unwrap_or_default());
    let wanted = names(&desired.options);
    (live.options.is_read() && shown != wanted).then(|| Difference {
        path: "options".to_owned(),
        desired: json!(wanted),
        live: json!(shown),
    })
}

fn compare<T: PartialEq + Serialize>(path: &str, desired: &T, live: &Seen<T>, found: &mut Vec<Difference>) {
    match live {
        Seen::NotRead | Seen::Withheld(_) => {}
        Seen::Value(live) if live == desired => {}
        Seen::Value(live) => {
            found.push(Difference { path: path.to_owned(), desired: json!(desired), live: json!(live) })
        }
        Seen::Empty => {
            found.push(Difference { path: path.to_owned(), desired: json!(desired), live: Value::Null })
        }
    }
}

/// Platforms keep "none" and "empty text" apart as they like.
fn compare_text(path: &str, desired: &str, live: Option<&str>, read: bool, found: &mut Vec<Difference>) {
    if read && desired.trim() != live.unwrap_or("").trim() {
        found.push(Difference { path: path.to_owned(), desired: json!(desired), live: json!(live) });
    }
}

/// Platforms sort tags and drop repeats.
fn compare_tags(desired: &NewListing, live: &RemoteProduct, found: &mut Vec<Difference>) {
    if !live.tags.is_read() {
        return;
    }
    let sorted = |tags: &[String]| {
        let mut tags: Vec<String> = tags.iter().map(|tag| tag.trim().to_lowercase()).collect();
        tags.sort();
        tags.dedup();
        tags
    };
    let live_tags = live.tags.value().map(Vec::as_slice).unwrap_or_default();
    if sorted(&desired.tags) != sorted(live_tags) {
        found.push(Difference {
            path: "tags".to_owned(),
            desired: json!(desired.tags),
            live: json!(live_tags),
        });
    }
}

fn compare_variant(
    path: &str,
    wanted: &NewListingVariant,
    live: &RemoteVariant,
    found: &mut Vec<Difference>,
) {
    let sku = wanted.sku.as_deref().unwrap_or("");
    compare_text(
        &format!("{path}.sku"),
        sku,
        live.sku.value().map(String::as_str),
        live.sku.is_read(),
        found,
    );
    if let Seen::Value(offer) = &live.offer {
        if offer.price != wanted.offer.price {
            found.push(Difference {
                path: format!("{path}.offer.price"),
                desired: json!(wanted.offer.price),
                live: json!(offer.price),
            });
        }
        if offer.compare_at != wanted.offer.compare_at {
            found.push(Difference {
                path: format!("{path}.offer.compare_at"),
                desired: json!(wanted.offer.compare_at),
                live: json!(offer.compare_at),
            });
        }
    }
}
