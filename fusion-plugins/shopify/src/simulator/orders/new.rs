//! What a buyer orders.

use serde_json::{Value, json};
use std::time::Duration;

/// An order to be placed: [`Simulator::place_order`](super::super::Simulator::place_order).
///
/// ```
/// use fusion_plugin_shopify::simulator::NewOrder;
/// let order = NewOrder::of([("MUG-1", 2)]).discount(20).shipping("4.90").buyer("ada@example.test");
/// # let _ = order;
/// ```
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub(super) lines: Vec<NewLine>,
    pub(super) discount: i64,
    pub(super) shipping: String,
    pub(super) tip: String,
    pub(super) tax: Option<(String, i64, Option<bool>)>,
    pub(super) taxes_included: bool,
    pub(super) shown_in: Option<(String, String)>,
    pub(super) paid: bool,
    pub(super) laid_out_after: Duration,
    pub(super) test: bool,
    pub(super) email: Option<String>,
    pub(super) ship_to: Option<Value>,
    pub(super) note: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct NewLine {
    pub(super) what: What,
    pub(super) count: i64,
    pub(super) location: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A variant by its SKU or global id.
    Variant(String),
    /// Something that isn't in the catalogue: title and price.
    Custom(String, String),
}

impl NewOrder {
    /// Variants, by SKU or global id, and how many of each. Paid, without shipping, to an address in Berlin.
    pub fn of<N: Into<String>>(lines: impl IntoIterator<Item = (N, u32)>) -> Self {
        let line = |(what, count): (N, u32)| NewLine {
            what: What::Variant(what.into()),
            count: i64::from(count),
            location: None,
            attributes: Vec::new(),
        };
        Self {
            lines: lines.into_iter().map(line).collect(),
            discount: 0,
            shipping: "0".to_owned(),
            tip: "0".to_owned(),
            tax: None,
            taxes_included: false,
            shown_in: None,
            paid: true,
            laid_out_after: Duration::ZERO,
            test: false,
            email: Some("buyer@example.test".to_owned()),
            ship_to: Some(json!({
                "firstName": "Ada", "lastName": "Muster", "company": null, "address1": "Musterweg 1",
                "address2": null, "city": "Berlin", "province": "Berlin", "provinceCode": "BE", "zip": "10115",
                "country": "Germany", "countryCodeV2": "DE", "phone": "+49 30 0000000",
            })),
            note: None,
            attributes: Vec::new(),
        }
    }

    /// Adds so many of a variant from a location, by name or global id; else the first that has enough ships.
    #[must_use]
    pub fn from_location(mut self, what: impl Into<String>, count: u32, location: impl Into<String>) -> Self {
        self.lines.push(NewLine {
            what: What::Variant(what.into()),
            count: i64::from(count),
            location: Some(location.into()),
            attributes: Vec::new(),
        });
        self
    }

    /// Adds something that isn't in the catalogue.
    #[must_use]
    pub fn custom(mut self, title: impl Into<String>, price: impl Into<String>, count: u32) -> Self {
        let what = What::Custom(title.into(), price.into());
        self.lines.push(NewLine { what, count: i64::from(count), location: None, attributes: Vec::new() });
        self
    }

    /// What the buyer wrote to the last line.
    #[must_use]
    pub fn engraved(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        if let Some(line) = self.lines.last_mut() {
            line.attributes.push((key.into(), value.into()));
        }
        self
    }

    /// Takes so many percent off each line.
    #[must_use]
    pub fn discount(mut self, percent: u8) -> Self {
        self.discount = i64::from(percent.min(100));
        self
    }

    /// What the way costs.
    #[must_use]
    pub fn shipping(mut self, amount: impl Into<String>) -> Self {
        self.shipping = amount.into();
        self
    }

    /// A present to the merchant.
    #[must_use]
    pub fn tip(mut self, amount: impl Into<String>) -> Self {
        self.tip = amount.into();
        self
    }

    /// A tax of so many hundredths of a percent, on top of the prices; whether the channel pays it to the state.
    #[must_use]
    pub fn tax(mut self, title: impl Into<String>, rate: u16, channel_liable: Option<bool>) -> Self {
        self.tax = Some((title.into(), i64::from(rate), channel_liable));
        self
    }

    /// The prices hold the tax.
    #[must_use]
    pub fn taxes_included(mut self) -> Self {
        self.taxes_included = true;
        self
    }

    /// The buyer sees another currency, at so much for one of the shop's.
    #[must_use]
    pub fn shown_in(mut self, currency: impl Into<String>, rate: impl Into<String>) -> Self {
        self.shown_in = Some((currency.into(), rate.into()));
        self
    }

    /// Not paid yet.
    #[must_use]
    pub fn pending(mut self) -> Self {
        self.paid = false;
        self
    }

    /// The platform lays out only later what is to be shipped, without changing when the order was updated.
    #[must_use]
    pub fn laid_out_after(mut self, delay: Duration) -> Self {
        self.laid_out_after = delay;
        self
    }

    /// A test of the shop's.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.test = true;
        self
    }

    /// The buyer's e-mail.
    #[must_use]
    pub fn buyer(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Where it goes, named as the API names the parts; `Null` for nowhere.
    #[must_use]
    pub fn ship_to(mut self, address: Value) -> Self {
        self.ship_to = Some(address).filter(|address| !address.is_null());
        self
    }

    /// What the buyer wrote.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }

    /// A field of the shop's cart.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }
}
