//! A product on its way into the catalogue.

use super::{
    Category, Code, Extensions, Locale, Money, Nature, OptionValues, ProductOption, ProductStatus, Shipping,
    Wording,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A product on its way in: ids and stock items are made when it is saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewProduct {
    /// The catalogue's own language for it.
    pub locale: Locale,
    /// What a buyer reads in that language.
    pub wording: Wording,
    /// Who makes it.
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub nature: Nature,
    /// What a buyer chooses.
    pub options: Vec<ProductOption>,
    /// What can be bought, with opening stock.
    pub variants: Vec<NewVariant>,
    /// Pictures: address and alternative text.
    pub images: Vec<NewImage>,
    /// Where it belongs, by scheme.
    pub categories: Vec<Category>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Named facts.
    pub attributes: BTreeMap<String, Value>,
    /// Typed platform extras.
    pub extensions: Extensions,
    /// How far the merchant is with it.
    pub status: ProductStatus,
}

impl NewProduct {
    /// A staged physical product without variants.
    pub fn new(title: impl Into<String>) -> Self {
        Self { wording: Wording { title: title.into(), ..Wording::default() }, ..Self::default() }
    }

    /// Adds a variant without options, with its opening stock.
    #[must_use]
    pub fn variant(self, sku: impl Into<String>, price: Money, on_hand: i64) -> Self {
        self.with_variant(NewVariant::new(sku, price, on_hand))
    }

    /// Adds a variant; option names and values that are new to the product are added to its options.
    #[must_use]
    pub fn with_variant(mut self, variant: NewVariant) -> Self {
        for (name, value) in variant.options.iter() {
            match self.options.iter_mut().find(|option| option.name == name) {
                Some(option) if option.values.iter().any(|known| known == value) => {}
                Some(option) => option.values.push(value.to_owned()),
                None => {
                    self.options.push(ProductOption { name: name.to_owned(), values: vec![value.to_owned()] })
                }
            }
        }
        self.variants.push(variant);
        self
    }
}

/// A picture on its way in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewImage {
    /// Where the bytes are.
    pub source: String,
    /// What it shows.
    pub alt: Option<String>,
}

/// A variant on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVariant {
    /// What the buyer chose to get it.
    pub options: OptionValues,
    /// The merchant's own number, if there is one.
    pub sku: Option<String>,
    /// Trade numbers.
    pub codes: Vec<Code>,
    /// Price before any store's rules.
    pub price: Money,
    /// Price before a reduction, as shown struck through.
    pub compare_at: Option<Money>,
    /// What it costs the merchant.
    pub cost: Option<Money>,
    /// What a carrier needs to know.
    pub shipping: Shipping,
    /// Place of its own picture in the product's list.
    pub image: Option<usize>,
    /// Opening stock at the tenant's first location; `None` when it isn't counted.
    pub on_hand: Option<i64>,
}

impl NewVariant {
    /// A variant without options.
    pub fn new(sku: impl Into<String>, price: Money, on_hand: i64) -> Self {
        Self {
            options: OptionValues::default(),
            sku: Some(sku.into()),
            codes: Vec::new(),
            price,
            compare_at: None,
            cost: None,
            shipping: Shipping::default(),
            image: None,
            on_hand: Some(on_hand),
        }
    }

    /// Sets one option value: `("Colour", "Red")`.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.set(name, value);
        self
    }
}
