//! How a product is made: what only Printify has a place for.

use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Extension, OptionValues, ProductOption},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The blank, who prints it, and what is printed where. Without it a product can't be made there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The blank of the catalogue. Fixed once a product is made.
    pub blueprint: i64,
    /// Who prints. Fixed once a product is made.
    pub provider: i64,
    /// What a buyer chooses, in the blank's own words: these are what the channel shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ProductOption>,
    /// Which variant of the catalogue stands for which of our choices.
    pub variants: Vec<MadeVariant>,
    /// What is printed.
    pub areas: Vec<Area>,
    /// Text for the European rules on product safety.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety: Option<String>,
}

/// One of our choices and the catalogue's variant for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeVariant {
    /// Our choice.
    pub options: OptionValues,
    /// The catalogue's id.
    pub id: i64,
}

/// What is printed on some variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// The catalogue's ids of the variants.
    pub variants: Vec<i64>,
    /// Artwork by place; places without any are left out.
    pub artwork: Vec<Artwork>,
    /// Colour behind it, `#ffffff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
}

/// Pictures on one place of the blank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artwork {
    /// The blank's word for the place: `front`.
    pub position: String,
    /// Pictures, from the bottom up.
    pub images: Vec<Placed>,
}

/// A picture with its place. Fractions are texts: a float isn't the same in every JSON reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Id of the upload.
    pub upload: String,
    /// Centre from left (0) to right (1).
    pub x: String,
    /// Centre from top (0) to bottom (1).
    pub y: String,
    /// 1 is as wide as the place.
    pub scale: String,
    /// Whole degrees.
    pub angle: i64,
    /// How it is repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
}

/// How a picture is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Distance to the next one beside it.
    pub spacing_x: String,
    /// Distance to the next one below it.
    pub spacing_y: String,
    /// Size.
    pub scale: String,
    /// How far every second row is moved.
    pub offset: String,
}

impl Made {
    /// The catalogue's variant for a choice, whatever the order of the options.
    pub fn variant(&self, options: &OptionValues) -> Option<i64> {
        let choice = |options: &OptionValues| {
            let mut pairs: Vec<_> = options.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            pairs.sort_unstable();
            pairs
        };
        let wanted = choice(options);
        self.variants.iter().find(|variant| choice(&variant.options) == wanted).map(|variant| variant.id)
    }
}

impl Extension for Made {
    const KEY: &'static str = "printify.made";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _: Value) -> Result<Value> {
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("version {from} of printify.made is newer than this plugin; update the program"),
        ))
    }
}
