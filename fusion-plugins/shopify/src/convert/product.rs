//! A product as the platform shows it.

mod variant;

use super::{
    extras::{is_app_owned, is_mark},
    listing::TAXONOMY,
    matching::NO_OPTION,
    shop::channel,
};
use crate::{
    extras::CatalogueExtras,
    kinds::{CONTENT, MEDIA, PRODUCT},
    wire::{
        product::{self as wire, Nodes},
        told::Told,
    },
};
use fusion_core::{
    canonical::Hash,
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result, Severity},
    model::{
        Category, Converted, Extensions, Issue, Lifecycle, ListingState, LossKind, Losses, ProductOption,
        Ref, Refs, RemoteMedia, RemoteProduct, RichText, Seen, StoreFacts,
    },
};
use std::collections::BTreeSet;

/// The platform's word for a picture that it couldn't take over.
const FAILED: &str = "FAILED";

/// Reads a product, with what of it the model can't hold. `hidden` are the fields that the app may not see.
///
/// # Errors
/// [`ErrorKind::Protocol`], with the field that can't be read.
pub(crate) fn product(
    read: wire::Product,
    facts: &StoreFacts,
    hidden: &BTreeSet<String>,
) -> Result<Converted<RemoteProduct>> {
    let reader = Reader { facts, hidden };
    if read.id.is_empty() {
        return Err(bad("id", "there is none"));
    }
    let only_default = matches!(&read.options, Told::Is(options) if is_no_option(options));
    let state = state(&read, facts);
    let mut losses = Losses::default();
    let extensions = extensions(&read, &mut losses)?;
    films(&read.media, &mut losses);
    let failed = failed(&read.media);
    let variants = match read.variants {
        Told::Absent => Seen::NotRead,
        Told::Null => reader.nothing("variants"),
        // A page is not the product: whoever took it for whole would delete the rest.
        Told::Is(Nodes { page_info, .. }) if page_info.has_next_page => Seen::NotRead,
        Told::Is(Nodes { nodes, .. }) => {
            let read = |(nth, variant)| reader.variant(variant, nth, only_default, &mut losses);
            Seen::Value(nodes.into_iter().enumerate().map(read).collect::<Result<_>>()?)
        }
    };
    Ok(losses.with(RemoteProduct {
        refs: Refs::of([Ref::new(PRODUCT, read.id.as_str())]),
        state,
        title: reader.seen("title", read.title),
        description: map(reader.text("descriptionHtml", read.description_html), RichText::html),
        // The platform has no place for selling points.
        bullets: Seen::NotRead,
        brand: reader.text("vendor", read.vendor),
        nature: Seen::NotRead,
        tags: reader.seen("tags", read.tags),
        categories: reader.categories(read.category, read.product_type),
        options: match read.options {
            Told::Is(_) if only_default => Seen::Empty,
            options => map(reader.seen("options", options), |options| {
                let option =
                    |option: wire::ProductOption| ProductOption { name: option.name, values: option.values };
                options.into_iter().map(option).collect()
            }),
        },
        variants,
        media: reader.media(read.media),
        issues: failed,
        updated: match read.updated_at {
            Told::Is(text) => Some(Timestamp::parse(&text).map_err(|_| bad("updatedAt", "it is no time"))?),
            Told::Absent | Told::Null => None,
        },
        url: read.online_store_url.given(),
        extensions,
    }))
}

/// Extras, where all of them were read: half of them would look like a product without the rest.
fn extensions(read: &wire::Product, losses: &mut Losses) -> Result<Extensions> {
    let mut extensions = Extensions::default();
    let (Told::Is(handle), Told::Is(gift_card), Told::Is(seo), Told::Is(fields)) =
        (&read.handle, &read.is_gift_card, &read.seo, &read.metafields)
    else {
        return Ok(extensions);
    };
    if fields.page_info.has_next_page {
        losses.add(
            "metafields",
            LossKind::Dropped,
            "more of them than one answer holds: no extras were read",
        );
        return Ok(extensions);
    }
    let foreign =
        |field: &&wire::Metafield| is_app_owned(&field.namespace) && !is_mark(&field.namespace, &field.key);
    for field in fields.nodes.iter().filter(foreign) {
        let path = format!("metafields[{}.{}]", field.namespace, field.key);
        losses.add(path, LossKind::Dropped, "it belongs to an app, and only the app may write it");
    }
    let own = |field: &&wire::Metafield| !is_app_owned(&field.namespace);
    let named = |field: &wire::Metafield| (format!("{}.{}", field.namespace, field.key), field.value.clone());
    let extras = CatalogueExtras {
        handle: handle.clone(),
        product_type: read.product_type.as_ref().given().cloned().filter(|text| !text.is_empty()),
        gift_card: *gift_card,
        seo_title: seo.title.clone(),
        seo_description: seo.description.clone(),
        metafields: fields.nodes.iter().filter(own).map(named).collect(),
    };
    extensions.set(&extras)?;
    Ok(extensions)
}

/// Notes what isn't a picture: a picture that is worked on has an image, and it's null.
fn films(media: &Told<Nodes<wire::Media>>, losses: &mut Losses) {
    let Told::Is(page) = media else { return };
    for (nth, _) in page.nodes.iter().enumerate().filter(|(_, one)| one.image.is_absent()) {
        losses.add(format!("media[{nth}]"), LossKind::Dropped, "films and models aren't carried");
    }
}

/// Pictures that the platform couldn't take over.
fn failed(media: &Told<Nodes<wire::Media>>) -> Vec<Issue> {
    let Told::Is(page) = media else { return Vec::new() };
    let failed = page
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, one)| one.status.as_ref().given().is_some_and(|it| it == FAILED));
    let issue = |(nth, _)| Issue {
        code: "media_failed".to_owned(),
        message: "the platform couldn't take a picture over; give it another address or file".to_owned(),
        severity: Severity::Error,
        fields: vec![format!("media[{nth}]")],
    };
    failed.map(issue).collect()
}

fn bad(path: &str, why: &str) -> Error {
    Error::new(ErrorKind::Protocol, "the platform's product can't be read").with_problems([Problem::error(
        path,
        "unreadable",
        why,
    )])
}

fn map<T, U>(seen: Seen<T>, f: impl FnOnce(T) -> U) -> Seen<U> {
    match seen {
        Seen::NotRead => Seen::NotRead,
        Seen::Withheld(why) => Seen::Withheld(why),
        Seen::Empty => Seen::Empty,
        Seen::Value(value) => Seen::Value(f(value)),
    }
}

fn is_no_option(options: &[wire::ProductOption]) -> bool {
    let (name, value) = NO_OPTION;
    matches!(options, [one] if one.name == name && one.values == [value])
}

/// The status alone doesn't say that anybody sees it: the channel decides that.
fn state(read: &wire::Product, facts: &StoreFacts) -> ListingState {
    let Told::Is(status) = &read.status else { return ListingState::of(Lifecycle::Unknown(String::new())) };
    let shown = match (&read.resource_publications_v2, channel(facts)) {
        (Told::Is(page), Some(channel)) => {
            let here = page.nodes.iter().find(|entry| entry.publication.id == channel);
            match here {
                Some(entry) => Some(entry.is_published),
                None if page.page_info.has_next_page => None,
                None => Some(false),
            }
        }
        _ => None,
    };
    let lifecycle = match (status.as_str(), shown) {
        ("ACTIVE" | "UNLISTED", Some(false)) => Lifecycle::Hidden,
        ("ACTIVE" | "UNLISTED", _) => Lifecycle::Live,
        ("DRAFT", _) => Lifecycle::Draft,
        ("ARCHIVED", _) => Lifecycle::Ended,
        (other, _) => Lifecycle::Unknown(other.to_owned()),
    };
    // Unlisted: reached by its address, found by no search.
    let discoverable = (status == "UNLISTED").then_some(false);
    ListingState { discoverable, ..ListingState::of(lifecycle) }
}

struct Reader<'a> {
    facts: &'a StoreFacts,
    hidden: &'a BTreeSet<String>,
}

impl Reader<'_> {
    /// What null means.
    fn nothing<T>(&self, field: &str) -> Seen<T> {
        if self.hidden.contains(field) { Seen::Withheld("ACCESS_DENIED".to_owned()) } else { Seen::Empty }
    }

    fn seen<T>(&self, field: &str, told: Told<T>) -> Seen<T> {
        match told {
            Told::Absent => Seen::NotRead,
            Told::Null => self.nothing(field),
            Told::Is(value) => Seen::Value(value),
        }
    }

    /// A text; an empty one is none.
    fn text(&self, field: &str, told: Told<String>) -> Seen<String> {
        match told {
            Told::Is(text) if text.is_empty() => Seen::Empty,
            told => self.seen(field, told),
        }
    }

    fn categories(&self, category: Told<wire::Category>, product_type: Told<String>) -> Seen<Vec<Category>> {
        if category.is_absent() && product_type.is_absent() {
            return Seen::NotRead;
        }
        if matches!(category, Told::Null) && self.hidden.contains("category") {
            return self.nothing("category");
        }
        let of = |scheme: &str, value: String| Category { scheme: scheme.to_owned(), value };
        // `na` stands for a product that nobody has sorted.
        let sorted = category.given().filter(|category| category.id.strip_prefix(TAXONOMY) != Some("na"));
        let own = product_type.given().filter(|text| !text.is_empty());
        let all: Vec<Category> = sorted
            .map(|category| of("shopify", category.id))
            .into_iter()
            .chain(own.map(|text| of("merchant", text)))
            .collect();
        if all.is_empty() { Seen::Empty } else { Seen::Value(all) }
    }

    fn media(&self, media: Told<Nodes<wire::Media>>) -> Seen<Vec<RemoteMedia>> {
        match media {
            Told::Absent => Seen::NotRead,
            Told::Null => self.nothing("media"),
            Told::Is(page) if page.page_info.has_next_page => Seen::NotRead,
            Told::Is(page) => Seen::Value(page.nodes.into_iter().map(|media| self.picture(media)).collect()),
        }
    }

    fn picture(&self, media: wire::Media) -> RemoteMedia {
        // Whoever takes it over does so by its address, and another address is another picture then.
        let content = match &media.image {
            Told::Is(image) => Some(Ref::new(CONTENT, Hash::of(&image.url).to_string())),
            Told::Absent | Told::Null => None,
        };
        RemoteMedia {
            refs: Refs::of([Ref::new(MEDIA, media.id)].into_iter().chain(content)),
            url: match (media.image, &media.status) {
                (Told::Is(image), _) => Seen::Value(image.url),
                // The platform couldn't take it over.
                (Told::Null, Told::Is(status)) if status == FAILED => Seen::Empty,
                // Still being worked on, or no picture.
                (Told::Absent | Told::Null, _) => Seen::NotRead,
            },
            alt: self.text("alt", media.alt),
        }
    }
}
