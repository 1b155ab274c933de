//! The platform's wire format: what it answers and what it takes. Knows nothing of our model.
//!
//! Answers name the fields that a conversion reads; the platform sends more. Listings are written as forms,
//! inventories as JSON.

mod form;
mod inventory;
mod listing;
mod number;
mod receipt;
mod shop;
mod update;

pub use form::{Form, ImageUpload};
pub use inventory::{Inventory, Offering, Product, PropertyValue};
pub use listing::{Image, Listing, Partner, VariationImage};
pub use number::{Money, Number};
pub use receipt::{Payment, Receipt, Refund, Shipment, Transaction, Variation};
pub use shop::{
    Failure, ProcessingProfile, ReturnPolicy, Scopes, Section, ShippingProfile, Shop, TaxonomyNode, Webhook,
};
pub use update::{
    InventoryUpdate, OfferingUpdate, ProductUpdate, PropertyUpdate, VariationImageUpdate,
    VariationImagesUpdate,
};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// A page of records, each still unread: one that can't be read mustn't stop the others.
#[derive(Clone, Debug, Deserialize)]
pub struct Records {
    /// How many there are on all pages.
    pub(crate) count: Option<u64>,
    pub(crate) results: Vec<Box<RawValue>>,
}

/// Tells a field that is null (`Some(None)`) from one that is absent (`None`).
fn told<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// A list that the platform also writes as null.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// An id that the platform writes as a number in one place and as a text in another.
fn id_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    raw.get().trim_matches('"').parse().map_err(|_| de::Error::custom("an id is a whole number"))
}
