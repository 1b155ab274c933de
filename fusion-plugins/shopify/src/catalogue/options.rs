//! What no catalogue file tells.

use fusion_core::model::Currency;

/// What the caller knows about a file and the file doesn't say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Of what all prices are.
    pub currency: Currency,
    /// The label of the file's encoding, such as `windows-1252`, where it is neither UTF-8 nor marked UTF-16.
    pub encoding: Option<String>,
    /// Whether decimals are written with a comma; a dot is a problem then.
    pub decimal_comma: bool,
}

impl Options {
    /// A file in UTF-8 or marked UTF-16 with prices in `currency` and decimals after a dot.
    pub fn new(currency: Currency) -> Self {
        Self { currency, encoding: None, decimal_comma: false }
    }

    /// Names the encoding of a file without a byte order mark; a mark in the file wins.
    #[must_use]
    pub fn with_encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Says that decimals are written with a comma.
    #[must_use]
    pub fn with_decimal_comma(mut self) -> Self {
        self.decimal_comma = true;
        self
    }
}
