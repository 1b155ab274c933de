//! The buyer: names, addresses and texts, in memory only.

use crate::wire::{
    order::{self as wire, Attribute},
    told::Told,
};
use fusion_core::model::{Address, Buyer, Private, Seen};
use std::collections::BTreeSet;

/// What stands where an app lacks the platform's approval
/// (<https://shopify.dev/docs/apps/launch/protected-customer-data>).
const WITHHELD: &str = "protected customer data: the app isn't approved for it";

pub(super) fn buyer(read: &wire::Order, hidden: &BTreeSet<String>) -> Buyer {
    // Without approval the fields are null beside an error, or just null: an order that is to be shipped has an
    // address.
    let is_protected = hidden.contains("shippingAddress")
        || (read.requires_shipping && matches!(read.shipping_address, Told::Null));
    let null = |field: &str| if is_protected || hidden.contains(field) { withheld() } else { None };
    let mut texts = Vec::new();
    for (name, told) in [("phone", &read.phone), ("note", &read.note)] {
        if let Told::Is(text) = told
            && !text.is_empty()
        {
            texts.push((name.to_owned(), Private::new(text.clone())));
        }
    }
    texts.extend(attributes("attributes", &read.custom_attributes));
    for line in &read.line_items.nodes {
        texts.extend(attributes(&format!("lines.{}", line.id), &line.custom_attributes));
    }
    Buyer {
        ship_to: address(&read.shipping_address, null("shippingAddress")),
        bill_to: address(&read.billing_address, null("billingAddress")),
        email: match &read.email {
            Told::Absent => Seen::NotRead,
            Told::Null => null("email").map_or(Seen::Empty, Seen::Withheld),
            Told::Is(text) if text.is_empty() => Seen::Empty,
            Told::Is(text) => Seen::Value(Private::new(text.clone())),
        },
        texts,
    }
}

fn withheld() -> Option<String> {
    Some(WITHHELD.to_owned())
}

/// What the buyer wrote or chose beside the options; the names are the shop's.
fn attributes(at: &str, all: &[Attribute]) -> impl Iterator<Item = (String, Private<String>)> {
    let one = |attribute: &Attribute| {
        let value = attribute.value.clone().filter(|value| !value.is_empty())?;
        Some((format!("{at}.{}", attribute.key), Private::new(value)))
    };
    all.iter().filter_map(one).collect::<Vec<_>>().into_iter()
}

fn address(told: &Told<wire::Address>, withheld: Option<String>) -> Seen<Private<Address>> {
    let read = match told {
        Told::Absent => return Seen::NotRead,
        Told::Null => return withheld.map_or(Seen::Empty, Seen::Withheld),
        Told::Is(read) => read,
    };
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let name = [filled(&read.first_name), filled(&read.last_name)];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let lines = [filled(&read.address1), filled(&read.address2)];
    let address = Address {
        name: filled(&Some(name)),
        company: filled(&read.company),
        lines: lines.into_iter().flatten().collect(),
        city: filled(&read.city),
        region: filled(&read.province_code).or_else(|| filled(&read.province)),
        postal: filled(&read.zip),
        country: filled(&read.country_code_v2).or_else(|| filled(&read.country)),
        phone: filled(&read.phone),
    };
    // With approval for less, country and region are told alone: that is no address to ship to.
    if address.name.is_none() && address.lines.is_empty() {
        return Seen::Withheld(WITHHELD.to_owned());
    }
    Seen::Value(Private::new(address))
}
