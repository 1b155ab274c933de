//! What is told about a buyer: personal values only.

use super::reading::filled;
use crate::wire::order::Address as Wire;
use fusion_core::model::{Address, Private, Seen};

/// Why something was asked for and isn't there; Amazon doesn't say which of these it is.
const WITHHELD: &str = "a role is missing, Amazon ships it, or the data is too old";

/// A part about the buyer that was asked for or not.
pub(super) fn told<T>(asked: bool, value: Option<T>) -> Seen<Private<T>> {
    match value {
        Some(value) => Seen::Value(Private::new(value)),
        None if asked => Seen::Withheld(WITHHELD.to_owned()),
        None => Seen::NotRead,
    }
}

/// Personal texts by field name.
#[derive(Default)]
pub(super) struct Texts(pub(super) Vec<(String, Private<String>)>);

impl Texts {
    pub(super) fn add(&mut self, name: impl Into<String>, text: Option<String>) {
        if let Some(text) = filled(text) {
            self.0.push((name.into(), Private::new(text)));
        }
    }
}

/// The address as a label shows it.
pub(super) fn address(read: Wire) -> Address {
    let lines = [
        read.address_line1,
        read.address_line2,
        read.address_line3,
        read.district_or_county,
        read.county,
        read.municipality,
    ];
    Address {
        name: filled(read.name),
        company: filled(read.company_name),
        lines: lines.into_iter().filter_map(filled).collect(),
        city: filled(read.city),
        region: filled(read.state_or_region),
        postal: filled(read.postal_code),
        country: filled(read.country_code),
        phone: filled(read.phone),
    }
}
