//! A product as the merchant keeps it.

use super::{Extensions, MediaId, ProductId, Variant};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// A language with an optional region, as BCP 47 writes it: `en`, `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(pub String);

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Characters as they are.
    #[default]
    Plain,
    /// HTML.
    Html,
}

/// A text with its format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RichText {
    /// How it is written.
    pub format: TextFormat,
    /// What is written.
    pub text: String,
}

impl RichText {
    /// A text in HTML.
    pub fn html(text: impl Into<String>) -> Self {
        Self { format: TextFormat::Html, text: text.into() }
    }

    /// A text without markup.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { format: TextFormat::Plain, text: text.into() }
    }

    /// As HTML; a plain text shows the same characters and lines.
    pub fn to_html(&self) -> String {
        if self.format == TextFormat::Html {
            return self.text.clone();
        }
        let mut out = String::with_capacity(self.text.len());
        for c in self.text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '\n' => out.push_str("<br>"),
                '\r' => {}
                c => out.push(c),
            }
        }
        out
    }
}

/// What a buyer reads, in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The product's name.
    pub title: String,
    /// The long text.
    pub description: RichText,
    /// Short selling points, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bullets: Vec<String>,
}

/// What kind of thing it is; decides whether it is counted and shipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// A thing that is shipped.
    #[default]
    Physical,
    /// A file or right; neither counted nor shipped.
    Digital,
    /// A thing and a file.
    Both,
    /// Work.
    Service,
}

/// How far the merchant is with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being written.
    Draft,
    /// Ready to be published.
    #[default]
    Staged,
    /// Published in at least one store.
    Published,
}

/// One thing a buyer chooses, with its values in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// `Colour`.
    pub name: String,
    /// `Red`, `Blue`.
    pub values: Vec<String>,
}

/// What a picture is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRole {
    /// A picture of the product.
    #[default]
    Gallery,
    /// A video.
    Video,
    /// A file that the buyer gets.
    Download,
}

/// A picture or file; its place in the list is its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Which one.
    pub id: MediaId,
    /// Where the bytes are: an address that the platform can reach.
    pub source: String,
    /// What it is for.
    pub role: MediaRole,
    /// What it shows, for those who can't see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// A place in somebody's category tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Whose tree: `shopify`, `google`, `merchant`.
    pub scheme: String,
    /// The node's id or path there.
    pub value: String,
}

/// A product of the catalogue, store by store independent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Which one.
    pub id: ProductId,
    /// The catalogue's own language for it.
    pub locale: Locale,
    /// What a buyer reads in that language.
    pub wording: Wording,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<Locale, Wording>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub nature: Nature,
    /// What a buyer chooses; empty when there is one variant without choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ProductOption>,
    /// What can be bought, in order.
    pub variants: Vec<Variant>,
    /// Pictures and files, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Where it belongs, by scheme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Named facts: `material`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
    /// Typed platform extras.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
    /// How far the merchant is with it.
    pub status: ProductStatus,
    /// When it was last saved; set by the hub.
    pub changed: Timestamp,
}
