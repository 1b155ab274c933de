//! Who bought, in memory only.

use crate::model::{Private, Seen};

/// A postal address in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Who gets it.
    pub name: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Street, house, floor: what stands on the label between names and town.
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal: Option<String>,
    /// Country, two letters of ISO 3166 where the platform tells.
    pub country: Option<String>,
    /// How a carrier reaches them.
    pub phone: Option<String>,
}

/// What a platform tells about a buyer: in memory only, sealed before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Where it goes.
    pub ship_to: Seen<Private<Address>>,
    /// Who pays.
    pub bill_to: Seen<Private<Address>>,
    /// How to write to them.
    pub email: Seen<Private<String>>,
    /// Personalisation, gift text, note: by field name.
    pub texts: Vec<(String, Private<String>)>,
}
